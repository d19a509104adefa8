"""Every small damage to a document rendered from the example must be noticed: by its decision table, or by a claim.

``python -m tests.policies.mutation_gate`` prints what was noticed by what. Tag policies decide no request; theirs is
``test_tag_policy.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import yaml

from bedrock_cmk_guard.iam import PolicyDocument, Statement
from tests.decision_tables.mutation import Mutant, is_noticed, mutants
from tests.policies.by_claims import claim_against, with_document
from tests.policies.spoken_of import cases, pieces, rendered
from tests.policies.tables import HERE

SURVIVORS = HERE / "equivalent_mutants.yaml"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the mutants of a document; ``alive`` are those that nothing noticed."""

    document: str
    by_tables: int
    by_claims: Mapping[str, str]
    alive: tuple[str, ...]

    @property
    def tried(self) -> int:
        return self.by_tables + len(self.by_claims) + len(self.alive)

    def __str__(self) -> str:
        return (
            f"{self.document}: {self.tried} mutants, {self.by_tables} noticed by decision tables, "
            f"{len(self.by_claims)} more by claims, {len(self.alive)} by nothing"
        )


@cache
def excused() -> Mapping[str, str]:
    """The mutants that decide every request like the document, with the reason."""
    entries = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for entry in entries:
        assert set(entry) == {"reason", "mutants"}
        assert entry["reason"]
        assert not set(entry["mutants"]) & found.keys()
        found.update(dict.fromkeys(entry["mutants"], entry["reason"]))
    return found


def judge(name: str) -> Report:
    """Put every mutant of a rendered document to its tables, and those that live to the claims."""
    by_tables, by_claims, alive = 0, {}, []
    for mutant in mutants(rendered()[name].document, name):
        if _tables_notice(mutant):
            by_tables += 1
        elif (claim := claim_that_notices(mutant)) is not None:
            by_claims[str(mutant)] = claim
        else:
            alive.append(str(mutant))
    return Report(name, by_tables, by_claims, tuple(alive))


def _tables_notice(mutant: Mutant) -> bool:
    before, after = _statements(mutant)
    for piece, document in pieces(mutant.document).items():
        if before in document.statements:
            index = document.statements.index(before)
            part = Mutant(piece, index, mutant.text, _with(document, index, after))
            return is_noticed(part, before, cases(piece), {piece: document})
    raise AssertionError(f"{mutant}: its statement is in no layer")


def claim_that_notices(mutant: Mutant) -> str | None:
    """A claim that holds for what is rendered, and not with this mutant in its place."""
    resource = with_document(rendered()[mutant.document].resource, mutant.changed)
    return claim_against(resource, _statements(mutant))


def _statements(mutant: Mutant) -> tuple[Statement, Statement]:
    """The statement as it is rendered, and as it was changed."""
    before = rendered()[mutant.document].document.statements[mutant.index]
    return before, mutant.changed.statements[mutant.index]


def _with(document: PolicyDocument, index: int, statement: Statement) -> PolicyDocument:
    return replace(
        document, statements=(*document.statements[:index], statement, *document.statements[index + 1 :])
    )


def reports() -> Iterator[Report]:
    """What became of all of them."""
    yield from map(judge, rendered())


def main() -> None:
    tried = by_tables = by_claims = alive = 0
    for report in reports():
        print(report)
        tried, by_tables = tried + report.tried, by_tables + report.by_tables
        by_claims, alive = by_claims + len(report.by_claims), alive + len(report.alive)
    print(
        f"All documents: {tried:,} mutants, {by_tables:,} noticed by decision tables, {by_claims} more by claims, "
        f"{alive} by nothing ({1 - alive / tried:.1%} noticed), {len(excused())} of these listed as equivalent"
    )


if __name__ == "__main__":
    main()
