CREATE TABLE organisation_facts AS
SELECT o.id, o.title, o.title_en, o.title_zh, o.persons_total, o.employees, o.operator, o.province,
       o.sector,
       coalesce((SELECT list(id ORDER BY id) FROM activity_facts WHERE has_children), [])
         AS activities_with_children,
       EXISTS (SELECT 1 FROM roles WHERE role = 'children-pi-officer' AND holder IS NOT NULL)
         AS has_children_officer,
       (SELECT as_of FROM setting) AS as_of
FROM organisations o;
