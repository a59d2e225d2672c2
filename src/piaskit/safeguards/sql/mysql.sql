-- Every right of every account: of the whole server, of a schema, of a table, of columns.
SELECT grantee AS account, NULL AS person, NULL AS role, NULL AS need, object,
       group_concat(DISTINCT privilege ORDER BY privilege SEPARATOR ';') AS privileges
FROM (
  SELECT grantee, NULL AS object, privilege_type AS privilege
  FROM information_schema.user_privileges
  WHERE privilege_type <> 'USAGE'
  UNION ALL
  SELECT grantee, concat(table_schema, '.*'), privilege_type
  FROM information_schema.schema_privileges
  UNION ALL
  SELECT grantee, concat(table_schema, '.', table_name), privilege_type
  FROM information_schema.table_privileges
  UNION ALL
  SELECT grantee, concat(table_schema, '.', table_name), privilege_type
  FROM information_schema.column_privileges
  UNION ALL
  SELECT grantee, concat(table_schema, '.', table_name), 'GRANT'
  FROM information_schema.table_privileges
  WHERE is_grantable = 'YES'
  UNION ALL
  SELECT grantee, concat(table_schema, '.*'), 'GRANT'
  FROM information_schema.schema_privileges
  WHERE is_grantable = 'YES'
  UNION ALL
  SELECT grantee, NULL, 'GRANT'
  FROM information_schema.user_privileges
  WHERE is_grantable = 'YES' AND privilege_type <> 'USAGE') AS granted
GROUP BY grantee, object
ORDER BY grantee, object
