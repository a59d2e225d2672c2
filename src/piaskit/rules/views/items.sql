-- Which flow carries which item, as numbers of their rows: there are millions of these pairs.
-- An item is foreign where it belongs to another activity than the flow, and fetched where the flow
-- comes from the item's own source.
CREATE TABLE carriage AS
SELECT f.flow, f.stage, f.method, i.rowid AS item, i.activity IS DISTINCT FROM f.activity AS is_foreign,
       coalesce(i.source = f.source, false) AS is_fetched
FROM (SELECT rowid AS flow, activity, stage, method, source, unnest(string_split(items, ';')) AS item
      FROM flows) f
JOIN items i ON i.id = f.item;

CREATE TABLE cargo AS
SELECT i.rowid AS number, i.id AS item, i.activity AS home, i.category, i.required,
       i.important_data,
       coalesce(c.sensitive, 'judge') AS sensitive, coalesce(c.sensitive_cn, false) AS sensitive_cn
FROM items i
LEFT JOIN category_facts c ON c.category = i.category;

-- The same in words.
CREATE VIEW carried AS
SELECT f.id AS flow, f.activity, l.stage, l.method, c.item, c.home, c.category, c.sensitive
FROM carriage l
JOIN flows f ON f.rowid = l.flow
JOIN cargo c ON c.number = l.item;

-- What becomes of an activity's information: whether anything is kept, and anything deleted.
CREATE TABLE lifecycle AS
SELECT activity, coalesce(f.keeps, false) AS keeps,
       coalesce(f.deletes, false) OR c.clears IS NOT NULL AS deletes,
       coalesce(f.deletes_unnamed, false) AS deletes_unnamed
FROM (
  SELECT activity, bool_or(stage IN ('collect', 'store')) AS keeps,
         bool_or(stage = 'delete') AS deletes,
         bool_or(stage = 'delete' AND items IS NULL) AS deletes_unnamed
  FROM flows
  GROUP BY activity) f
FULL JOIN (SELECT DISTINCT c.home AS activity, true AS clears
           FROM carriage l
           JOIN cargo c ON c.number = l.item
           WHERE l.stage = 'delete') c
  USING (activity);

CREATE TABLE item_facts AS
WITH use AS (
  SELECT item,
         bool_or(stage = 'collect') AS collected,
         bool_or(stage IN ('use', 'process', 'provide', 'disclose')) AS used,
         bool_or(stage = 'store') AS stored,
         bool_or(stage = 'delete') AS deleted,
         bool_or(stage = 'collect' OR is_fetched OR coalesce(method = 'derived', false)) AS comes_in
  FROM carriage
  GROUP BY item)
SELECT i.id, i.activity, coalesce(i.title, i.id) AS title, i.title_en, i.title_zh,
       coalesce(a.title, a.id) AS activity_title, a.title_en AS activity_title_en,
       a.title_zh AS activity_title_zh,
       i.category, i.required, i.source, i.retention, i.retention_start, i.important_data,
       coalesce(starts_with(i.retention, 'P'), false) AS retention_is_period,
       CASE WHEN starts_with(i.retention, 'P') THEN end_of(read_day(i.retention_start), i.retention)
            WHEN starts_with(i.retention, 'until ') THEN read_day(substring(i.retention, 7))
            END AS ends_on,
       coalesce(c.sensitive, 'judge') AS sensitive,
       coalesce(u.collected, false) AS collected, coalesce(u.used, false) AS used,
       coalesce(u.stored, false) AS stored, coalesce(u.deleted, false) AS deleted,
       coalesce(u.comes_in, false) OR coalesce(p.kind = 'system', false) AS comes_in,
       coalesce(l.keeps AND NOT l.deletes, false) AS activity_never_deletes,
       coalesce(l.deletes_unnamed, false) AS activity_deletes_unnamed,
       (SELECT as_of FROM setting) AS as_of
FROM items i
LEFT JOIN activities a ON a.id = i.activity
LEFT JOIN category_facts c ON c.category = i.category
LEFT JOIN use u ON u.item = i.rowid
LEFT JOIN places p ON p.id = i.source
LEFT JOIN lifecycle l ON l.activity = i.activity;
