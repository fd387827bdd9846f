CREATE OR REPLACE VIEW "dim_organization" AS
SELECT
  o."source" AS "source",
  o."organization_id" AS "organization_id",
  o."name" AS "name",
  CASE WHEN o."host" LIKE '%_._%' AND o."host" NOT IN ('126.com', '163.com', 'aol.com', 'fastmail.com', 'gmail.com', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com', 'hotmail.co.uk', 'hotmail.com', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'icloud.com', 'inbox.com', 'laposte.net', 'live.co.uk', 'live.com', 'live.fr', 'mac.com', 'mail.com', 'mail.ru', 'maktoob.com', 'me.com', 'msn.com', 'naver.com', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.es', 'outlook.fr', 'outlook.sa', 'pm.me', 'proton.me', 'protonmail.com', 'qq.com', 'rediffmail.com', 'rocketmail.com', 'tutanota.com', 'web.de', 'yahoo.ca', 'yahoo.co.in', 'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.com', 'yandex.ru', 'ymail.com', 'zohomail.com') THEN o."host" END AS "domain"
FROM (
SELECT CAST(NULL AS text) AS "source", CAST(NULL AS text) AS "organization_id", CAST(NULL AS text) AS "name", CAST(NULL AS text) AS "host" WHERE 1 = 0
) AS o;

COMMENT ON VIEW "dim_organization" IS 'Companies as the vendors know them: one row for each vendor''s record.';

COMMENT ON COLUMN "dim_organization"."source" IS 'The connector.';

COMMENT ON COLUMN "dim_organization"."organization_id" IS 'Vendor''s id of the company.';

COMMENT ON COLUMN "dim_organization"."name" IS 'Its name.';

COMMENT ON COLUMN "dim_organization"."domain" IS 'Its domain: without www, and never one of a free mail provider.';

CREATE OR REPLACE VIEW "map_customer_identity" AS
SELECT
  k."source" AS "source",
  k."customer_id" AS "customer_id",
  k."customer_key" AS "customer_key",
  CASE WHEN k."email" IS NOT NULL THEN 'email' ELSE 'native_id' END AS "matched_by",
  k."person_id" AS "person_id",
  k."name" AS "name",
  k."email" AS "email",
  k."domain" AS "domain",
  k."organization_id" AS "organization_id",
  k."organization_name" AS "organization_name",
  k."is_staff" AS "is_staff",
  k."is_deleted" AS "is_deleted"
