SELECT concat('''', to_user, '''@''', to_host, '''') AS member,
       concat('''', from_user, '''@''', from_host, '''') AS role
FROM mysql.role_edges
