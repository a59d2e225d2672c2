-- What a flow carries, by what the laws say of it.
CREATE TABLE loads AS
WITH marked AS (
  SELECT number, sensitive = 'yes' AS sensitive, sensitive_cn,
         category IN ('contact.phone', 'contact.email', 'contact.address') AS contacts,
         category IN ('biometric.face', 'content.photo', 'vehicle.plate-number') AS images,
         category = 'content.post' AS posts, coalesce(important_data = 'yes', false) AS important_data,
         category IN ('identity.id-document', 'identity.national-id-number',
                      'identity.passport-number', 'identity.social-security-number',
                      'identity.signature', 'finance.account', 'finance.payment-card') AS opens_doors,
         category IN ('content.message', 'content.file', 'content.voice') AS content,
         category IN ('content.message', 'content.voice', 'content.post', 'telecom.call-records')
           AS words,
         category IN ('finance.order', 'finance.invoice', 'finance.credit', 'content.file',
                      'content.message') AS dealings,
         family_of(category) IN ('behaviour', 'location', 'profile')
           OR category IN ('telecom.call-records', 'device.advertising-id', 'device.app-list',
                           'device.sensor') AS traces,
         family_of(category) = 'contact'
           OR category IN ('employment.name', 'education.school', 'identity.portrait',
                           'content.photo', 'biometric.face') AS finds_people,
         family_of(category) = 'profile'
           OR category IN ('finance.credit', 'employment.performance') AS rates_people,
         required = 'yes' AS required, required = 'no' AS optional
  FROM cargo),
-- One number per item and flow: to join and keep a truth value each takes many times as long.
coded AS (
  SELECT number, sensitive::INT + 2 * sensitive_cn::INT + 4 * coalesce(contacts, false)::INT
                 + 8 * coalesce(images, false)::INT + 16 * coalesce(posts, false)::INT
                 + 32 * important_data::INT + 64 * coalesce(opens_doors, false)::INT
                 + 128 * coalesce(content, false)::INT + 256 * coalesce(words, false)::INT
                 + 512 * coalesce(dealings, false)::INT + 1024 * coalesce(traces, false)::INT
                 + 2048 * coalesce(finds_people, false)::INT
                 + 4096 * coalesce(rates_people, false)::INT
                 + 8192 * coalesce(required, false)::INT + 16384 * coalesce(optional, false)::INT
                 AS marks
  FROM marked)
SELECT l.flow, count(*) AS items_carried,
       bit_or(c.marks + 32768 * l.is_foreign::INT) AS marks
FROM carriage l
JOIN coded c ON c.number = l.item
GROUP BY l.flow;

-- Flows that leave the mainland, and the persons of the year they add up to: a range, since the
-- persons of several flows overlap to an unknown degree.
CREATE TABLE exports AS
SELECT f._row AS flow, f.persons_year, f.transfer_mechanism AS mechanism,
       coalesce(f.transfer_mechanism NOT IN ('exempt-contract', 'exempt-hr', 'exempt-emergency'), true)
         AS counted,
       coalesce(l.marks & 2 > 0, false) OR coalesce(a.has_children, false) AS sensitive
FROM flows f
JOIN places t ON t.id = f.target
LEFT JOIN places s ON s.id = f.source
LEFT JOIN subjects_of a ON a.id = f.activity
LEFT JOIN loads l ON l.flow = f._row
WHERE t.country <> 'CN' AND coalesce(t.role NOT IN ('subject', 'authority'), true)
  AND (s.country IS NULL OR s.country = 'CN');

CREATE TABLE export_counts AS
WITH counted AS (SELECT * FROM exports WHERE counted),
sums AS (
  SELECT coalesce(max(persons_year) FILTER (NOT sensitive), 0) AS ordinary_low,
         CASE WHEN count(*) FILTER (NOT sensitive AND persons_year IS NULL) = 0
              THEN least(coalesce(sum(persons_year) FILTER (NOT sensitive), 0), 10 ** 15)::BIGINT
              END AS ordinary_high,
         coalesce(max(persons_year) FILTER (sensitive), 0) AS sensitive_low,
         CASE WHEN count(*) FILTER (sensitive AND persons_year IS NULL) = 0
              THEN least(coalesce(sum(persons_year) FILTER (sensitive), 0), 10 ** 15)::BIGINT
              END AS sensitive_high,
         coalesce(bool_or(mechanism IN ('standard-contract', 'certification')), false) AS contracted,
         coalesce(bool_or(mechanism = 'exempt-volume'), false) AS exempted
  FROM counted)
