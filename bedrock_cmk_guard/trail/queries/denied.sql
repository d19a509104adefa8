-- Denied uses of guarded keys, by principal. Where CloudTrail names no key, those seen in accounts that hold such keys.
SELECT
  kms_calls.principal, kms_calls.account, kms_calls.eventname AS action, kms_calls.via, kms_calls.key,
  nullif(regexp_extract(kms_calls.errormessage, '(service control policy|resource control policy|resource-based policy|identity-based policy|permissions boundary|session policy|VPC endpoint policy)'), '') AS refused_by,
  kms_calls.errorcode AS error,
  count(*) AS calls, count(DISTINCT kms_calls.session) AS sessions,
  min(kms_calls.eventtime) AS first_seen, max(kms_calls.eventtime) AS last_seen,
  substr(min(concat(kms_calls.eventtime, ' ', kms_calls.eventid)), 22) AS example
FROM kms_calls
LEFT JOIN guarded ON guarded.key = kms_calls.key
WHERE kms_calls.eventtime >= :since AND kms_calls.eventtime < :until
  AND regexp_like(kms_calls.errorcode, '(AccessDenied|Unauthorized|NotAuthorized)')
  AND (guarded.key IS NOT NULL
    OR (kms_calls.key IS NULL AND (:any_account OR kms_calls.recipientaccountid IN (:accounts))))
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 8 DESC, 1, 3, 5, 4, 6, 7, 2
