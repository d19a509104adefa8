"""The search: through classes of actions, callers and resources, then through the keys that a formula turns on.

What no answer is found for (``UndecidedError``, and what the evaluator refuses to read) is a reason, not an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.evaluator import Decision, PolicySet, Request, Supplies, evaluate, supplied_by_aws
from bedrock_cmk_guard.iam.evaluator.principals import Caller
from bedrock_cmk_guard.iam.evaluator.variables import widest
from bedrock_cmk_guard.iam.prover import actions, callers, languages, resources
from bedrock_cmk_guard.iam.prover.atoms import Atom
from bedrock_cmk_guard.iam.prover.atoms import Found as Values
from bedrock_cmk_guard.iam.prover.automaton import Group
from bedrock_cmk_guard.iam.prover.axioms import AXIOMS, Axiom, action_class, interests, rank
from bedrock_cmk_guard.iam.prover.decide import Judge, Sliced, covers_action, statements_of
from bedrock_cmk_guard.iam.prover.formula import Formula, atoms, both, negated, simplified
from bedrock_cmk_guard.iam.prover.question import Answer, Found, Nothing, Question, Undecided
from bedrock_cmk_guard.iam.prover.situation import Situation
from bedrock_cmk_guard.iam.prover.undecided import UndecidedError
from bedrock_cmk_guard.iam.prover.values import Value, values

MOST_BRANCHES = 200_000
_ORGANIZATION_KEYS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})


def answer(
    question: Question, supplies: Supplies | None = supplied_by_aws, axioms: tuple[Axiom, ...] = AXIOMS
) -> Answer:
    """Find a request of the form asked for, or establish that there is none, or say why neither can be done."""
    search = Search(question, supplies, axioms)
    for found in search.findings():
        return found
    if search.reasons:
        return Undecided(search.reasons[0])
    return Nothing(frozenset(search.used), search.looked_at)


@dataclass
class Search:
    """A search. ``reasons`` are why parts of it were given up; ``used`` the axioms that ruled something out so far."""

    question: Question
    supplies: Supplies | None = supplied_by_aws
    axioms: tuple[Axiom, ...] = AXIOMS
    reasons: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    looked_at: int = 0

    def findings(self) -> Iterator[Found]:
        """A request of the form asked for, for every class of action and caller in which there is one."""
        for _, found in self.by_actions():
            yield found

    def by_actions(self) -> Iterator[tuple[tuple[str, ...], Found]]:
        """The same, each with all the actions of its class."""
        try:
            groups = self.groups()
        except PolicyError as problem:
            self.reasons.append(str(problem))
            return
        for group in groups:
            try:
                for found in _OneAction(self, group[0]).findings():
                    yield group, found
            except PolicyError as problem:
                self.reasons.append(str(problem))

    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The actions asked about; those together that the policies, axioms and AWS's data do not tell apart."""
        question = self.question
        every = (question.policies, *((question.unless,) if question.unless is not None else ()))
        statements = tuple(s for policies in every for s in statements_of(policies))
        conditions = [statement.condition for statement in statements] + [question.condition]
        keys = sorted({key for condition in conditions for block in condition.values() for key in block})

        def alike(action: str) -> object:
            fitting = tuple(i for i, s in enumerate(statements) if covers_action(s, action))
            kind = action.partition(":")[0].lower(), action_class(action), resources.types_of(action)
            return fitting, kind, tuple(self._supplied(action, key) for key in keys)

        return actions.grouped(actions.expanded(question.actions), alike)

    def _supplied(self, action: str, key: str) -> tuple[bool, ...]:
        if self.supplies is None:
            return ()
        resources_asked = ("*" if "*" in each or "?" in each else each for each in self.question.resources)
        try:
            return tuple(
                self.supplies(Request(who, action, resource), key)
                for resource in dict.fromkeys(resources_asked)
                for who in _ANYBODY
            )
        except PolicyError as problem:
            raise UndecidedError(str(problem)) from problem


_ANYBODY = ("arn:aws:iam::999999999999:role/anybody", "any.amazonaws.com")