SELECT sums.*, o.operator,
       coalesce(o.operator = 'cii', false)
         OR coalesce(ordinary_low >= law_number('cn-crossborder-2024 assessment-persons'), false)
         OR coalesce(sensitive_low >= law_number('cn-crossborder-2024 assessment-sensitive'), false)
         AS assessment_needed,
       coalesce(ordinary_low >= law_number('cn-crossborder-2024 exempt-persons'), false)
         AS volume_passed
FROM sums, organisations o;

-- Legal bases and consents as they are written, each once: to split a million takes longer.
CREATE TABLE bases AS
SELECT written, names, list_contains(names, 'cn-pipl.consent') AS rests_on_consent,
       list_has_any(names, ['cn-pipl.legal-duty', 'cn-pipl.other-law', 'cn-pipl.emergency'])
         AS is_public_task,
       list_has_any(names, ['cn-pipl.consent', 'eu-gdpr.6-1-a', 'eu-gdpr.9-2-a']) AS asks_consent,
       contains(written, 'eu-gdpr.6-') AS is_gdpr_6, contains(written, 'eu-gdpr.9-') AS is_gdpr_9
FROM (SELECT written, string_split(written, ';') AS names FROM (SELECT coalesce(legal_basis, '') AS written FROM flows
      UNION SELECT coalesce(legal_basis, '') FROM activities));

CREATE TABLE consents AS
SELECT written, names, list_has_any(names, ['separate', 'none-needed']) AS is_separate,
       list_has_any(names, ['guardian', 'none-needed']) AS of_guardian
FROM (SELECT written, string_split(written, ';') AS names
      FROM (SELECT DISTINCT coalesce(consent, '') AS written FROM flows));

-- The flows with what is known of them: as registered, and derived.
CREATE TABLE flow_rows AS
WITH baseless AS (
  SELECT DISTINCT f.activity
  FROM flows f
  JOIN activities a ON a.id = f.activity
  WHERE f.legal_basis IS NULL AND a.legal_basis IS NULL AND f.stage NOT IN ('provide', 'disclose')),
ends AS (
  SELECT p.*, e.code IS NOT NULL AS in_eea, q.code IS NOT NULL AS is_adequate
  FROM places p
  LEFT JOIN law_countries e ON e.code = p.country AND e.list = 'eu-gdpr eea'
  LEFT JOIN law_countries q ON q.code = p.country AND q.list = 'eu-gdpr adequate'),
chosen AS (SELECT count(*) > 0 AS any FROM recommended),
here AS (SELECT count(*) = 0 AS eu FROM regimes WHERE id = 'cn-pipl')
SELECT f.* EXCLUDE (_activity), a.role AS activity_role, coalesce(l.items_carried, 0) AS items_carried,
       s.kind AS source_kind, s.role AS source_role, s.country AS source_country,
       t.kind AS target_kind, t.role AS target_role, t.country AS target_country,
       p.rowid AS bases, f.legal_basis IS NULL AND a.legal_basis IS NULL AS basis_is_blank,
       b.activity IS NOT NULL AS activity_lacks_basis, p.rests_on_consent,
       g.rowid AS consents, g.is_separate AS consent_is_separate,
       g.of_guardian AS consent_of_guardian,
       coalesce(a.has_children, false) AS has_children,
       coalesce(l.marks, 0) AS marks,
       coalesce(l.marks & 8 > 0, false) AND coalesce(f.stage = 'collect' AND f.method = 'observed', false)
         AND (coalesce(s.system_kind = 'device', false) OR coalesce(t.system_kind = 'device', false))
         AND NOT p.is_public_task AS takes_images,
       coalesce(t.processes, false) AS entrusts,
       coalesce(s.role = 'subject', false) OR coalesce(t.role = 'subject', false) AS with_subject,
       c.any AND f.channel IS NOT NULL AND r.channel IS NULL AS channel_is_off,
       x.flow IS NOT NULL AS is_export,
       coalesce(x.sensitive, false) AS is_sensitive_export,
       t.country IS NOT NULL AND NOT t.in_eea AND coalesce(t.role <> 'subject', true)
         AND coalesce(s.role <> 'subject', true)
         AND (coalesce(s.in_eea, false)
              OR (h.eu AND s.country IS NULL
                  AND (f.source IS NOT NULL OR f.stage <> 'collect'))) AS is_transfer,
       coalesce(t.is_adequate, false) AS target_is_adequate
