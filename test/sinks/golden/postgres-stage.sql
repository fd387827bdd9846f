CREATE TEMP TABLE "_stage_0" ("_seq" bigint, "_read_at" timestamptz, "_variants" text, "id" text, "order" bigint, "price" numeric, "rating" double precision, "is_public" boolean, "updated_at" timestamptz, "due_on" date, "raw" text) WITH (toast_tuple_target = 8160, autovacuum_enabled = false);

CREATE TEMP TABLE "_gone_0" ("_seq" bigint, "_read_at" timestamptz, "_deleted_at" timestamptz, "id" text, "updated_at" timestamptz);
