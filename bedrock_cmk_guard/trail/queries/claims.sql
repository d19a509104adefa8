-- What was last created or changed to lie under a key of ours, by its creator's word.
SELECT resource, key, surface_event, claimed, claimed_by, eventid
FROM (
  SELECT
    resource, key, eventname AS surface_event, eventtime AS claimed, principal AS claimed_by, eventid,
    row_number() OVER (PARTITION BY resource ORDER BY eventtime DESC, eventid DESC) AS age
  FROM (
    SELECT eventname, eventtime, principal, eventid, :claim_resource AS resource, :claim_key AS key
    FROM events
    WHERE eventname IN (:claim_events) AND eventsource <> 'kms.amazonaws.com' AND errorcode IS NULL
  ) AS said
  WHERE resource IS NOT NULL AND key IS NOT NULL
) AS latest
WHERE age = 1
