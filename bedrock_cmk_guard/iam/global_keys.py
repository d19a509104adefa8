"""The condition keys that AWS supplies whatever the service: our own dated table.

The service authorization data has the keys of each service and none of these. For each key: its type,
whether a request may carry several values, and when a request carries it at all.

Source, read on 2026-11-24 in a stored copy of autumn 2026:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
AS_OF = "2026-11-24"


class Supplied(StrEnum):
    """When a request carries a global condition key."""

    ALWAYS = "every request"
    SIGNED = (
        "every request signed by a principal, so not one for AssumeRoleWithWebIdentity or AssumeRoleWithSAML"
    )
    PRINCIPAL = "only some principals: members of an organisation, tagged ones, IAM users"
    SESSION = "only some sessions: by MFA, by federation, from an instance, through AssumeRoot"
    SERVICE = "only requests that a service principal makes itself"
    FORWARDED = "only requests that a service makes with its caller's credentials"
    NETWORK = "only requests over the network named: a VPC endpoint, or none"
    RESOURCE = "only requests whose resource belongs to an organisation, or most services"
    REQUEST = "only requests of a particular form"
    LISTED = "only the actions or resource types for which the service authorization data lists it"


@dataclass(frozen=True, slots=True)
class GlobalKey:
    """One global condition key. ``type`` is written as the service authorization data writes types."""

    name: str
    type: str
    supplied: Supplied
    services: frozenset[str] | None = None
    wildcards_useless: bool = False

    @property
    def source(self) -> str:
        """Where AWS documents the key."""
        return f"{SOURCE}#condition-keys-{self.name.split(':')[1].split('/')[0].lower()}"


# Of the services in our frozen data, those that the guide lists for the endpoint owner's keys.
_ENDPOINT_OWNER = frozenset({"cloudformation", "iam", "kms", "lambda", "s3"})

_TABLE = (
    GlobalKey("aws:PrincipalArn", "ARN", Supplied.SIGNED),
    GlobalKey("aws:PrincipalAccount", "String", Supplied.ALWAYS, wildcards_useless=True),
    GlobalKey("aws:PrincipalOrgID", "String", Supplied.PRINCIPAL, wildcards_useless=True),
    GlobalKey("aws:PrincipalOrgPaths", "ArrayOfString", Supplied.PRINCIPAL),
    GlobalKey("aws:PrincipalTag/${TagKey}", "String", Supplied.PRINCIPAL),
    GlobalKey("aws:PrincipalIsAWSService", "Bool", Supplied.SIGNED),
    GlobalKey("aws:PrincipalServiceName", "String", Supplied.SERVICE),
    GlobalKey("aws:PrincipalServiceNamesList", "ArrayOfString", Supplied.SERVICE),
    GlobalKey("aws:PrincipalType", "String", Supplied.ALWAYS),
    GlobalKey("aws:userid", "String", Supplied.ALWAYS),
    GlobalKey("aws:username", "String", Supplied.PRINCIPAL),
    GlobalKey("aws:AssumedRoot", "Bool", Supplied.SESSION),
    GlobalKey("aws:FederatedProvider", "String", Supplied.SESSION),
    GlobalKey("aws:TokenIssueTime", "Date", Supplied.SESSION),
    GlobalKey("aws:SignInSessionArn", "ARN", Supplied.SESSION),
    GlobalKey("aws:MultiFactorAuthAge", "Numeric", Supplied.SESSION),
    GlobalKey("aws:MultiFactorAuthPresent", "Bool", Supplied.SESSION),
    GlobalKey("aws:ChatbotSourceArn", "ARN", Supplied.SESSION),
    GlobalKey("aws:Ec2InstanceSourceVpc", "String", Supplied.SESSION),
    GlobalKey("aws:Ec2InstanceSourcePrivateIPv4", "IPAddress", Supplied.SESSION),
    GlobalKey("aws:SourceIdentity", "String", Supplied.SESSION),
    GlobalKey("ec2:RoleDelivery", "Numeric", Supplied.SESSION),
    GlobalKey("ec2:SourceInstanceArn", "ARN", Supplied.SESSION),
    GlobalKey("glue:RoleAssumedBy", "String", Supplied.SESSION),
    GlobalKey("glue:CredentialIssuingService", "String", Supplied.SESSION),
    GlobalKey("codebuild:BuildArn", "ARN", Supplied.SESSION),
    GlobalKey("codebuild:ProjectArn", "ARN", Supplied.SESSION),
    GlobalKey("lambda:SourceFunctionArn", "ARN", Supplied.SESSION),
    GlobalKey("ssm:SourceInstanceArn", "ARN", Supplied.SESSION),
    GlobalKey("identitystore:UserId", "String", Supplied.SESSION),
    GlobalKey("aws:SourceIp", "IPAddress", Supplied.NETWORK),
    GlobalKey("aws:SourceVpc", "String", Supplied.NETWORK, wildcards_useless=True),
    GlobalKey("aws:SourceVpcArn", "ARN", Supplied.NETWORK, _ENDPOINT_OWNER),
    GlobalKey("aws:SourceVpce", "String", Supplied.NETWORK, wildcards_useless=True),
    GlobalKey("aws:VpceAccount", "String", Supplied.NETWORK, _ENDPOINT_OWNER, wildcards_useless=True),
    GlobalKey("aws:VpceOrgID", "String", Supplied.NETWORK, _ENDPOINT_OWNER, wildcards_useless=True),
    GlobalKey("aws:VpceOrgPaths", "ArrayOfString", Supplied.NETWORK, _ENDPOINT_OWNER),
    GlobalKey("aws:VpcSourceIp", "IPAddress", Supplied.NETWORK),
    GlobalKey("aws:ResourceAccount", "String", Supplied.RESOURCE, wildcards_useless=True),
    GlobalKey("aws:ResourceOrgID", "String", Supplied.RESOURCE, wildcards_useless=True),
    GlobalKey("aws:ResourceOrgPaths", "ArrayOfString", Supplied.RESOURCE),
    GlobalKey("aws:ResourceTag/${TagKey}", "String", Supplied.LISTED),
    GlobalKey("aws:CalledVia", "ArrayOfString", Supplied.FORWARDED),
    GlobalKey("aws:CalledViaFirst", "String", Supplied.FORWARDED),
    GlobalKey("aws:CalledViaLast", "String", Supplied.FORWARDED),
    GlobalKey("aws:CalledViaAWSMCP", "String", Supplied.FORWARDED),
    GlobalKey("aws:ViaAWSService", "Bool", Supplied.ALWAYS),
    GlobalKey("aws:ViaAWSMCPService", "Bool", Supplied.FORWARDED),
    GlobalKey("aws:IsMcpServiceAction", "Bool", Supplied.REQUEST),
    GlobalKey("aws:CurrentTime", "Date", Supplied.ALWAYS),
    GlobalKey("aws:EpochTime", "Date", Supplied.ALWAYS),
    GlobalKey("aws:referer", "String", Supplied.REQUEST),
    GlobalKey("aws:RequestedRegion", "String", Supplied.ALWAYS),
    GlobalKey("aws:RequestTag/${TagKey}", "String", Supplied.LISTED),
    GlobalKey("aws:TagKeys", "ArrayOfString", Supplied.LISTED),
    GlobalKey("aws:SecureTransport", "Bool", Supplied.ALWAYS),
    GlobalKey("aws:SourceAccount", "String", Supplied.SERVICE, wildcards_useless=True),
    GlobalKey("aws:SourceArn", "ARN", Supplied.SERVICE),
    GlobalKey("aws:SourceOrgID", "String", Supplied.SERVICE, wildcards_useless=True),
    GlobalKey("aws:SourceOrgPaths", "ArrayOfString", Supplied.SERVICE),
    GlobalKey("aws:UserAgent", "String", Supplied.ALWAYS),
)

# Keyed by the part before a slash, in lower case: condition keys do not depend on case.
_BY_NAME = {key.name.split("${")[0].lower(): key for key in _TABLE}


def all_keys() -> tuple[GlobalKey, ...]:
    """Return the whole table."""
    return _TABLE


def find(name: str) -> GlobalKey | None:
    """Find the global key of that name, with any tag key behind the slash; none for a service's own key."""
    low = name.lower()
    prefix, slash, rest = low.partition("/")
    if slash:
        return _BY_NAME.get(f"{prefix}/") if rest else None
    return _BY_NAME.get(low)