FROM (
  WITH RECURSIVE "_merges" AS (
  SELECT CAST(NULL AS text) AS "source", CAST(NULL AS text) AS "id", CAST(NULL AS text) AS "survivor" WHERE 1 = 0
  ), "_chains" AS (
  SELECT "source", "id", "survivor", 1 AS "hops" FROM "_merges"
  UNION SELECT c."source", c."id", m."survivor", c."hops" + 1 FROM "_chains" AS c JOIN "_merges" AS m ON m."source" = c."source" AND m."id" = c."survivor"
    WHERE c."hops" < 8 AND m."survivor" <> c."id"
  ), "_survivors" AS (
  SELECT "source", "id", substr(max((CAST(10 + "hops" AS text) || "survivor") COLLATE "C"), 3) AS "survivor" FROM "_chains" GROUP BY "source", "id"
  ), "_people" AS MATERIALIZED (
  SELECT CAST(NULL AS text) AS "source", CAST(NULL AS text) AS "customer_id", CAST(NULL AS text) AS "name", CAST(NULL AS text) AS "email", CAST(NULL AS text) AS "organization_id", CAST(NULL AS text) AS "employer", FALSE AS "is_staff", FALSE AS "is_deleted" WHERE 1 = 0
  ), "_persons" AS (
  SELECT p."source", p."customer_id", coalesce(s."survivor", p."customer_id") AS "person_id", coalesce(m."name", p."name") AS "name",
    coalesce(m."email", p."email") AS "email", coalesce(m."organization_id", p."organization_id") AS "organization_id",
    coalesce(m."employer", p."employer") AS "employer", p."is_staff", p."is_deleted"
  FROM "_people" AS p
  LEFT JOIN "_survivors" AS s ON s."source" = p."source" AND s."id" = p."customer_id"
  LEFT JOIN "_people" AS m ON m."source" = s."source" AND m."customer_id" = s."survivor"
  ), "_told" AS MATERIALIZED (
  SELECT p.*, CASE WHEN p."email" IS NOT NULL THEN left(encode(sha256(convert_to('email:' || p."email", 'UTF8')), 'hex'), 32) ELSE left(encode(sha256(convert_to(p."source" || ':' || p."person_id", 'UTF8')), 'hex'), 32) END AS "customer_key", coalesce(CASE WHEN split_part(p."email", '@', -1) NOT IN ('126.com', '163.com', 'aol.com', 'fastmail.com', 'gmail.com', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com', 'hotmail.co.uk', 'hotmail.com', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'icloud.com', 'inbox.com', 'laposte.net', 'live.co.uk', 'live.com', 'live.fr', 'mac.com', 'mail.com', 'mail.ru', 'maktoob.com', 'me.com', 'msn.com', 'naver.com', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.es', 'outlook.fr', 'outlook.sa', 'pm.me', 'proton.me', 'protonmail.com', 'qq.com', 'rediffmail.com', 'rocketmail.com', 'tutanota.com', 'web.de', 'yahoo.ca', 'yahoo.co.in', 'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.com', 'yandex.ru', 'ymail.com', 'zohomail.com') THEN split_part(p."email", '@', -1) END, o."domain") AS "domain",
    coalesce(o."name", p."employer") AS "organization_name"
  FROM "_persons" AS p
  LEFT JOIN "dim_organization" AS o ON o."source" = p."source" AND o."organization_id" = p."organization_id"
  )
  SELECT * FROM "_told"
) AS k;

COMMENT ON VIEW "map_customer_identity" IS 'Which customer each of the vendors'' contacts is: one row for each vendor''s id, none of them rewritten.';

COMMENT ON COLUMN "map_customer_identity"."source" IS 'The connector.';

COMMENT ON COLUMN "map_customer_identity"."customer_id" IS 'Vendor''s id of the contact, untouched.';

COMMENT ON COLUMN "map_customer_identity"."customer_key" IS 'The customer: the same for every contact with the same address, whatever the vendor.';

COMMENT ON COLUMN "map_customer_identity"."matched_by" IS 'What the customer was told by: email, or native_id where there is no address.';

COMMENT ON COLUMN "map_customer_identity"."person_id" IS 'The contact into which the vendor merged this one; else customer_id.';

COMMENT ON COLUMN "map_customer_identity"."name" IS 'Name.';

COMMENT ON COLUMN "map_customer_identity"."email" IS 'Address, in small letters.';

COMMENT ON COLUMN "map_customer_identity"."domain" IS 'Domain of the address, or else of the company; free mail providers are no company.';

COMMENT ON COLUMN "map_customer_identity"."organization_id" IS 'Vendor''s id of the company.';

COMMENT ON COLUMN "map_customer_identity"."organization_name" IS 'The company''s name.';

COMMENT ON COLUMN "map_customer_identity"."is_staff" IS 'Whether it is one of us.';

COMMENT ON COLUMN "map_customer_identity"."is_deleted" IS 'Whether the vendor has it no more, or merged it.';

CREATE OR REPLACE VIEW "dim_customer" AS
SELECT
  i."customer_key" AS "customer_key",
  coalesce(max(CASE WHEN NOT i."is_deleted" THEN i."name" COLLATE "C" END), max(i."name" COLLATE "C")) AS "name",
  max(i."email" COLLATE "C") AS "email",
  max(i."domain" COLLATE "C") AS "domain",
  coalesce(max(CASE WHEN NOT i."is_deleted" THEN i."organization_name" COLLATE "C" END), max(i."organization_name" COLLATE "C")) AS "organization_name",
  string_agg(DISTINCT i."source" COLLATE "C", ', ' ORDER BY i."source" COLLATE "C") AS "sources",
  count(*) AS "n_contacts",
  min(CASE WHEN i."is_deleted" THEN 1 ELSE 0 END) = 1 AS "is_deleted"
