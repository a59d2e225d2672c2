-- The last day of a length of time (ISO 8601, P1Y6M) that begins on a day. Bounded, so that no
-- length a user may write leaves the calendar; hours are less than a day.
CREATE MACRO bound_of(digits) AS
  CASE WHEN length(digits) > 5 THEN 99999 ELSE coalesce(try_cast(digits AS INTEGER), 0) END;
CREATE MACRO part_of(length, unit) AS
  bound_of(regexp_extract(split_part(length, 'T', 1), '(\d+)' || unit, 1));
CREATE MACRO end_of(start, length) AS
  (start + to_years(part_of(length, 'Y')) + to_months(part_of(length, 'M'))
   + to_days(7 * part_of(length, 'W') + part_of(length, 'D')))::DATE;
CREATE MACRO read_day(words) AS
  CASE WHEN regexp_full_match(words, '\d{4}-\d{2}-\d{2}') THEN try_cast(words AS DATE) END;
-- `contact` of `contact.phone`: how categories of one kind are named together.
CREATE MACRO family_of(category) AS split_part(category, '.', 1);
CREATE MACRO law_number(name) AS (SELECT value FROM law_numbers WHERE id = name);

-- What GDPR 10 says of convictions stands apart from the special categories of Art. 9.
CREATE TABLE category_facts AS
SELECT category,
       CASE WHEN bool_or(answer = 'yes') THEN 'yes'
            WHEN bool_or(answer = 'judge') THEN 'judge'
            ELSE 'no' END AS sensitive,
       bool_or(answer = 'yes' AND regime = 'cn-pipl') AS sensitive_cn,
       bool_or(answer = 'yes' AND regime = 'eu-gdpr' AND category <> 'legal.criminal-record')
         AS special_eu
FROM sensitivity
GROUP BY category;

-- Parties and systems under one roof, as ends of flows. Who operates a system processes in it.
CREATE TABLE places AS
SELECT id, 'party' AS kind, coalesce(title, id) AS title, title_en, title_zh, role, country,
       NULL::VARCHAR AS system_kind, role = 'processor' AS processes
FROM parties
UNION ALL
SELECT s.id, 'system', coalesce(s.title, s.id), s.title_en, s.title_zh, NULL, s.country,
       s.kind, coalesce(o.role = 'processor', false)
FROM systems s
ANTI JOIN parties p ON p.id = s.id
LEFT JOIN parties o ON o.id = s.operator;

CREATE TABLE subjects_of AS
SELECT *,
       coalesce(children = 'yes' OR try_cast(children AS BIGINT) > 0, false) AS has_children,
       coalesce(minors = 'yes' OR try_cast(minors AS BIGINT) > 0, false) AS has_minors,
       coalesce(regexp_matches(subjects, '\b((school)?child(ren)?|kids?|minors?|pupils?|students?|patients?|employees?|elderly)\b', 'i')
                OR regexp_matches(subjects, '儿童|孩子|未成年|学生|患者|病人|病患|员工|职工|职员|雇员|老人|老年|长者'),
                false) AS names_vulnerable
FROM activities;

-- The day the last edition or risk notice appeared, as far as the case knows.
CREATE TABLE edition AS
SELECT max(day) AS last_edition
FROM (SELECT last_on AS day FROM setting UNION ALL SELECT approved_on FROM assessments), setting
WHERE day <= as_of;
