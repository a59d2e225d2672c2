CREATE TABLE system_facts AS
WITH ends AS (
  SELECT source AS system, id, stage, sensitive, channel = 'api' AND target_kind = 'party' AS by_api,
         NULL AS persons, false AS incoming
  FROM derived_flows
  UNION ALL
  SELECT f.target, f.id, f.stage, f.sensitive, f.channel = 'api' AND f.source_kind = 'party',
         coalesce(f.persons, a.persons), true
  FROM derived_flows f
  LEFT JOIN activities a ON a.id = f.activity),
reach AS (
  SELECT system, bool_or(sensitive) AS sensitive,
         bool_or(incoming AND stage = 'store') AS stores,
         list(id ORDER BY id) FILTER (incoming AND stage = 'store' AND sensitive)
           AS stores_sensitive,
         bool_or(incoming AND stage = 'collect') AS collects,
         bool_or(incoming AND stage = 'process') AS processes,
         bool_or(NOT incoming AND stage = 'store') AS stores_elsewhere,
         bool_or(NOT incoming AND stage = 'disclose') AS publishes,
         max(persons) FILTER (stage = 'store') AS persons_stored,
         list(id ORDER BY id) FILTER (by_api) AS flows_by_api,
         list(id ORDER BY id) FILTER (NOT incoming AND stage = 'delete' AND sensitive)
           AS deletes_sensitive
  FROM ends
  GROUP BY system)
SELECT s.id, coalesce(s.title, s.id) AS title, s.title_en, s.title_zh, s.kind, s.owner,
       s.operator, s.country, s.internet_facing, s.encrypted_at_rest, s.important,
       try_cast(s.mlps_level AS BIGINT) AS mlps_level, s.mlps_filing, s.mlps_evaluated_on,
       s.mlps_conclusion,
       r.system IS NOT NULL AS reached, n.system IS NOT NULL AS named, coalesce(r.stores, false) AS stores,
       coalesce(r.collects, false) AS collects, coalesce(r.processes, false) AS processes,
       coalesce(r.stores_elsewhere, false) AS stores_elsewhere,
       coalesce(r.publishes, false) AS publishes, r.persons_stored,
       coalesce(r.flows_by_api, []) AS flows_by_api,
       coalesce(r.deletes_sensitive, []) AS deletes_sensitive,
       coalesce(r.sensitive, false) AS sensitive, coalesce(r.stores_sensitive, []) AS stores_sensitive,
       (SELECT count(*) > 0 FROM flows) AS flows_kept, (SELECT as_of FROM setting) AS as_of
FROM systems s
LEFT JOIN reach r ON r.system = s.id
LEFT JOIN (SELECT DISTINCT source AS system FROM items) n ON n.system = s.id;
