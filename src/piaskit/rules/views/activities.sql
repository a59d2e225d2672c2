-- Which controls cover an activity: those whose scopes name everything, the activity, or together
-- every system that its flows touch. `recent` are those with evidence or a test within the year.
CREATE TABLE granted AS
SELECT s.control, coalesce(greatest(s.evidence_on, s.tested_on) >= t.as_of - to_years(1), false)
         AS recent,
       CASE WHEN s.token = 'all' THEN 'all'
            WHEN contains(s.token, '/') THEN split_part(s.token, '/', 1)
            WHEN y.id IS NOT NULL THEN 'systems'
            WHEN f.id IS NULL THEN 'activities' END AS tbl,
       CASE WHEN contains(s.token, '/') THEN substring(s.token, strpos(s.token, '/') + 1)
            ELSE s.token END AS id
FROM (
  SELECT control, trim(unnest(string_split(scope, ';'))) AS token,
         CASE WHEN evidence_on <= as_of THEN evidence_on END AS evidence_on,
         CASE WHEN tested_on <= as_of THEN tested_on END AS tested_on
  FROM safeguards, setting
  WHERE control IS NOT NULL AND status IN ('in-place', 'partly')) s
CROSS JOIN setting t
LEFT JOIN systems y ON y.id = s.token
LEFT JOIN flows f ON f.id = s.token;

CREATE TABLE covered AS
WITH grants AS (
  SELECT DISTINCT control, false AS recent, tbl, id FROM granted
  UNION ALL
  SELECT DISTINCT control, true, tbl, id FROM granted WHERE recent),
runs_on AS (
  SELECT DISTINCT e.activity, y.id AS system
  FROM (SELECT activity, unnest([source, target]) AS place FROM flows
        WHERE (SELECT count(*) > 0 FROM grants WHERE tbl = 'systems')) e
  JOIN systems y ON y.id = e.place),
needed AS (SELECT activity, count(*) AS systems FROM runs_on GROUP BY activity),
whole AS (
  SELECT r.activity, g.control, g.recent
  FROM runs_on r
  JOIN grants g ON g.tbl = 'systems' AND g.id = r.system
  JOIN needed n ON n.activity = r.activity
  GROUP BY r.activity, g.control, g.recent
  HAVING count(*) = any_value(n.systems)),
every AS (
  SELECT id AS activity, control, recent FROM grants WHERE tbl = 'activities'
  UNION
  SELECT a.id, g.control, g.recent FROM activities a, grants g WHERE g.tbl = 'all'
  UNION
  SELECT activity, control, recent FROM whole)
SELECT activity, list(control ORDER BY control) FILTER (NOT recent) AS controls,
       list(control ORDER BY control) FILTER (recent) AS recent
FROM every
GROUP BY activity;

-- What an activity processes: its own items and those of others that its flows carry.
CREATE TABLE processed AS
SELECT i.activity, i.id AS item, i.category, i.sensitive
FROM item_facts i
UNION ALL
SELECT DISTINCT f.activity, c.item, c.category, c.sensitive
FROM carriage l
JOIN flows f ON f._row = l.flow
JOIN cargo c ON c.number = l.item
WHERE l.is_foreign;

