CREATE OR REPLACE TEMP TABLE "_winners" AS
SELECT s."_seq" AS "_seq", t.rowid AS "_old"
FROM "_stage_0" AS s LEFT JOIN "pairs" AS t ON t."a" = s."a" AND t."b" = s."b"
WHERE (t.rowid IS NULL OR s."v" > t."v"
   OR ((s."v" IS NULL OR t."v" IS NULL OR s."v" = t."v") AND s."_read_at" >= t."_read_at")) AND s."_seq" IN (
    SELECT "_seq" FROM (
      SELECT "_seq", row_number() OVER (PARTITION BY "a", "b" ORDER BY "v" DESC NULLS LAST, "_read_at" DESC, "_seq" DESC) AS "_rank"
      FROM "_stage_0"
    ) AS ranked WHERE "_rank" = 1
  );

DELETE FROM "pairs" WHERE rowid IN (SELECT "_old" FROM "_winners" WHERE "_old" IS NOT NULL);

INSERT INTO "pairs" ("a", "b", "v", "_run_id", "_load_id", "_read_at", "_loaded_at", "_deleted_at")
SELECT s."a", s."b", s."v", CAST($1 AS VARCHAR), CAST($2 AS VARCHAR), s."_read_at", CAST($3 AS TIMESTAMPTZ), NULL
FROM "_stage_0" AS s JOIN "_winners" AS w ON w."_seq" = s."_seq";
