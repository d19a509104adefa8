"""Makes CloudTrail logs of the example organisation: the same every time, in CloudTrail's own form and layout.

    python examples/trail/generate.py --out examples/trail/logs

Three weeks of an organisation that has just got its keys: agents are created, used and changed, an administrator reads
what he should not, a developer tries to, an intern schedules a key's deletion. ``--events`` makes more of the ordinary
use, for measuring.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

START = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)
DAYS = 21
ORGANIZATION = "o-exampleorg1"
PER_FILE = 2_000

Record = dict[str, object]


@dataclass(frozen=True)
class Workload:
    """An agent or memory, its key, and who uses it through which service, in which encryption context."""

    account: str
    region: str
    alias: str
    key: str
    caller: str
    service: str
    context: Mapping[str, str]

    @property
    def key_arn(self) -> str:
        """The ARN of its key."""
        return f"arn:aws:kms:{self.region}:{self.account}:key/{self.key}"


HR_AGENT = "arn:aws:bedrock:eu-central-1:222222222222:agent/HRAGENT001"
UNUSED_AGENT = "arn:aws:bedrock:eu-central-1:222222222222:agent/HRAGENT002"
ADVISER = "arn:aws:bedrock:eu-central-1:555555555555:agent/FINAGENT01"
MEMORY = "arn:aws:bedrock-agentcore:eu-central-1:666666666666:memory/northwind-a1b2c3d4e5"
HR = Workload(
    "222222222222", "eu-central-1", "alias/agents/hr-assistant", "11111111-aaaa-4bbb-8ccc-000000000001",
    "hr-portal", "bedrock.amazonaws.com", {"aws:bedrock:arn": HR_AGENT},
)  # fmt: skip
HR_MEMORY = Workload(
    HR.account, HR.region, HR.alias, HR.key, HR.caller, HR.service,
    {"aws-crypto-ec:aws:bedrock:arn": "arn:aws:bedrock:eu-central-1:222222222222:agent-alias/HRAGENT001/LIVE000001"},
)  # fmt: skip
FINANCE = Workload(
    "555555555555", "eu-central-1", "alias/agents/financial-adviser", "22222222-aaaa-4bbb-8ccc-000000000002",
    "adviser-desktop", "bedrock.amazonaws.com", {"aws:bedrock:arn": ADVISER},
)  # fmt: skip
FINANCE_SESSION = Workload(
    FINANCE.account, FINANCE.region, FINANCE.alias, FINANCE.key, FINANCE.caller, FINANCE.service,
    {"aws:bedrock:session:arn": f"arn:aws:bedrock:eu-central-1:{FINANCE.account}:session/5e551017-0000-4000-8000-0001"},
)  # fmt: skip
SUPPORT = Workload(
    "666666666666", "eu-central-1", "alias/agents/support-desk/northwind", "33333333-aaaa-4bbb-8ccc-000000000003",
    "support-desk-app", "bedrock-agentcore.amazonaws.com", {},
)  # fmt: skip
WORKLOADS = (HR, HR_MEMORY, FINANCE, FINANCE_SESSION, SUPPORT)


@dataclass
class Log:
    """Makes records, each with ids of its own."""

    rng: random.Random = field(default_factory=lambda: random.Random(20261005))  # noqa: S311

    def uuid(self) -> str:
        """An id in the form of a UUID."""
        text = f"{self.rng.getrandbits(128):032x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def record(
        self,
        when: dt.datetime,
        account: str,
        region: str,
        source: str,
        name: str,
        identity: Mapping[str, object],
        request: Mapping[str, object] | None,
        **more: object,
    ) -> Record:
        """A record with the fields that CloudTrail gives each."""
        return {
            "eventVersion": "1.11" if when.day % 5 else "1.08",
            "userIdentity": dict(identity),
            "eventTime": f"{when:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": source,
            "eventName": name,
            "awsRegion": region,
            "sourceIPAddress": identity.get("invokedBy", "192.0.2.10"),
            "userAgent": identity.get("invokedBy", "aws-cli/2.31"),
            "requestParameters": None if request is None else dict(request),
            "responseElements": None,
            "requestID": self.uuid(),
            "eventID": self.uuid(),
            "readOnly": name.startswith(("Decrypt", "Encrypt", "Generate", "Get", "List", "Describe")),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account,
            "eventCategory": "Management",
            **more,
        }

    def kms(
        self, when: dt.datetime, of: Workload, name: str, identity: Mapping[str, object], **more: object
    ) -> Record:
        """A record of KMS about a workload's key."""
        request: dict[str, object] = {"keyId": of.key_arn}
        if name in ("Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext") and of.context:
            request["encryptionContext"] = dict(of.context)
        resources = [{"accountId": of.account, "type": "AWS::KMS::Key", "ARN": of.key_arn}]
        fields: dict[str, object] = {"resources": resources, **more}
        wanted = fields.pop("request", None)
        if isinstance(wanted, dict):
            request |= wanted
        refused = "errorCode" in fields
        return self.record(
            when, of.account, of.region, "kms.amazonaws.com", name, identity, None if refused else request, **fields
        )  # fmt: skip


