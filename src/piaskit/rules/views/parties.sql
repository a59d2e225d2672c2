CREATE TABLE party_facts AS
WITH ends AS (
  SELECT source AS party, id, stage, transport, sensitive, false AS incoming FROM flow_facts
  UNION ALL
  SELECT target, id, stage, transport, sensitive, true FROM flow_facts),
reach AS (
  SELECT party, bool_or(incoming) AS receives, bool_or(sensitive) AS sensitive,
         bool_or(coalesce(transport NOT IN ('physical', 'internal'), true)) AS over_network
  FROM ends
  GROUP BY party)
SELECT p.id, coalesce(p.title, p.id) AS title, p.title_en, p.title_zh, p.role, p.country,
       p.contract, p.contract_until, p.supervised_on, p.onward, p.contact,
       r.party IS NOT NULL AS reached, coalesce(r.receives, false) AS receives,
       coalesce(r.over_network, false) AS over_network, coalesce(r.sensitive, false) AS sensitive,
       (SELECT as_of FROM setting) AS as_of
FROM parties p
LEFT JOIN reach r ON r.party = p.id;
