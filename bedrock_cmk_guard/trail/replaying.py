"""The dry run: which recorded calls rendered SCPs, RCPs and key policies would have denied.

The caller's own policies are taken to allow everything, since the call went through; what is asked is what the new
policies would have said. What CloudTrail does not tell is left open, and where that decides, the answer is "depends".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.iam.evaluator import (
    Decision,
    Open,
    OpenRequest,
    Outcome,
    PolicySet,
    evaluate,
    supplied_by_aws,
)
from bedrock_cmk_guard.iam.evaluator.grants import OPERATIONS
from bedrock_cmk_guard.rendered_set import Piece
from bedrock_cmk_guard.trail.asking import read
from bedrock_cmk_guard.trail.files import Unread
from bedrock_cmk_guard.trail.loading import Loaded, database
from bedrock_cmk_guard.trail.recorded import Call, ContextValue, NotTold, Recorded, requests
from bedrock_cmk_guard.trail.rendered import Rendered, scps_with_full_access
from bedrock_cmk_guard.trail.scope import Scope

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EVERYTHING = PolicyDocument(
    PolicyKind.IDENTITY, (Statement(sid="Everything", effect=Effect.ALLOW, actions=("*",)),)
)
_A_GRANT = "a KMS grant"
# Equal calls are told apart by nothing that a policy sees.
_CALLS = """
SELECT eventsource, eventname, awsregion, recipientaccountid, identitytype, principal, min(session), account,
  invokedby, via, requestparameters, resources, vpcendpointid, count(*),
  substr(min(concat(eventtime, ' ', eventid)), 22)
FROM events
WHERE errorcode IS NULL AND eventtime >= ? AND eventtime < ?
GROUP BY ALL ORDER BY 2, 6, 15
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What would become of calls: by whom, doing what, refused by which statement, or on what it depends."""

    verdict: str
    principal: str
    action: str
    statement: str
    depends_on: tuple[str, ...]
    calls: int
    example: str


@dataclass(slots=True)
class Replay:
    """What the recorded calls would have met."""

    lines: tuple[Line, ...] = ()
    loaded: Loaded = field(default_factory=Loaded)
    allowed: int = 0
    refused_already: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    """The rendered key that each recorded key was taken for."""
    unknown_keys: Counter[str] = field(default_factory=Counter)
    """Keys whose policy was not judged: which rendered key they are, if any, is not known."""
    outside: Counter[str] = field(default_factory=Counter)
    """Accounts that lie below no target as far as is known: their principals were judged by no SCP."""
    not_judged: Counter[str] = field(default_factory=Counter)

    @property
    def unread(self) -> Sequence[Unread]:
        """What could not be read."""
        return self.loaded.looked.unread

    @property
    def clean(self) -> bool:
        """Whether every call was judged, and none would have been denied, or may have been."""
        return not (self.lines or self.unread or self.not_judged)

    def number(self, verdict: str) -> int:
        """How many calls met this."""
        return sum(line.calls for line in self.lines if line.verdict == verdict)


def replay(
    places: Sequence[str],
    rendered: Rendered,
    scope: Scope,
    named: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Put every recorded call that went through to the rendered policies."""
    found = Replay()
    with database() as connection:
        read(connection, places, scope, found.loaded, progress)
        aliases = connection.execute("SELECT alias, key FROM aliases ORDER BY alias").fetchall()
        keys = rendered.known_keys(aliases, named)
        found.keys = {key: piece.name for key, piece in sorted(keys.items())}
        found.refused_already = _refused(connection, scope)
        judge = _Judge(rendered, keys, found)
        for call in _calls(connection, scope):
            judge.take(call)
    found.lines = judge.lines()
    return found


def _refused(connection: DuckDBPyConnection, scope: Scope) -> int:
    (number,) = connection.execute(
        "SELECT count(*) FROM events WHERE errorcode IS NOT NULL AND eventtime >= ? AND eventtime < ?",
        [scope.since, scope.until],
    ).fetchone() or (0,)
    return int(number)


