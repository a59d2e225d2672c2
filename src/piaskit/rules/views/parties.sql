CREATE TABLE party_facts AS
WITH ends AS (
  SELECT source AS party, id, stage, channel, transport, sensitive, contacts, content, traces, dealings,
         is_export, false AS incoming
  FROM derived_flows
  UNION ALL
  SELECT target, id, stage, channel, transport, sensitive, contacts, content, traces, dealings,
         is_export, true
  FROM derived_flows),
reach AS (
  SELECT party, bool_or(incoming) AS receives, bool_or(sensitive) AS sensitive,
         bool_or(incoming AND stage = 'provide') AS provided,
         bool_or(incoming AND contacts) AS receives_contacts,
         bool_or(incoming AND content) AS receives_content,
         bool_or(incoming AND traces) AS receives_traces,
         bool_or(incoming AND dealings) AS receives_dealings,
         bool_or(incoming AND stage = 'use') AS uses,
         bool_or(incoming AND is_export) AS is_abroad,
         list(id ORDER BY id)
           FILTER ((channel = 'post' AND stage IN ('collect', 'use', 'transmit', 'provide'))
                   OR (transport = 'physical' AND stage IN ('transmit', 'provide')))
           AS flows_by_post,
         bool_or(coalesce(transport NOT IN ('physical', 'internal'), true)) AS over_network
  FROM ends
  GROUP BY party),
-- What goes into a party itself, or into a system that it operates.
entering AS (
  SELECT coalesce(s.operator, f.target) AS party, f.id, f.activity, f.stage, f.channel
  FROM derived_flows f
  LEFT JOIN systems s ON s.id = f.target AND f.target_kind = 'system'
  WHERE f.stage = 'store' OR f.channel = 'sdk'),
holding AS (
  SELECT party, list(id ORDER BY id) FILTER (stage = 'store') AS stores,
         list(DISTINCT activity ORDER BY activity) FILTER (stage = 'store') AS stores_for,
         list(id ORDER BY id) FILTER (channel = 'sdk') AS takes,
         list(DISTINCT activity ORDER BY activity) FILTER (channel = 'sdk') AS takes_for
  FROM entering
  GROUP BY party),
operating AS (
  SELECT s.operator AS party, bool_or(r.party IS NOT NULL) AS reached
  FROM systems s
  LEFT JOIN reach r ON r.party = s.id
  GROUP BY s.operator),
named AS (
  SELECT controller AS party FROM activities
  UNION
  SELECT source FROM items
  UNION
  SELECT operator FROM systems),
kept AS (
  SELECT (SELECT count(*) > 0 FROM parties WHERE country IS NOT NULL) AS countries,
         (SELECT count(*) > 0 FROM flows) AS flows)
SELECT p.id, coalesce(p.title, p.id) AS title, p.title_en, p.title_zh, p.role, p.country,
       p.contract, p.contract_until, p.supervised_on, p.onward, p.onward_en, p.onward_zh, p.onward_basis, p.contact,
       r.party IS NOT NULL OR coalesce(o.reached, false) AS reached, n.party IS NOT NULL AS named,
       coalesce(r.receives, false) AS receives, coalesce(r.provided, false) AS provided,
       coalesce(r.receives_contacts, false) AS receives_contacts,
       coalesce(r.receives_content, false) AS receives_content,
       coalesce(r.receives_traces, false) AS receives_traces,
       coalesce(r.receives_dealings, false) AS receives_dealings,
       coalesce(r.uses, false) AS uses, coalesce(r.is_abroad, false) AS is_abroad,
       coalesce(r.flows_by_post, []) AS flows_by_post,
       coalesce(h.stores, []) AS stores, coalesce(h.stores_for, []) AS stores_for,
       coalesce(h.takes, []) AS takes, coalesce(h.takes_for, []) AS takes_for,
       coalesce(r.over_network, false) AS over_network, coalesce(r.sensitive, false) AS sensitive,
       k.countries AS countries_kept, k.flows AS flows_kept,
       (SELECT as_of FROM setting) AS as_of
FROM parties p
LEFT JOIN reach r ON r.party = p.id
LEFT JOIN holding h ON h.party = p.id
LEFT JOIN operating o ON o.party = p.id
LEFT JOIN named n ON n.party = p.id
CROSS JOIN kept k;