CREATE TABLE activity_facts AS
WITH moved AS (
  SELECT activity, count(*) AS flows,
         bool_or(stage = 'collect') AS collects, bool_or(stage = 'store') AS stores,
         bool_or(stage = 'use') AS uses, bool_or(stage = 'process') AS processes,
         bool_or(stage = 'transmit') AS transmits, bool_or(stage = 'provide') AS provides,
         bool_or(stage = 'disclose') AS discloses,
         bool_or(f.legal_basis IS NULL AND stage NOT IN ('provide', 'disclose'))
           AS has_flow_without_basis,
         bool_or(f.legal_basis IS NOT NULL AND b.asks_consent) AS asks_consent,
         bool_or(f.legal_basis IS NOT NULL AND b.is_gdpr_6) AS has_gdpr_basis,
         bool_or(f.legal_basis IS NOT NULL AND b.is_gdpr_9) AS has_gdpr_ground,
         list(id ORDER BY id)
           FILTER (stage = 'collect' AND f.rests_on_consent AND NOT consent_of_guardian)
           AS collects_without_guardian,
         bool_or(entrusts) AS entrusts, bool_or(is_export) AS exports,
         bool_or(entrusts OR (stage = 'provide' AND target_kind = 'party'
                              AND target_role NOT IN ('subject', 'authority'))) AS shares,
         bool_or(stage = 'disclose' AND posts) AS publishes_posts,
         bool_or(source_role = 'joint-controller' OR target_role = 'joint-controller') AS has_partner,
         list(id ORDER BY id) FILTER (stage = 'use' AND opens_doors)
           AS flows_showing_numbers,
         list(id ORDER BY id) FILTER (stage IN ('use', 'transmit', 'provide')
                  AND channel IN ('email', 'sms', 'post', 'paper')
                  AND target_kind = 'party' AND target_role <> 'public')
           AS flows_by_mail,
         list(id ORDER BY id) FILTER (channel IN ('email', 'sms', 'post') AND target_role = 'subject')
           AS letters_to_subjects,
         list(id ORDER BY id) FILTER (channel = 'phone' AND with_subject)
           AS calls_with_subjects,
         list(id ORDER BY id) FILTER (stage = 'disclose' AND finds_people)
           AS flows_finding_people,
         list(id ORDER BY id) FILTER (words AND (stage = 'disclose'
                             OR (stage = 'provide'
                                 AND target_role NOT IN ('subject', 'authority', 'public'))))
           AS flows_giving_words,
         list(id ORDER BY id) FILTER (reuses AND stage IN ('use', 'process', 'provide', 'disclose'))
           AS flows_combining,
         list(id ORDER BY id) FILTER (stage = 'collect' AND method = 'observed' AND traces)
           AS flows_observing,
         list(id ORDER BY id) FILTER (stage = 'collect'
                  AND (method = 'third-party' OR source_role NOT IN ('subject', 'processor')))
           AS collects_from_others,
         list(id ORDER BY id) FILTER (method = 'derived' AND rates_people)
           AS flows_rating,
         list(id ORDER BY id) FILTER (stage = 'collect' AND list_contains(g.names, 'guardian'))
           AS collects_with_guardian,
         list(id ORDER BY id) FILTER (stage = 'disclose'
                  OR (stage = 'provide'
                      AND target_role IN ('counterparty', 'potential-counterparty')))
           AS flows_to_strangers,
         list(id ORDER BY id) FILTER (is_export)
           AS flows_exported,
         list(id ORDER BY id) FILTER (is_transfer AND NOT target_is_adequate)
           AS flows_transferred,
         max(persons) AS persons,
         CASE WHEN count(*) FILTER (stage = 'collect' AND persons IS NULL) = 0
              THEN sum(persons)::BIGINT END AS persons_sum
  FROM derived_flows f
  JOIN bases b ON b.rowid = f.bases
  JOIN consents g ON g.rowid = f.consents
  GROUP BY activity),
reused AS (
  SELECT DISTINCT f.activity
  FROM carriage l
  JOIN flows f ON f._row = l.flow
  WHERE l.is_foreign),
load AS (
  SELECT p.activity, count(*) AS items, bool_or(p.sensitive = 'yes') AS sensitive,
         bool_or(coalesce(k.sensitive_cn, false)) AS sensitive_cn,
         bool_or(coalesce(k.special_eu, false)) AS special_eu,
         list(DISTINCT p.category ORDER BY p.category) AS categories
  FROM processed p
  LEFT JOIN category_facts k ON k.category = p.category
  GROUP BY p.activity),
asked AS (
  SELECT r.activity, count(*) FILTER (r.due_on < s.as_of) AS overdue,
         count(*) FILTER (r.due_on IS NULL) AS undated
  FROM requests r, setting s
  WHERE r.closed_on IS NULL
  GROUP BY r.activity),
assessed AS (
  SELECT activity, bool_or(completed_on IS NOT NULL) AS completed
  FROM (SELECT completed_on, trim(unnest(string_split(activities, ';'))) AS activity
        FROM assessments)
  GROUP BY activity),
