-- The keys in question, and how each is known: by name, by alias, by its guard tag, or because agents' data lies under it.
SELECT key, min(why) AS why
FROM (
  SELECT key, '1 named' AS why FROM kms_calls WHERE key IN (:keys)
  UNION ALL
  SELECT key, '2 alias' AS why FROM aliases WHERE regexp_like(name, :alias_pattern)
  UNION ALL
  SELECT key, '3 guard tag' AS why FROM kms_calls
  WHERE eventname IN ('CreateKey', 'TagResource') AND errorcode IS NULL AND regexp_like(requestparameters, :guard_tag)
  UNION ALL
  SELECT key, '4 claimed by a resource' AS why FROM claims
  UNION ALL
  SELECT key, '5 used by Bedrock' AS why FROM kms_calls
  WHERE errorcode IS NULL AND (via IN (:services) OR subject IS NOT NULL)
) AS candidates
WHERE key LIKE '%:key/%'
  AND (why = '1 named' OR :any_account OR split_part(key, ':', 5) IN (:accounts))
GROUP BY key
