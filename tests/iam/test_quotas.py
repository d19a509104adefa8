from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.packing import pack_sizes
from bedrock_cmk_guard.iam.quotas import (
    LIMITS,
    SCP_SIZES,
    Quota,
    pack,
    quota_of,
    require_size,
    require_slots,
    sent_size,
)
from tests.strategies import policy_documents, statements

pytestmark = pytest.mark.thorough


def deny(sid: str, filling: int = 0, text: str = "x") -> Statement:
    condition = {"StringEquals": {"aws:PrincipalTag/a": (text * (filling + 1),)}}
    return Statement(sid, Effect.DENY, ("kms:Decrypt",), condition=condition)


def as_jsonencode(document: PolicyDocument) -> str:
    """What Go's encoding/json writes, character by character, independent of the measured code."""
    text = json.dumps(document.to_dict(), separators=(",", ":"), ensure_ascii=False)
    escaped = {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"}
    return "".join(escaped.get(character, character) for character in text)


@given(st.sampled_from(PolicyKind).flatmap(policy_documents))
def test_the_size_is_what_terraform_sends(document: PolicyDocument) -> None:
    text = as_jsonencode(document)
    unit = (
        text.encode()
        if document.kind in (PolicyKind.KEY, PolicyKind.RESOURCE)
        else text.encode("utf-16-le")[::2]
    )
    assert sent_size(document) == len(unit) >= len(document.minified())


def test_six_characters_are_counted_for_what_jsonencode_escapes() -> None:
    plain = PolicyDocument(PolicyKind.SCP, (deny("A"),))
    for character in "<>&\u2028\u2029":
        other = PolicyDocument(PolicyKind.SCP, (deny("A", text=character),))
        assert sent_size(other) == sent_size(plain) + 5


def test_a_key_policy_is_measured_in_bytes() -> None:
    statement = Statement("Ä", Effect.ALLOW, ("kms:Decrypt",), principal=Principal(aws=("111122223333",)))
    document = PolicyDocument(PolicyKind.KEY, (statement,))
    assert sent_size(document) == len(document.minified()) + 1


def test_the_limits_are_those_of_aws() -> None:
    assert {quota: (limit.size, limit.per_target) for quota, limit in LIMITS.items()} == {
        Quota.SCP: (10_240, 10),
        Quota.RCP: (5_120, 5),
        Quota.TAG_POLICY: (10_000, 10),
        Quota.MANAGED_POLICY: (6_144, None),
        Quota.ROLE_INLINE: (10_240, None),
        Quota.ROLE_TRUST: (2_048, None),
        Quota.KEY_POLICY: (32_768, None),
        Quota.RESOURCE_POLICY: (20_480, None),
    }
    assert SCP_SIZES == (10_240, 5_120)
    assert all(limit.source.startswith("https://docs.aws.amazon.com/") for limit in LIMITS.values())
    assert {quota_of(kind) for kind in PolicyKind} <= set(LIMITS)


def test_what_does_not_fit_is_refused_with_the_numbers() -> None:
    document = PolicyDocument(PolicyKind.SCP, (deny("A", 10_200),))
    size = sent_size(document)
    with pytest.raises(
        PolicyError, match=rf"keys\.json is {size:,} characters, .* 10,240: {size - 10_240:,} too many"
    ):
        require_size(document, Quota.SCP, "keys.json")
    small = PolicyDocument(PolicyKind.SCP, (deny("A", 6_000),))
    assert require_size(small, Quota.SCP, "keys.json") == sent_size(small)
    with pytest.raises(PolicyError, match="may have 5,120"):
        require_size(small, Quota.SCP, "keys.json", budget=5_120)
    assert require_size({"tags": {"owner": "<"}}, Quota.TAG_POLICY, "tags.json") == len(
        '{"tags":{"owner":"123456"}}'
    )


@pytest.mark.parametrize("budget", [0, -1, 10_241])
def test_a_budget_is_within_aws_limit(budget: int) -> None:
    with pytest.raises(PolicyError, match="from 1 to AWS's 10,240"):
        pack([[deny("A")]], PolicyKind.SCP, budget=budget)


@pytest.mark.parametrize(
    ("quota", "ours", "occupied", "fits"),
    [
        (Quota.SCP, 9, 1, True),
        (Quota.SCP, 10, 1, False),
        (Quota.RCP, 4, 1, True),
        (Quota.RCP, 4, 0, True),
        (Quota.RCP, 5, 0, False),
        (Quota.TAG_POLICY, 1, 9, True),
        (Quota.TAG_POLICY, 1, 10, False),
        (Quota.KEY_POLICY, 99, 0, True),
    ],
)
def test_a_target_takes_only_so_many_policies(quota: Quota, ours: int, occupied: int, fits: bool) -> None:
    if fits:
        require_slots(quota, "production", ours=ours, occupied=occupied)
    else:
        with pytest.raises(PolicyError, match=r"production: .* policies to attach"):
            require_slots(quota, "production", ours=ours, occupied=occupied)


# Packing


def sids(documents: tuple[PolicyDocument, ...]) -> list[list[str]]:
    return [[statement.sid for statement in document.statements] for document in documents]


def test_everything_goes_into_one_document_while_it_fits() -> None:
    assert sids(pack([[deny("A"), deny("B")], [deny("C")]], PolicyKind.SCP)) == [["A", "B", "C"]]
    assert pack([], PolicyKind.SCP) == pack([[], []], PolicyKind.SCP) == ()


def test_a_document_may_be_filled_to_the_last_character() -> None:
    both = [deny("A", 100), deny("B", 100)]
    exact = sent_size(PolicyDocument(PolicyKind.SCP, tuple(both)))
    assert sids(pack([both], PolicyKind.SCP, budget=exact)) == [["A", "B"]]
    assert sids(pack([both], PolicyKind.SCP, budget=exact - 1)) == [["A"], ["B"]]


def test_a_group_stays_together_where_that_costs_nothing() -> None:
    groups = [[deny("A", 400)], [deny("B", 300), deny("C", 300)], [deny("D", 100)]]
    assert sids(pack(groups, PolicyKind.SCP, budget=1_100)) == [["A", "D"], ["B", "C"]]


def test_a_group_is_split_where_that_saves_a_document() -> None:
    groups = [[deny(f"A{n}", 400), deny(f"B{n}", 400), deny(f"C{n}", 400)] for n in range(4)]
    size = sent_size(PolicyDocument(PolicyKind.SCP, tuple(groups[0])))
    assert len(pack(groups, PolicyKind.SCP, budget=size + 600)) == 3


def test_one_statement_too_large_is_refused_with_the_numbers() -> None:
    with pytest.raises(
        PolicyError, match=r"statement 'B' alone makes a document of 10,\d+ characters, .* 10,240"
    ):
        pack([[deny("A"), deny("B", 10_200)]], PolicyKind.SCP)


def test_a_sid_twice_is_refused_whichever_documents_it_would_go_to() -> None:
    with pytest.raises(PolicyError, match="two statements to pack have the Sid 'A'"):
        pack([[deny("A", 9_000)], [deny("A", 9_000)]], PolicyKind.SCP)


@st.composite
def groups_of_a_kind(draw: st.DrawFn) -> tuple[PolicyKind, list[list[Statement]]]:
    kind = draw(st.sampled_from(PolicyKind))
    lengths = draw(st.lists(st.integers(0, 3), max_size=5))
    return kind, [
        [draw(statements(kind, f"S{group}x{number}")) for number in range(length)]
        for group, length in enumerate(lengths)
    ]


@given(groups_of_a_kind(), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_packing_loses_and_doubles_nothing_and_everything_fits(
    case: tuple[PolicyKind, list[list[Statement]]], tightness: float
) -> None:
    kind, groups = case
    flat = [statement for group in groups for statement in group]
    alone = [sent_size(PolicyDocument(kind, (statement,))) for statement in flat]
    largest, most = max(alone, default=100), LIMITS[quota_of(kind)].size
    if largest > most:
        return
    budget = int(largest + tightness * (most - largest) / 8)
    packed = pack(groups, kind, budget=budget)
    assert sorted(s.sid for d in packed for s in d.statements) == sorted(s.sid for s in flat)
    assert all(sent_size(document) <= budget for document in packed)
    assert pack(groups, kind, budget=budget) == packed
    place = {statement.sid: i for i, statement in enumerate(flat)}
    order = [[place[sid] for sid in document] for document in sids(packed)]
    assert order == sorted(sorted(numbers) for numbers in order)


def least_bins(sizes: list[int], room: int) -> int:
    """The true optimum, by trying every assignment."""
    for count in range(1, len(sizes) + 1):
        for choice in product(range(count), repeat=len(sizes)):
            loads = [0] * count
            for size, chosen in zip(sizes, choice, strict=True):
                loads[chosen] += size
            if max(loads) <= room:
                return count
    return 0


@given(st.lists(st.lists(st.integers(1, 10), max_size=3), max_size=3), st.integers(10, 14))
@settings(deadline=None)
def test_no_packing_of_few_items_needs_fewer_bins(groups: list[list[int]], room: int) -> None:
    sizes = [size for group in groups for size in group][:7]
    lengths = [len(group) for group in groups] if len(sizes) == sum(map(len, groups)) else [len(sizes)]
    assert len(pack_sizes(sizes, lengths, room)) == least_bins(sizes, room)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=300), st.integers(100, 300))
@settings(max_examples=40, deadline=None)
def test_many_items_need_at_most_twice_the_least_conceivable(sizes: list[int], room: int) -> None:
    bins = pack_sizes(sizes, [1] * len(sizes), room)
    assert sorted(number for numbers in bins for number in numbers) == list(range(len(sizes)))
    assert all(sum(sizes[number] for number in numbers) <= room for numbers in bins)
    assert len(bins) <= -(-2 * sum(sizes) // room)