@dataclass
class _OneAction:
    """The part of a search that is about one action, with the statements that speak of it."""

    search: Search
    action: str

    def __post_init__(self) -> None:
        question = self.search.question
        self.policies = Sliced.of(question.policies, self.action)
        self.unless = Sliced.of(question.unless, self.action) if question.unless is not None else None
        self.statements = (*self.policies.every(), *(self.unless.every() if self.unless is not None else ()))

    def findings(self) -> Iterator[Found]:
        if self.policies == self.unless:
            return
        for caller in self._callers():
            try:
                found = self._by(caller)
            except PolicyError as problem:
                self.search.reasons.append(str(problem))
                continue
            if found is not None:
                yield found

    def _callers(self) -> Iterator[Caller]:
        question = self.search.question
        seen = callers.views(self.statements, question.condition, self._accounts())
        partition = question.facts.partition
        own = [a for r in question.resources if (a := _account(r))]
        yield from callers.classes(seen, question.callers, partition, callers.hints(partition, own))

    def _accounts(self) -> Iterator[Group]:
        """Accounts of callers that matter: the resource's, and the organisation's where a policy asks for it."""
        for pattern in self._resource_patterns():
            if account := _account(pattern):
                yield (resources.in_account(account),)
        keys = {key.lower() for s in self.statements for block in s.condition.values() for key in block}
        keys |= {key.lower() for block in self.search.question.condition.values() for key in block}
        if keys & _ORGANIZATION_KEYS:
            yield languages.account_of_arn(tuple(sorted(self.search.question.facts.members)))
        if "aws:resourceaccount" in keys:
            yield from ((resources.in_account(pattern),) for pattern in self._resource_accounts())

    def _resource_patterns(self) -> tuple[str, ...]:
        question = self.search.question
        if not resources.is_open(question.resources):
            return question.resources
        return (*question.resources, *(r for s in self.statements for r in (*s.resources, *s.not_resources)))

    def _resource_accounts(self) -> tuple[str, ...]:
        """What policies compare aws:ResourceAccount with."""
        conditions = (*(s.condition for s in self.statements), self.search.question.condition)
        found = (
            value
            for condition in conditions
            for operator, block in condition.items()
            for key, wanted in block.items()
            if key.lower() == "aws:resourceaccount" and operator != "Null"
            for value in wanted
        )
        return tuple(dict.fromkeys(value for value in found if "${" not in value))

    def _by(self, caller: Caller) -> Found | None:
        question = self.search.question
        for resource in self._resources(caller):
            self.search.looked_at += 1
            situation = Situation(
                caller, self.action, resource, question.facts, question.given, question.closed
            )
            if self._excluded(situation):
                continue
            judge = Judge(situation, self.search.supplies)
            open_keys = self._solve(self._formula(judge), judge, {})
            if open_keys is not None:
                return self._confirmed(judge, open_keys)
        return None

    def _resources(self, caller: Caller) -> Iterator[str]:
        question = self.search.question
        if not resources.is_open(question.resources):
            yield from question.resources
            return
        judge = Judge(
            Situation(caller, self.action, "*", question.facts, question.given, question.closed),
            self.search.supplies,
        )
        patterns = {p for s in self.statements for p in (*s.resources, *s.not_resources) if p != "*"}
        compared = []
        for pattern in sorted(patterns):
            pieces = judge.filled(pattern)
            # A NotResource with an undefined variable spares whatever it could match.
            compared.append(languages.like(widest(pattern)) if pieces is None else languages.resource(pieces))
        accounts = (*((caller.account,) if caller.account is not None else ()), *self._resource_accounts())
        yield from resources.classes(
            self.action, question.resources, compared, accounts, question.facts.partition
        )

    def _formula(self, judge: Judge) -> Formula:
        question = self.search.question
        form = judge.condition(question.condition)
        if form is False:
            return False
        allows = judge.allows(self.policies)
        wanted = allows if question.allowed else negated(allows)
        if self.unless is None or wanted is False:
            return both((form, wanted))
        otherwise = judge.allows(self.unless)
        return both((form, wanted, negated(otherwise) if question.allowed else otherwise))

    def _excluded(self, situation: Situation) -> bool:
        for axiom in self.search.axioms:
            if axiom.excludes is not None and axiom.excludes(situation):
                self.search.used.add(axiom.id)
                return True
        return False

    def _solve(
        self, formula: Formula, judge: Judge, settled: Mapping[str, Values]
    ) -> Mapping[str, Values] | None:
        """Values of the open keys for which the formula holds, or None."""
        self.search.looked_at += 1
        if self.search.looked_at > MOST_BRANCHES:
            msg = f"the conditions combine in more than {MOST_BRANCHES:,} ways"
            raise UndecidedError(msg)
        if isinstance(formula, bool):
            return settled if formula else None
        left = frozenset(atoms(formula))
        key = min((found.key for found in left), key=rank)
        about = frozenset(found for found in left if found.key == key)
        about |= frozenset(interests(key, left, judge.situation))
        for value in self._values(key, about, judge.situation, settled):
            solved = self._solve(simplified(formula, value.truths), judge, {**settled, key: value.found})
            if solved is not None:
                return solved
        return None

    def _values(
        self, key: str, about: frozenset[Atom], situation: Situation, settled: Mapping[str, Values]
    ) -> tuple[Value, ...]:
        demanded: set[tuple[Atom, bool]] = set()
        demanding: set[str] = set()
        for axiom in self.search.axioms:
            demands = tuple(axiom.demands(situation, key, settled)) if axiom.demands is not None else ()
            if demands:
                demanded.update(demands)
                demanding.add(axiom.id)
        found, ruled_out = values(key, about, frozenset(demanded))
        if ruled_out:
            self.search.used |= demanding
        return found

    def _confirmed(self, judge: Judge, open_keys: Mapping[str, Values]) -> Found:
        """The request found, once the evaluator says the same of it."""
        question, situation = self.search.question, judge.situation
        values = self._completed(judge, open_keys)
        request = situation.request({judge.spelled.get(key, key): found for key, found in values.items()})
        decision = self._decision(request, question.policies)
        agreed = decision.allowed is question.allowed
        if question.unless is not None:
            agreed = agreed and self._decision(request, question.unless).allowed is not question.allowed
        if not agreed:
            msg = f"the evaluator does not confirm {request}: {'; '.join(decision.reasons)}"
            raise UndecidedError(msg)
        return Found(request, decision)

    def _completed(self, judge: Judge, open_keys: Mapping[str, Values]) -> Mapping[str, Values]:
        """The values found, and one for every key that did not matter but that axioms demand to be there."""
        values = dict(open_keys)
        for key in sorted(judge.spelled.keys() - open_keys.keys(), key=rank):
            possible = self._values(key, frozenset(), judge.situation, values)
            if not possible:
                msg = f"no value of {key} fits the rest of the request"
                raise UndecidedError(msg)
            values[key] = possible[0].found
        return values

    def _decision(self, request: Request, policies: PolicySet) -> Decision:
        return evaluate(request, policies, self.search.supplies)


def _account(pattern: str) -> str:
    """The account that a resource pattern names, or nothing where it takes any."""
    parts = pattern.split(":", 5)
    account = parts[4] if len(parts) == 6 else ""
    return "" if account == "*" or "${" in account else account
