CREATE TABLE organisation_facts AS
WITH officers AS (
  SELECT coalesce(bool_or(role = 'children-pi-officer'), false) AS children,
         coalesce(bool_or(role = 'pi-protection-officer' AND filed_on IS NOT NULL), false) AS filed
  FROM roles
  WHERE holder IS NOT NULL),
proof AS (
  SELECT count(*) > 0 AS kept,
         coalesce(bool_or(status IN ('in-place', 'partly') AND evidence IS NOT NULL
                          AND control IN ('policy.retention', 'physical.media-disposal',
                                          'deidentification.anonymisation')), false) AS deletion
  FROM safeguards),
unassigned AS (
  SELECT count(*) AS requests FROM requests WHERE closed_on IS NULL AND activity IS NULL),
open AS (
  SELECT NOT assessment_needed
         AND ((contracted
               AND (coalesce(ordinary_high >= law_number('cn-crossborder-2024 assessment-persons'), true)
                    OR coalesce(sensitive_high >= law_number('cn-crossborder-2024 assessment-sensitive'),
                                true)))
              OR (exempted AND NOT volume_passed
                  AND coalesce(ordinary_high >= law_number('cn-crossborder-2024 exempt-persons'), true)))
         AS route
  FROM export_counts)
SELECT o.id, o.title, o.title_en, o.title_zh, o.persons_total, o.employees, o.operator, o.province,
       o.sector,
       coalesce((SELECT list(id ORDER BY id) FROM activity_facts WHERE has_children), [])
         AS activities_with_children,
       coalesce((SELECT list(id ORDER BY id) FROM activity_facts WHERE sensitive_items), [])
         AS activities_sensitive,
       coalesce((SELECT list(id ORDER BY id) FROM activity_facts WHERE exports), [])
         AS activities_exporting,
       officers.children AS has_children_officer, officers.filed AS has_filed_officer,
       coalesce(o.persons_total >= law_number('cn-audit-2025 officer-persons'), false)
         AS officer_needed,
       (SELECT count(*) > 0 FROM flows WHERE stage = 'delete') AS deletes,
       proof.kept AS safeguards_kept, proof.deletion AS deletion_proven,
       unassigned.requests AS requests_unassigned,
       n.ordinary_low, n.ordinary_high, n.sensitive_low, n.sensitive_high,
       open.route AS route_is_open,
       edition.last_edition, end_of(edition.last_edition, setting.every) AS edition_due,
       coalesce(o.persons_total >= law_number('cn-ndsr large-persons'), false)
         AS security_head_needed,
       people.*,
       setting.as_of
FROM organisations o
CROSS JOIN officers CROSS JOIN proof CROSS JOIN unassigned CROSS JOIN export_counts n
CROSS JOIN open CROSS JOIN edition CROSS JOIN setting CROSS JOIN people;
