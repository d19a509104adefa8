"""The questions answered once more, by a plain loop over JSON: what the queries are compared with."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ACCOUNTS = {"222222222222", "555555555555", "666666666666"}
SERVICES = {
    "bedrock.amazonaws.com",
    "bedrock-agentcore.amazonaws.com",
    "bedrock-agentcore-identity.amazonaws.com",
    "agent-registry.amazonaws.com",
}
USES = re.compile(r"(Decrypt|Encrypt|ReEncrypt|GenerateDataKey.*)$")
Record = dict[str, Any]


def events(folder: Path) -> Iterator[Record]:
    """Every event of KMS once; of one that two accounts are told of, the caller's."""
    found: dict[str, Record] = {}
    for path in sorted(folder.rglob("*.json*")):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for record in json.loads(data)["Records"]:
            if record["eventSource"] != "kms.amazonaws.com":
                continue
            key = record.get("sharedEventID") or record["eventID"]
            if key not in found or record["recipientAccountId"] == record["userIdentity"].get("accountId"):
                found[key] = record
    yield from found.values()


def answers(folder: Path) -> dict[str, Counter[tuple[str | None, ...]]]:
    """Denied uses and uses outside Bedrock by (principal, action, key), decryptions by (principal, subject)."""
    found: dict[str, Counter[tuple[str | None, ...]]] = {
        name: Counter() for name in ("denied", "outside", "decryptions")
    }
    for record in events(folder):
        identity, action = record["userIdentity"], record["eventName"]
        issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
        principal, via = issuer.get("arn") or identity.get("arn"), identity.get("invokedBy")
        key = key_of(record)
        ours = key is None or key.split(":")[4] in ACCOUNTS
        if "AccessDenied" in (record.get("errorCode") or ""):
            if ours:
                found["denied"][principal, action, key] += 1
            continue
        context = (record["requestParameters"] or {}).get("encryptionContext") or {}
        subject = next((value for name, value in context.items() if "bedrock" in name), None)
        if ours and USES.match(action) and via not in SERVICES:
            found["outside"][principal, action, key] += 1
        if action == "Decrypt" and (subject or via in SERVICES):
            found["decryptions"][principal, subject] += 1
    return found


def key_of(record: Record) -> str | None:
    """The key that a record names: among its resources, or in the words of a refusal."""
    for each in record.get("resources") or ():
        if ":key/" in each.get("ARN", ""):
            return str(each["ARN"])
    found = re.search(r"arn:[^ ]+:key/[A-Za-z0-9-]+", record.get("errorMessage") or "")
    return found[0] if found else None
