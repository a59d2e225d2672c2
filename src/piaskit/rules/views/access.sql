CREATE TABLE access_facts AS
WITH held AS (
  SELECT a.*, coalesce(a.account, a.person, a.id) AS holder,
         string_split(coalesce(a.permissions, ''), ';') AS granted,
         string_split(a.permissions_used, ';') AS used
  FROM access a, setting s
  WHERE a.granted_on IS NULL OR a.granted_on <= s.as_of),
named AS (
  SELECT system, holder, string_agg(DISTINCT person, '; ' ORDER BY person) AS persons,
         count(DISTINCT person) AS persons_on_account, min(left_on) AS first_left_on
  FROM (SELECT system, holder, left_on, trim(unnest(string_split(person, ';'))) AS person
        FROM held WHERE person IS NOT NULL)
  GROUP BY system, holder),
-- GB/T 35273 7.1 c) keeps security, operation and audit apart; a right may show a duty.
busy AS (
  SELECT system, who, string_agg(DISTINCT duty, '; ' ORDER BY duty) AS duties,
         count(DISTINCT duty) AS duties_held
  FROM (
    SELECT system, coalesce(person, holder) AS who, unnest(list_filter([
             duty,
             CASE WHEN list_contains(granted, 'admin') THEN 'security' END,
             CASE WHEN list_has_any(granted, ['write', 'export', 'delete']) THEN 'operation' END],
             lambda x: x IN ('security', 'operation', 'audit'))) AS duty
    FROM held
    WHERE coalesce(account_kind, 'personal') NOT IN ('service', 'emergency'))
  GROUP BY system, who),
purposed AS (
  SELECT system, role, bool_or(need IS NOT NULL OR activities IS NOT NULL) AS role_has_need
  FROM held
  WHERE role IS NOT NULL
  GROUP BY system, role),
-- What lies at a system: the categories its flows carry, and whether minors are among the persons.
lying AS (
  SELECT DISTINCT f.place AS system, c.category, c.sensitive,
         coalesce(a.has_minors OR a.has_children, false) AS of_minors
  FROM (SELECT id, activity, unnest([source, target]) AS place FROM derived_flows
        WHERE (SELECT count(*) > 0 FROM access)) f
  LEFT JOIN carried c ON c.flow = f.id
  LEFT JOIN subjects_of a ON a.id = f.activity
  WHERE f.place IN (SELECT system FROM held)),
wanted AS (
  SELECT id, trim(unnest(string_split(categories, ';'))) AS category FROM held
  WHERE categories IS NOT NULL),
serving AS (
  SELECT h.id, bool_or(a.has_minors OR a.has_children) AS of_minors
  FROM (SELECT id, trim(unnest(string_split(activities, ';'))) AS activity FROM held
        WHERE activities IS NOT NULL) h
  JOIN subjects_of a ON a.id = h.activity
  GROUP BY h.id),
opened AS (
  SELECT h.id, bool_or(l.sensitive = 'yes') AS sensitive, bool_or(l.of_minors) AS of_minors
  FROM held h
  JOIN lying l ON l.system = h.system
  LEFT JOIN wanted w ON w.id = h.id
  WHERE h.categories IS NULL OR l.category = w.category OR starts_with(l.category, w.category || '.')
  GROUP BY h.id),
strict AS (
  SELECT w.id, bool_or(c.sensitive = 'yes') AS sensitive
  FROM wanted w
  JOIN category_facts c ON c.category = w.category
  GROUP BY w.id)
SELECT h.id, h.holder AS title, NULL::VARCHAR AS title_en, NULL::VARCHAR AS title_zh,
       h.holder, h.account, h.account_kind, h.person, n.persons,
       coalesce(n.persons_on_account, 0) AS persons_on_account, h.role, h.duty, b.duties,
       (SELECT string_agg(w.zh, '、' ORDER BY w.id) FROM words w
        WHERE w.kind = 'duty' AND list_contains(string_split(b.duties, '; '), w.id)) AS duties_zh,
       coalesce(b.duties_held, 0) AS duties_held, h.system,
       coalesce(s.title, s.id, h.system) AS system_title, s.title_en AS system_title_en,
       s.title_zh AS system_title_zh, h.object, h.categories, h.activities, h.permissions,
       h.permissions_used,
       nullif(array_to_string(
         list_filter(h.granted, lambda x: NOT list_contains(h.used, x) AND x <> ''), ', '), '') AS unused,
       (SELECT string_agg(w.zh, '、' ORDER BY w.id) FROM words w
        WHERE w.kind = 'permissions' AND list_contains(h.granted, w.id)
          AND NOT list_contains(h.used, w.id)) AS unused_zh,
       h.need, coalesce(p.role_has_need, false) AS role_has_need, h.granted_on, h.approved_by,
       h.last_used_on, h.reviewed_on, h.left_on, n.first_left_on, h.approved_each,
       (SELECT w.zh FROM words w WHERE w.kind = 'answer' AND w.id = h.approved_each)
         AS approved_each_zh, h.logged,
       (SELECT w.zh FROM words w WHERE w.kind = 'answer' AND w.id = h.logged) AS logged_zh,
       list_contains(h.granted, 'admin') AS administers,
       (SELECT (t.as_of - to_months(m.n::INTEGER))::DATE FROM setting t, months m
        WHERE m.period = 'gp-access-user') AS current_since,
       (SELECT (t.as_of - to_months(m.n::INTEGER))::DATE FROM setting t, months m
        WHERE m.period = 'gp-access-priv') AS privileged_since,
       coalesce(t.sensitive, o.sensitive, false) AS sensitive,
       coalesce(v.of_minors, o.of_minors, false) AS of_minors,
       (SELECT as_of FROM setting) AS as_of
FROM held h
LEFT JOIN named n ON n.holder = h.holder AND n.system IS NOT DISTINCT FROM h.system
LEFT JOIN busy b ON b.who = coalesce(h.person, h.holder) AND b.system IS NOT DISTINCT FROM h.system
LEFT JOIN purposed p ON p.role = h.role AND p.system IS NOT DISTINCT FROM h.system
LEFT JOIN systems s ON s.id = h.system
LEFT JOIN strict t ON t.id = h.id
LEFT JOIN opened o ON o.id = h.id
LEFT JOIN serving v ON v.id = h.id;
