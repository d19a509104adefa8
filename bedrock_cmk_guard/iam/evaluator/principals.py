"""Who makes a request: what its ARN says, the condition keys that follow from it, and Principal matching.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Principal
from bedrock_cmk_guard.iam.evaluator.arns import Arn, parse_arn

_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
_ACCOUNT = re.compile(r"[0-9]{12}")
#: Web identity providers that a Principal names without an ARN.
_WEB_IDENTITY = frozenset(
    {"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"}
)


class PrincipalType(Enum):
    """The kinds of caller that policies tell apart."""

    ROOT = "account root"
    USER = "user"
    ROLE = "role"
    SESSION = "role session"
    FEDERATED_USER = "federated user"
    FEDERATED = "federated identity"
    SERVICE = "service"


class Naming(Enum):
    """How a Principal element covers a caller."""

    NOT = "not named"
    OPEN = "perhaps, the caller is open"
    ACCOUNT = "through its account"
    DIRECT = "by name"
    SESSION = "by the name of its session"


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal, taken apart. ``arns`` are all its names, from the account's to its own."""

    type: PrincipalType
    name: str
    account: str | None = None
    arn: str | None = None
    arns: tuple[str, ...] = ()
    service_linked: bool = False

    @property
    def is_iam(self) -> bool:
        """Whether it is an identity of an account: what SCPs and identity policies speak of."""
        return self.account is not None and self.type is not PrincipalType.FEDERATED


def is_service(name: str) -> bool:
    """Whether this is the name of an AWS service."""
    return name not in _WEB_IDENTITY and _SERVICE.fullmatch(name) is not None


@lru_cache(maxsize=65536)
def parse_caller(name: str, given_arn: str | None = None) -> Caller:
    """Take a principal apart. ``given_arn`` is ``aws:PrincipalArn`` where the request states it.

    A session's ARN does not carry the path of its role; the stated ``aws:PrincipalArn`` does.
    """
    if name in _WEB_IDENTITY:
        return Caller(PrincipalType.FEDERATED, name, arns=(name,))
    if is_service(name):
        return Caller(PrincipalType.SERVICE, name, arns=(name,))
    arn = parse_arn(name)
    if arn is None or not _ACCOUNT.fullmatch(arn.account):
        msg = f"the principal {name!r} is neither the ARN of an IAM identity nor the name of an AWS service"
        raise PolicyError(msg)
    root = f"arn:{arn.partition}:iam::{arn.account}:root"
    kind, _, rest = arn.resource.partition("/")
    if arn.service == "iam" and arn.resource == "root":
        return Caller(PrincipalType.ROOT, name, arn.account, name, (root,))
    if arn.service == "iam" and kind == "user" and rest:
        return Caller(PrincipalType.USER, name, arn.account, name, (root, name))
    if arn.service == "iam" and kind == "role" and rest:
        linked = rest.startswith("aws-service-role/")
        return Caller(PrincipalType.ROLE, name, arn.account, name, (root, name), linked)
    if arn.service == "iam" and kind in {"oidc-provider", "saml-provider"} and rest:
        return Caller(PrincipalType.FEDERATED, name, arn.account, None, (name,))
    if arn.service == "sts" and kind == "assumed-role" and "/" in rest:
        role = _role_of_session(arn, rest, given_arn)
        linked = ":role/aws-service-role/" in role
        return Caller(PrincipalType.SESSION, name, arn.account, role, (root, role, name), linked)
    if arn.service == "sts" and kind == "federated-user" and rest:
        return Caller(PrincipalType.FEDERATED_USER, name, arn.account, name, (root, name))
    msg = (
        f"the principal {name!r} is not the ARN of a user, role, session, federated identity or account root"
    )
    raise PolicyError(msg)


def derived_context(caller: Caller) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that follow from who calls, in lower case."""
    if caller.type is PrincipalType.SERVICE:
        return {
            "aws:principalisawsservice": ("true",),
            "aws:principalservicename": (caller.name,),
            "aws:principalservicenameslist": (caller.name,),
        }
    context: dict[str, tuple[str, ...]] = {"aws:principalisawsservice": ("false",)}
    if not caller.is_iam or caller.arn is None or caller.account is None:
        return context
    context["aws:principalarn"] = (caller.arn,)
    context["aws:principalaccount"] = (caller.account,)
    context["aws:principaltype"] = (_TYPE_VALUE[caller.type],)
    if caller.type is PrincipalType.USER:
        context["aws:username"] = (caller.name.rpartition("/")[2],)
    return context


def naming(principal: Principal, caller: Caller) -> Naming:
    """How a Principal element covers the caller, at its most specific."""
    if caller.type is PrincipalType.SERVICE:
        named = caller.name in principal.service
        return Naming.DIRECT if named or is_everyone(principal) else Naming.NOT
    if caller.type is PrincipalType.FEDERATED:
        named = caller.name in principal.federated
        return Naming.DIRECT if named or is_everyone(principal) else Naming.NOT
    if caller.type in _SESSIONS and caller.name in principal.aws:
        return Naming.SESSION
    if caller.arn in principal.aws or is_everyone(principal):
        return Naming.DIRECT
    account = _account_names(caller)
    if any(entry in account for entry in principal.aws):
        return Naming.DIRECT if caller.type is PrincipalType.ROOT else Naming.ACCOUNT
    return Naming.NOT


def excluded(principal: Principal, caller: Caller) -> bool:
    """Whether a NotPrincipal element spares the caller.

    It does so only where every name of the caller is listed: the account, the role and the session.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if is_everyone(principal):
        return True
    if caller.type is PrincipalType.SERVICE:
        return caller.name in principal.service
    if caller.type is PrincipalType.FEDERATED:
        return caller.name in principal.federated
    account = _account_names(caller)
    own = caller.arns[1:]
    return any(entry in account for entry in principal.aws) and all(arn in principal.aws for arn in own)


_SESSIONS = frozenset({PrincipalType.SESSION, PrincipalType.FEDERATED_USER})
_TYPE_VALUE: Mapping[PrincipalType, str] = {
    PrincipalType.ROOT: "Account",
    PrincipalType.USER: "User",
    PrincipalType.ROLE: "AssumedRole",
    PrincipalType.SESSION: "AssumedRole",
    PrincipalType.FEDERATED_USER: "FederatedUser",
}


def is_everyone(principal: Principal) -> bool:
    """Whether a Principal element names everyone, in either of its two spellings."""
    return principal.everyone or "*" in principal.aws


def _account_names(caller: Caller) -> tuple[str, ...]:
    return (caller.account or "", caller.arns[0])


def _role_of_session(arn: Arn, rest: str, given: str | None) -> str:
    name = rest.partition("/")[0]
    stated = parse_arn(given) if given is not None else None
    if (
        given is not None
        and stated is not None
        and stated.account == arn.account
        and stated.resource.startswith("role/")
        and stated.resource.rpartition("/")[2] == name
    ):
        return given
    return f"arn:{arn.partition}:iam::{arn.account}:role/{name}"
