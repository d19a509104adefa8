-- Who decrypted what lies under the keys, and on which day: the encryption context names the agent, session or flow. Services
-- whose context AWS does not publish leave it null.
SELECT
  substr(kms_calls.eventtime, 1, 10) AS day, kms_calls.subject, kms_calls.principal, kms_calls.via, kms_calls.key,
  count(*) AS calls, count(DISTINCT kms_calls.session) AS sessions,
  min(kms_calls.eventtime) AS first_seen, max(kms_calls.eventtime) AS last_seen,
  substr(min(concat(kms_calls.eventtime, ' ', kms_calls.eventid)), 22) AS example
FROM kms_calls
WHERE kms_calls.eventtime >= :since AND kms_calls.eventtime < :until
  AND kms_calls.eventname IN ('Decrypt', 'ReEncrypt') AND kms_calls.errorcode IS NULL
  AND (kms_calls.subject IS NOT NULL OR kms_calls.via IN (:services))
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
