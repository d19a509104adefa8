"""Tag policy: the demanded tags are written in one case, with the values allowed."""

from __future__ import annotations

from collections.abc import Iterable

from bedrock_cmk_guard.iam import Json
from bedrock_cmk_guard.policies.organization_policy import MODULE, targets
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.standards import RequiredTag
from bedrock_cmk_guard.resources import Resource, TagPolicy

LAYER = "tag_policy"


def _assign(value: Json) -> Json:
    return {"@@assign": value}


def _rule(tag: RequiredTag) -> Json:
    rule: dict[str, Json] = {"tag_key": _assign(tag.key)}
    values = tag.values or ((tag.pattern,) if tag.pattern is not None else ())
    if values:
        rule["tag_value"] = _assign(list(values))
    if tag.enforced_on:
        rule["enforced_for"] = _assign(list(tag.enforced_on))
    if tag.required_on:
        rule["report_required_tag_for"] = _assign(list(tag.required_on))
    return rule


def build(requirements: Requirements) -> Iterable[Resource]:
    """The tag policy of this layer."""
    attached = targets(requirements, LAYER)
    tags: dict[str, Json] = {tag.key: _rule(tag) for tag in requirements.tag_standard.tags}
    if attached and tags:
        yield TagPolicy(
            module=MODULE,
            account=requirements.organization.management_account,
            name="tag-standard",
            targets=attached,
            layers=(LAYER,),
            content={"tags": tags},
        )


POLICY = Policy(
    id="tag-policy",
    title="The demanded tags have the demanded form",
    kind="tag policy",
    stops=("Setting a value that is not allowed on a resource type for which the tag is enforced.",),
    does_not_stop=(
        "Leaving a tag out: report_required_tag_for reports it, and stops it only in tools that ask for the tag "
        "policy (the CloudFormation hook AWS::TagPolicies::TaggingComplianceValidator, Terraform's "
        "tag_policy_compliance). key_tags refuses it for keys.",
        "A value that is allowed and untrue.",
    ),
    needs_first=("A compliance report in AWS Organizations before a tag is enforced.",),
    rollout=1,
    rollout_note="Reporting first; enforce a tag once its report is clean.",
    references=(
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_tag-policies-enforcement.html",
    ),
    build=build,
)
