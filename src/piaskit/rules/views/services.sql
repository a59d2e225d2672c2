-- What probes saw: nothing, unless somebody asked for one.
CREATE TABLE service_facts AS SELECT *, (SELECT as_of FROM setting) AS as_of FROM services;
CREATE TABLE database_facts AS SELECT *, (SELECT as_of FROM setting) AS as_of FROM databases;
