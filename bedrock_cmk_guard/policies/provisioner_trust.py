"""RCP: provisioners are assumed by the pipeline and by nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.policies.conditions import (
    NOT_A_SERVICE,
    deny_everyone,
    except_for,
    is_of_one_account,
    role_patterns,
    unique,
)
from bedrock_cmk_guard.policies.organization_policy import rcp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import OidcIdentity
from bedrock_cmk_guard.resources import Resource

LAYER = "provisioner_trust"


def statements(requirements: Requirements) -> Iterator[Statement]:
    """By role, by web identity, and never by SAML."""
    principals = requirements.principals
    provisioners = role_patterns(requirements, principals.provisioners)
    pipeline = unique(trusted.role_arn for trusted in principals.pipeline if trusted.role_arn)
    # CloudFormation and other services assume a role as service principals; they are the role's own trust's affair.
    yield deny_everyone(
        "PipelineAssumesProvisioners",
        ("sts:AssumeRole",),
        except_for(requirements, LAYER, pipeline),
        NOT_A_SERVICE,
        resources=provisioners,
    )
    # Outside the organisation anybody may create a role of an exempt name.
    if any(LAYER in e.layers and not is_of_one_account(e) for e in requirements.exemptions):
        yield deny_everyone(
            "OutsidersAssumeNoProvisioners",
            ("sts:AssumeRole",),
            except_for(requirements, LAYER, pipeline, outsiders=True),
            {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": (requirements.organization.id,)}},
            NOT_A_SERVICE,
            resources=provisioners,
        )
    identities = [trusted.oidc for trusted in principals.pipeline if trusted.oidc is not None]
    yield from _web_identities(requirements, identities, provisioners)
    yield deny_everyone("NoSamlProvisioners", ("sts:AssumeRoleWithSAML",), resources=provisioners)


def _web_identities(
    requirements: Requirements, identities: list[OidcIdentity], provisioners: tuple[str, ...]
) -> Iterator[Statement]:
    """A web identity carries no aws:PrincipalArn: it is known by its provider's own keys.

    With several providers, a token of one carries no key of the others, so no statement may ask for all at once:
    a token must be refused only when every provider's subject and audience miss.
    """
    action = ("sts:AssumeRoleWithWebIdentity",)
    if not identities:
        yield deny_everyone("NoWebProvisioners", action, resources=provisioners)
        return
    subjects: dict[str, tuple[str, ...]] = {}
    audiences: dict[str, tuple[str, ...]] = {}
    for identity in identities:
        sub, aud = f"{identity.provider}:sub", f"{identity.provider}:aud"
        subjects[sub] = unique((*subjects.get(sub, ()), *identity.subjects))
        audiences[aud] = unique((*audiences.get(aud, ()), identity.audience))
    yield deny_everyone("PipelineSubjects", action, {"StringNotLike": subjects}, resources=provisioners)
    yield deny_everyone("PipelineAudiences", action, {"StringNotEquals": audiences}, resources=provisioners)


def build(requirements: Requirements) -> Iterable[Resource]:
    """The RCP of this layer."""
    return rcp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="provisioner-trust",
    title="Provisioners are assumed by the pipeline only",
    kind="RCP",
    stops=(
        "Assuming a provisioner by any role, user or outside principal that is not the pipeline, whatever the "
        "role's own trust policy says.",
        "Web identities of another subject or audience than the pipeline's, and SAML sessions.",
    ),
    does_not_stop=(
        "Service principals (CloudFormation with a service role): the trust policy of the role decides.",
        "Whoever may change the pipeline itself.",
        "Roles in the management account: RCPs do not bind its resources.",
    ),
    needs_first=("principals.pipeline names everything that deploys agents.",),
    rollout=5,
    rollout_note="Together with agent_writers.",
    references=(
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif",
    ),
    build=build,
)