FROM "map_customer_identity" AS i
WHERE NOT i."is_staff"
GROUP BY i."customer_key";

COMMENT ON VIEW "dim_customer" IS 'Customers: one row a person, however many vendors know them.';

COMMENT ON COLUMN "dim_customer"."customer_key" IS 'The customer; voc_feedback has it too.';

COMMENT ON COLUMN "dim_customer"."name" IS 'One of the names that the vendors have.';

COMMENT ON COLUMN "dim_customer"."email" IS 'Address, in small letters.';

COMMENT ON COLUMN "dim_customer"."domain" IS 'Domain; NULL where only free mail is known.';

COMMENT ON COLUMN "dim_customer"."organization_name" IS 'One of the names that the vendors have for the company.';

COMMENT ON COLUMN "dim_customer"."sources" IS 'The vendors that know the customer.';

COMMENT ON COLUMN "dim_customer"."n_contacts" IS 'How many of the vendors'' contacts the customer is.';

COMMENT ON COLUMN "dim_customer"."is_deleted" IS 'Whether no vendor has the customer any more.';

CREATE OR REPLACE VIEW "voc_feedback" AS
SELECT
  f."feedback_id" AS "feedback_id",
  CAST(NULL AS text) AS "source",
  CAST(NULL AS text) AS "kind",
  CAST(NULL AS text) AS "record_id",
  CAST(NULL AS text) AS "thread_id",
  CAST(NULL AS text) AS "channel",
  f."created_at" AS "created_at",
  CAST(f."created_at" AT TIME ZONE 'UTC' AS DATE) AS "created_date",
  CAST(NULL AS timestamptz) AS "updated_at",
  CAST(NULL AS text) AS "language",
  CAST(NULL AS double precision) AS "dialect_score",
  CAST(NULL AS text) AS "title",
  coalesce(CAST(NULL AS text), f."text_original") AS "text",
  CAST(NULL AS text) AS "text_key",
  CAST(NULL AS double precision) AS "rating",
  CAST(NULL AS text) AS "label",
  CAST(NULL AS double precision) AS "score",
  CAST(NULL AS double precision) AS "confidence",
  CAST(NULL AS jsonb) AS "topics",
  CAST(NULL AS jsonb) AS "aspects",
  CAST(NULL AS text) AS "urgency",
  CAST(NULL AS text) AS "intent",
  CAST(NULL AS text) AS "summary",
  CASE WHEN coalesce(f."text_original", '') = '' THEN 'no_text' ELSE 'pending' END AS "label_status",
  CAST(NULL AS text) AS "label_reason",
  CAST(NULL AS timestamptz) AS "labelled_at",
  CAST(NULL AS text) AS "provider",
  CAST(NULL AS text) AS "model",
  CAST(NULL AS text) AS "prompt_version",
  CAST(NULL AS boolean) AS "fallback",
  CAST(NULL AS double precision) AS "label_cost_usd",
  CAST(NULL AS text) AS "customer_id",
  coalesce(i."customer_key", left(encode(sha256(convert_to(CAST(NULL AS text) || ':' || coalesce(CAST(NULL AS text), CAST(NULL AS text)), 'UTF8')), 'hex'), 32)) AS "customer_key",
  i."name" AS "customer_name",
  i."email" AS "customer_email",
  coalesce(i."domain", o."domain") AS "customer_domain",
  CAST(NULL AS text) AS "organization_id",
  coalesce(o."name", i."organization_name") AS "organization_name"
FROM "feedback" AS f
LEFT JOIN "map_customer_identity" AS i ON i."source" = CAST(NULL AS text) AND i."customer_id" = coalesce(CAST(NULL AS text), CAST(NULL AS text))
LEFT JOIN "dim_organization" AS o ON o."source" = CAST(NULL AS text) AND o."organization_id" = CAST(NULL AS text)
WHERE f."author_role" = 'customer'
  AND f."_deleted_at" IS NULL;

COMMENT ON VIEW "voc_feedback" IS 'What customers said and what a model makes of it: one row an utterance, without what was deleted.';

COMMENT ON COLUMN "voc_feedback"."feedback_id" IS 'The utterance: the same in every warehouse.';

