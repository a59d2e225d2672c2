-- What criteria of screening may ask beside the facts of the rules. Titles come in both languages.
CREATE OR REPLACE MACRO lies_below(category, heads) AS
  len(list_filter(heads, lambda h: category = h OR starts_with(category, h || '.'))) > 0;

CREATE OR REPLACE VIEW screened_activities AS
SELECT a.*, o.public_institution
FROM activity_facts a
CROSS JOIN organisations o;

-- Each item an activity processes, with what every regime says of its category, active or not.
CREATE OR REPLACE VIEW screened_items AS
SELECT p.activity, p.item AS id, coalesce(p.category, '') AS category,
       coalesce(i.title_en, i.title) AS title_en, coalesce(i.title_zh, i.title) AS title_zh,
       coalesce(k.cn_pipl, 'judge') AS cn_pipl, coalesce(k.eu_gdpr, 'judge') AS eu_gdpr
FROM processed p
JOIN item_facts i ON i.id = p.item
LEFT JOIN category_answers k ON k.category = p.category;

-- A place without a country is unknown, not at home; only a person, or the public, needs none.
CREATE OR REPLACE VIEW screened_flows AS
SELECT * REPLACE (coalesce(target_title_en, target_title) AS target_title_en,
                  coalesce(target_title_zh, target_title) AS target_title_zh),
       CASE target_kind WHEN 'party' THEN 'parties' WHEN 'system' THEN 'systems' END AS place_table,
       coalesce(target_country <> 'CN', false) AND coalesce(target_role <> 'subject', true)
         AND coalesce(source_country = 'CN', true) AS abroad,
       target_kind IS NOT NULL AND target_country IS NULL
         AND coalesce(target_role NOT IN ('subject', 'public'), true) AS homeless
FROM flow_facts;

-- The judgement in force per activity and dimension: the latest.
CREATE OR REPLACE VIEW screened_judgements AS
SELECT activity, dimension, arg_max(id, [coalesce(judged_on::VARCHAR, ''), id]) AS id,
       arg_max(level, [coalesce(judged_on::VARCHAR, ''), id]) AS level
FROM judgements
WHERE level IS NOT NULL AND activity IS NOT NULL AND dimension IS NOT NULL
GROUP BY activity, dimension;
