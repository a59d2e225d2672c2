-- One row: who is in charge, how people are trained, what plan and drills there are.
CREATE TABLE people AS
WITH held AS (SELECT * FROM roles WHERE holder IS NOT NULL),
offices AS (
  SELECT coalesce(bool_or(role = 'pi-protection-officer'), false) AS has_officer,
         coalesce(bool_or(role = 'dpo'), false) AS has_dpo,
         coalesce(bool_or(role = 'incident-lead'), false) AS has_incident_lead,
         coalesce(bool_or(role = 'data-security-officer' AND department IS NOT NULL), false)
           AS has_security_head,
         coalesce(bool_or(role = 'department-head'
                          OR (role = 'pi-protection-officer' AND department IS NOT NULL)), false)
           AS has_department,
         count(*) FILTER (contact IS NULL
                          AND role IN ('incident-lead', 'pi-protection-officer', 'legal-counsel',
                                       'data-security-officer', 'spokesperson'))
           AS contacts_missing
  FROM held),
filed AS (
  SELECT max(h.filed_on) FILTER (h.role = 'pi-protection-officer') AS officer_filed_on,
         coalesce(bool_or(h.filed_on < h.appointed_on AND c.due_on < t.as_of), false)
           AS change_unfiled
  FROM setting t LEFT JOIN held h ON true LEFT JOIN filings c ON c.id = h.id),
gone AS (
  SELECT count(DISTINCT h.holder) AS holders_left
  FROM held h
  JOIN (SELECT trim(unnest(string_split(person, ';'))) AS person FROM access, setting
        WHERE left_on <= as_of) a ON a.person = h.holder),
year AS (
  SELECT * FROM trainings, setting WHERE held_on <= as_of AND held_on >= as_of - to_years(1)),
trained AS (
  SELECT count(*) AS trainings_recent,
         sum(attended) FILTER (invited > 0 AND attended IS NOT NULL)
           / sum(invited) FILTER (invited > 0 AND attended IS NOT NULL) AS training_coverage,
         sum(passed) FILTER (attended > 0 AND passed IS NOT NULL)
           / sum(attended) FILTER (attended > 0 AND passed IS NOT NULL) AS training_effect,
         count(passed) > 0 AS trainings_tested
  FROM year),
registered AS (
  SELECT coalesce(list(DISTINCT control) FILTER (control IS NOT NULL), []) AS controls_registered,
         coalesce(bool_or(control = 'audit.compliance'
                          AND list_contains(string_split(scope, ';'), 'all')), false)
           AS audit_registered,
         max(greatest(CASE WHEN evidence_on <= as_of THEN evidence_on END,
                      CASE WHEN tested_on <= as_of THEN tested_on END))
           FILTER (control = 'incident.response-plan') AS plan_on
  FROM safeguards, setting
  WHERE status IN ('in-place', 'partly')),
hit AS (SELECT max(occurred_on) AS own_incident_on FROM incidents, setting
        WHERE own = 'yes' AND occurred_on <= as_of),
drilled AS (SELECT count(*) AS exercises_recent FROM exercises, setting
            WHERE held_on >= as_of - to_years(1)),
watching AS (
  SELECT coalesce(list(DISTINCT a.id ORDER BY a.id), []) AS activities_watching
  FROM activity_facts a
  LEFT JOIN items i ON i.activity = a.id
  WHERE a.role IS DISTINCT FROM 'processor'
    AND (a.special_eu OR coalesce(a.automated_decision, 'none') <> 'none'
         OR regexp_matches(i.category, '^(behaviour|location|profile)(\.|$)')))
SELECT offices.*, filed.*, gone.*, trained.*, registered.*, hit.*, drilled.*, watching.*,
       (SELECT due_on FROM filings WHERE id = 'number') AS officer_due_on,
       EXISTS (SELECT 1 FROM published WHERE role = 'pi-protection-officer') AS officer_published,
       EXISTS (SELECT 1 FROM published WHERE role = 'dpo') AS dpo_published,
       (round(100 * training_coverage)::INTEGER)::VARCHAR AS coverage_percent,
       (round(100 * training_effect)::INTEGER)::VARCHAR AS effect_percent
FROM offices POSITIONAL JOIN filed POSITIONAL JOIN gone POSITIONAL JOIN trained POSITIONAL JOIN registered
POSITIONAL JOIN hit POSITIONAL JOIN drilled POSITIONAL JOIN watching;
