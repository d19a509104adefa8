"""A key that is chosen by something that cannot be known is judged on every branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bedrock_cmk_guard.controls.context import options
from bedrock_cmk_guard.controls.control import Judgement
from bedrock_cmk_guard.subjects import Absent, Choice, EncryptedResource, KeyName, Unknown, Verdict


def judge_branches(
    resource: EncryptedResource, judge: Callable[[KeyName | Absent | Unknown], Judgement | None]
) -> Iterator[Judgement]:
    """Judge every value that the key may have: wrong only if all are, unknown if they differ."""
    found = [judge(each) for each in options(resource)]
    wrong = [each for each in found if each is not None]
    if not wrong:
        return
    value = resource.key.value
    if not isinstance(value, Choice) or (
        len(wrong) == len(found) and all(each.verdict is Verdict.FAIL for each in wrong)
    ):
        yield wrong[0]
        return
    delegated = all(each.verdict is Verdict.DELEGATED for each in wrong)
    verdict = Verdict.DELEGATED if delegated else Verdict.UNKNOWN
    worst = next((each for each in wrong if each.verdict is Verdict.FAIL), wrong[0])
    text = f"it turns on what cannot be known ({value.reason}), and may be that {worst.message}"
    yield Judgement(verdict, text, worst.place, worst.trail, worst.fix)
