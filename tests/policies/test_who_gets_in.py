"""Whoever a surface needs gets in, and nobody else does, whatever surfaces and options come together."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.iam.evaluator import Request
from bedrock_cmk_guard.policies import key_policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import KmsKey
from bedrock_cmk_guard.surfaces import Surface, catalogue
from tests.policies.documents import EXAMPLE, requirements_at
from tests.policies.worlds import EVERYTHING, ORGANIZATION, Caller, Context, Need, World, key_tags, session

pytestmark = pytest.mark.thorough

ACCOUNT, OTHER, ELSEWHERE, OUTSIDE = "222222222222", "555555555555", "777777777777", "888888888888"
KEYED: Mapping[str, Surface] = {s.id: s for s in catalogue().surfaces.values() if s.kms}
CALLERS: Mapping[str, dict[str, str]] = {
    "a role": {"role": "hr-portal"},
    "people through SSO": {"role": "aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Hr_*"},
    "a role of another account": {"role_arn": "arn:aws:iam::777777777777:role/portal"},
}
# AWS documents that these calls carry nothing that says whom the service comes for: no policy can hold them to us.
UNHELD = {
    "agentcore-dataset: service kms:Decrypt",
    "agentcore-dataset: service kms:DescribeKey",
    "bedrock-agent: service kms:CreateGrant",
}


def varied(surfaces: list[str], options: Mapping[str, Any]) -> Requirements:
    """The example with its first workload on these surfaces, and another workload beside it."""
    data = copy.deepcopy(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))
    subject, other = data["workloads"][:2]
    subject |= {
        "surfaces": surfaces,
        "callers": [CALLERS[options["caller"]]],
        **{
            flag: options[flag]
            for flag in ("memory", "encrypted_schemas", "agents_before_2025", "shut_out_administrators")
        },
    }
    subject["service_role"]["calls_kms_directly"] = options["calls_kms_directly"]
    other |= {"account": ACCOUNT, "regions": ["eu-central-1"], "surfaces": ["bedrock-agent"]}
    if options["isolation"] == "environment":
        shared = {name: subject[name] for name in ("data_owner", "sensitivity", "tags")}
        other |= {"isolation": "environment", **shared}
    layers = data["enforcement"]["layers"]
    layers["closed_surfaces"] = None
    if not options["shut_out_administrators"]:
        layers["stored_data"] = None
    if options["central"]:
        data["key_standard"] |= {"held_in": "key-accounts", "key_accounts": ["999999999999"]}
    if options["origin"] == "EXTERNAL":
        data["key_standard"] |= {"origin": "EXTERNAL", "rotation_period_days": None}
    if options["isolation"] == "tenant":
        subject["tenants"] = [
            {"name": "north", "callers": [{"role": "north-app"}]},
            {"name": "south", "callers": [{"role": "south-app"}]},
        ]
    subject["isolation"] = options["isolation"]
    data["workloads"] = [subject, other]
    return Requirements.model_validate(data)


OPTIONS = st.fixed_dictionaries(
    {
        "memory": st.booleans(),
        "encrypted_schemas": st.booleans(),
        "agents_before_2025": st.booleans(),
        "calls_kms_directly": st.booleans(),
        "shut_out_administrators": st.booleans(),
        "central": st.booleans(),
        "origin": st.sampled_from(["AWS_KMS", "EXTERNAL"]),
        "isolation": st.sampled_from(["workload", "environment", "tenant"]),
        "caller": st.sampled_from(sorted(CALLERS)),
    }
)
PLAIN = {
    "memory": True,
    "encrypted_schemas": True,
    "agents_before_2025": True,
    "calls_kms_directly": False,
    "shut_out_administrators": False,
    "central": False,
    "origin": "AWS_KMS",
    "isolation": "workload",
    "caller": "a role",
}


def locked_out(world: World) -> list[str]:
    """The calls that a surface needs and that are refused, with the reason."""
    found = []
    for key in world.keys:
        for need in world.needs(key):
            decision = world.decide(need.request, need.identity, key)
            if decision.outcome != "allowed":
                found.append(f"{key.name}: {need.text} is {decision.outcome}: {decision.reasons[0]}")
    return found


def strangers(key: KmsKey) -> Iterator[tuple[str, Caller, tuple[PolicyDocument, ...]]]:
    """Who must not use a key, each with every IAM permission there is."""
    every = (EVERYTHING,)
    inside = {"aws:PrincipalOrgID": ORGANIZATION}
    for account in sorted({ACCOUNT, key.account}):
        yield f"administrator of {account}", session(account, "Administrator"), every
        yield f"root user of {account}", (f"arn:aws:iam::{account}:root", inside), ()
    for duty in ("governance", "applier", "auditor", "breakglass"):
        yield duty, session(key.account, f"bedrock-cmk-{duty}"), every
    yield "another workload's service role", session(ACCOUNT, "financial-adviser-agent"), every
    yield "another workload's caller", session(ACCOUNT, "adviser-desktop"), every
    yield "another tenant's caller", session(ACCOUNT, "south-app"), every
    yield "the caller's name in another account", session(OTHER, "hr-portal"), every
    yield "another account of the organisation", session(OTHER, "Administrator"), every
    yield "outside the organisation", session(OUTSIDE, "Administrator", None), every
    yield "another service", ("lambda.amazonaws.com", {}), ()


def intrusions(world: World) -> Iterator[str]:
    """Uses of a key by somebody who should have none, made to look as right as they can, or made directly."""
    for key, need in uses(world):
        sharers = {workload.name for workload in world.scope_of(key).workloads}
        for name, (principal, context), identity in strangers(key):
            if "another workload" in name and "financial-adviser" in sharers:
                continue
            if "another tenant" in name and key.scope.endswith("/south"):
                continue
            direct = {**key_tags(key), **context}
            for request in (
                posed(need, principal, context),
                Request(principal, need.request.action, need.request.resource, context=direct),
            ):
                if world.allows(request, identity, key):
                    yield f"{key.name}: {name}: {need.text}"


def detours(world: World) -> Iterator[str]:
    """Uses by those who may, but another way: not through the service, or with another encryption context."""
    for key in world.keys:
        needs = [need for other, need in uses(world) if other is key]
        for need in needs:
            if "kms:ViaService" in need.request.context and not _done(needs, need, "kms:ViaService"):
                for via in (None, f"s3.{key.region}.amazonaws.com", "bedrock.eu-west-3.amazonaws.com"):
                    if world.allows(changed(need, "kms:ViaService", via), need.identity, key):
                        yield f"{key.name}: {need.text} through {via}"
            for name in need.request.context:
                if name.startswith("kms:EncryptionContext:") and not _done(needs, need, name):
                    for value in (None, f"arn:aws:bedrock:{key.region}:{OTHER}:agent/ABCDEF1234"):
                        if world.allows(changed(need, name, value), need.identity, key):
                            yield f"{key.name}: {need.text} with {name} {value}"


def _done(needs: list[Need], need: Need, name: str) -> bool:
    """Whether the same principal needs the same action without this key as well."""
    return any(
        (other.request.principal, other.request.action) == (need.request.principal, need.request.action)
        and name not in other.request.context
        for other in needs
    )


def confusions(world: World) -> Iterator[str]:
    """A service's own calls, for a resource of another account, inside the organisation and outside it."""
    for key, need in uses(world, services=True):
        ours = world.scope_of(key).workloads[0].account
        for account, organization in ((ELSEWHERE, ORGANIZATION), (OUTSIDE, "o-stranger12")):
            context = {
                name: value.replace(ours, account) if isinstance(value, str) else value
                for name, value in need.request.context.items()
                if not name.startswith("aws:ResourceTag/")
            }
            if "aws:SourceOrgID" in context:
                context["aws:SourceOrgID"] = organization
            request = replace(need.request, context={**context, **key_tags(key)})
            if need.text not in UNHELD and world.allows(request, (), key):
                yield f"{key.name}: {need.text} for {account}"


