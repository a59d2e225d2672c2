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