COMMENT ON COLUMN "voc_feedback"."source" IS 'The connector it came from.';

COMMENT ON COLUMN "voc_feedback"."kind" IS 'ticket, comment, survey and so on.';

COMMENT ON COLUMN "voc_feedback"."record_id" IS 'Id of the vendor record that holds the words.';

COMMENT ON COLUMN "voc_feedback"."thread_id" IS 'Id of the conversation, such as the ticket.';

COMMENT ON COLUMN "voc_feedback"."channel" IS 'email, web, chat, api and so on.';

COMMENT ON COLUMN "voc_feedback"."created_at" IS 'When it was said.';

COMMENT ON COLUMN "voc_feedback"."created_date" IS 'The day on which it was said, in UTC.';

COMMENT ON COLUMN "voc_feedback"."updated_at" IS 'When it last changed.';

COMMENT ON COLUMN "voc_feedback"."language" IS 'Language of the words.';

COMMENT ON COLUMN "voc_feedback"."dialect_score" IS 'Of Arabic: from 0 (Modern Standard Arabic) to 1 (dialect).';

COMMENT ON COLUMN "voc_feedback"."title" IS 'Subject line, as received.';

COMMENT ON COLUMN "voc_feedback"."text" IS 'The words, ready to be read; the original stands in feedback.text_original.';

COMMENT ON COLUMN "voc_feedback"."text_key" IS 'The words folded for searching: one spelling of each letter, no vowel signs, lower case.';

COMMENT ON COLUMN "voc_feedback"."rating" IS 'The customer''s own rating, from -1 (bad) to 1 (good).';

COMMENT ON COLUMN "voc_feedback"."label" IS 'positive, neutral, negative or mixed.';

COMMENT ON COLUMN "voc_feedback"."score" IS 'From -1 (worst) to 1 (best).';

COMMENT ON COLUMN "voc_feedback"."confidence" IS 'From 0 to 1, as the model states it.';

COMMENT ON COLUMN "voc_feedback"."topics" IS 'What it is about, as a list.';

COMMENT ON COLUMN "voc_feedback"."aspects" IS 'What of the company it speaks of, and how: a list of topic and label.';

COMMENT ON COLUMN "voc_feedback"."urgency" IS 'low, normal or high.';

COMMENT ON COLUMN "voc_feedback"."intent" IS 'What the customer wants.';

COMMENT ON COLUMN "voc_feedback"."summary" IS 'In one sentence, in the language of the text.';

COMMENT ON COLUMN "voc_feedback"."label_status" IS 'labelled, offline, pending, refused, skipped_budget, failed, or no_text where there is nothing to label.';

COMMENT ON COLUMN "voc_feedback"."label_reason" IS 'Why there is no label, or only that of the offline model.';

COMMENT ON COLUMN "voc_feedback"."labelled_at" IS 'When the status was reached.';

COMMENT ON COLUMN "voc_feedback"."provider" IS 'Who labelled it.';

COMMENT ON COLUMN "voc_feedback"."model" IS 'The model that labelled it.';

COMMENT ON COLUMN "voc_feedback"."prompt_version" IS 'Version of prompt and schema.';

COMMENT ON COLUMN "voc_feedback"."fallback" IS 'Whether another than the first choice for its language labelled it.';

COMMENT ON COLUMN "voc_feedback"."label_cost_usd" IS 'What its label cost, in US dollars.';

COMMENT ON COLUMN "voc_feedback"."customer_id" IS 'Vendor''s id of the customer.';

COMMENT ON COLUMN "voc_feedback"."customer_key" IS 'The customer in every vendor: see dim_customer.';

COMMENT ON COLUMN "voc_feedback"."customer_name" IS 'The customer''s name.';

COMMENT ON COLUMN "voc_feedback"."customer_email" IS 'The customer''s address, in small letters.';

COMMENT ON COLUMN "voc_feedback"."customer_domain" IS 'Domain of the customer''s company; free mail providers are none.';

COMMENT ON COLUMN "voc_feedback"."organization_id" IS 'Vendor''s id of the organization.';

