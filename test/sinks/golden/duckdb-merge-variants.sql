CREATE OR REPLACE TEMP TABLE "_winners" AS
SELECT s."_seq" AS "_seq", t.rowid AS "_old", t."old_column"
FROM "_stage_0" AS s LEFT JOIN "zendesk_tickets" AS t ON t."id" = s."id"
WHERE (t.rowid IS NULL OR s."updated_at" > t."updated_at"
   OR ((s."updated_at" IS NULL OR t."updated_at" IS NULL OR s."updated_at" = t."updated_at") AND s."_read_at" >= t."_read_at"));

DELETE FROM "zendesk_tickets" WHERE rowid IN (SELECT "_old" FROM "_winners" WHERE "_old" IS NOT NULL);

INSERT INTO "zendesk_tickets" ("id", "price", "rating", "is_public", "updated_at", "due_on", "raw", "order", "order__text", "price__text", "_run_id", "_load_id", "_read_at", "_loaded_at", "_deleted_at", "old_column")
SELECT s."id", s."price", s."rating", s."is_public", s."updated_at", s."due_on", s."raw", NULL, CAST(s."_variants" AS JSON) ->> 'order', CAST(s."_variants" AS JSON) ->> 'price', CAST($1 AS VARCHAR), CAST($2 AS VARCHAR), s."_read_at", CAST($3 AS TIMESTAMPTZ), NULL, w."old_column"
FROM "_stage_0" AS s JOIN "_winners" AS w ON w."_seq" = s."_seq";
