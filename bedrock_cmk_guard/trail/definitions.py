"""The queries, each written once, and said in the dialect of whoever runs it: DuckDB, Athena, Spark.

``queries/*.sql`` is Trino's SQL with ``:parameters``. A query reads ``cloudtrail``, the table of the logs, or what
others give. Parameters are put into the syntax tree as literals, so no value can become SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import sqlglot
from sqlglot import exp

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.trail.scope import NOTHING, Scope
from bedrock_cmk_guard.trail.surfaces import CRYPTOGRAPHIC, SOURCES, claims, context_keys, services

Dialect = Literal["duckdb", "athena", "spark"]
TABLE = "cloudtrail"
#: What questions are answered from, each made of those before it.
RELATIONS = ("events", "aliases", "kms_calls", "claims", "guarded")
QUESTIONS = {
    "denied": "denied uses of guarded keys, by principal",
    "decryptions": "who decrypted which agent's sessions, and when",
    "outside": "uses of guarded keys by anything but Bedrock and AgentCore",
    "administration": "what was done to guarded keys themselves",
    "silent": "resources that claim a key and show no use of it",
}
_FOLDER = Path(__file__).parent / "queries"
_PARSED_AS = "trino"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,2}")


def relation(name: str, scope: Scope, dialect: Dialect) -> str:
    """A relation or question by itself: it reads what it is made of by name."""
    return _filled(name, scope).sql(dialect=dialect)


def whole(name: str, scope: Scope, dialect: Dialect, table: str = TABLE) -> str:
    """A question as one query over the table of the logs."""
    if name not in (*QUESTIONS, "guarded"):
        raise GuardError(f"there is no query {name}; there are {', '.join((*QUESTIONS, 'guarded'))}")
    if not _NAME.fullmatch(table):
        raise GuardError(f"--table {table}: give a table's name, such as cloudtrail or security.cloudtrail")
    query = _filled(name, scope)
    needed = _needed(name)
    trees = {each: _filled(each, scope) for each in RELATIONS if each in needed}
    for tree in trees.values():
        for found in tree.find_all(exp.Table):
            if found.name == TABLE:
                found.replace(exp.to_table(table, dialect=dialect))
    for each, tree in reversed(list(trees.items())):
        query = _with_first(query, each, tree)
    return query.sql(dialect=dialect, pretty=True) + "\n"


def title(name: str) -> str:
    """What a query says of itself."""
    lines = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    return " ".join(line.removeprefix("--").strip() for line in lines if line.startswith("--"))


def _with_first(query: exp.Query, name: str, tree: exp.Query) -> exp.Query:
    """The query with a common table expression before those that it has."""
    inner = tree.args.pop("with_", None)
    made = query.with_(name, as_=tree)
    expressions = made.args["with_"].expressions
    own = expressions.pop()
    made.args["with_"].set("expressions", [*(inner.expressions if inner else ()), own, *expressions])
    return made


def _needed(name: str) -> frozenset[str]:
    """The relations that one is made of, however far down."""
    found: set[str] = set()
    asked = [name]
    while asked:
        tables = {each.name for each in _parsed(asked.pop()).find_all(exp.Table)}
        new = tables.intersection(RELATIONS) - found
        found |= new
        asked += new
    return frozenset(found)


@cache
def _parsed(name: str) -> exp.Query:
    text = "\n".join(
        line
        for line in (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
        if not line.startswith("--")
    )
    tree = sqlglot.parse_one(text, dialect=_PARSED_AS)
    assert isinstance(tree, exp.Query)
    return tree


def _filled(name: str, scope: Scope) -> exp.Query:
    tree = _parsed(name).copy()
    single, lists = _values(scope), _lists(scope)
    for holder in list(tree.find_all(exp.In)):
        listed = [each.name for each in holder.expressions if isinstance(each, exp.Placeholder)]
        if listed:
            holder.set("expressions", [exp.Literal.string(each) for each in lists[listed[0]] or ("",)])
    for place in list(tree.find_all(exp.Placeholder)):
        place.replace(single[place.name].copy())
    return tree


def _lists(scope: Scope) -> Mapping[str, tuple[str, ...]]:
    known = claims()
    return {
        "sources": tuple(SOURCES),
        "keys": scope.keys,
        "accounts": scope.accounts,
        "services": services(),
        "cryptographic": CRYPTOGRAPHIC,
        "claim_events": tuple(each.event for each in known),
        "events_with_context": tuple(each.event for each in known if each.has_context),
    }


def _values(scope: Scope) -> Mapping[str, exp.Expr]:
    first_day, last_day = scope.days
    texts = {
        "since": scope.since,
        "until": scope.until,
        "first_day": first_day,
        "last_day": last_day,
        "partition": scope.partition,
        "alias_pattern": scope.alias_pattern,
        "guard_tag": scope.guard_tag,
        "administrators": scope.administrators or NOTHING,
    }
    return {
        **{name: exp.Literal.string(text) for name, text in texts.items()},
        "any_account": exp.Boolean(this=not scope.accounts),
        "administrators_known": exp.Boolean(this=scope.administrators is not None),
        **_of_the_catalogue(),
    }


@cache
def _of_the_catalogue() -> Mapping[str, exp.Expr]:
    """What stands where in requests and responses, by the surface catalogue."""
    contexts = ", ".join(
        _member("requestparameters", f'encryptionContext["{key}"]') for key in context_keys()
    )
    known = claims()
    texts = {
        "subject": f"coalesce({contexts})",
        "claim_key": _by_event({each.event: _member("requestparameters", each.key) for each in known}),
        "claim_resource": _by_event({each.event: _member("responseelements", each.made) for each in known}),
    }
    return {name: sqlglot.parse_one(text, dialect=_PARSED_AS) for name, text in texts.items()}


def _member(column: str, path: str) -> str:
    return f"json_extract_scalar({column}, '$.{path}')"


def _by_event(members: Mapping[str, str]) -> str:
    cases = (f"WHEN eventname = '{event}' THEN {said}" for event, said in members.items())
    return f"CASE {' '.join(cases)} END"