def uses(world: World, *, services: bool = False) -> Iterator[tuple[KmsKey, Need]]:
    """Every call that hands out data keys, plain text or grants; ``services`` makes as themselves."""
    for key in world.keys:
        for need in world.needs(key):
            if (
                need.request.action != "kms:DescribeKey"
                and need.request.principal.startswith("arn:") != services
            ):
                yield key, need


def posed(need: Need, principal: str, context: Context) -> Request:
    """A needed call, made by somebody else: the same way, with the same encryption context."""
    own = {
        name: value
        for name, value in need.request.context.items()
        if not name.startswith(("aws:Principal", "aws:Source"))
    }
    return Request(principal, need.request.action, need.request.resource, context={**own, **context})


def changed(need: Need, name: str, value: str | None) -> Request:
    context = {other: v for other, v in need.request.context.items() if other != name}
    return replace(need.request, context={**context, **({name: value} if value else {})})


def check(world: World) -> None:
    assert locked_out(world) == []
    assert list(intrusions(world)) == []
    assert list(detours(world)) == []
    assert list(confusions(world)) == []


def test_the_example() -> None:
    check(World(requirements_at(EXAMPLE)))


@pytest.mark.parametrize("surface", sorted(KEYED))
@pytest.mark.parametrize("shut_out", [False, True])
def test_each_surface_by_itself(surface: str, shut_out: bool) -> None:
    check(World(varied([surface], {**PLAIN, "shut_out_administrators": shut_out})))


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(KEYED)), min_size=1, max_size=3, unique=True), OPTIONS)
def test_surfaces_and_options_together(surfaces: list[str], options: dict[str, Any]) -> None:
    check(World(varied(surfaces, options)))


def test_the_catalogue_is_asked_in_full() -> None:
    """Every surface with a KMS statement makes a call in its world, so that none passes for want of one."""
    for surface, row in KEYED.items():
        world = World(varied([surface], PLAIN))
        asked = {need.text for key in world.keys if key.scope == "hr-assistant" for need in world.needs(key)}
        wanted = {
            f"{surface}: {who} {action}" for s in row.kms for who in s.principals for action in s.actions
        }
        assert asked == wanted


def test_what_no_policy_can_hold_is_what_the_page_says() -> None:
    """The calls excused in UNHELD really are allowed for another account, and the page tells the reader."""
    world = World(varied(["agentcore-dataset", "bedrock-agent"], PLAIN))
    held = set()
    for key, need in uses(world, services=True):
        if need.text in UNHELD and world.allows(need.request, (), key):
            held.add(need.text)
    assert held == UNHELD - {"agentcore-dataset: service kms:DescribeKey"}
    told = " ".join(key_policy.POLICY.does_not_stop)
    assert "dataset" in told
    assert "22 January 2025" in told
