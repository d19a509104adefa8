-- Uses of guarded keys by anything but Bedrock and AgentCore.
SELECT
  kms_calls.principal, kms_calls.account, kms_calls.eventname AS action, kms_calls.via, kms_calls.key,
  count(*) AS calls, count(DISTINCT kms_calls.session) AS sessions,
  min(kms_calls.eventtime) AS first_seen, max(kms_calls.eventtime) AS last_seen,
  substr(min(concat(kms_calls.eventtime, ' ', kms_calls.eventid)), 22) AS example
FROM kms_calls
INNER JOIN guarded ON guarded.key = kms_calls.key
WHERE kms_calls.eventtime >= :since AND kms_calls.eventtime < :until
  AND kms_calls.eventname IN (:cryptographic) AND kms_calls.errorcode IS NULL
  AND (kms_calls.via IS NULL OR NOT kms_calls.via IN (:services))
GROUP BY 1, 2, 3, 4, 5
ORDER BY 6 DESC, 1, 3, 5, 4, 2