kept AS (
  SELECT (SELECT count(*) > 0 FROM assessments) AS assessments,
         (SELECT count(*) > 0 FROM activities WHERE reviewed_on IS NOT NULL) AS reviews),
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
       a.consent_evidence, a.rights, a.necessity, a.reviewed_on, a.changed_on,
       coalesce(m.asks_consent, false)
         OR list_has_any(string_split(coalesce(a.legal_basis, ''), ';'),
                         ['cn-pipl.consent', 'eu-gdpr.6-1-a', 'eu-gdpr.9-2-a']) AS asks_consent,
       coalesce(m.has_gdpr_basis, false) OR coalesce(a.legal_basis LIKE '%eu-gdpr.6-%', false)
         AS has_gdpr_basis,
       coalesce(m.has_gdpr_ground, false) OR coalesce(a.legal_basis LIKE '%eu-gdpr.9-%', false)
         AS has_gdpr_ground,
       coalesce(m.flows, 0) AS flows, coalesce(l.items, 0) AS items,
       coalesce(m.collects, false) AS collects, coalesce(m.stores, false) AS stores,
       coalesce(m.uses, false) AS uses, coalesce(m.processes, false) AS processes,
       coalesce(m.transmits, false) AS transmits, coalesce(m.provides, false) AS provides,
       coalesce(m.discloses, false) AS discloses,
       coalesce(c.deletes, false) AS deletes,
       coalesce(m.has_flow_without_basis, false) AS has_flow_without_basis,
       coalesce(m.collects_without_guardian, []) AS collects_without_guardian,
       coalesce(m.entrusts, false) AS entrusts, coalesce(m.exports, false) AS exports,
       coalesce(m.shares, false) AS shares, coalesce(m.publishes_posts, false) AS publishes_posts,
       coalesce(m.has_partner, false) AS has_partner,
       r.activity IS NOT NULL AS reuses,
       coalesce(l.sensitive, false) OR a.has_children AS sensitive,
       coalesce(l.sensitive, false) AS sensitive_items,
       coalesce(l.categories, []) AS categories,
       list_sort(list_distinct(list_transform(coalesce(l.categories, []), lambda x: family_of(x))))
         AS families,
       coalesce(m.flows_showing_numbers, []) AS flows_showing_numbers,
       coalesce(m.flows_by_mail, []) AS flows_by_mail,
       coalesce(m.letters_to_subjects, []) AS letters_to_subjects,
       coalesce(m.calls_with_subjects, []) AS calls_with_subjects,
       coalesce(m.flows_finding_people, []) AS flows_finding_people,
       coalesce(m.flows_giving_words, []) AS flows_giving_words,
       coalesce(m.flows_combining, []) AS flows_combining,
       coalesce(m.flows_observing, []) AS flows_observing,
       coalesce(m.collects_from_others, []) AS collects_from_others,
       coalesce(m.flows_rating, []) AS flows_rating,
       coalesce(m.collects_with_guardian, []) AS collects_with_guardian,
       coalesce(m.flows_to_strangers, []) AS flows_to_strangers,
       coalesce(m.flows_exported, []) AS flows_exported,
       coalesce(m.flows_transferred, []) AS flows_transferred,
       coalesce(l.sensitive_cn, false) AS sensitive_cn, coalesce(l.special_eu, false) AS special_eu,
       coalesce(g.controls, []) AS controls, coalesce(g.recent, []) AS controls_recent,
       coalesce(q.overdue, 0) AS requests_overdue, coalesce(q.undated, 0) AS requests_undated,
       n.activity IS NOT NULL AS assessed, coalesce(n.completed, false) AS assessment_completed,
       k.assessments AS assessments_kept, k.reviews AS reviews_kept,
       (SELECT last_edition FROM edition) AS last_edition,
       coalesce(h.own, false) AS own_incident, coalesce(h.peer, false) AS peer_incident,
       (SELECT as_of FROM setting) AS as_of
FROM subjects_of a
LEFT JOIN moved m ON m.activity = a.id
LEFT JOIN lifecycle c ON c.activity = a.id
LEFT JOIN reused r ON r.activity = a.id
LEFT JOIN load l ON l.activity = a.id
LEFT JOIN asked q ON q.activity = a.id
LEFT JOIN happened h ON h.activity = a.id
LEFT JOIN assessed n ON n.activity = a.id
LEFT JOIN covered g ON g.activity = a.id
CROSS JOIN kept k;
