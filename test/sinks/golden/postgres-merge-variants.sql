INSERT INTO "zendesk_tickets" AS t ("id", "price", "rating", "is_public", "updated_at", "due_on", "raw", "order", "order__text", "price__text", "_run_id", "_load_id", "_read_at", "_loaded_at", "_deleted_at")
SELECT s."id", s."price", s."rating", s."is_public", s."updated_at", s."due_on", CAST(s."raw" AS jsonb), NULL, CAST(s."_variants" AS jsonb) ->> 'order', CAST(s."_variants" AS jsonb) ->> 'price', CAST($1 AS text), CAST($2 AS text), s."_read_at", CAST($3 AS timestamptz), NULL
FROM "_stage_0" AS s
ON CONFLICT ("id") DO UPDATE SET
  "price" = excluded."price",
  "rating" = excluded."rating",
  "is_public" = excluded."is_public",
  "updated_at" = excluded."updated_at",
  "due_on" = excluded."due_on",
  "raw" = excluded."raw",
  "order" = excluded."order",
  "order__text" = excluded."order__text",
  "price__text" = excluded."price__text",
  "_run_id" = excluded."_run_id",
  "_load_id" = excluded."_load_id",
  "_read_at" = excluded."_read_at",
  "_loaded_at" = excluded."_loaded_at",
  "_deleted_at" = excluded."_deleted_at"
WHERE excluded."updated_at" > t."updated_at"
   OR ((excluded."updated_at" IS NULL OR t."updated_at" IS NULL OR excluded."updated_at" = t."updated_at") AND excluded."_read_at" >= t."_read_at");
