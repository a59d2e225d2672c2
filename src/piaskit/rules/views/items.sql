-- Which flow carries which item, as numbers of their rows: there are millions of these pairs, and
-- what stands beside each is kept small. An item is foreign where it belongs to another activity
-- than the flow; `marks` says what the flow does: collect 1, use 2, store 4, delete 8, derive 16.
CREATE TABLE carriage AS
SELECT f.flow, i.item, i.activity IS DISTINCT FROM f.activity AS is_foreign, f.marks
FROM (SELECT _row AS flow, _activity AS activity,
             (CASE stage WHEN 'collect' THEN 1 WHEN 'store' THEN 4 WHEN 'delete' THEN 8
                         WHEN 'use' THEN 2 WHEN 'process' THEN 2 WHEN 'provide' THEN 2
                         WHEN 'disclose' THEN 2 ELSE 0 END
              + CASE method WHEN 'derived' THEN 16 ELSE 0 END)::UTINYINT AS marks,
             unnest(string_split(items, ';')) AS id
      FROM flows) f
JOIN (SELECT i.rowid::INTEGER AS item, i.id,
             CASE WHEN i.activity IS NOT NULL THEN coalesce(a.number, -1) END AS activity
      FROM items i
      LEFT JOIN flow_activities a ON a.id = i.activity) i
  ON i.id = f.id;

CREATE TABLE cargo AS
SELECT i.rowid AS number, i.id AS item, i.activity AS home, i.category, i.required,
       i.important_data,
       coalesce(c.sensitive, 'judge') AS sensitive, coalesce(c.sensitive_cn, false) AS sensitive_cn
FROM items i
LEFT JOIN category_facts c ON c.category = i.category;

-- The same in words.
CREATE VIEW carried AS
SELECT f.id AS flow, f.activity, f.stage, f.method, c.item, c.home, c.category, c.sensitive
FROM carriage l
JOIN flows f ON f._row = l.flow
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
           WHERE l.marks & 8 > 0) c
  USING (activity);

CREATE TABLE item_facts AS
WITH use AS (SELECT item, bit_or(marks) AS marks FROM carriage GROUP BY item),
-- Those that a flow from their own source carries.
fetched AS (
  SELECT DISTINCT l.item
  FROM carriage l
  JOIN (SELECT rowid AS item, source FROM items WHERE source IS NOT NULL) i ON i.item = l.item
  JOIN flows f ON f._row = l.flow AND f.source = i.source)
SELECT i.id, i.activity, coalesce(i.title, i.id) AS title, i.title_en, i.title_zh,
       coalesce(a.title, a.id) AS activity_title, a.title_en AS activity_title_en,
       a.title_zh AS activity_title_zh,
       i.category, i.required, i.source, i.retention, i.retention_start, i.important_data,
       coalesce(starts_with(i.retention, 'P'), false) AS retention_is_period,
       CASE WHEN starts_with(i.retention, 'P') THEN end_of(read_day(i.retention_start), i.retention)
            WHEN starts_with(i.retention, 'until ') THEN read_day(substring(i.retention, 7))
            END AS ends_on,
       coalesce(c.sensitive, 'judge') AS sensitive,
       coalesce(u.marks & 1 > 0, false) AS collected, coalesce(u.marks & 2 > 0, false) AS used,
       coalesce(u.marks & 4 > 0, false) AS stored, coalesce(u.marks & 8 > 0, false) AS deleted,
       coalesce(u.marks & 17 > 0, false) OR h.item IS NOT NULL OR coalesce(p.kind = 'system', false) AS comes_in,
       coalesce(l.keeps AND NOT l.deletes, false) AS activity_never_deletes,
       coalesce(l.deletes_unnamed, false) AS activity_deletes_unnamed,
       (SELECT as_of FROM setting) AS as_of
FROM items i
LEFT JOIN activities a ON a.id = i.activity
LEFT JOIN category_facts c ON c.category = i.category
LEFT JOIN use u ON u.item = i.rowid
LEFT JOIN fetched h ON h.item = i.rowid
LEFT JOIN places p ON p.id = i.source
LEFT JOIN lifecycle l ON l.activity = i.activity;
