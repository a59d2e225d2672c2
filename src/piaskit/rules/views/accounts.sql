-- Rules of passwords and sign-in, and what samples showed, where somebody measured them.
CREATE OR REPLACE TABLE account_facts AS
WITH placed AS (
  SELECT a.id, max(try_cast(s.mlps_level AS BIGINT)) AS mlps_level
  FROM (SELECT id, trim(unnest(string_split(systems, ';'))) AS system FROM accounts
        WHERE systems IS NOT NULL) a
  JOIN systems s ON s.id = a.system
  GROUP BY a.id)
SELECT a.id, coalesce(a.title, a.id) AS title, a.title_en, a.title_zh, a.who, a.accounts,
       a.min_length, a.max_length, a.classes, coalesce(string_split(a.blocks, ';'), []) AS blocks,
       a.rotation_days, a.lockout_tries, a.lockout_minutes, a.mfa,
       coalesce(string_split(a.mfa_methods, ';'), []) AS mfa_methods,
       coalesce(string_split(a.reset, ';'), []) AS reset, a.idle_minutes, a.token_days, a.hash,
       coalesce(string_split(a.stuffing, ';'), []) AS stuffing,
       coalesce(a.who IN ('staff', 'admin'), false) AS inside, l.mlps_level,
       p.samples, p.weak, p.breached, p.weakest, p.guesses_per_day,
       (SELECT as_of FROM setting) AS as_of
FROM accounts a
LEFT JOIN placed l ON l.id = a.id
LEFT JOIN passwords p ON p.id = a.id;
