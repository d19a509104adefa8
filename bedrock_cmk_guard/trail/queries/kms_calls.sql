-- Every call to KMS, a row for each key that it names. What is refused often names none: then the request, and then the
-- error's text, may do so; else the key is null.
WITH named AS (
  SELECT
    *,
    CASE WHEN cardinality(resources) >= 1 THEN element_at(resources, 1).arn END AS arn1,
    CASE WHEN cardinality(resources) >= 2 THEN element_at(resources, 2).arn END AS arn2,
    CASE WHEN cardinality(resources) >= 3 THEN element_at(resources, 3).arn END AS arn3,
    json_extract_scalar(requestparameters, '$.keyId') AS asked,
    :subject AS subject
  FROM events
  WHERE eventsource = 'kms.amazonaws.com'
),
known AS (
  SELECT *, arn1 AS arn FROM named WHERE arn1 LIKE '%:key/%'
  UNION ALL
  SELECT *, arn2 AS arn FROM named WHERE arn2 LIKE '%:key/%' AND arn2 <> coalesce(arn1, '')
  UNION ALL
  SELECT *, arn3 AS arn FROM named WHERE arn3 LIKE '%:key/%' AND arn3 <> coalesce(arn1, '') AND arn3 <> coalesce(arn2, '')
  UNION ALL
  SELECT
    *,
    coalesce(
      CASE
        WHEN asked LIKE 'arn:%' THEN asked
        WHEN asked LIKE 'alias/%' THEN concat('arn:', :partition, ':kms:', awsregion, ':', recipientaccountid, ':', asked)
        WHEN asked IS NOT NULL THEN concat('arn:', :partition, ':kms:', awsregion, ':', recipientaccountid, ':key/', asked)
      END,
      nullif(regexp_extract(errormessage, 'arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/[A-Za-z0-9/_-]+'), '')
    ) AS arn
  FROM named
  WHERE coalesce(arn1, '') NOT LIKE '%:key/%' AND coalesce(arn2, '') NOT LIKE '%:key/%'
    AND coalesce(arn3, '') NOT LIKE '%:key/%'
)
SELECT
  known.eventid, known.eventtime, known.eventname, known.awsregion, known.recipientaccountid, known.account,
  known.errorcode, known.errormessage, known.requestparameters, known.principal, known.session, known.via,
  known.subject,
  coalesce(aliases.key, known.arn) AS key
FROM known
LEFT JOIN aliases ON aliases.alias = known.arn
