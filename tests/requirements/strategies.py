"""Hypothesis strategies for whole requirements, with text that is allowed and as awkward as can be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TypeVar

from hypothesis import strategies as st

from bedrock_cmk_guard.demands import Demand
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.enforcement import (
    ClosedSurfaces,
    Enforcement,
    KeyProtection,
    Layer,
    Layers,
    TierRule,
)
from bedrock_cmk_guard.requirements.exceptions import Exemption, FindingException
from bedrock_cmk_guard.requirements.model import Environment, PolicyStatement
from bedrock_cmk_guard.requirements.organization import OccupiedSlots, Organization, Target
from bedrock_cmk_guard.requirements.principals import OidcIdentity, Principals, Role, RoleRef, TrustedBy
from bedrock_cmk_guard.requirements.standards import (
    GuardTag,
    Holder,
    Isolation,
    KeyStandard,
    Origin,
    RequiredTag,
    TagSource,
    TagStandard,
)
from bedrock_cmk_guard.requirements.workloads import Match, ServiceRole, Tenant, Workload
from bedrock_cmk_guard.surfaces import Tier, catalogue

T = TypeVar("T")

REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2")
MANAGEMENT = "000000000001"
_KEY_ACCOUNTS = ("012345678901", "777777777777")
_TARGETS = ("root", "ai-workloads", "sandbox")
# What some language on the way to AWS gives a meaning of its own.
_FRAGMENTS = (
    *(
        '"',
        "'",
        "\\",
        "\\n",
        "${x}",
        "$${",
        "%{ if }",
        "{{ x }}",
        "{% x %}",
        "{",
        "}",
        "<&>",
        "#",
        " #",
        "//",
        "EOT",
    ),
    *(
        "!Sub",
        "&a",
        "*a",
        ": ",
        "- ",
        ", ",
        "[",
        "null",
        "~",
        "yes",
        "0x1F",
        "1e3",
        "2027-06-30",
        "`",
        "@",
        "|",
        ">",
    ),
    *("\u00e9", "\u00a0", "\u00ad", "\u200f", "\u202e", "\ufeff", "\ufffe", "\U0001f511", "\u6f22"),
)
_TAG_FRAGMENTS = (
    "+",
    "=",
    "@",
    "/",
    ":",
    "- ",
    ".",
    "_",
    " ",
    "null",
    "012",
    "no",
    "~"[:0],
    "\u00e9",
    "\u2028",
    "\u0661",
)

names = st.from_regex(r"[a-z][a-z0-9]{0,7}(-[a-z0-9]{1,4})?", fullmatch=True)
days = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
accounts = st.from_regex(r"[0-9]{12}", fullmatch=True).filter(lambda account: account != MANAGEMENT)


def lines(max_size: int = 8) -> st.SearchStrategy[str]:
    """Free text of one line."""
    char = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029")
    return st.lists(st.one_of(char, st.sampled_from(_FRAGMENTS)), min_size=1, max_size=max_size).map("".join)


def tag_values(min_size: int = 0) -> st.SearchStrategy[str]:
    """Values that KMS takes in a tag."""
    char = st.characters(categories=("L", "N", "Z"), include_characters="_.:/=+-@", max_codepoint=0xFFFF)
    parts = st.one_of(char, st.sampled_from([part for part in _TAG_FRAGMENTS if part]))
    return st.lists(parts, min_size=min_size, max_size=6).map("".join)


def tag_keys() -> st.SearchStrategy[str]:
    """Tag keys that are neither AWS's nor the guard's."""
    return tag_values(min_size=1).filter(lambda key: not key.lower().startswith(("aws:", "guard")))


def _unique(
    items: st.SearchStrategy[T], low: int, high: int, by: Callable[[T], str] = str
) -> st.SearchStrategy[list[T]]:
    return st.lists(items, min_size=low, max_size=high, unique_by=by)


@st.composite
def _roles(draw: st.DrawFn, duty: str) -> Role:
    note = draw(st.none() | st.text("abc XYZ-'\"<&>${é", min_size=1, max_size=40))
    # Keys are administered from their own account, so only other duties can be a role of one account.
    if duty in ("provisioners", "auditors") and draw(st.booleans()):
        return Role(role_arn=f"arn:aws:iam::333333333333:role/{duty}/{draw(names)}", note=note)
    trusts = (
        TrustedBy(role_arn="arn:aws:iam::333333333333:role/people"),
        TrustedBy(
            oidc=OidcIdentity(
                provider="token.example.com/x", subjects=(draw(st.sampled_from(("repo:*", '"$[x]%{y}"'))),)
            )
        ),
    )
    return Role(
        role=f"{duty}-{draw(names)}",
        assumed_by=draw(st.lists(st.sampled_from(trusts), max_size=2)),
        note=note,
    )


@st.composite
def principals(draw: st.DrawFn) -> Principals:
    """Principals, each duty with names of its own."""
    duties = {
        duty: tuple(draw(st.lists(_roles(duty), min_size=1, max_size=2)))
        for duty in ("provisioners", "governance", "break_glass", "auditors", "applier")
    }
    return Principals(pipeline=(TrustedBy(role_arn="arn:aws:iam::333333333333:role/pipeline"),), **duties)


@st.composite
def key_standards(draw: st.DrawFn) -> KeyStandard:
    """Any key standard."""
    origin = draw(st.sampled_from(Origin))
    holder = draw(st.sampled_from(Holder))
    rotation = None if origin is Origin.EXTERNAL else draw(st.none() | st.integers(90, 2560))
    return KeyStandard(
        held_in=holder,
        key_accounts=_KEY_ACCOUNTS if holder is Holder.KEY_ACCOUNTS else (),
        origin=origin,
        rotation_period_days=rotation,
        deletion_window_days=draw(st.integers(7, 30)),
        multi_region=draw(st.booleans()),
        # Keys that workloads share demand equal tags, which only the loader's own tests are about.
        isolation=draw(st.sampled_from((Isolation.WORKLOAD, Isolation.TENANT))),
        alias_pattern=draw(
            st.sampled_from(("alias/agents/{scope}", "alias/{environment}/{account}/{scope}"))
        ),
    )


@st.composite
def tag_standards(draw: st.DrawFn) -> TagStandard:
    """Any tag standard."""
    tags = []
    for key in draw(_unique(tag_keys(), 0, 4, str.lower)):
        form = draw(st.sampled_from(("free", "values", "pattern", "name", "owner")))
        tags.append(
            RequiredTag(
                key=key,
                purpose=draw(lines()),
                values=tuple(draw(_unique(tag_values(), 1, 3))) if form == "values" else (),
                pattern="a?[*"
                if form == "pattern" and draw(st.booleans())
                else "*"
                if form == "pattern"
                else None,
                value_from={"name": TagSource.NAME, "owner": TagSource.OWNER}.get(form),
                enforced_on=draw(st.sampled_from(((), ("kms:key",), ("kms:*",)))),
            )
        )
    usable = [tag for tag in tags if tag.pattern != "a?[*"]
    return TagStandard(
        guard=GuardTag(key="guard", value=draw(st.text("abz09_.:/=+@ -", min_size=1, max_size=20))),
        tags=usable,
    )


def _tag_map(draw: st.DrawFn, standard: TagStandard) -> Mapping[str, str]:
    demanded = {tag.key: tag for tag in standard.tags}
    own = {key: draw(tag_values()) for key in draw(_unique(tag_keys(), 0, 2)) if key not in demanded}
    for key, tag in demanded.items():
        if tag.value_from is None:
            own[key] = draw(st.sampled_from(tag.values) if tag.values else tag_values())
    return own


@st.composite
def _workloads(
    draw: st.DrawFn, name: str, context: Mapping[str, object], standard: tuple[KeyStandard, TagStandard]
) -> Workload:
    keys, tags = standard
    isolation = draw(st.sampled_from((None, Isolation.WORKLOAD, Isolation.TENANT)))
    tenants = draw(_unique(names, 0, 2)) if (isolation or keys.isolation) is Isolation.TENANT else []
    takes_owner = any(tag.value_from is TagSource.OWNER for tag in tags.tags)
    plain_owner = st.sampled_from(("HR", "Human Resources", "null", "0123", "a@b.example"))
    regions = context["regions"]
    assert isinstance(regions, list)
    return Workload(
        name=name,
        renamed_from=draw(st.sampled_from((None, f"was-{name}"))),
        description=draw(st.none() | lines()),
        account=draw(accounts),
        key_account=draw(st.sampled_from(_KEY_ACCOUNTS)) if keys.key_accounts else None,
        regions=draw(_unique(st.sampled_from(regions), 1, 2)),
        environment=draw(st.sampled_from(("production", "development"))),
        data_owner=draw(plain_owner if takes_owner else lines()),
        sensitivity=draw(st.sampled_from(("low", "high"))),
        surfaces=draw(_unique(st.sampled_from(sorted(set(catalogue().surfaces) - {"inline-agent"})), 1, 3)),
        service_role=ServiceRole(role=f"{name}.agent", render=draw(st.booleans()), models=("a.b-v1:0",)),
        callers=[RoleRef(role=draw(st.sampled_from(("portal", "caller-*", "path/desk"))))],
        memory=draw(st.booleans()),
        shut_out_administrators=context["shut_out"] is True,
        isolation=isolation,
        tenants=[Tenant(name=tenant, callers=[RoleRef(role=f"only-{tenant}")]) for tenant in tenants],
        match=Match(
            tags={draw(tag_keys()): draw(tag_values())}, roles=(name,), names=draw(_unique(lines(), 0, 2))
        ),
        tags=_tag_map(draw, tags),
    )


@st.composite
def enforcements(draw: st.DrawFn, *, shut_out: bool) -> Enforcement:
    """Any enforcement that the rules allow, with what shutting administrators out needs."""
    targets = tuple(draw(_unique(st.sampled_from(_TARGETS), 1, 3)))
    on = {
        name: Layer(attach=targets[: draw(st.integers(1, len(targets)))])
        for name in draw(
            _unique(st.sampled_from(("agent_writers", "approved_keys", "memory_keys", "tag_policy")), 0, 4)
        )
    }
    extra = {"stored_data": Layer(attach=targets)} if shut_out else {}
    rules = st.builds(
        TierRule,
        tiers=_unique(st.sampled_from(Tier), 1, 2),
        environments=_unique(st.sampled_from(("production", "development")), 0, 1),
        sensitivities=_unique(st.sampled_from(("low", "high")), 0, 1),
        demand=st.sampled_from(Demand),
    )
    return Enforcement(
        tiers=draw(st.lists(rules, max_size=3)),
        scp_budget=draw(st.sampled_from((10240, 5120))),
        layers=Layers(
            role_protection=Layer(attach=targets),
            key_protection=KeyProtection(
                attach=targets, recent_use_days=draw(st.none() | st.integers(1, 365))
            ),
            closed_surfaces=draw(
                st.none() | st.just(ClosedSurfaces(attach=targets, surfaces=("inline-agent",)))
            ),
            **on,
            **extra,
        ),
    )


_EXEMPTIONS = st.builds(
    lambda whom, owner, reason, expires: Exemption(
        owner=owner, reason=reason, expires=expires, layers=("key_tags",), **whom
    ),
    st.sampled_from(
        ({"account": "012345678901"}, {"ou": "ou-ab12-33333333"}, {"role": RoleRef(role="AWS*")})
    ),
    lines(),
    lines(),
    days,
)
_EXCEPTIONS = st.builds(
    FindingException,
    control=st.just("BCG_KEY_001"),
    resource=lines(),
    owner=lines(),
    reason=lines(),
    expires=days,
)


@st.composite
def requirements(draw: st.DrawFn, max_workloads: int = 2) -> Requirements:
    """Any requirements that are valid."""
    regions = draw(_unique(st.sampled_from(REGIONS), 1, 4))
    keys, tags = draw(key_standards()), draw(tag_standards())
    workload_names = draw(_unique(names.filter(lambda name: not name.startswith("was-")), 0, max_workloads))
    shut_out = bool(workload_names) and draw(st.booleans())
    context = {"regions": regions, "shut_out": shut_out}
    slots = st.builds(OccupiedSlots, scp=st.integers(0, 5), rcp=st.integers(1, 3))
    return Requirements(
        version=1,
        policy=PolicyStatement(
            owner=draw(lines()), contact=draw(lines()), review_months=draw(st.integers(1, 36))
        ),
        organization=Organization(
            id="o-exampleorg1",
            management_account=MANAGEMENT,
            regions=regions,
            targets=[
                Target(name=name, id=f"ou-ab12-{number:08}", occupied=draw(slots))
                for number, name in enumerate(_TARGETS)
            ],
        ),
        environments=(Environment(name="production", production=True), Environment(name="development")),
        sensitivities=("low", "high"),
        key_standard=keys,
        tag_standard=tags,
        principals=draw(principals()),
        workloads=[draw(_workloads(name, context, (keys, tags))) for name in workload_names],
        enforcement=draw(enforcements(shut_out=shut_out)),
        exceptions=draw(st.lists(_EXCEPTIONS, max_size=1)),
        exemptions=draw(st.lists(_EXEMPTIONS, max_size=2)),
    )
