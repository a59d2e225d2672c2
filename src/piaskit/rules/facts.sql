-- The facts of a case: one table per subject, one row per record. docs/facts.md explains each column.
-- Before this script runs, the tables of the case stand here under their own names, and with them
--   setting(as_of)                          one row
--   organisations(id, title, ...)           one row
--   sensitivity(category, regime, answer)   one row per category and active regime

CREATE TABLE category_facts AS
SELECT category,
       CASE WHEN bool_or(answer = 'yes') THEN 'yes'
            WHEN bool_or(answer = 'judge') THEN 'judge'
            ELSE 'no' END AS sensitive
FROM sensitivity
GROUP BY category;

-- Parties and systems under one roof, as ends of flows.
CREATE TABLE places AS
SELECT id, 'party' AS kind, coalesce(title, id) AS title, title_en, title_zh, role, country
FROM parties
UNION ALL
SELECT id, 'system', coalesce(title, id), title_en, title_zh, NULL, country
FROM systems ANTI JOIN parties USING (id);

CREATE TABLE subjects_of AS
SELECT *,
       coalesce(children = 'yes' OR try_cast(children AS BIGINT) > 0, false) AS has_children,
       coalesce(minors = 'yes' OR try_cast(minors AS BIGINT) > 0, false) AS has_minors,
       coalesce(regexp_matches(subjects, '\b((school)?child(ren)?|kids?|minors?|pupils?|students?|patients?|employees?|elderly)\b', 'i')
                OR regexp_matches(subjects, '儿童|孩子|未成年|学生|患者|病人|病患|员工|职工|职员|雇员|老人|老年|长者'),
                false) AS names_vulnerable
FROM activities;

-- Which flow carries which item; an item may belong to another activity than the flow.
CREATE TABLE carried AS
SELECT DISTINCT f.id AS flow, f.activity, f.stage, f.method, i.id AS item, i.activity AS home,
       i.category, coalesce(c.sensitive, 'judge') AS sensitive
FROM (SELECT id, activity, stage, method, trim(unnest(string_split(items, ';'))) AS item FROM flows) f
JOIN items i ON i.id = f.item
LEFT JOIN category_facts c ON c.category = i.category;

CREATE TABLE item_facts AS
WITH use AS (
  SELECT item,
         bool_or(stage = 'collect') AS collected,
         bool_or(stage IN ('use', 'process', 'provide', 'disclose')) AS used,
         bool_or(stage = 'store') AS stored,
         bool_or(stage = 'delete') AS deleted
  FROM carried
  GROUP BY item)
SELECT i.id, i.activity, coalesce(i.title, i.id) AS title, i.title_en, i.title_zh,
       coalesce(a.title, a.id) AS activity_title, a.title_en AS activity_title_en,
       a.title_zh AS activity_title_zh,
       i.category, i.required, i.source, i.retention, i.retention_start,
       coalesce(starts_with(i.retention, 'P'), false) AS retention_is_period,
       coalesce(c.sensitive, 'judge') AS sensitive,
       coalesce(u.collected, false) AS collected, coalesce(u.used, false) AS used,
       coalesce(u.stored, false) AS stored, coalesce(u.deleted, false) AS deleted,
       (SELECT as_of FROM setting) AS as_of
FROM items i
LEFT JOIN activities a ON a.id = i.activity
LEFT JOIN category_facts c ON c.category = i.category
LEFT JOIN use u ON u.item = i.id;

CREATE TABLE flow_facts AS
WITH load AS (
  SELECT flow, bool_or(sensitive = 'yes') AS sensitive, count(*) AS items_carried
  FROM carried
  GROUP BY flow)
