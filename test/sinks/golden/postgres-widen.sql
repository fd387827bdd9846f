COMMENT ON TABLE "zendesk_tickets" IS 'A customer''s request.';

COMMENT ON COLUMN "zendesk_tickets"."order" IS 'رقم الطلب — Number of the order.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "price" numeric;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "rating" double precision;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "is_public" boolean;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "updated_at" timestamptz;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "due_on" date;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "raw" jsonb;

COMMENT ON COLUMN "zendesk_tickets"."raw" IS 'The whole record.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_run_id" text;

COMMENT ON COLUMN "zendesk_tickets"."_run_id" IS 'The run that last wrote this row.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_load_id" text;

COMMENT ON COLUMN "zendesk_tickets"."_load_id" IS 'The load that last wrote this row; see _pipeline_loads.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_read_at" timestamptz;

COMMENT ON COLUMN "zendesk_tickets"."_read_at" IS 'When the page that held this row was received; decides between equal versions.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_loaded_at" timestamptz;

COMMENT ON COLUMN "zendesk_tickets"."_loaded_at" IS 'When the row was committed to this warehouse.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_deleted_at" timestamptz;

COMMENT ON COLUMN "zendesk_tickets"."_deleted_at" IS 'When the source said that the record is gone; NULL while it lives.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "order__text" text;

COMMENT ON COLUMN "zendesk_tickets"."order__text" IS 'The values of order that do not fit its type, as text.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "price__text" text;

COMMENT ON COLUMN "zendesk_tickets"."price__text" IS 'The values of price that do not fit its type, as text.';