def role(account: str, name: str, session: str, invoked_by: str | None = None) -> dict[str, object]:
    """The identity of a role's session; a service that acts for it is ``invokedBy``."""
    identity: dict[str, object] = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE{account[:6]}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"AROAEXAMPLE{account[:6]}",
                "arn": f"arn:aws:iam::{account}:role/{name}",
                "accountId": account,
                "userName": name,
            },
            "attributes": {"creationDate": "2026-10-05T00:00:00Z", "mfaAuthenticated": "false"},
        },
    }
    return identity if invoked_by is None else {**identity, "invokedBy": invoked_by}


def refusal(principal: str, action: str, key: str, why: str) -> dict[str, object]:
    """The fields of a refused call, in the words that AWS uses since its errors name the kind of policy."""
    message = f"User: {principal} is not authorized to perform: {action} on resource: {key} {why}"
    return {"errorCode": "AccessDenied", "errorMessage": message, "resources": None}


def beginnings(log: Log) -> Iterator[Record]:
    """The keys are made, then the agents and the memory."""
    when = START + dt.timedelta(hours=8)
    guard = {"bedrock-cmk": "guarded"}
    demanded = {
        "application": "example",
        "data-owner": "Example",
        "cost-centre": "CC-1001",
        "data-sensitivity": "restricted",
        "environment": "production",
    }
    shape = {
        "keySpec": "SYMMETRIC_DEFAULT",
        "keyUsage": "ENCRYPT_DECRYPT",
        "origin": "AWS_KMS",
        "multiRegion": False,
        "bypassPolicyLockoutSafetyCheck": False,
    }
    for number, workload in enumerate((HR, FINANCE, SUPPORT)):
        applier = role(workload.account, "bedrock-cmk-applier", "terraform")
        # The last one was made in a hurry, without the tags that are demanded.
        named = guard if workload is SUPPORT else guard | demanded
        tags = [{"tagKey": key, "tagValue": value} for key, value in named.items()]
        at = when + dt.timedelta(minutes=number)
        made = {"keyMetadata": {"arn": workload.key_arn, "keyId": workload.key, "keyState": "Enabled"}}
        yield log.kms(
            at, workload, "CreateKey", applier, request=shape | {"tags": tags}, responseElements=made
        )
        alias = {"aliasName": workload.alias, "targetKeyId": workload.key}
        yield log.kms(at, workload, "CreateAlias", applier, request=alias)
    for hour, agent, of in ((9, HR_AGENT, HR), (10, UNUSED_AGENT, HR), (11, ADVISER, FINANCE)):
        yield log.record(
            START + dt.timedelta(hours=hour), of.account, of.region, "bedrock.amazonaws.com", "CreateAgent",
            role(of.account, "bedrock-agent-provisioner", "pipeline"),
            {"agentName": agent.rpartition("/")[2].lower(), "customerEncryptionKeyArn": of.key_arn},
            responseElements={"agent": {"agentArn": agent, "agentId": agent.rpartition("/")[2]}},
        )  # fmt: skip
    yield log.record(
        START + dt.timedelta(hours=12), SUPPORT.account, SUPPORT.region, "bedrock-agentcore.amazonaws.com",
        "CreateMemory", role(SUPPORT.account, "bedrock-agent-provisioner", "pipeline"),
        {"name": "northwind", "encryptionKeyArn": SUPPORT.key_arn}, responseElements={"memory": {"arn": MEMORY}},
    )  # fmt: skip