def _calls(connection: DuckDBPyConnection, scope: Scope) -> list[Call]:
    rows = connection.execute(_CALLS, [scope.since, scope.until]).fetchall()
    return [_call(row) for row in rows]


def _call(row: tuple[object, ...]) -> Call:
    """A row of the query, whose columns stand in the order of the fields."""
    given: dict[str, Any] = dict(zip((each.name for each in fields(Call)), row, strict=True))
    return Call(**given | {"resources": _arns(given["resources"])})


def _arns(resources: Sequence[Mapping[str, str | None] | None] | None) -> tuple[str, ...]:
    return tuple(arn for each in resources or () if each is not None and (arn := each["ARN"]))


class _Judge:
    def __init__(self, rendered: Rendered, keys: Mapping[str, Piece], found: Replay) -> None:
        self._rendered, self._keys, self._found = rendered, keys, found
        self._summed: dict[tuple[str, str, str, str, tuple[str, ...]], tuple[int, str]] = {}
        self._decided: dict[object, tuple[str, str, tuple[str, ...]]] = {}
        self._policies: dict[object, _Policies] = {}

    def take(self, call: Call) -> None:
        """Judge a call by all the requests that it was decided by; the worst counts."""
        try:
            judged = [(request.action, self._judged(call, request)) for request in requests(call)]
        except (NotTold, PolicyError) as problem:
            self._found.not_judged[f"{call.source} {call.event} by {call.principal}: {problem}"] += (
                call.number
            )
            return
        action, worst = min(judged, key=lambda each: _ORDER.index(each[1][0]))
        verdict, statement, on = worst
        if verdict == "allowed":
            self._found.allowed += call.number
            return
        place = (verdict, call.principal, action, statement, on)
        number, example = self._summed.get(place, (0, call.example))
        self._summed[place] = number + call.number, example

    def lines(self) -> tuple[Line, ...]:
        """What was found, the most frequent first."""
        made = (Line(*place, *summed) for place, summed in self._summed.items())
        return tuple(
            sorted(
                made,
                key=lambda each: (
                    _ORDER.index(each.verdict),
                    -each.calls,
                    each.principal,
                    each.action,
                    each.statement,
                ),
            )
        )

    def _judged(self, call: Call, request: Recorded) -> tuple[str, str, tuple[str, ...]]:
        account = call.account if call.identity != "AWSService" else None
        key = self._keys.get(request.resource) if isinstance(request.resource, str) else None
        self._note(call, request, account, key)
        place = (account, request.account, key.name if key is not None else None)
        policies = self._policies.get(place)
        if policies is None:
            policies = self._policies[place] = _Policies.of(self._rendered, account, request.account, key)
        question = (
            place,
            request.principal,
            request.action,
            request.resource,
            tuple(sorted(request.context.items(), key=lambda each: each[0])),
        )
        answer = self._decided.get(question)
        if answer is None:
            answer = self._decided[question] = policies.judge(request, self._rendered, account)
        return answer

    def _note(self, call: Call, request: Recorded, account: str | None, key: Piece | None) -> None:
        """Remember what could not be asked, for want of knowing what a key or an account is."""
        resource = request.resource
        if key is None and isinstance(resource, str) and ":key/" in resource:
            self._found.unknown_keys[resource] += call.number
        if account is not None and self._rendered.scps(account) is None:
            self._found.outside[account] += call.number


