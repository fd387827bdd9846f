CREATE TABLE "zendesk_tickets" (
  "id" text NOT NULL,
  "order" bigint,
  "price" numeric,
  "rating" double precision,
  "is_public" boolean,
  "updated_at" timestamptz,
  "due_on" date,
  "raw" jsonb,
  "_run_id" text,
  "_load_id" text,
  "_read_at" timestamptz,
  "_loaded_at" timestamptz,
  "_deleted_at" timestamptz,
  PRIMARY KEY ("id")
);

COMMENT ON TABLE "zendesk_tickets" IS 'A customer''s request.';

COMMENT ON COLUMN "zendesk_tickets"."order" IS 'رقم الطلب — Number of the order.';

COMMENT ON COLUMN "zendesk_tickets"."raw" IS 'The whole record.';

COMMENT ON COLUMN "zendesk_tickets"."_run_id" IS 'The run that last wrote this row.';

COMMENT ON COLUMN "zendesk_tickets"."_load_id" IS 'The load that last wrote this row; see _pipeline_loads.';

COMMENT ON COLUMN "zendesk_tickets"."_read_at" IS 'When the page that held this row was received; decides between equal versions.';

COMMENT ON COLUMN "zendesk_tickets"."_loaded_at" IS 'When the row was committed to this warehouse.';

COMMENT ON COLUMN "zendesk_tickets"."_deleted_at" IS 'When the source said that the record is gone; NULL while it lives.';

DELETE FROM "_pipeline_columns" WHERE "table_name" = 'zendesk_tickets' AND "column_name" IN ('id', 'order', 'price', 'rating', 'is_public', 'updated_at', 'due_on', 'raw', '_run_id', '_load_id', '_read_at', '_loaded_at', '_deleted_at');

INSERT INTO "_pipeline_columns" ("table_name", "column_name", "type", "label", "description", "pii") VALUES
  ('zendesk_tickets', 'id', 'string', NULL, NULL, 'identifier'),
  ('zendesk_tickets', 'order', 'integer', 'رقم الطلب', 'Number of the order.', 'none'),
  ('zendesk_tickets', 'price', 'decimal', NULL, NULL, 'none'),
  ('zendesk_tickets', 'rating', 'number', NULL, NULL, 'none'),
  ('zendesk_tickets', 'is_public', 'boolean', NULL, NULL, 'none'),
  ('zendesk_tickets', 'updated_at', 'timestamp', NULL, NULL, 'none'),
  ('zendesk_tickets', 'due_on', 'date', NULL, NULL, 'none'),
  ('zendesk_tickets', 'raw', 'json', NULL, 'The whole record.', 'none'),
  ('zendesk_tickets', '_run_id', 'string', NULL, 'The run that last wrote this row.', 'none'),
  ('zendesk_tickets', '_load_id', 'string', NULL, 'The load that last wrote this row; see _pipeline_loads.', 'none'),
  ('zendesk_tickets', '_read_at', 'timestamp', NULL, 'When the page that held this row was received; decides between equal versions.', 'none'),
  ('zendesk_tickets', '_loaded_at', 'timestamp', NULL, 'When the row was committed to this warehouse.', 'none'),
  ('zendesk_tickets', '_deleted_at', 'timestamp', NULL, 'When the source said that the record is gone; NULL while it lives.', 'none');
