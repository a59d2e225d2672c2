-- A role has no host; as a grantee it stands without one.
SELECT CASE WHEN host = '' THEN concat('''', user, '''@''''') ELSE concat('''', user, '''@''', host, '''') END AS member,
       concat('''', role, '''@''''') AS role
FROM mysql.roles_mapping