FROM flows f
LEFT JOIN subjects_of a ON a.id = f.activity
LEFT JOIN ends s ON s.id = f.source
LEFT JOIN ends t ON t.id = f.target
LEFT JOIN loads l ON l.flow = f._row
LEFT JOIN exports x ON x.flow = f._row
LEFT JOIN baseless b ON b.activity = f.activity
LEFT JOIN recommended r ON r.channel = f.channel
JOIN bases p ON p.written = coalesce(f.legal_basis, a.legal_basis, '')
JOIN consents g ON g.written = coalesce(f.consent, '')
CROSS JOIN chosen c CROSS JOIN here h;

CREATE VIEW derived_flows AS
SELECT *, marks & 1 > 0 OR has_children AS sensitive, marks & 2 > 0 AS sensitive_cn,
       marks & 4 > 0 AS contacts, marks & 16 > 0 AS posts, marks & 32 > 0 AS important_data,
       marks & 64 > 0 AS opens_doors, marks & 128 > 0 AS content, marks & 256 > 0 AS words,
       marks & 512 > 0 AS dealings, marks & 1024 > 0 AS traces, marks & 2048 > 0 AS finds_people,
       marks & 4096 > 0 AS rates_people, marks & 8192 > 0 AS required,
       marks & 16384 > 0 AS optional, marks & 32768 > 0 AS reuses
FROM flow_rows;

-- Of what a rule may ask, that which needs no look elsewhere.
CREATE VIEW flow_plain AS
SELECT * EXCLUDE (bases, consents, consent, legal_basis, marks, _row), legal_basis AS own_basis
FROM derived_flows;

-- What a rule may ask. Titles, lists and what holds for all are looked up only where it does.
CREATE VIEW flow_facts AS
SELECT f.id, f.activity, coalesce(a.title, a.id) AS activity_title,
       a.title_en AS activity_title_en, a.title_zh AS activity_title_zh, f.activity_role,
       f.stage, f.source, f.target, f.items, f.items_carried,
       f.source_kind, f.source_role, f.source_country,
       s.title AS source_title, s.title_en AS source_title_en, s.title_zh AS source_title_zh,
       f.target_kind, f.target_role, f.target_country,
       t.title AS target_title, t.title_en AS target_title_en, t.title_zh AS target_title_zh,
       f.persons, f.persons_year, f.channel, f.method, f.transport,
       f.transfer_mechanism, f.mechanism_ref, f.mechanism_until, f.disposal,
       f.legal_basis AS own_basis, b.names AS basis, f.basis_is_blank, f.activity_lacks_basis,
       f.rests_on_consent, g.names AS consent, f.consent_is_separate, f.consent_of_guardian,
       f.has_children, f.sensitive, f.sensitive_cn, f.contacts, f.posts, f.important_data,
       f.opens_doors, f.content, f.words, f.dealings, f.traces, f.finds_people, f.rates_people,
       f.required, f.optional, f.reuses,
       f.takes_images, f.entrusts, f.with_subject, f.channel_is_off, f.is_export,
       f.is_sensitive_export, n.operator, n.assessment_needed, n.volume_passed,
       f.is_transfer, f.target_is_adequate, d.as_of
FROM derived_flows f
LEFT JOIN bases b ON b.rowid = f.bases
LEFT JOIN consents g ON g.rowid = f.consents
LEFT JOIN activities a ON a.id = f.activity
LEFT JOIN places s ON s.id = f.source
LEFT JOIN places t ON t.id = f.target
CROSS JOIN export_counts n CROSS JOIN setting d;
