"""What always holds between the parts of a request, whoever makes it: each an axiom, with where AWS says so.

An axiom rules requests out: a proof holds for every request that is possible under them. Each says what it demands of
one condition key once the caller, the action and the keys before it are settled (in the words of the condition
language), or that a caller cannot make such a call at all. A proof names the axioms that ruled something out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.iam.evaluator.patterns import text_of
from bedrock_cmk_guard.iam.evaluator.principals import PrincipalType
from bedrock_cmk_guard.iam.prover.atoms import Atom, Found, atom
from bedrock_cmk_guard.iam.prover.decide import NOT_BY_RCPS
from bedrock_cmk_guard.iam.prover.situation import Situation
from bedrock_cmk_guard.iam.supply import UNSIGNED

_IAM_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_GLOBAL_KEYS = f"{_IAM_GUIDE}/reference_policies_condition-keys.html"
_KMS_GUIDE = "https://docs.aws.amazon.com/kms/latest/developerguide"

Demand = tuple[Atom, bool]
#: What holds of a key in a situation, given the values of keys settled before.
Demands = Callable[[Situation, str, Mapping[str, Found]], Iterable[Demand]]
Rules = Callable[[Situation], bool]


@dataclass(frozen=True, slots=True)
class Axiom:
    """One law about requests. ``demands`` constrains condition keys, ``excludes`` whole situations.

    One with neither holds by how callers are made: their condition keys are derived from who they are.
    """

    id: str
    sentence: str
    source: str
    demands: Demands | None = None
    excludes: Rules | None = None

    @property
    def by_construction(self) -> bool:
        """Whether every request that is looked at obeys it from the start."""
        return self.demands is None and self.excludes is None


def _present(key: str) -> Demand:
    return atom("Null", key, "true"), False


def _absent(key: str) -> Demand:
    return atom("Null", key, "true"), True


def _organization(situation: Situation, key: str, values: Mapping[str, Found]) -> Iterator[Demand]:
    caller, facts = situation.caller, situation.facts
    if key not in ("aws:principalorgid", "aws:principalorgpaths"):
        return
    if not caller.is_iam:
        yield _absent(key)
    elif facts.organization is not None and caller.account in facts.members:
        yield _present(key)
        wanted = facts.organization if key == "aws:principalorgid" else f"{facts.organization}/*"
        yield (
            atom("StringEquals" if key == "aws:principalorgid" else "ForAllValues:StringLike", key, wanted),
            True,
        )


def _paths(situation: Situation, key: str, values: Mapping[str, Found]) -> Iterator[Demand]:
    for paths, organization in _PATHS:
        if key == paths and organization in values:
            found = values[organization]
            if not found:
                yield _absent(key)
            else:
                yield _present(key)
                yield atom("ForAllValues:StringLike", key, f"{found[0]}/*"), True


_PATHS = (("aws:principalorgpaths", "aws:principalorgid"), ("aws:sourceorgpaths", "aws:sourceorgid"))
_SOURCES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")


def _sources(situation: Situation, key: str, values: Mapping[str, Found]) -> Iterator[Demand]:
    if key in _SOURCES and situation.caller.type is not PrincipalType.SERVICE:
        yield _absent(key)


def _source_account(situation: Situation, key: str, values: Mapping[str, Found]) -> Iterator[Demand]:
    account = values.get("aws:sourceaccount")
    if not account or key == "aws:sourceaccount":
        return
    if key == "aws:sourcearn":
        yield atom("ArnLikeIfExists", key, f"arn:*:*:*:{account[0]}:*", "arn:*:*:*::*"), True
    facts = situation.facts
    if key == "aws:sourceorgid" and facts.organization is not None and account[0] in facts.members:
        yield _present(key)
        yield atom("StringEquals", key, facts.organization), True


def _forwarded(situation: Situation, key: str, values: Mapping[str, Found]) -> Iterator[Demand]:
    if key in ("kms:viaservice", "aws:calledvia") and situation.caller.type is PrincipalType.SERVICE:
        yield _absent(key)


def _tag_keys(situation: Situation, key: str, values: Mapping[str, Found]) -> Iterator[Demand]:
    if key != "aws:tagkeys":
        return
    for other, found in values.items():
        prefix, _, tag = other.partition("/")
        if prefix == "aws:requesttag":
            yield atom("ForAnyValue:StringEqualsIgnoreCase", key, tag), bool(found)


def _window(situation: Situation, key: str, values: Mapping[str, Found]) -> Iterator[Demand]:
    if key == "kms:schedulekeydeletionpendingwindowindays":
        yield atom("NumericGreaterThanEqualsIfExists", key, "7"), True
        yield atom("NumericLessThanEqualsIfExists", key, "30"), True


def _token_claims(situation: Situation, key: str, values: Mapping[str, Found]) -> Iterator[Demand]:
    provider, colon, _ = key.rpartition(":")
    if not colon or "." not in provider or situation.caller.type is not PrincipalType.FEDERATED:
        return
    name = situation.caller.name
    if name.partition(":oidc-provider/")[2].lower() != provider and name != provider:
        yield _absent(key)
    elif key.endswith((":sub", ":aud")):
        yield _present(key)


def _unsigned(situation: Situation) -> bool:
    federated = situation.caller.type is PrincipalType.FEDERATED
    if not federated:
        return situation.action in UNSIGNED
    kind = "saml" if ":saml-provider/" in situation.caller.name else "webidentity"
    return situation.action.lower() != f"sts:assumerolewith{kind}"


def _across_accounts(situation: Situation) -> bool:
    return (
        situation.caller.is_iam
        and situation.service == "kms"
        and situation.caller.account != situation.resource_account
        and situation.action.lower() not in _KMS_ACROSS_ACCOUNTS
    )


# Column "Cross-account use" of AWS KMS permissions: what is not here fails for another account's key, whatever its
# policy says.
_KMS_ACROSS_ACCOUNTS = frozenset(
    f"kms:{name}".lower()
    for name in (
        *(
            "CreateGrant",
            "Decapsulate",
            "Decrypt",
            "DeriveSharedSecret",
            "DescribeKey",
            "Encapsulate",
            "Encrypt",
        ),
        *("GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"),
        *(
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "GetKeyRotationStatus",
            "GetPublicKey",
            "ListGrants",
        ),
        *("ReEncryptFrom", "ReEncryptTo", "RetireGrant", "RevokeGrant", "Sign", "Verify", "VerifyMac"),
    )
)

AXIOMS: tuple[Axiom, ...] = (
    Axiom(
        "caller",
        "aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalIsAWSService, "
        "aws:PrincipalServiceName and kms:CallerAccount all describe the one caller; a service principal has no "
        "ARN and no account, and only it is an AWS service.",
        f"{_GLOBAL_KEYS}#condition-keys-principal-properties",
    ),
    Axiom(
        "resource-account",
        "aws:ResourceAccount is the account in the resource's ARN.",
        f"{_GLOBAL_KEYS}#condition-keys-resourceaccount",
    ),
    Axiom(
        "supplied",
        "A request carries a condition key only if AWS's service authorization reference lists it for the action or "
        "its resource, or the guide to global keys says that such a request has it.",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/",
    ),
    Axiom(
        "organization",
        "Principals of the organisation's accounts carry its id as aws:PrincipalOrgID; service principals and web "
        "identities carry none.",
        f"{_GLOBAL_KEYS}#condition-keys-principalorgid",
        demands=_organization,
    ),
    Axiom(
        "organization-paths",
        "A path in an organisation begins with the organisation's id, and comes with it.",
        f"{_GLOBAL_KEYS}#condition-keys-principalorgpaths",
        demands=_paths,
    ),
    Axiom(
        "source-of-services",
        "aws:SourceAccount, aws:SourceArn, aws:SourceOrgID and aws:SourceOrgPaths are only in requests that a "
        "service principal makes itself.",
        f"{_GLOBAL_KEYS}#condition-keys-sourceaccount",
        demands=_sources,
    ),
    Axiom(
        "source-account",
        "aws:SourceArn, where it names an account, names aws:SourceAccount; for accounts of the organisation "
        "aws:SourceOrgID is the organisation's id.",
        f"{_IAM_GUIDE}/confused-deputy.html",
        demands=_source_account,
    ),
    Axiom(
        "forwarded",
        "kms:ViaService and aws:CalledVia are in requests that a service makes with its caller's credentials, never "
        "in its own.",
        f"{_KMS_GUIDE}/conditions-kms.html#conditions-kms-via-service",
        demands=_forwarded,
    ),
    Axiom(
        "tag-keys",
        "A request that carries aws:RequestTag/KEY carries KEY among aws:TagKeys, in whatever case it was written, "
        "and the other way round.",
        f"{_GLOBAL_KEYS}#condition-keys-tagkeys",
        demands=_tag_keys,
    ),
    Axiom(
        "deletion-window",
        "A waiting period for deletion is 7 to 30 days.",
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html",
        demands=_window,
    ),
    Axiom(
        "unsigned",
        "sts:AssumeRoleWithWebIdentity and sts:AssumeRoleWithSAML are called with a token of an identity provider, "
        "by nobody else, and such a token makes no other call.",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html",
        excludes=_unsigned,
    ),
    Axiom(
        "token-claims",
        "A web identity's token carries the claims of its own provider only, and always sub and aud.",
        f"{_IAM_GUIDE}/reference_policies_iam-condition-keys.html#condition-keys-wif",
        demands=_token_claims,
    ),
    Axiom(
        "kms-own-account",
        "Another account's principals can do with a KMS key only what KMS offers across accounts: cryptography, "
        "grants, DescribeKey, GetKeyRotationStatus and GetPublicKey. Anything else fails whatever the key policy says.",
        f"{_KMS_GUIDE}/key-policy-modifying-external-accounts.html",
        excludes=_across_accounts,
    ),
)

# Keys that an axiom constrains by others come after those.
_AFTER = {
    "aws:sourcearn": 1,
    "aws:sourceorgid": 1,
    "aws:sourceorgpaths": 2,
    "aws:principalorgpaths": 1,
    "aws:tagkeys": 1,
}
_ACCOUNTS = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


def action_class(action: str) -> tuple[bool, ...]:
    """What axioms tell apart of actions."""
    low = action.lower()
    return low in _KMS_ACROSS_ACCOUNTS, action in UNSIGNED, low in NOT_BY_RCPS, "saml" in low


def rank(key: str) -> tuple[int, str]:
    """The order in which keys are settled, so that axioms see what they depend on."""
    return _AFTER.get(key, 0), key


def interests(key: str, open_atoms: Collection[Atom], situation: Situation) -> Iterator[Atom]:
    """What else must be told apart of a key, because axioms carry it over to keys settled later."""
    texts = {
        other.key: [text_of(pieces) for each in open_atoms if each.key == other.key for pieces in each.wanted]
        for other in open_atoms
    }
    if key == "aws:sourceaccount":
        arns = texts.get("aws:sourcearn", [])
        found = {parts[4] for arn in arns if len(parts := arn.split(":", 5)) == 6}
        found |= {account for arn in arns for account in accounts_in(arn)}
        if any(other.startswith("aws:sourceorg") for other in texts):
            found |= situation.facts.members
        yield from (atom("StringLike", key, account) for account in sorted(found - {"", "*"}))
    for paths, organization in _PATHS:
        if key == organization:
            found = {path.partition("/")[0] for path in texts.get(paths, [])}
            yield from (atom("StringLike", key, prefix) for prefix in sorted(found - {"", "*"}))


def accounts_in(text: str) -> Iterator[str]:
    """Every account id in a text."""
    return (found[0] for found in _ACCOUNTS.finditer(text))
