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
