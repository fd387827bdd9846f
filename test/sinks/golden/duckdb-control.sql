CREATE TABLE IF NOT EXISTS "_pipeline_loads" (
  "load_id" VARCHAR NOT NULL,
  "run_id" VARCHAR NOT NULL,
  "pipeline" VARCHAR NOT NULL,
  "stream" VARCHAR NOT NULL,
  "lane" VARCHAR NOT NULL,
  "epoch" BIGINT NOT NULL,
  "number" BIGINT NOT NULL,
  "checkpoint" VARCHAR NOT NULL,
  "tables" JSON NOT NULL,
  "started_at" TIMESTAMPTZ NOT NULL,
  "committed_at" TIMESTAMPTZ NOT NULL
);

CREATE TABLE IF NOT EXISTS "_pipeline_fences" (
  "lane" VARCHAR NOT NULL,
  "epoch" BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS "_pipeline_columns" (
  "table_name" VARCHAR NOT NULL,
  "column_name" VARCHAR NOT NULL,
  "type" VARCHAR NOT NULL,
  "label" VARCHAR,
  "description" VARCHAR,
  "pii" VARCHAR NOT NULL
);

COMMENT ON TABLE "_pipeline_loads" IS 'One row for each load, written in the transaction of its rows.';

COMMENT ON TABLE "_pipeline_fences" IS 'The newest owner of each lane; an older one can no longer commit.';

COMMENT ON TABLE "_pipeline_columns" IS 'What each column means, what the vendor calls it and how close it is to a person.';

INSERT INTO "_pipeline_loads" ("load_id", "run_id", "pipeline", "stream", "lane", "epoch", "number", "checkpoint", "tables", "started_at", "committed_at")
SELECT $1, $2, $3, $4, $5, CAST($6 AS BIGINT), (SELECT coalesce(max("number"), 0) + 1 FROM "_pipeline_loads" WHERE "lane" = $5),
  $7, CAST($8 AS JSON), CAST($9 AS TIMESTAMPTZ), CAST($10 AS TIMESTAMPTZ);

SELECT "tables", "committed_at" FROM "_pipeline_loads" WHERE "load_id" = $1;

SELECT "load_id", "run_id", "pipeline", "stream", "lane", "epoch", "checkpoint", "committed_at"
FROM (
  SELECT *, row_number() OVER (PARTITION BY "lane" ORDER BY "number" DESC) AS "_rank" FROM "_pipeline_loads"
) AS newest
WHERE "_rank" = 1
ORDER BY "lane";
