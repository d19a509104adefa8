"""The answer about a key that exists, as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from bedrock_cmk_guard.iam import Json
from bedrock_cmk_guard.iam.evaluator import Outcome
from bedrock_cmk_guard.verification.existing import KeyCheck, NeedAnswer

WIDTH = 80


def key_check_text(check: KeyCheck) -> str:
    """For people: what stops the principal, what to add, and whether anybody is locked out."""
    return "".join(f"{line}\n" for line in _lines(check))


def _lines(check: KeyCheck) -> Iterator[str]:
    user = check.user
    allowed = sum(answer.outcome is Outcome.ALLOWED for answer in check.answers)
    can = "can" if allowed == len(check.answers) else "cannot"
    yield from _wrapped(
        f"{user.principal} {can} use the key as {user.role.value} of {user.surface.id}: {allowed} of "
        f"{len(check.answers)} calls go through."
    )
    if check.lockout:
        yield from _wrapped(f"LOCKOUT: {check.lockout}")
    added: list[Json] = []
    for answer in check.answers:
        yield ""
        yield from _wrapped(
            f"{answer.outcome.value.replace('_', ' ')}: {answer.action} ({answer.form or 'directly'})"
        )
        yield from _wrapped(f"by {answer.reason}", "  ")
        yield from _advice(answer, added)
    yield ""
    yield "Taken for granted"
    for text in check.assumptions:
        yield from _wrapped(f"- {text}")


def _advice(answer: NeedAnswer, added: list[Json]) -> Iterator[str]:
    if answer.outcome is Outcome.EXPLICIT_DENY:
        yield from _wrapped(f"to change: {', '.join(map(str, answer.decided_by))}", "  ")
    if answer.add is not None and answer.add not in added:
        added.append(answer.add)
        yield from _wrapped(f"to add to {answer.add_to}:", "  ")
        yield textwrap.indent(json.dumps(answer.add, indent=2, ensure_ascii=False), "    ")
    elif answer.add is not None:
        yield from _wrapped(f"to add to {answer.add_to}: the statement above", "  ")
    elif answer.add_to:
        yield from _wrapped(f"to add to {answer.add_to}: an Allow", "  ")


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    )


def key_check_json(check: KeyCheck) -> str:
    """For scripts: ``schema_version`` 1."""
    user = check.user
    answers: list[Json] = [
        {
            "action": answer.action,
            "form": answer.form,
            "decision": answer.outcome.value,
            "decided_by": [{"policy": source.policy, "sid": source.sid} for source in answer.decided_by],
            "reason": answer.reason,
            "depends_on": list(answer.depends_on),
            "add": answer.add,
            "add_to": answer.add_to,
        }
        for answer in check.answers
    ]
    content: Json = {
        "schema_version": 1,
        "principal": user.principal,
        "as": user.role.value,
        "surface": user.surface.id,
        "region": user.region,
        "account": user.account,
        "usable": all(answer.outcome is Outcome.ALLOWED for answer in check.answers),
        "lockout": check.lockout,
        "answers": answers,
        "assumptions": list(check.assumptions),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
