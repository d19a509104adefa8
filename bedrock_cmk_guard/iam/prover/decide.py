"""The IAM decision as a formula over the condition keys that a situation leaves open.

The structure is ``evaluator.engine``'s, for a settled caller, action and resource; what remains are conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bedrock_cmk_guard.iam.document import Condition, Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet, Supplies
from bedrock_cmk_guard.iam.evaluator.patterns import Pieces, action_matches, compiled_resource, matches
from bedrock_cmk_guard.iam.evaluator.principals import Naming, PrincipalType, excluded, is_everyone, naming
from bedrock_cmk_guard.iam.evaluator.variables import OpenPieces, Variable, parse, resolve, widest
from bedrock_cmk_guard.iam.grammar_kinds import RCP_SERVICES
from bedrock_cmk_guard.iam.prover.atoms import Atom, comparison, parsed
from bedrock_cmk_guard.iam.prover.formula import Formula, both, either, negated
from bedrock_cmk_guard.iam.prover.situation import Situation
from bedrock_cmk_guard.iam.prover.undecided import UndecidedError

#: What RCPs leave alone (orgs_manage_policies_rcps.html).
NOT_BY_RCPS = frozenset({"kms:retiregrant"})


Statements = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Sliced:
    """The statements of a set of policies that speak of one action. What does not apply at all is None."""

    scps: tuple[Statements, ...]
    rcps: Statements
    identity: Statements
    boundary: Statements | None
    session: Statements | None
    resource: Statements | None
    delegates: bool = True
    """Whether an account's own policies count only where the resource's policy delegates: for keys and roles."""

    @classmethod
    def of(cls, policies: PolicySet, action: str) -> Sliced:
        """Slice every policy by the action."""
        if policies.grants:
            raise UndecidedError("grants of a key are not modelled; write them as statements of its policy")

        def of(documents: Iterable[PolicyDocument]) -> Statements:
            return tuple(s for d in documents for s in d.statements if covers_action(s, action))

        def one(document: PolicyDocument | None) -> Statements | None:
            return None if document is None else of((document,))

        return cls(
            scps=tuple(map(of, policies.scps or ())),
            rcps=of(d for level in policies.rcps or () for d in level),
            identity=of(policies.identity),
            boundary=one(policies.boundary),
            session=one(policies.session),
            resource=one(policies.resource_policy),
            delegates=policies.resource_policy is None
            or policies.resource_policy.kind is not PolicyKind.RESOURCE,
        )

    def every(self) -> Statements:
        """All of the statements."""
        single = (self.identity, self.boundary or (), self.session or (), self.resource or (), self.rcps)
        return tuple(s for part in (*self.scps, *single) for s in part)


class Judge:
    """Turns policies into formulas for one situation. ``spelled`` collects how policies write the keys."""

    def __init__(self, situation: Situation, supplies: Supplies | None) -> None:
        self.situation = situation
        self.spelled: dict[str, str] = {}
        self._supplies = supplies
        self._request = situation.request({})

    def allows(self, policies: Sliced) -> Formula:
        """Whether a set of policies allows the request."""
        bound = self._layers(policies)
        bounded = policies.boundary is not None
        refused = either(self.applies(s, bounded) for s in bound.every() if s.effect is Effect.DENY)
        if refused is True:
            return False
        scps = both(self._any_allow(level) for level in bound.scps)
        return both((negated(refused), scps, self._granted(bound)))

    def _layers(self, policies: Sliced) -> Sliced:
        """Those that bear on this caller: SCPs and identity policies on identities, RCPs on services they support."""
        caller, situation = self.situation.caller, self.situation
        by_rcps = (
            situation.service in RCP_SERVICES
            and situation.action.lower() not in NOT_BY_RCPS
            and not caller.service_linked
        )
        own = caller.is_iam
        return Sliced(
            scps=policies.scps if own and not caller.service_linked else (),
            rcps=policies.rcps if by_rcps else (),
            identity=policies.identity if own else (),
            boundary=policies.boundary if own else None,
            session=policies.session if own else None,
            resource=policies.resource,
            delegates=policies.delegates,
        )

    def condition(self, condition: Condition) -> Formula:
        """Whether a condition holds."""
        return both(
            self._atom(comparison(operator, key, self._resolved(operator, wanted)), key)
            for operator, block in condition.items()
            for key, wanted in block.items()
        )

    def applies(self, statement: Statement, bounded: bool = False) -> Formula:
        """Whether a statement whose action fits applies."""
        if self._naming(statement, bounded) is Naming.NOT or not self._covers(statement):
            return False
        return self.condition(statement.condition)

    def _any_allow(self, statements: Statements) -> Formula:
        return either(self.applies(s) for s in statements if s.effect is Effect.ALLOW)

    def _granted(self, policies: Sliced) -> Formula:
        caller, resource = self.situation.caller, policies.resource
        by_resource = tuple(self._by_resource(resource or (), policies.boundary is not None))
        direct = either(holds for _, named, holds in by_resource if named is not Naming.ACCOUNT)
        if not caller.is_iam:
            return direct
        delegated = either(holds for _, named, holds in by_resource if named is Naming.ACCOUNT)
        own = caller.type is PrincipalType.ROOT or self._any_allow(policies.identity)
        limits = both(
            self._any_allow(limit) for limit in (policies.boundary, policies.session) if limit is not None
        )
        if self.situation.resource_account != caller.account:
            return both((either((direct, delegated)), own, limits))
        if resource is None:
            return both((own, limits))
        unlimited = either(holds for s, named, holds in by_resource if self._is_unlimited(s, named))
        by_account = both((delegated, own)) if policies.delegates else own
        return either((unlimited, both((either((direct, by_account)), limits))))

    def _by_resource(
        self, statements: Statements, bounded: bool
    ) -> Iterator[tuple[Statement, Naming, Formula]]:
        for statement in statements:
            if statement.effect is not Effect.ALLOW:
                continue
            named = self._naming(statement, bounded)
            if named is not Naming.NOT and self._covers(statement):
                yield statement, named, self.condition(statement.condition)

    def _is_unlimited(self, statement: Statement, named: Naming) -> bool:
        """As in the engine: naming everyone, the session or the user itself needs no Allow in what limits it."""
        if named is Naming.ACCOUNT:
            return False
        everyone = statement.principal is not None and is_everyone(statement.principal)
        own_name = self.situation.caller.type in {PrincipalType.USER, PrincipalType.ROOT}
        return everyone or named is Naming.SESSION or own_name

    def _naming(self, statement: Statement, bounded: bool) -> Naming:
        caller = self.situation.caller
        if statement.principal is not None:
            return naming(statement.principal, caller)
        if statement.not_principal is None or bounded:
            return Naming.DIRECT
        return Naming.NOT if excluded(statement.not_principal, caller) else Naming.DIRECT

    def _covers(self, statement: Statement) -> bool:
        if statement.not_resources:
            return not any(self._matches(each, undefined=True) for each in statement.not_resources)
        return any(self._matches(each, undefined=False) for each in statement.resources)

    def _matches(self, pattern: str, *, undefined: bool) -> bool:
        """Match a resource; ``undefined`` is what a pattern gives that could match but for an undefined variable."""
        if pattern == "*":
            return True
        pieces = self.filled(pattern)
        if pieces is None:
            return undefined and matches(widest(pattern), self.situation.resource)
        return compiled_resource(pieces).match(self.situation.resource) is not None

    def _atom(self, found: Atom, key: str) -> Formula:
        if not self.supplied(key):
            return found.holds(None)
        if self.situation.is_settled(found.key):
            return found.holds(self.situation.settled.get(found.key))
        self.spelled.setdefault(found.key, key)
        return found

    def supplied(self, key: str) -> bool:
        """Whether the request can carry a key at all."""
        return self._supplies is None or self._supplies(self._request, key)

    def _resolved(self, operator: str, wanted: tuple[str, ...]) -> tuple[Pieces | None, ...]:
        if parsed(operator).family not in ("string", "arn"):
            return tuple(((value, True),) for value in wanted)
        return tuple(map(self.filled, wanted))

    def filled(self, text: str) -> Pieces | None:
        """A text with its policy variables filled in, which only settled keys can."""
        if "${" not in text:
            return ((text, True),)
        settled = self.situation.settled
        for part in parse(text):
            if not isinstance(part, Variable) or not self.supplied(part.key):
                continue
            if not self.situation.is_settled(part.key.lower()):
                msg = f"the policy variable ${{{part.key}}} in {text!r} stands for a key that is open here"
                raise UndecidedError(msg)
        pieces = resolve(text, lambda key: settled.get(key.lower()) if self.supplied(key) else None)
        if isinstance(pieces, OpenPieces):
            msg = f"{text!r} has a policy variable that is open"
            raise UndecidedError(msg)
        return pieces


def covers_action(statement: Statement, action: str) -> bool:
    """Whether a statement speaks of an action."""
    if statement.not_actions:
        return not any(action_matches(pattern, action) for pattern in statement.not_actions)
    return any(action_matches(pattern, action) for pattern in statement.actions)


def statements_of(policies: PolicySet) -> Statements:
    """Every statement of a set of policies."""
    single = (policies.boundary, policies.session, policies.resource_policy)
    documents = (
        *(d for level in (*(policies.scps or ()), *(policies.rcps or ())) for d in level),
        *policies.identity,
        *(d for d in single if d is not None),
    )
    return tuple(s for d in documents for s in d.statements)