def incidents(log: Log) -> Iterator[Record]:
    """What an audit should find."""
    developer = role("222222222222", "developer", "kim")
    for day, action in ((3, "Decrypt"), (3, "Decrypt"), (4, "Decrypt"), (4, "GenerateDataKey")):
        why = f"because no identity-based policy allows the kms:{action} action"
        yield log.kms(
            at(day, 14), HR, action, developer, **refusal(str(developer["arn"]), f"kms:{action}", HR.key_arn, why)
        )  # fmt: skip
    why = "with an explicit deny in a service control policy"
    intern = role("222222222222", "intern", "sam")
    for hour in (9, 10):
        denied = refusal(str(intern["arn"]), "kms:ScheduleKeyDeletion", HR.key_arn, why)
        yield log.kms(at(12, hour), HR, "ScheduleKeyDeletion", intern, **denied)
    # KMS does not always say which key was meant.
    yield log.kms(
        at(13, 3), FINANCE, "Decrypt", role("555555555555", "batch", "night"), errorCode="AccessDenied",
        errorMessage="The ciphertext refers to a customer master key that does not exist, does not exist in this "
        "region, or you are not allowed to access.", resources=None,
    )  # fmt: skip
    for hour in (22, 23):
        yield log.kms(
            at(8, hour), HR, "Decrypt", role("222222222222", "administrator", "root-cause-analysis")
        )
    for day in range(5, 12):
        export = role("555555555555", "data-export", "nightly", "s3.amazonaws.com")
        yield log.kms(
            at(day, 2),
            FINANCE,
            "Decrypt",
            export,
            request={"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::exports"}},
        )
    governance = role("222222222222", "bedrock-cmk-governance", "quarterly-review")
    yield log.kms(at(9, 10), HR, "PutKeyPolicy", governance, request={"policyName": "default"})
    yield log.kms(
        at(15, 16), SUPPORT, "ScheduleKeyDeletion", role("666666666666", "intern", "sam"),
        request={"pendingWindowInDays": 7},
    )  # fmt: skip
    yield log.kms(
        at(15, 17), SUPPORT, "CancelKeyDeletion", role("666666666666", "bedrock-cmk-governance", "kai")
    )
    # A call across accounts is told to both of them.
    shared, analyst = log.uuid(), role("333333333333", "analyst", "joe")
    for recipient in ("333333333333", "555555555555"):
        yield log.kms(
            at(16, 11), FINANCE, "Decrypt", analyst, recipientAccountId=recipient, sharedEventID=shared
        )  # fmt: skip


def at(day: int, hour: int) -> dt.datetime:
    """A moment of the story."""
    return START + dt.timedelta(days=day, hours=hour)


def ordinary(log: Log, number: int) -> Iterator[Record]:
    """Use through the services, as callers make it, and events of services that are none of our business."""
    step = (DAYS - 1) * 86_400 / max(1, number)
    for i in range(number):
        when = START + dt.timedelta(days=1, seconds=int(i * step))
        workload = WORKLOADS[log.rng.randrange(len(WORKLOADS))]
        if log.rng.random() < 0.2:
            yield log.record(
                when, workload.account, workload.region, "s3.amazonaws.com", "GetBucketLocation",
                role(workload.account, "monitoring", "probe"), {"bucketName": "example"},
            )  # fmt: skip
            continue
        caller = role(workload.account, workload.caller, f"task-{log.rng.randrange(50)}", workload.service)
        makes = "GenerateDataKeyWithoutPlaintext" if workload is HR_MEMORY else "GenerateDataKey"
        yield log.kms(when, workload, log.rng.choice(("Decrypt", "Decrypt", makes)), caller)


def records(number: int) -> Iterator[Record]:
    """Everything, in the order of the story."""
    log = Log()
    yield from beginnings(log)
    yield from incidents(log)
    yield from ordinary(log, number)


def filed(made: Iterator[Record], per_file: int) -> Iterator[tuple[str, list[Record]]]:
    """The records by the files that CloudTrail would deliver them in: by account, Region and day."""
    open_files: dict[tuple[str, str, str], list[Record]] = {}
    written: dict[tuple[str, str, str], int] = {}
    for record in made:
        place = (str(record["recipientAccountId"]), str(record["awsRegion"]), str(record["eventTime"])[:10])
        held = open_files.setdefault(place, [])
        held.append(record)
        if len(held) >= per_file:
            yield _path(place, written), open_files.pop(place)
    for place, held in open_files.items():
        yield _path(place, written), held


def _path(place: tuple[str, str, str], written: dict[tuple[str, str, str], int]) -> str:
    account, region, day = place
    number = written[place] = written.get(place, 0) + 1
    name = f"{account}_CloudTrail_{region}_{day.replace('-', '')}T2355Z_{number:016d}.json.gz"
    return f"AWSLogs/{ORGANIZATION}/{account}/CloudTrail/{region}/{day.replace('-', '/')}/{name}"


def write(out: Path, number: int, per_file: int = PER_FILE) -> int:
    """Write the logs, and deliver the first file twice, as CloudTrail may; the number of records is returned."""
    total, first = 0, True
    for path, held in filed(records(number), per_file):
        names: Sequence[str] = (path, path.replace("T2355Z", "T2356Z")) if first else (path,)
        first = False
        for name in names:
            file = out / name
            file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"Records": held}, separators=(",", ":"))
            file.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
            total += len(held)
    return total


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make CloudTrail logs of the example organisation.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write them")
    parser.add_argument(
        "--events", type=int, default=500, metavar="N", help="events of ordinary use (default: 500)"
    )
    args = parser.parse_args()
    total = write(args.out, args.events)
    print(f"{total:,} records in {args.out}")


if __name__ == "__main__":
    main()