SELECT f.id, f.activity, coalesce(a.title, a.id) AS activity_title,
       a.title_en AS activity_title_en, a.title_zh AS activity_title_zh,
       f.stage, f.source, f.target, f.items, coalesce(l.items_carried, 0) AS items_carried,
       s.kind AS source_kind, s.role AS source_role, s.country AS source_country,
       s.title AS source_title, s.title_en AS source_title_en, s.title_zh AS source_title_zh,
       t.kind AS target_kind, t.role AS target_role, t.country AS target_country,
       t.title AS target_title, t.title_en AS target_title_en, t.title_zh AS target_title_zh,
       f.persons, f.persons_year, f.channel, f.method, f.transport,
       f.transfer_mechanism, f.mechanism_ref, f.mechanism_until, f.disposal,
       f.legal_basis AS own_basis,
       string_split(coalesce(f.legal_basis, a.legal_basis, ''), ';') AS basis,
       list_contains(string_split(coalesce(f.legal_basis, a.legal_basis, ''), ';'), 'cn-pipl.consent')
         AS rests_on_consent,
       string_split(coalesce(f.consent, ''), ';') AS consent,
       list_has_any(string_split(coalesce(f.consent, ''), ';'), ['separate', 'none-needed'])
         AS consent_is_separate,
       list_has_any(string_split(coalesce(f.consent, ''), ';'), ['guardian', 'none-needed'])
         AS consent_of_guardian,
       coalesce(a.has_children, false) AS has_children,
       coalesce(l.sensitive, false) OR coalesce(a.has_children, false) AS sensitive,
       coalesce(t.role = 'processor', false) AS entrusts,
       coalesce(t.country <> 'CN', false)
         AND coalesce(t.role NOT IN ('subject', 'authority'), true)
         AND (f.source IS NULL OR coalesce(s.role = 'subject', false) OR s.country IS NULL
              OR s.country = 'CN') AS is_export,
       (SELECT as_of FROM setting) AS as_of
FROM flows f
LEFT JOIN subjects_of a ON a.id = f.activity
LEFT JOIN places s ON s.id = f.source
LEFT JOIN places t ON t.id = f.target
LEFT JOIN load l ON l.flow = f.id;

-- Which flow touches which subject: how a finding names its flows and activities.
CREATE TABLE touched AS
SELECT 'activities' AS tbl, activity AS id, id AS flow, activity, stage FROM flow_facts
UNION ALL
SELECT 'items', item, flow, activity, stage FROM carried
UNION ALL
SELECT 'flows', id, id, activity, stage FROM flow_facts
UNION ALL
SELECT DISTINCT CASE p.kind WHEN 'party' THEN 'parties' ELSE 'systems' END,
       p.id, f.id, f.activity, f.stage
FROM (SELECT id, activity, stage, unnest([source, target]) AS place FROM flow_facts) f
JOIN places p ON p.id = f.place;

-- What an activity processes: its own items and those of others that its flows carry.
CREATE TABLE processed AS
SELECT i.activity, i.id AS item, i.category, i.sensitive
FROM item_facts i
UNION
SELECT activity, item, category, sensitive FROM carried;

CREATE TABLE activity_facts AS
WITH moved AS (
  SELECT activity, count(*) AS flows,
         bool_or(stage = 'collect') AS collects, bool_or(stage = 'store') AS stores,
         bool_or(stage = 'use') AS uses, bool_or(stage = 'process') AS processes,
         bool_or(stage = 'transmit') AS transmits, bool_or(stage = 'provide') AS provides,
         bool_or(stage = 'disclose') AS discloses, bool_or(stage = 'delete') AS deletes,
         bool_or(own_basis IS NULL) AS has_flow_without_basis,
         list(id ORDER BY id)
           FILTER (stage = 'collect' AND rests_on_consent AND NOT consent_of_guardian)
           AS collects_without_guardian,
         bool_or(entrusts) AS entrusts, bool_or(is_export) AS exports,
         max(persons) AS persons,
         CASE WHEN count(*) FILTER (stage = 'collect' AND persons IS NULL) = 0
              THEN sum(persons)::BIGINT END AS persons_sum
  FROM flow_facts
  GROUP BY activity),