@dataclass(frozen=True, slots=True)
class _Policies:
    """The policies that bear on calls by principals of one account on resources of another."""

    scps: tuple[Piece, ...] | None
    rcps: tuple[Piece, ...] | None
    key: Piece | None
    set: PolicySet
    tested: tuple[str, ...]
    """The condition keys that the policies test."""

    @classmethod
    def of(cls, rendered: Rendered, account: str | None, owner: str, key: Piece | None) -> _Policies:
        scps, rcps = rendered.scps(account), rendered.rcps(owner)
        pieces = (*(scps or ()), *(rcps or ()), *((key,) if key is not None else ()))
        tested = {
            name
            for piece in pieces
            for statement in piece.document.statements
            for block in statement.condition.values()
            for name in block
        }
        policies = PolicySet(
            identity=(_EVERYTHING,),
            resource_policy=key.document if key is not None else None,
            scps=None if scps is None else (scps_with_full_access(scps),),
            rcps=None if rcps is None else (tuple(piece.document for piece in rcps),),
        )
        return cls(scps, rcps, key, policies, tuple(sorted(tested)))

    def judge(
        self, request: Recorded, rendered: Rendered, account: str | None
    ) -> tuple[str, str, tuple[str, ...]]:
        """The verdict, the statement that gives it, and what it depends on."""
        asked = OpenRequest(
            request.principal,
            request.action,
            request.resource,
            request.account,
            self._context(request, rendered, account),
        )
        decision = evaluate(asked, self.set, supplied_by_aws)
        named = ", ".join(sorted({self._name(ref.policy, ref.sid) for ref in decision.statements}))
        if decision.outcome is Outcome.EXPLICIT_DENY:
            return "denied", named, ()
        if self.key is None:
            # Who may use a key that is not known is not known either: only refusals count.
            may = Outcome.EXPLICIT_DENY in decision.possible
            return ("depends", self._denying(decision), decision.depends_on) if may else ("allowed", "", ())
        if decision.outcome is Outcome.IMPLICIT_DENY:
            nothing = f"key policy of {self.key.name}: nothing in it allows this"
            if request.action.partition(":")[2] in OPERATIONS:
                return "depends", nothing, (_A_GRANT,)
            return "denied", nothing, ()
        if decision.outcome is Outcome.DEPENDS:
            return "depends", self._denying(decision), decision.depends_on
        return "allowed", "", ()

    def _denying(self, decision: Decision) -> str:
        """The statements that may deny, or else that may be wanting."""
        found = {
            self._name(match.policy, match.statement.sid)
            for match in decision.evidence.deciding
            if match.statement.effect is Effect.DENY
        }
        return ", ".join(sorted(found)) or (
            f"key policy of {self.key.name}: whether it allows this" if self.key is not None else "not known"
        )

    def _context(self, request: Recorded, rendered: Rendered, account: str | None) -> dict[str, ContextValue]:
        context: dict[str, ContextValue] = {}
        for name in self.tested:
            if request.settles(name) or name.lower() in _DERIVED:
                continue
            value = self._value(name, rendered, account)
            if value is not None:
                context[name] = value
        return {**context, **request.context}

    def _value(self, name: str, rendered: Rendered, account: str | None) -> ContextValue | None:
        """A condition key that the record does not tell: the tags of a rendered key are known, and the organisation."""
        folded = name.lower()
        organization = rendered.documents.facts.organization
        if folded == "aws:principalorgid" and organization and account in rendered.documents.accounts:
            return organization
        if folded.startswith("aws:resourcetag/") and self.key is not None and self.key.tags is not None:
            return self.key.tags.get(name.partition("/")[2])
        return Open.ANYTHING

    def _name(self, label: str, sid: str) -> str:
        """The name behind the evaluator's label, which is the kind of policy and its number there."""
        number = int(label.partition("#")[2] or 0)
        for kind, pieces in (("SCP", self.scps), ("RCP", self.rcps)):
            if label.startswith(kind) and pieces is not None and number < len(pieces):
                return f"{pieces[number].name}: {sid}"
        return f"key policy of {self.key.name}: {sid}" if self.key is not None else f"{label}: {sid}"


_ORDER = ("denied", "depends", "allowed")
#: What follows from the caller and the resource; the evaluator derives it.
_DERIVED = (
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:username",
    "aws:resourceaccount",
    "aws:viaawsservice",
    "kms:calleraccount",
)
