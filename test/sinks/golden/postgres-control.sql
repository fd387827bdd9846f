CREATE TABLE IF NOT EXISTS "_pipeline_loads" (
  "load_id" text NOT NULL,
  "run_id" text NOT NULL,
  "pipeline" text NOT NULL,
  "stream" text NOT NULL,
  "lane" text NOT NULL,
  "epoch" bigint NOT NULL,
  "number" bigint NOT NULL,
  "checkpoint" text NOT NULL,
  "tables" jsonb NOT NULL,
  "started_at" timestamptz NOT NULL,
  "committed_at" timestamptz NOT NULL,
  PRIMARY KEY ("load_id")
);

CREATE UNIQUE INDEX IF NOT EXISTS "_pipeline_loads_of_a_lane" ON "_pipeline_loads" ("lane", "number");

CREATE TABLE IF NOT EXISTS "_pipeline_fences" (
  "lane" text NOT NULL,
  "epoch" bigint NOT NULL,
  PRIMARY KEY ("lane")
);

CREATE TABLE IF NOT EXISTS "_pipeline_columns" (
  "table_name" text NOT NULL,
  "column_name" text NOT NULL,
  "type" text NOT NULL,
  "label" text,
  "description" text,
  "pii" text NOT NULL,
  PRIMARY KEY ("table_name", "column_name")
);

COMMENT ON TABLE "_pipeline_loads" IS 'One row for each load, written in the transaction of its rows.';

COMMENT ON TABLE "_pipeline_fences" IS 'The newest owner of each lane; an older one can no longer commit.';

COMMENT ON TABLE "_pipeline_columns" IS 'What each column means, what the vendor calls it and how close it is to a person.';

INSERT INTO "_pipeline_loads" ("load_id", "run_id", "pipeline", "stream", "lane", "epoch", "number", "checkpoint", "tables", "started_at", "committed_at")
SELECT $1, $2, $3, $4, $5, CAST($6 AS bigint), (SELECT coalesce(max("number"), 0) + 1 FROM "_pipeline_loads" WHERE "lane" = $5),
  $7, CAST($8 AS jsonb), CAST($9 AS timestamptz), CAST($10 AS timestamptz);

SELECT "tables", "committed_at" FROM "_pipeline_loads" WHERE "load_id" = $1;

SELECT "load_id", "run_id", "pipeline", "stream", "lane", "epoch", "checkpoint", "committed_at"
FROM (
  SELECT *, row_number() OVER (PARTITION BY "lane" ORDER BY "number" DESC) AS "_rank" FROM "_pipeline_loads"
) AS newest
WHERE "_rank" = 1
ORDER BY "lane";
