CREATE TEMP TABLE "_stage_0" ("_seq" BIGINT, "_read_at" TIMESTAMPTZ, "_variants" VARCHAR, "id" VARCHAR, "order" BIGINT, "price" DECIMAL(38,9), "rating" DOUBLE, "is_public" BOOLEAN, "updated_at" TIMESTAMPTZ, "due_on" DATE, "raw" JSON);

CREATE TEMP TABLE "_gone_0" ("_seq" BIGINT, "_read_at" TIMESTAMPTZ, "_deleted_at" TIMESTAMPTZ, "id" VARCHAR, "updated_at" TIMESTAMPTZ);
