UPDATE "zendesk_tickets" AS t SET
  "updated_at" = coalesce(s."updated_at", t."updated_at"),
  "_read_at" = s."_read_at",
  "_deleted_at" = s."_deleted_at",
  "_run_id" = CAST($1 AS VARCHAR),
  "_load_id" = CAST($2 AS VARCHAR),
  "_loaded_at" = CAST($3 AS TIMESTAMPTZ)
FROM "_gone_0" AS s
WHERE t."id" = s."id" AND (s."updated_at" > t."updated_at"
   OR ((s."updated_at" IS NULL OR t."updated_at" IS NULL OR s."updated_at" = t."updated_at") AND s."_read_at" >= t."_read_at"));

INSERT INTO "zendesk_tickets" ("id", "updated_at", "_run_id", "_load_id", "_read_at", "_loaded_at", "_deleted_at")
SELECT s."id", s."updated_at", CAST($1 AS VARCHAR), CAST($2 AS VARCHAR), s."_read_at", CAST($3 AS TIMESTAMPTZ), s."_deleted_at"
FROM "_gone_0" AS s
WHERE NOT EXISTS (SELECT 1 FROM "zendesk_tickets" AS t WHERE t."id" = s."id");

UPDATE "pairs" AS t SET
  "v" = coalesce(s."v", t."v"),
  "_read_at" = s."_read_at",
  "_deleted_at" = s."_deleted_at",
  "_run_id" = CAST($1 AS VARCHAR),
  "_load_id" = CAST($2 AS VARCHAR),
  "_loaded_at" = CAST($3 AS TIMESTAMPTZ)
FROM "_gone_0" AS s
WHERE t."a" = s."a" AND t."b" = s."b" AND (s."v" > t."v"
   OR ((s."v" IS NULL OR t."v" IS NULL OR s."v" = t."v") AND s."_read_at" >= t."_read_at")) AND s."_seq" IN (
    SELECT "_seq" FROM (
      SELECT "_seq", row_number() OVER (PARTITION BY "a", "b" ORDER BY "v" DESC NULLS LAST, "_read_at" DESC, "_seq" DESC) AS "_rank"
      FROM "_gone_0"
    ) AS ranked WHERE "_rank" = 1
  );

INSERT INTO "pairs" ("a", "b", "v", "_run_id", "_load_id", "_read_at", "_loaded_at", "_deleted_at")
SELECT s."a", s."b", s."v", CAST($1 AS VARCHAR), CAST($2 AS VARCHAR), s."_read_at", CAST($3 AS TIMESTAMPTZ), s."_deleted_at"
FROM "_gone_0" AS s
WHERE s."_seq" IN (
    SELECT "_seq" FROM (
      SELECT "_seq", row_number() OVER (PARTITION BY "a", "b" ORDER BY "v" DESC NULLS LAST, "_read_at" DESC, "_seq" DESC) AS "_rank"
      FROM "_gone_0"
    ) AS ranked WHERE "_rank" = 1
  ) AND NOT EXISTS (SELECT 1 FROM "pairs" AS t WHERE t."a" = s."a" AND t."b" = s."b");
