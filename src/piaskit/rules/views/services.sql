-- What probes saw: nothing, unless somebody asked for one.
CREATE OR REPLACE TABLE service_facts AS SELECT *, (SELECT as_of FROM setting) AS as_of FROM services;
CREATE OR REPLACE TABLE database_facts AS SELECT *, (SELECT as_of FROM setting) AS as_of FROM databases;
