"""A verification as one HTML page for people who were not there: no script, nothing fetched, fit to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bedrock_cmk_guard.render.templates import fill
from bedrock_cmk_guard.verification.grid import Line, Mark, Square, grid, kept_out, letters
from bedrock_cmk_guard.verification.model import Finding, KeyMatrix, Verification, Way

Row = Mapping[str, object]

_SIGNS = {
    Mark.ALLOWED: "✓",
    Mark.DENIED: "·",
    Mark.PARTLY: "◐",
    Mark.DEPENDS: "?",
    Mark.FINDING: "!",
    Mark.NOT_ASKED: "",
}
_LEGEND = {
    Mark.ALLOWED: "allowed",
    Mark.DENIED: "denied",
    Mark.PARTLY: "some of the row's requests are allowed",
    Mark.DEPENDS: "turns on a trust policy that is not rendered here",
    Mark.FINDING: "not what is demanded",
    Mark.NOT_ASKED: "not asked",
}


def as_html(verification: Verification) -> str:
    """The whole page."""
    return fill(
        "report/verification.html.j2",
        title=verification.title,
        organization=verification.organization,
        as_of=verification.as_of.isoformat(),
        requests=f"{sum(len(key.cells) for key in verification.keys):,}",
        count=f"{len(verification.findings):,} finding{'' if len(verification.findings) == 1 else 's'}: "
        "something is",
        findings=[_finding(finding) for finding in verification.findings],
        legend=[
            {"mark": mark.name.lower(), "sign": _SIGNS[mark], "means": means}
            for mark, means in _LEGEND.items()
        ],
        keys=[_key(number, key) for number, key in enumerate(verification.keys, start=1)],
        assumptions=verification.assumptions,
        not_modelled=verification.not_modelled,
    )


def _finding(finding: Finding) -> Row:
    return {
        "kind": finding.kind.value,
        "where": finding.key or "the requirements",
        "message": finding.message,
        "decided_by": ", ".join(map(str, finding.decided_by)),
        "change": finding.change,
    }


def _key(number: int, matrix: KeyMatrix) -> Row:
    cast = tuple(letters(matrix.cast))
    groups = tuple(grid(matrix))
    return {
        "id": f"key-{number}",
        "name": matrix.key,
        "account": matrix.account,
        "workloads": ", ".join(matrix.workloads),
        "shut_out": matrix.shut_out,
        "cast": [{"letter": letter, "title": who.title, "principal": who.principal} for letter, who in cast],
        "columns": str(len(cast) + 1),
        "groups": [{"title": group, "lines": [_line(line) for line in lines]} for group, lines in groups],
        "details": [
            {
                "row": f"{group}: {line.row.title}",
                "who": who.title,
                "mark": _LEGEND[square.mark],
                "actions": ", ".join(square.actions),
                "decided_by": square.decided_by,
            }
            for group, lines in groups
            for line in lines
            for square, (_, who) in zip(line.squares, cast, strict=True)
            if square.cells
        ],
        "kept_out": [{"who": who.title, "decided_by": by} for who, by in kept_out(matrix)],
        "ways": [*_ways(matrix.ways), *_ways(matrix.possible)],
    }


def _line(line: Line) -> Row:
    return {"title": line.row.title, "squares": [_square(square) for square in line.squares]}


def _square(square: Square) -> Row:
    title = f"{_LEGEND[square.mark]}: {square.decided_by}" if square.cells else _LEGEND[square.mark]
    return {
        "mark": square.mark.name.lower(),
        "sign": _SIGNS[square.mark],
        "means": square.mark.value,
        "title": title,
    }


def _ways(ways: Iterable[Way]) -> Iterable[Row]:
    for way in ways:
        remark = f"if {way.condition}" if way.condition else f"{way.standing.value}: {way.remark}"
        steps = [
            {"does": step.does, "decided_by": ", ".join(map(str, dict.fromkeys(step.decided_by)))}
            for step in way.steps
        ]
        yield {"who": way.title, "remark": remark, "steps": steps}
