SELECT f."feedback_id", f."content_hash", f."text_analysis", f."language",
  CASE WHEN coalesce(s."escalated" AND s."status" IN ('pending', 'skipped_budget') AND s."content_hash" = f."content_hash", FALSE) THEN 'yes' ELSE 'no' END AS "escalated"
FROM "feedback" AS f LEFT JOIN "sentiment" AS s ON s."feedback_id" = f."feedback_id"
WHERE f."_deleted_at" IS NULL
  AND f."author_role" = 'customer'
  AND f."text_analysis" <> ''
  AND f."source" = 'zendesk'
  AND (s."feedback_id" IS NULL OR s."content_hash" IS DISTINCT FROM f."content_hash" OR s."status" IN ('pending', 'failed') OR (s."status" = 'labelled' AND s."prompt_version" IS DISTINCT FROM 'p1'))
  AND f."feedback_id" > 'a''b'
ORDER BY f."feedback_id"
LIMIT 100;

SELECT f."feedback_id", f."content_hash", f."text_analysis", f."language",
  CASE WHEN FALSE THEN 'yes' ELSE 'no' END AS "escalated"
FROM "feedback" AS f LEFT JOIN (SELECT CAST(NULL AS text) AS "feedback_id", CAST(NULL AS text) AS "content_hash", CAST(NULL AS text) AS "status", CAST(NULL AS text) AS "prompt_version" WHERE 1 = 0) AS s ON s."feedback_id" = f."feedback_id"
WHERE f."_deleted_at" IS NULL
  AND f."author_role" = 'customer'
  AND f."text_analysis" <> ''
  AND (s."feedback_id" IS NULL OR s."content_hash" IS DISTINCT FROM f."content_hash")
ORDER BY f."feedback_id"
LIMIT 100;

SELECT count(*) AS "waiting"
FROM "feedback" AS f LEFT JOIN "sentiment" AS s ON s."feedback_id" = f."feedback_id"
WHERE f."_deleted_at" IS NULL
  AND f."author_role" = 'customer'
  AND f."text_analysis" <> ''
  AND (s."feedback_id" IS NULL OR s."content_hash" IS DISTINCT FROM f."content_hash" OR s."status" IN ('pending', 'failed'));
