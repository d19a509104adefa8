-- Which key each alias leads to, as far as the logs saw it made or moved.
SELECT
  concat('arn:', :partition, ':kms:', awsregion, ':', recipientaccountid, ':', name) AS alias,
  name,
  substr(max(concat(eventtime, ' ', target)), 22) AS key
FROM (
  SELECT
    awsregion, recipientaccountid, eventtime,
    json_extract_scalar(requestparameters, '$.aliasName') AS name,
    CASE
      WHEN element_at(resources, 1).arn LIKE '%:key/%' THEN element_at(resources, 1).arn
      WHEN cardinality(resources) >= 2 THEN element_at(resources, 2).arn
    END AS target
  FROM events
  WHERE eventname IN ('CreateAlias', 'UpdateAlias') AND eventsource = 'kms.amazonaws.com'
    AND errorcode IS NULL AND cardinality(resources) >= 1
) AS made
WHERE name IS NOT NULL AND target LIKE '%:key/%'
GROUP BY awsregion, recipientaccountid, name
