-- Whatever was done, or tried, to guarded keys themselves: policies, grants, aliases, tags, rotation, deletion.
SELECT
  kms_calls.principal, kms_calls.session, kms_calls.eventname AS action, kms_calls.via, kms_calls.key, kms_calls.errorcode AS error,
  CASE
    WHEN regexp_like(kms_calls.principal, :administrators) THEN 'yes'
    WHEN kms_calls.via IN (:services) AND kms_calls.eventname IN ('CreateGrant', 'RetireGrant', 'RevokeGrant') THEN 'yes'
    WHEN :administrators_known THEN 'no'
  END AS expected,
  count(*) AS calls,
  min(kms_calls.eventtime) AS first_seen, max(kms_calls.eventtime) AS last_seen,
  substr(min(concat(kms_calls.eventtime, ' ', kms_calls.eventid)), 22) AS example
FROM kms_calls
INNER JOIN guarded ON guarded.key = kms_calls.key
WHERE kms_calls.eventtime >= :since AND kms_calls.eventtime < :until
  AND NOT kms_calls.eventname IN (:cryptographic) AND NOT regexp_like(kms_calls.eventname, '^(Describe|Get|List)')
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 9, 1, 3, 5, 2, 6, 4
