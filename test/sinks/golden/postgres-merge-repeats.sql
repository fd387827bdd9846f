INSERT INTO "pairs" AS t ("a", "b", "v", "_run_id", "_load_id", "_read_at", "_loaded_at", "_deleted_at")
SELECT s."a", s."b", s."v", CAST($1 AS text), CAST($2 AS text), s."_read_at", CAST($3 AS timestamptz), NULL
FROM "_stage_0" AS s
WHERE s."_seq" IN (
    SELECT "_seq" FROM (
      SELECT "_seq", row_number() OVER (PARTITION BY "a", "b" ORDER BY "v" COLLATE "C" DESC NULLS LAST, "_read_at" DESC, "_seq" DESC) AS "_rank"
      FROM "_stage_0"
    ) AS ranked WHERE "_rank" = 1
  )
ON CONFLICT ("a", "b") DO UPDATE SET
  "v" = excluded."v",
  "_run_id" = excluded."_run_id",
  "_load_id" = excluded."_load_id",
  "_read_at" = excluded."_read_at",
  "_loaded_at" = excluded."_loaded_at",
  "_deleted_at" = excluded."_deleted_at"
WHERE excluded."v" > t."v" COLLATE "C"
   OR ((excluded."v" IS NULL OR t."v" IS NULL OR excluded."v" = t."v") AND excluded."_read_at" >= t."_read_at");
