CREATE OR REPLACE TABLE safeguard_facts AS
SELECT s.id, coalesce(s.title, s.id) AS title, s.title_en, s.title_zh, s.control, s.kind, s.scope,
       s.status, s.standard, s.owner, s.evidence, s.evidence_sha256, s.evidence_on, s.tested_on,
       s.expires_on, p.state, p.because, p.because_zh,
       (SELECT as_of FROM setting) AS as_of
FROM safeguards s
LEFT JOIN proofs p ON p.id = s.id;