COMMENT ON COLUMN "voc_feedback"."organization_name" IS 'The organization''s name: the customer''s company.';

CREATE OR REPLACE VIEW "voc_sentiment_daily" AS
SELECT
  v."created_date" AS "created_date",
  v."source" AS "source",
  v."kind" AS "kind",
  v."channel" AS "channel",
  v."language" AS "language",
  count(*) AS "n_feedback",
  count(v."label") AS "n_labelled",
  count(CASE WHEN v."label" = 'positive' THEN 1 END) AS "n_positive",
  count(CASE WHEN v."label" = 'neutral' THEN 1 END) AS "n_neutral",
  count(CASE WHEN v."label" = 'negative' THEN 1 END) AS "n_negative",
  count(CASE WHEN v."label" = 'mixed' THEN 1 END) AS "n_mixed",
  count(CASE WHEN v."label_status" = 'pending' THEN 1 END) AS "n_pending",
  sum(v."score") AS "sum_score",
  avg(v."score") AS "avg_score",
  avg(v."rating") AS "avg_rating"
FROM "voc_feedback" AS v
GROUP BY v."created_date", v."source", v."kind", v."channel", v."language";

COMMENT ON VIEW "voc_sentiment_daily" IS 'Counts and sums by day, source, kind, channel and language; they may be added up, the averages may not.';

COMMENT ON COLUMN "voc_sentiment_daily"."created_date" IS 'The day, in UTC.';

COMMENT ON COLUMN "voc_sentiment_daily"."source" IS 'The connector.';

COMMENT ON COLUMN "voc_sentiment_daily"."kind" IS 'ticket, comment, survey and so on.';

COMMENT ON COLUMN "voc_sentiment_daily"."channel" IS 'email, web, chat, api and so on.';

COMMENT ON COLUMN "voc_sentiment_daily"."language" IS 'Language of the words.';

COMMENT ON COLUMN "voc_sentiment_daily"."n_feedback" IS 'How many utterances.';

COMMENT ON COLUMN "voc_sentiment_daily"."n_labelled" IS 'How many have a label.';

COMMENT ON COLUMN "voc_sentiment_daily"."n_positive" IS 'How many were positive.';

COMMENT ON COLUMN "voc_sentiment_daily"."n_neutral" IS 'How many were neutral.';

COMMENT ON COLUMN "voc_sentiment_daily"."n_negative" IS 'How many were negative.';

COMMENT ON COLUMN "voc_sentiment_daily"."n_mixed" IS 'How many were mixed.';

COMMENT ON COLUMN "voc_sentiment_daily"."n_pending" IS 'How many still wait for a label.';

COMMENT ON COLUMN "voc_sentiment_daily"."sum_score" IS 'Sum of the scores.';

COMMENT ON COLUMN "voc_sentiment_daily"."avg_score" IS 'Average score of what is labelled.';

COMMENT ON COLUMN "voc_sentiment_daily"."avg_rating" IS 'Average of the customers'' own ratings.';

CREATE OR REPLACE VIEW "voc_text_quality" AS
SELECT
  CAST(NULL AS text) AS "source",
  CAST(NULL AS text) AS "kind",
  CAST(NULL AS text) AS "channel",
  count(*) AS "n_texts",
  count(CASE WHEN CAST(NULL AS boolean) OR CAST(NULL AS boolean) OR CAST(NULL AS boolean) THEN 1 END) AS "n_broken",
  count(CASE WHEN CAST(NULL AS boolean) THEN 1 END) AS "n_presentation_forms",
  count(CASE WHEN CAST(NULL AS text) = 'visual' THEN 1 END) AS "n_visual_order",
  count(CASE WHEN CAST(NULL AS text) = 'unsure' THEN 1 END) AS "n_unsure_order",
  count(CASE WHEN CAST(NULL AS boolean) THEN 1 END) AS "n_invisible_controls",
  count(CASE WHEN CAST(NULL AS boolean) THEN 1 END) AS "n_mojibake",
  count(CASE WHEN CAST(NULL AS boolean) THEN 1 END) AS "n_html",
  count(CASE WHEN CAST(NULL AS boolean) THEN 1 END) AS "n_quote",
  count(CASE WHEN CAST(NULL AS boolean) THEN 1 END) AS "n_signature"
