-- Resources that claim a key and show no use of it: none by the key itself, or none that names the resource although its
-- service's encryption context would.
SELECT
  claims.resource, claims.surface_event AS claimed_in, claims.key, claims.claimed, claims.claimed_by,
  coalesce(used.calls, 0) AS key_calls,
  CASE WHEN used.calls IS NULL THEN 'no use of the key' ELSE 'the key is used, never for this resource' END AS shows,
  claims.eventid AS example
FROM claims
LEFT JOIN (
  SELECT key, count(*) AS calls FROM kms_calls
  WHERE eventtime >= :since AND eventtime < :until
    AND errorcode IS NULL AND eventname IN (:cryptographic)
  GROUP BY key
) AS used ON used.key = claims.key
LEFT JOIN (
  SELECT DISTINCT key, CASE
    WHEN subject LIKE '%:agent-alias/%' THEN
      concat(regexp_extract(subject, '^(.*):agent-alias/', 1), ':agent/', regexp_extract(subject, ':agent-alias/([^/]+)', 1))
    ELSE subject
  END AS subject
  FROM kms_calls
  WHERE eventtime >= :since AND eventtime < :until
    AND errorcode IS NULL AND subject IS NOT NULL
) AS own ON own.key = claims.key AND own.subject = claims.resource
WHERE own.subject IS NULL AND claims.claimed < :until
  AND (used.calls IS NULL OR claims.surface_event IN (:events_with_context))
ORDER BY 1
