"""Hypothesis strategies for values that the library must carry through every format unchanged."""

from __future__ import annotations

import string
from base64 import b64encode
from collections.abc import Mapping

from hypothesis import strategies as st

from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.grammar import Family

FRAGMENTS = (
    *('"', "'", "\\", "\n", "\r\n", "\t", "${", "$${", "%{", "%%{", "${x}", "}", "}}", "{{ x }}", "{% x %}"),
    *("<&>", "#", "//", "/*", "EOT", "---", "!Sub", "&a", "*a", ": ", ", ", "null", "~", "@", "`", " ", "="),
    *("\u00e9", "\u00ff"),
)
WIDE_FRAGMENTS = ("\u2028", "\u2029", "\U0001f511", "\u6f22", "\u200f", "\ufeff")
_ACCOUNTS = st.text("0123456789", min_size=12, max_size=12)
_NAMES = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)


def hostile_text(kind: PolicyKind = PolicyKind.SCP, *, max_size: int = 12) -> st.SearchStrategy[str]:
    """Texts that a document of the kind may hold, rich in what other languages find special."""
    wide = kind in (PolicyKind.SCP, PolicyKind.RCP)
    plain = st.characters(
        min_codepoint=0x20,
        max_codepoint=0x10FFFF if wide else 0xFF,
        exclude_categories=("Cc", "Cs"),
        exclude_characters="\ufffe\uffff",
    )
    parts = st.one_of(plain, st.sampled_from(FRAGMENTS + WIDE_FRAGMENTS if wide else FRAGMENTS))
    return st.lists(parts, min_size=1, max_size=max_size).map("".join)


def arns(kind: PolicyKind) -> st.SearchStrategy[str]:
    """ARN patterns, well-formed up to the last field and hostile in it."""
    return st.builds(
        "arn:{}:{}:{}:{}:{}".format,
        st.sampled_from(("aws", "aws-us-gov", "*")),
        st.sampled_from(("kms", "iam", "bedrock", "s3")),
        st.sampled_from(("", "*", "us-east-1")),
        st.one_of(st.just("*"), st.just("${aws:PrincipalAccount}"), _ACCOUNTS),
        st.one_of(st.just("*"), hostile_text(kind)),
    )


def _values(kind: PolicyKind, family: Family) -> st.SearchStrategy[str]:
    by_family: Mapping[Family, st.SearchStrategy[str]] = {
        "string": hostile_text(kind),
        "arn": arns(kind),
        "bool": st.sampled_from(("true", "false")),
        "null": st.sampled_from(("true", "false")),
        "numeric": st.one_of(st.integers().map(str), st.decimals(-99, 99, places=2).map("{:f}".format)),
        "date": st.one_of(
            st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "Z"), st.just("0")
        ),
        "ip": st.one_of(st.ip_addresses().map(str), st.sampled_from(("10.0.0.0/8", "2001:db8::/32"))),
        "binary": st.binary(min_size=1, max_size=8).map(lambda raw: b64encode(raw).decode()),
    }
    return by_family[family]


_OPERATORS: tuple[tuple[str, Family], ...] = (
    ("StringEquals", "string"),
    ("StringNotLikeIfExists", "string"),
    ("ForAnyValue:StringEqualsIgnoreCase", "string"),
    ("NumericLessThanEquals", "numeric"),
    ("DateGreaterThan", "date"),
    ("Bool", "bool"),
    ("BinaryEquals", "binary"),
    ("NotIpAddress", "ip"),
    ("ArnLike", "arn"),
    ("ArnNotEqualsIfExists", "arn"),
    ("Null", "null"),
)


@st.composite
def conditions(draw: st.DrawFn, kind: PolicyKind) -> dict[str, dict[str, tuple[str, ...]]]:
    """Condition blocks of every operator family."""
    keys = st.one_of(
        st.sampled_from(("aws:PrincipalArn", "kms:ViaService", "aws:SourceIp")),
        _NAMES.map("aws:ResourceTag/{}".format),
    )
    blocks: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, family in draw(st.lists(st.sampled_from(_OPERATORS), max_size=3, unique=True)):
        chosen = draw(st.lists(keys, min_size=1, max_size=2, unique_by=str.lower))
        values = st.lists(_values(kind, family), min_size=1, max_size=3).map(tuple)
        blocks[name] = {key: draw(values) for key in chosen}
    return blocks


def _actions(kind: PolicyKind) -> st.SearchStrategy[str]:
    services = {
        PolicyKind.RCP: ("kms", "sts", "s3"),
        PolicyKind.TRUST: ("sts",),
        PolicyKind.KEY: ("kms",),
    }.get(kind, ("kms", "bedrock", "bedrock-agentcore", "iam"))
    names = st.sampled_from(("*", "Get*", "Decrypt", "Create?ey", "AssumeRole"))
    one = st.builds("{}:{}".format, st.sampled_from(services), names)
    return st.one_of(one, st.just("*")) if kind in (PolicyKind.SCP, PolicyKind.IDENTITY) else one


def _principals(kind: PolicyKind) -> st.SearchStrategy[Principal | None]:
    if kind in (PolicyKind.SCP, PolicyKind.IDENTITY):
        return st.none()
    everyone = st.just(Principal(everyone=True))
    if kind is PolicyKind.RCP:
        return everyone
    role = st.builds("arn:aws:iam::{}:role/{}".format, _ACCOUNTS, _NAMES)
    provider = _ACCOUNTS.map("arn:aws:iam::{}:oidc-provider/token.example.com".format)
    named = st.builds(
        Principal,
        aws=st.lists(st.one_of(role, _ACCOUNTS, st.just("*")), min_size=1, max_size=2).map(tuple),
        service=st.lists(st.sampled_from(("bedrock.amazonaws.com",)), max_size=1).map(tuple),
        federated=st.lists(provider, max_size=1).map(tuple),
    )
    return st.one_of(everyone, named)


@st.composite
def statements(draw: st.DrawFn, kind: PolicyKind, sid: str = "") -> Statement:
    """Statements that the kind admits."""
    effect = Effect.DENY if kind is PolicyKind.RCP else draw(st.sampled_from(Effect))
    actions = draw(st.lists(_actions(kind), min_size=1, max_size=3).map(tuple))
    without = kind is not PolicyKind.RCP and draw(st.booleans())
    resources = draw(st.one_of(st.just(("*",)), st.lists(arns(kind), min_size=1, max_size=3).map(tuple)))
    other = kind is not PolicyKind.TRUST and draw(st.booleans())
    if kind is PolicyKind.TRUST:
        resources = ("*",)
    return Statement(
        sid=sid,
        effect=effect,
        actions=() if without else actions,
        not_actions=actions if without else (),
        resources=() if other else resources,
        not_resources=resources if other else (),
        principal=draw(_principals(kind)),
        condition=draw(conditions(kind)),
    )


@st.composite
def policy_documents(
    draw: st.DrawFn, kind: PolicyKind, *, min_statements: int = 1, max_statements: int = 4
) -> PolicyDocument:
    """Valid documents of a kind. Their actions and keys need not exist; the grammar does not ask for that."""
    sids = draw(st.lists(_NAMES, min_size=min_statements, max_size=max_statements, unique=True))
    named = draw(st.booleans())
    name = draw(st.one_of(st.none(), hostile_text(kind)))
    return PolicyDocument(
        kind,
        tuple(draw(statements(kind, sid if named else "")) for sid in sids),
        id=None if kind in (PolicyKind.SCP, PolicyKind.RCP) else name,
    )
