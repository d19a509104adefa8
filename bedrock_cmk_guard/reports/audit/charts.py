"""Lines over time as SVG, with what they show in words for those who do not see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.render.templates import Escaped, fill

WIDTH, HEIGHT = 400, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 32, 12, 10, 26
_MOST_DOTS = 20
STYLES = ("first", "second", "third", "fourth", "fifth", "sixth")
"""How lines are told apart, by colour and by their dashes: as many as there are tiers, and one for all of them."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name, and a value from 0 to 100 at each moment, or none."""

    name: str
    values: tuple[float | None, ...]


def line_chart(
    identity: str, title: str, moments: Sequence[dt.datetime], series: Sequence[Series]
) -> Escaped:
    """Return the chart; its scale goes from 0 to 100."""
    xs = list(_across(moments))
    return fill(
        "report/line.svg.j2",
        id=identity,
        title=title,
        text=in_words(moments, series),
        width=str(WIDTH),
        height=str(HEIGHT),
        left=str(_LEFT),
        right=str(WIDTH - _RIGHT),
        labels_x=str(_LEFT - 5),
        ticks_y=str(HEIGHT - 8),
        grid=[
            {"y": _number(_down(value)), "text_y": _number(_down(value) + 4), "label": str(value)}
            for value in (0, 25, 50, 75, 100)
        ],
        ticks=list(_ticks(moments, xs)),
        series=[
            {
                "style": style,
                "runs": [" ".join(f"{_number(x)},{_number(y)}" for x, y in run) for run in _runs(each, xs)],
                "dots": list(_dots(each, xs)),
            }
            for style, each in zip(STYLES, series, strict=False)
        ],
    )


def in_words(moments: Sequence[dt.datetime], series: Sequence[Series]) -> str:
    """What the lines show: where each begins and ends."""
    said = []
    for each in series:
        known = [
            (moment, value) for moment, value in zip(moments, each.values, strict=True) if value is not None
        ]
        if known:
            (first, begin), (last, end) = known[0], known[-1]
            said.append(f"{each.name}: {begin:.1f} on {first:%Y-%m-%d}, {end:.1f} on {last:%Y-%m-%d}.")
        else:
            said.append(f"{each.name}: nothing to show.")
    return " ".join(said)


def _across(moments: Sequence[dt.datetime]) -> Iterator[float]:
    room = WIDTH - _LEFT - _RIGHT
    span = (moments[-1] - moments[0]).total_seconds() if moments else 0
    for each in moments:
        share = (each - moments[0]).total_seconds() / span if span else 0.5
        yield _LEFT + room * share


def _down(value: float) -> float:
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - value / 100)


def _ticks(moments: Sequence[dt.datetime], xs: Sequence[float]) -> Iterator[dict[str, str]]:
    """A date at each end, and one in the middle where there are enough."""
    last = len(moments) - 1
    chosen = {0: "start", last: "end"} if last > 0 else {0: "middle"}
    if last >= 4:
        chosen[last // 2] = "middle"
    for i, anchor in chosen.items():
        yield {"x": _number(xs[i]), "anchor": anchor, "label": f"{moments[i]:%Y-%m-%d}"}


def _runs(series: Series, xs: Sequence[float]) -> Iterator[list[tuple[float, float]]]:
    """The stretches of a line; where nothing is known it is broken."""
    run: list[tuple[float, float]] = []
    for x, value in zip(xs, series.values, strict=True):
        if value is None:
            if run:
                yield run
            run = []
        else:
            run.append((x, _down(value)))
    if run:
        yield run


def _dots(series: Series, xs: Sequence[float]) -> Iterator[dict[str, str]]:
    if len(xs) <= _MOST_DOTS:
        for x, value in zip(xs, series.values, strict=True):
            if value is not None:
                yield {"x": _number(x), "y": _number(_down(value))}


def _number(value: float) -> str:
    return f"{value:.1f}"
