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
