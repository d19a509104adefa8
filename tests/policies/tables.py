"""The decision tables of key policies and roles, each case that names several keys made into one for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from bedrock_cmk_guard.iam import PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator import Request
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.resources import KmsKey
from tests.decision_tables.runner import Documents, select
from tests.decision_tables.table import Case, Table, load_table
from tests.policies.documents import table_documents, variants

HERE = Path(__file__).parent
TABLES = ("key_policy", "agent_roles", "adviser_roles", "duties")


@cache
def table_of(name: str) -> Table:
    """The table, each case that names several keys made into one for each."""
    table = load_table(HERE / f"{name}.yaml")
    return replace(table, cases=tuple(each for case in table.cases for each in _spread(case, table)))


@cache
def every_document(path: Path) -> Documents:
    return table_documents(load_table(path))


def documents_of(name: str) -> dict[str, PolicyDocument]:
    """The documents that some case of the table names."""
    table = table_of(name)
    known = every_document(table.path)
    named = {found for case in table.cases for found in select(case, known)}
    return {found: known[found] for found in sorted(named)}


def _spread(case: Case, table: Table) -> Iterator[Case]:
    """A resource has one policy, so a case about many keys is many cases; identity policies go together."""
    documents = select(case, every_document(table.path))
    if {document.kind for document in documents.values()} != {PolicyKind.KEY}:
        yield case
        return
    for name in documents:
        request = _filled(case.request, _accounts(table.path)[name])
        yield replace(case, name=f"{case.name} ({name})", policies=(name,), request=request)


@cache
def _accounts(path: Path) -> dict[str, str]:
    """Which account holds each key."""
    return {
        f"key/{resource.name}{suffix}": resource.account
        for suffix, requirements in variants(load_table(path)).items()
        for module in build(requirements)
        for resource in module.resources
        if isinstance(resource, KmsKey)
    }


def _filled(request: Request, account: str) -> Request:
    """The request, for a key of this account."""
    context = {
        key: value.replace("{account}", account) if isinstance(value, str) else value
        for key, value in request.context.items()
    }
    return replace(
        request,
        principal=request.principal.replace("{account}", account),
        resource=f"arn:aws:kms:eu-central-1:{account}:key/11111111-2222-3333-4444-555555555555",
        context=context,
    )