cleared AS (SELECT DISTINCT home AS activity FROM carried WHERE stage = 'delete'),
reused AS (SELECT DISTINCT activity FROM carried WHERE home IS DISTINCT FROM activity),
load AS (
  SELECT activity, count(*) AS items, bool_or(sensitive = 'yes') AS sensitive
  FROM processed
  GROUP BY activity),
asked AS (
  SELECT r.activity, count(*) AS overdue
  FROM requests r, setting s
  WHERE r.closed_on IS NULL AND r.due_on < s.as_of
  GROUP BY r.activity),
happened AS (
  SELECT p.activity, bool_or(n.own = 'yes') AS own, bool_or(n.own = 'no') AS peer
  FROM (SELECT own, trim(unnest(string_split(categories, ';'))) AS category FROM incidents) n
  JOIN processed p ON p.category = n.category
  GROUP BY p.activity)
SELECT a.id, coalesce(a.title, a.id) AS title, a.title_en, a.title_zh, a.purpose, a.legal_basis,
       a.subjects, a.persons, greatest(a.persons, m.persons) AS persons_at_least,
       CASE WHEN a.persons IS NULL THEN m.persons_sum
            ELSE greatest(a.persons, m.persons) END AS persons_at_most,
       a.children, a.minors, a.has_children, a.has_minors, a.names_vulnerable,
       a.automated_decision, a.opt_out, a.role, a.controller, a.owner, a.notice, a.notice_on,
       a.consent_evidence, a.rights, a.necessity, a.reviewed_on,
       coalesce(m.flows, 0) AS flows, coalesce(l.items, 0) AS items,
       coalesce(m.collects, false) AS collects, coalesce(m.stores, false) AS stores,
       coalesce(m.uses, false) AS uses, coalesce(m.processes, false) AS processes,
       coalesce(m.transmits, false) AS transmits, coalesce(m.provides, false) AS provides,
       coalesce(m.discloses, false) AS discloses,
       coalesce(m.deletes, false) OR c.activity IS NOT NULL AS deletes,
       coalesce(m.has_flow_without_basis, false) AS has_flow_without_basis,
       coalesce(m.collects_without_guardian, []) AS collects_without_guardian,
       coalesce(m.entrusts, false) AS entrusts, coalesce(m.exports, false) AS exports,
       r.activity IS NOT NULL AS reuses,
       coalesce(l.sensitive, false) OR a.has_children AS sensitive,
       coalesce(q.overdue, 0) AS requests_overdue,
       coalesce(h.own, false) AS own_incident, coalesce(h.peer, false) AS peer_incident,
       (SELECT as_of FROM setting) AS as_of
FROM subjects_of a
LEFT JOIN moved m ON m.activity = a.id
LEFT JOIN cleared c ON c.activity = a.id
LEFT JOIN reused r ON r.activity = a.id
LEFT JOIN load l ON l.activity = a.id
LEFT JOIN asked q ON q.activity = a.id
LEFT JOIN happened h ON h.activity = a.id;

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
       r.system IS NOT NULL AS reached, coalesce(r.stores, false) AS stores,
       coalesce(r.sensitive, false) AS sensitive, coalesce(r.stores_sensitive, []) AS stores_sensitive,
       (SELECT as_of FROM setting) AS as_of
FROM systems s
LEFT JOIN reach r ON r.system = s.id;

CREATE TABLE organisation_facts AS
SELECT o.id, o.title, o.title_en, o.title_zh, o.persons_total, o.employees, o.operator, o.province,
       o.sector,
       coalesce((SELECT list(id ORDER BY id) FROM activity_facts WHERE has_children), [])
         AS activities_with_children,
       EXISTS (SELECT 1 FROM roles WHERE role = 'children-pi-officer' AND holder IS NOT NULL)
         AS has_children_officer,
       (SELECT as_of FROM setting) AS as_of
FROM organisations o;
