COMMENT ON TABLE "zendesk_tickets" IS 'A customer''s request.';

COMMENT ON COLUMN "zendesk_tickets"."order" IS 'رقم الطلب — Number of the order.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "price" DECIMAL(38,9);

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "rating" DOUBLE;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "is_public" BOOLEAN;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "updated_at" TIMESTAMPTZ;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "due_on" DATE;

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "raw" JSON;

COMMENT ON COLUMN "zendesk_tickets"."raw" IS 'The whole record.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_run_id" VARCHAR;

COMMENT ON COLUMN "zendesk_tickets"."_run_id" IS 'The run that last wrote this row.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_load_id" VARCHAR;

COMMENT ON COLUMN "zendesk_tickets"."_load_id" IS 'The load that last wrote this row; see _pipeline_loads.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_read_at" TIMESTAMPTZ;

COMMENT ON COLUMN "zendesk_tickets"."_read_at" IS 'When the page that held this row was received; decides between equal versions.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_loaded_at" TIMESTAMPTZ;

COMMENT ON COLUMN "zendesk_tickets"."_loaded_at" IS 'When the row was committed to this warehouse.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "_deleted_at" TIMESTAMPTZ;

COMMENT ON COLUMN "zendesk_tickets"."_deleted_at" IS 'When the source said that the record is gone; NULL while it lives.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "order__text" VARCHAR;

COMMENT ON COLUMN "zendesk_tickets"."order__text" IS 'The values of order that do not fit its type, as text.';

ALTER TABLE "zendesk_tickets" ADD COLUMN IF NOT EXISTS "price__text" VARCHAR;

COMMENT ON COLUMN "zendesk_tickets"."price__text" IS 'The values of price that do not fit its type, as text.';
