"""What could not be read or judged, and what was accepted in a way that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown
from bedrock_cmk_guard.subjects import Fault, FaultKind

_INIT = "https://developer.hashicorp.com/terraform/cli/commands/init"
_SYNTAX = "https://developer.hashicorp.com/terraform/language/syntax/configuration"
_STATES = "https://developer.hashicorp.com/terraform/cli/commands/show"
_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"


def _unknown_if(kind: FaultKind) -> Callable[[Fault], Iterator[Judgement]]:
    def judged(fault: Fault) -> Iterator[Judgement]:
        if fault.kind is kind:
            yield unknown(fault.message)

    return judged


@control(
    "BCG_SCAN_001",
    severity=Severity.HIGH,
    remediation="Make the file readable, as UTF-8 text, or leave it out by .gitignore.",
    references=(_STATES,),
)
def readable(fault: Fault, context: Context) -> Iterator[Judgement]:
    """Every file can be read.

    What is in a file that cannot be opened or decoded, or that is too large or nested too deep, nobody has judged.
    """
    yield from _unknown_if(FaultKind.UNREADABLE)(fault)


@control(
    "BCG_SCAN_002",
    severity=Severity.HIGH,
    remediation="Mend the syntax; terraform validate or cfn-lint says more about it.",
    references=(_SYNTAX,),
)
def parses(fault: Fault, context: Context) -> Iterator[Judgement]:
    """Every file parses.

    What stands behind a mistake of syntax may be something else than it looks like, so it is not judged.
    """
    yield from _unknown_if(FaultKind.SYNTAX)(fault)


@control(
    "BCG_SCAN_003",
    severity=Severity.MEDIUM,
    remediation="Run terraform init, so that the module is there, and scan again; or scan the plan.",
    references=(_INIT,),
)
def modules_are_there(fault: Fault, context: Context) -> Iterator[Judgement]:
    """Every module and nested template is there to be read.

    What a module makes is judged only if its code is there.
    """
    yield from _unknown_if(FaultKind.MODULE)(fault)


@control(
    "BCG_SCAN_004",
    severity=Severity.HIGH,
    remediation="Write it so that it can be judged, or scan the plan; if the program is at fault, report it.",
    references=(_STATES,),
)
def judged(fault: Fault, context: Context) -> Iterator[Judgement]:
    """Everything that is declared is judged.

    A resource that stands in the code and was not judged may lie under any key, or none.
    """
    yield from _unknown_if(FaultKind.UNJUDGED)(fault)


@control(
    "BCG_SCAN_005",
    severity=Severity.MEDIUM,
    remediation="Mend what was accepted, or have it accepted again, with owner, reason and expiry.",
    references=(_SARIF,),
)
def acceptances_hold(fault: Fault, context: Context) -> Iterator[Judgement]:
    """Every exception, inline skip and baseline holds.

    Somebody accepts a finding for a reason and for a time. When the time is over, or owner, reason or expiry are
    missing, nothing is accepted any more; and nothing ever was, where there is no control of the name that is given.
    """
    if fault.kind is FaultKind.ACCEPTANCE:
        yield fails(fault.message)


CONTROLS = (readable, parses, modules_are_there, judged, acceptances_hold)
