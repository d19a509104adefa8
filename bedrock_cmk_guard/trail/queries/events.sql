-- Every event of the services looked at, once. CloudTrail delivers at least once, and tells both accounts of a call across
-- accounts: of such copies the caller's own is kept, which says most.
SELECT
  eventid, eventtime, eventsource, eventname, awsregion, recipientaccountid, errorcode, errormessage,
  requestparameters, responseelements, resources, vpcendpointid, sourceipaddress,
  useridentity.type AS identitytype,
  useridentity.accountid AS account,
  useridentity.invokedby AS invokedby,
  coalesce(useridentity.arn, useridentity.principalid) AS session,
  CASE
    WHEN useridentity.type = 'AWSService' THEN useridentity.invokedby
    ELSE coalesce(
      useridentity.sessioncontext.sessionissuer.arn,
      useridentity.arn,
      concat('account ', useridentity.accountid),
      useridentity.invokedby,
      'not recorded'
    )
  END AS principal,
  coalesce(
    useridentity.invokedby,
    CASE WHEN sourceipaddress LIKE '%.amazonaws.com%' THEN sourceipaddress END
  ) AS via
FROM (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY coalesce(sharedeventid, eventid)
      ORDER BY
        CASE WHEN recipientaccountid = useridentity.accountid THEN 0 ELSE 1 END,
        eventid, eventtime, coalesce(errorcode, ''), coalesce(requestparameters, ''), coalesce(useridentity.arn, '')
    ) AS copy
  FROM cloudtrail
  WHERE day >= :first_day AND day <= :last_day AND eventsource IN (:sources)
) AS delivered
WHERE copy = 1
