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
