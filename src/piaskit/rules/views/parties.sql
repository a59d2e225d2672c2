CREATE TABLE party_facts AS
WITH ends AS (
  SELECT source AS party, id, stage, transport, sensitive, contacts, false AS incoming FROM flow_facts
  UNION ALL
  SELECT target, id, stage, transport, sensitive, contacts, true FROM flow_facts),
reach AS (
  SELECT party, bool_or(incoming) AS receives, bool_or(sensitive) AS sensitive,
         bool_or(incoming AND stage = 'provide') AS provided,
         bool_or(incoming AND contacts) AS receives_contacts,
         bool_or(coalesce(transport NOT IN ('physical', 'internal'), true)) AS over_network
  FROM ends
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
       coalesce(r.over_network, false) AS over_network, coalesce(r.sensitive, false) AS sensitive,
       k.countries AS countries_kept, k.flows AS flows_kept,
       (SELECT as_of FROM setting) AS as_of
FROM parties p
LEFT JOIN reach r ON r.party = p.id
LEFT JOIN operating o ON o.party = p.id
LEFT JOIN named n ON n.party = p.id
CROSS JOIN kept k;