FROM "feedback" AS f
WHERE f."_deleted_at" IS NULL
GROUP BY CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS text);

COMMENT ON VIEW "voc_text_quality" IS 'What the texts of each source and channel needed to be readable: counts, which may be added up.';

COMMENT ON COLUMN "voc_text_quality"."source" IS 'The connector.';

COMMENT ON COLUMN "voc_text_quality"."kind" IS 'ticket, comment, survey and so on.';

COMMENT ON COLUMN "voc_text_quality"."channel" IS 'email, web, chat, api and so on.';

COMMENT ON COLUMN "voc_text_quality"."n_texts" IS 'How many texts, of customers and others.';

COMMENT ON COLUMN "voc_text_quality"."n_broken" IS 'How many came with glyph forms, invisible controls or a wrong decoding.';

COMMENT ON COLUMN "voc_text_quality"."n_presentation_forms" IS 'How many held Arabic glyph forms in place of letters.';

COMMENT ON COLUMN "voc_text_quality"."n_visual_order" IS 'How many stood back to front, and were turned.';

COMMENT ON COLUMN "voc_text_quality"."n_unsure_order" IS 'How many may stand back to front.';

COMMENT ON COLUMN "voc_text_quality"."n_invisible_controls" IS 'How many held direction controls, zero-width or control characters.';

COMMENT ON COLUMN "voc_text_quality"."n_mojibake" IS 'How many had been decoded with the wrong table.';

COMMENT ON COLUMN "voc_text_quality"."n_html" IS 'How many were HTML.';

COMMENT ON COLUMN "voc_text_quality"."n_quote" IS 'How many carried a quoted reply.';

COMMENT ON COLUMN "voc_text_quality"."n_signature" IS 'How many carried a signature or a disclaimer.';

CREATE OR REPLACE VIEW "pipeline_freshness" AS
SELECT
  l."pipeline" AS "pipeline",
  l."stream" AS "stream",
  l."lane" AS "lane",
  CAST(NULL AS text) AS "status",
  CAST(NULL AS timestamptz) AS "checked_at",
  CAST(NULL AS timestamptz) AS "succeeded_at",
  CAST(NULL AS timestamptz) AS "caught_up_to",
  CAST(EXTRACT(EPOCH FROM (now() - CAST(NULL AS timestamptz))) / 60 AS double precision) AS "minutes_behind",
  l."committed_at" AS "last_load_at",
  CAST(NULL AS bigint) AS "rows_loaded",
  CAST(NULL AS bigint) AS "rows_rejected"
FROM (
  SELECT "lane", max("pipeline") AS "pipeline", max("stream") AS "stream", max("committed_at") AS "committed_at"
  FROM "_pipeline_loads" GROUP BY "lane"
) AS l;

COMMENT ON VIEW "pipeline_freshness" IS 'How fresh each stream is: one row a lane.';

COMMENT ON COLUMN "pipeline_freshness"."pipeline" IS 'The pipeline.';

COMMENT ON COLUMN "pipeline_freshness"."stream" IS 'The stream.';

COMMENT ON COLUMN "pipeline_freshness"."lane" IS 'Pipeline and stream, with the window of a backfill.';

COMMENT ON COLUMN "pipeline_freshness"."status" IS 'How its last run ended.';

COMMENT ON COLUMN "pipeline_freshness"."checked_at" IS 'When its last run ended.';

COMMENT ON COLUMN "pipeline_freshness"."succeeded_at" IS 'When it last caught up completely.';

COMMENT ON COLUMN "pipeline_freshness"."caught_up_to" IS 'The newest instant of change that is covered.';

COMMENT ON COLUMN "pipeline_freshness"."minutes_behind" IS 'Minutes since that instant.';

COMMENT ON COLUMN "pipeline_freshness"."last_load_at" IS 'When rows last arrived.';

COMMENT ON COLUMN "pipeline_freshness"."rows_loaded" IS 'Records loaded by the last run.';

COMMENT ON COLUMN "pipeline_freshness"."rows_rejected" IS 'Records set aside by the last run.';
