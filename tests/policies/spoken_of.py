"""Which cases of the decision tables speak of each rendered document.

The tables speak of the layers of SCPs and RCPs, and of one of several alike roles or keys. What is said of one of
them is put to the others here, with the names changed: a case counts for the other where the whole document decides
it as the table says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.policies.build import documents
from bedrock_cmk_guard.resources import IamPolicy, IamRole, KmsKey, OrganizationPolicy, Resource
from tests.decision_tables.runner import failures, select
from tests.decision_tables.table import Case, load_table
from tests.policies.documents import EXAMPLE, layer_documents, requirements_at
from tests.policies.tables import HERE, TABLES, every_document, table_of


@dataclass(frozen=True, slots=True)
class Likeness:
    """A document of which the cases hold for another one, once these words are changed."""

    document: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered document, with the resource that carries it."""

    name: str
    resource: Resource
    document: PolicyDocument


_EU, _US = "eu-central-1", "us-east-1"
_HR = {"555555555555": "222222222222", "financial-adviser": "hr-assistant"}
_DESK = {
    "555555555555": "666666666666",
    "financial-adviser-agent": "support-desk-agentcore",
    "financial-adviser": "support-desk",
}
_LIKE: Mapping[str, tuple[Likeness, ...]] = {
    **{
        f"policy/{account}/bedrock-cmk-{duty}": (Likeness(f"policy/555555555555/bedrock-cmk-{duty}", words),)
        for account, words in (("222222222222", _HR), ("666666666666", _DESK))
        for duty in ("governance", "break-glass", "auditor", "applier")
    },
    **{
        f"trust/{account}/{role}": (Likeness(f"trust/222222222222/{role}", {"222222222222": account}),)
        for account in ("555555555555", "666666666666")
        for role in (
            "bedrock-agent-provisioner",
            "bedrock-cmk-governance",
            "bedrock-cmk-breakglass",
            "bedrock-cmk-auditor",
        )
    },
    "key/financial-adviser/us-east-1": (Likeness("key/financial-adviser/eu-central-1", {_EU: _US}),),
    "key/support-desk/contoso/eu-central-1": (
        Likeness("key/support-desk/northwind/eu-central-1", {"northwind": "contoso"}),
    ),
}


@cache
def rendered() -> Mapping[str, Rendered]:
    """Every policy document rendered from the example, by name."""
    found = (
        Rendered(_name(resource), resource, document)
        for module in build(requirements_at(EXAMPLE))
        for resource in module.resources
        for document in documents(resource)
    )
    return {each.name: each for each in found}


def _name(resource: Resource) -> str:
    match resource:
        case KmsKey():
            return f"key/{resource.name}"
        case IamRole():
            return f"trust/{resource.account}/{resource.name}"
        case IamPolicy():
            return f"policy/{resource.account}/{resource.name}"
        case _:
            return f"organization/{resource.name}"


@cache
def pieces(name: str) -> Mapping[str, PolicyDocument]:
    """What the tables call the document, or the layers that are packed in it, each as it is there."""
    each = rendered()[name]
    if not isinstance(each.resource, OrganizationPolicy):
        return {name: each.document}
    layers = layer_documents(requirements_at(EXAMPLE))
    packed = {statement.sid: statement for statement in each.document.statements}
    found = {}
    for layer in each.resource.layers:
        statements = tuple(packed[s.sid] for s in layers[layer].statements if s.sid in packed)
        found[layer] = PolicyDocument(each.document.kind, statements)
    return found


@cache
def cases(piece: str) -> tuple[Case, ...]:
    """The cases about a document, or about a layer alone."""
    if "/" not in piece:
        table = load_table(HERE / f"{piece}.yaml")
        return tuple(case for case in table.cases if case.policies == (piece,))
    return (*_own(piece), *_moved(piece))


@cache
def _by_document() -> Mapping[str, tuple[Case, ...]]:
    found: dict[str, list[Case]] = {}
    for table in map(table_of, TABLES):
        known = every_document(table.path)
        for case in table.cases:
            for name in select(case, known):
                found.setdefault(name, []).append(case)
    return {name: tuple(cases) for name, cases in found.items()}


def _own(name: str) -> tuple[Case, ...]:
    return _by_document().get(name, ())


def _moved(name: str) -> Iterator[Case]:
    document = {name: rendered()[name].document}
    for like in _LIKE.get(name, ()):
        for case in _own(like.document):
            moved = replace(_reworded(case, like.words), policies=(name,))
            if not failures([moved], document):
                yield moved


def _reworded(case: Case, words: Mapping[str, str]) -> Case:
    request = case.request
    context = {
        key: _changed(value, words) if isinstance(value, str) else tuple(_changed(v, words) for v in value)
        for key, value in request.context.items()
    }
    account = request.resource_account
    return replace(
        case,
        name=f"{case.name} ({', '.join(words.values())})",
        because=None if case.because is None else _changed(case.because, words),
        request=replace(
            request,
            principal=_changed(request.principal, words),
            resource=_changed(request.resource, words),
            resource_account=None if account is None else _changed(account, words),
            context=context,
        ),
    )


def _changed(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text
