CREATE TABLE system_facts AS
WITH ends AS (
  SELECT source AS system, id, stage, sensitive, false AS incoming FROM flow_facts
  UNION ALL
  SELECT target, id, stage, sensitive, true FROM flow_facts),
reach AS (
  SELECT system, bool_or(sensitive) AS sensitive,
         bool_or(incoming AND stage = 'store') AS stores,
         list(id ORDER BY id) FILTER (incoming AND stage = 'store' AND sensitive)
           AS stores_sensitive
  FROM ends
  GROUP BY system)
SELECT s.id, coalesce(s.title, s.id) AS title, s.title_en, s.title_zh, s.kind, s.owner,
       s.operator, s.country, s.internet_facing, s.encrypted_at_rest, s.important,
       try_cast(s.mlps_level AS BIGINT) AS mlps_level, s.mlps_filing, s.mlps_evaluated_on,
       s.mlps_conclusion,
       r.system IS NOT NULL AS reached, n.system IS NOT NULL AS named, coalesce(r.stores, false) AS stores,
       coalesce(r.sensitive, false) AS sensitive, coalesce(r.stores_sensitive, []) AS stores_sensitive,
       (SELECT count(*) > 0 FROM flows) AS flows_kept, (SELECT as_of FROM setting) AS as_of
FROM systems s
LEFT JOIN reach r ON r.system = s.id
LEFT JOIN (SELECT DISTINCT source AS system FROM items) n ON n.system = s.id;
