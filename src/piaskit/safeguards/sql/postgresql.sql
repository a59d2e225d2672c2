-- Every right of every account that may log in: its own, through roles (however many steps), as
-- owner, through PUBLIC, as superuser, or through a predefined role. One row per account, role and
-- table, with the privileges gathered. A right without USAGE on its schema opens nothing; a superuser
-- may do everything, so nothing else is said of one. A member of a role may take it on (SET ROLE), so
-- NOINHERIT makes no difference here. Remarks on accounts name persons, those on roles a need.
WITH RECURSIVE
accounts AS (
  SELECT oid, rolname, rolsuper, rolcreaterole, shobj_description(oid, 'pg_authid') AS remark
  FROM pg_roles
  WHERE rolcanlogin AND (rolvaliduntil IS NULL OR rolvaliduntil > now())),
held AS (
  SELECT oid AS account, oid AS role FROM accounts
  UNION
  SELECT h.account, m.roleid FROM held h JOIN pg_auth_members m ON m.member = h.role),
tables AS (
  SELECT c.oid, c.relnamespace, c.relowner, n.nspname || '.' || c.relname AS name,
         coalesce(c.relacl, acldefault('r', c.relowner)) AS acl, n.nspowner,
         coalesce(n.nspacl, acldefault('n', n.nspowner)) AS schema_acl
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'),
schemas AS (
  SELECT DISTINCT relnamespace, nspowner, schema_acl FROM tables),
usable AS (
  SELECT DISTINCT h.account, s.relnamespace
  FROM schemas s
  CROSS JOIN LATERAL aclexplode(s.schema_acl) x
  JOIN held h ON h.role = x.grantee OR x.grantee = 0 OR h.role = s.nspowner
  WHERE x.privilege_type = 'USAGE'),
granted AS (
  SELECT t.oid, t.name, t.relnamespace, x.grantee, x.privilege_type, x.is_grantable
  FROM tables t CROSS JOIN LATERAL aclexplode(t.acl) x
  UNION
  SELECT t.oid, t.name, t.relnamespace, x.grantee, x.privilege_type, x.is_grantable
  FROM tables t
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
  CROSS JOIN LATERAL aclexplode(a.attacl) x
  UNION
  SELECT t.oid, t.name, t.relnamespace, t.relowner, 'OWNER', true FROM tables t),
through AS (
  SELECT h.account, g.grantee, g.name, g.privilege_type
  FROM granted g
  JOIN held h ON h.role = g.grantee OR g.grantee = 0
  JOIN usable u ON u.account = h.account AND u.relnamespace = g.relnamespace
  UNION
  SELECT h.account, g.grantee, g.name, 'GRANT'
  FROM granted g
  JOIN held h ON h.role = g.grantee
  JOIN usable u ON u.account = h.account AND u.relnamespace = g.relnamespace
  WHERE g.is_grantable)
SELECT a.rolname::text AS account, a.remark AS person,
       CASE WHEN t.grantee = 0 THEN 'PUBLIC'
            WHEN t.grantee <> t.account THEN r.rolname::text END AS role,
       shobj_description(nullif(t.grantee, t.account), 'pg_authid') AS need,
       t.name AS object, string_agg(DISTINCT t.privilege_type, ';') AS privileges
FROM through t
JOIN accounts a ON a.oid = t.account AND NOT a.rolsuper
LEFT JOIN pg_roles r ON r.oid = t.grantee
GROUP BY a.rolname, a.remark, t.grantee, t.account, r.rolname, t.name
UNION ALL
SELECT a.rolname::text, a.remark, CASE WHEN r.oid = a.oid THEN 'SUPERUSER' ELSE r.rolname::text END,
       shobj_description(nullif(r.oid, a.oid), 'pg_authid'), NULL, 'SUPERUSER'
FROM accounts a
JOIN held h ON h.account = a.oid
JOIN pg_roles r ON r.oid = h.role AND r.rolsuper
UNION ALL
SELECT a.rolname::text, a.remark, nullif(r.rolname, a.rolname)::text,
       shobj_description(nullif(r.oid, a.oid), 'pg_authid'), NULL, 'CREATEROLE'
FROM accounts a
JOIN held h ON h.account = a.oid
JOIN pg_roles r ON r.oid = h.role AND r.rolcreaterole AND NOT r.rolsuper
WHERE NOT a.rolsuper
UNION ALL
SELECT a.rolname::text, a.remark, r.rolname::text, NULL, NULL,
       CASE r.rolname WHEN 'pg_read_all_data' THEN 'SELECT'
                      WHEN 'pg_write_all_data' THEN 'INSERT;UPDATE;DELETE'
                      ELSE 'COPY' END
FROM accounts a
JOIN held h ON h.account = a.oid
JOIN pg_roles r ON r.oid = h.role
WHERE r.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_write_server_files',
                    'pg_execute_server_program')
ORDER BY 1, 3 NULLS FIRST, 5 NULLS FIRST
