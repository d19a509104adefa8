"""Policies and questions put to z3, written apart from the prover: only the grammar is shared.

A request is a handful of string and Boolean variables. A key with one value is a string and whether it is there; of a
key with several values each value that a policy names is a Boolean, and one more stands for all others. What is not
translated raises ``NotTranslated``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import z3

from bedrock_cmk_guard.iam import Effect, PolicyDocument, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet, Request, supplied_by_aws
from bedrock_cmk_guard.iam.grammar import operator
from bedrock_cmk_guard.iam.prover import Callers, Kind, Question

ANY = z3.Star(z3.AllChar(z3.ReSort(z3.StringSort())))
ONE = z3.AllChar(z3.ReSort(z3.StringSort()))
NOT_COLON = z3.Intersect(ONE, z3.Complement(z3.Re(":")))
DIGIT = z3.Range("0", "9")
ACCOUNT = z3.Loop(DIGIT, 12, 12)
NAME = z3.Union(z3.Range("a", "z"), z3.Range("A", "Z"), DIGIT, *(z3.Re(c) for c in "+=,.@_-"))


CALLERS_ACCOUNT = "${aws:PrincipalAccount}"


class NotTranslated(Exception):
    """Something that this translation does not know."""


def glob(pattern: str, star: z3.ReRef = ANY, one: z3.ReRef = ONE) -> z3.ReRef:
    parts = [star if c == "*" else one if c == "?" else z3.Re(c) for c in pattern]
    return z3.Concat(*parts) if len(parts) > 1 else parts[0] if parts else z3.Re("")


def arn(pattern: str) -> z3.ReRef:
    segments = pattern.split(":", 5)
    if len(segments) < 6:
        raise NotTranslated(pattern)
    inner = [glob(s, z3.Star(NOT_COLON), NOT_COLON) for s in segments[:5]]
    parts: list[z3.ReRef] = []
    for segment in inner:
        parts += [segment, z3.Re(":")]
    return z3.Concat(*parts, glob(segments[5]))


class World:
    """The variables of one request, for one action on one resource."""

    def __init__(self, question: Question, action: str) -> None:
        self.question, self.action, self.resource = question, action, question.resources[0]
        self.account = z3.String("account")
        self.name = z3.String("name")
        self.kind = z3.Int("kind")
        self.arn = z3.String("aws:principalarn")
        self.values: dict[str, tuple[z3.BoolRef, z3.SeqRef]] = {}
        self.numbers: dict[str, z3.ArithRef] = {}

    def rules(self) -> list[z3.BoolRef]:
        """Who calls: a root, a user or a role (service-linked ones apart) of an account."""
        iam, account = z3.StringVal("arn:aws:iam::"), self.account
        role_name = z3.Concat(z3.Star(z3.Union(NAME, z3.Re("/"))), NAME)
        linked = z3.Concat(z3.Re("aws-service-role/"), ANY)
        callers = self.question.callers
        rules = [
            z3.InRe(account, ACCOUNT),
            z3.InRe(self.name, role_name),
            z3.Not(z3.InRe(self.name, linked)),
            z3.Or(*(self.kind == number for number, kind in enumerate(KINDS) if kind in callers.kinds)),
            z3.Implies(self.kind == 0, self.arn == z3.Concat(iam, account, z3.StringVal(":root"))),
            z3.Implies(
                self.kind == 1, self.arn == z3.Concat(iam, account, z3.StringVal(":user/"), self.name)
            ),
            z3.Implies(
                self.kind == 2, self.arn == z3.Concat(iam, account, z3.StringVal(":role/"), self.name)
            ),
        ]
        if callers.accounts is not None:
            rules.append(z3.Or(*(account == z3.StringVal(each) for each in sorted(callers.accounts))))
        rules += [account != z3.StringVal(each) for each in sorted(callers.outside)]
        facts = self.question.facts
        member = z3.Or(*(account == z3.StringVal(each) for each in sorted(facts.members)))
        present, value = self.single("aws:PrincipalOrgID")
        rules.append(z3.Implies(member, z3.And(present, value == z3.StringVal(str(facts.organization)))))
        present, value = self.single("kms:ScheduleKeyDeletionPendingWindowInDays", number=True)
        return [*rules, value >= 7, value <= 30]

    def single(self, key: str, *, number: bool = False) -> tuple[z3.BoolRef, z3.ExprRef]:
        low = key.lower()
        if number:
            return z3.Bool(f"has {low}"), self.numbers.setdefault(low, z3.Int(low))
        return self.values.setdefault(low, (z3.Bool(f"has {low}"), z3.String(low)))

    def key(self, key: str, number: bool) -> tuple[z3.BoolRef, z3.ExprRef]:
        """Whether the request carries a key, and its value."""
        low = key.lower()
        given = {name.lower(): value for name, value in self.question.given.items()}
        probe = Request("arn:aws:iam::999999999999:role/x", self.action, self.resource)
        if not supplied_by_aws(probe, key):
            return z3.BoolVal(False), z3.StringVal("")
        if low in given:
            return z3.BoolVal(True), z3.StringVal(str(given[low]))
        if low.startswith(self.question.closed) and self.question.closed:
            return z3.BoolVal(False), z3.StringVal("")
        fixed: Mapping[str, z3.SeqRef] = {
            "aws:principalarn": self.arn,
            "aws:principalaccount": self.account,
            "kms:calleraccount": self.account,
            "aws:principalisawsservice": z3.StringVal("false"),
            "aws:resourceaccount": z3.StringVal(self.resource.split(":")[4]),
        }
        if low in fixed:
            return z3.BoolVal(True), fixed[low]
        return self.single(key, number=number)

    def test(self, name: str, key: str, wanted: Iterable[str]) -> z3.BoolRef:
        found = operator(name)
        number = found.family == "numeric"
        if found.quantifier or found.family not in ("string", "arn", "bool", "null", "numeric"):
            raise NotTranslated(name)
        if any("${" in each and each != CALLERS_ACCOUNT for each in wanted):
            raise NotTranslated("policy variable")
        present, value = self.key(key, number)
        if found.family == "null":
            return z3.Or(*(z3.Not(present) if each == "true" else present for each in wanted))
        matches = z3.Or(*(self.match(found.base, value, each) for each in wanted))
        holds = z3.Not(matches) if found.negated else matches
        absent = z3.BoolVal(found.if_exists or found.negated)
        return z3.If(present, holds, absent)

    def match(self, base: str, value: z3.ExprRef, wanted: str) -> z3.BoolRef:
        if wanted == CALLERS_ACCOUNT:
            return value == self.account
        if base.startswith("Arn"):
            return z3.InRe(value, arn(wanted))
        if "Like" in base:
            return z3.InRe(value, glob(wanted))
        if base.startswith("Numeric"):
            compare = {
                "LessThan": value < int(wanted),
                "LessThanEquals": value <= int(wanted),
                "GreaterThan": value > int(wanted),
            }
            return compare[base.removeprefix("Numeric")]
        if "IgnoreCase" in base:
            raise NotTranslated(base)
        return value == z3.StringVal(wanted)

    def condition(self, condition: Mapping[str, Mapping[str, tuple[str, ...]]]) -> z3.BoolRef:
        return z3.And(*(self.test(o, k, w) for o, block in condition.items() for k, w in block.items()))

    def speaks(self, statement: Statement) -> z3.BoolRef:
        """Whether a statement's action and resource fit, which z3 is not needed for, and its condition."""

        def covers(pattern: str) -> bool:
            return re.fullmatch(pattern.lower().replace("*", ".*"), self.action.lower()) is not None

        named = any(map(covers, statement.actions or statement.not_actions))
        if named is not bool(statement.actions):
            return z3.BoolVal(False)
        if statement.not_resources or any("${" in each for each in statement.resources):
            raise NotTranslated("NotResource")
        if not any(
            each == "*" or re.fullmatch(each.replace("*", ".*"), self.resource)
            for each in statement.resources
        ):
            return z3.BoolVal(False)
        return self.condition(statement.condition)

    def names(self, principal: Principal) -> tuple[z3.BoolRef, z3.BoolRef]:
        """Whether a Principal names the caller, and whether it names its account."""
        if principal.everyone:
            return z3.BoolVal(True), z3.BoolVal(False)
        direct, account = [z3.BoolVal(False)], [z3.BoolVal(False)]
        for each in principal.aws:
            if each.endswith(":root") or each.isdigit():
                number = each if each.isdigit() else each.split(":")[4]
                account.append(self.account == z3.StringVal(number))
            else:
                direct.append(self.arn == z3.StringVal(each))
        of_account = z3.Or(*account)
        is_root = self.kind == 0
        return z3.Or(*direct, z3.And(of_account, is_root)), z3.And(of_account, z3.Not(is_root))

    def some(self, documents: Iterable[PolicyDocument], effect: Effect) -> z3.BoolRef:
        found = [z3.BoolVal(False)]
        for document in documents:
            found += [self.speaks(s) for s in document.statements if s.effect is effect]
        return z3.Or(*found)

    def allows(self, policies: PolicySet) -> z3.BoolRef:
        scps = tuple(d for level in policies.scps or () for d in level)
        rcps = tuple(d for level in policies.rcps or () for d in level)
        key = policies.resource_policy
        assert key is not None
        denied, direct, delegated = [z3.BoolVal(False)], [z3.BoolVal(False)], [z3.BoolVal(False)]
        for statement in key.statements:
            assert statement.principal is not None
            named, account = self.names(statement.principal)
            speaks = self.speaks(statement)
            if statement.effect is Effect.DENY:
                denied.append(z3.And(z3.Or(named, account), speaks))
            else:
                direct.append(z3.And(named, speaks))
                delegated.append(z3.And(account, speaks))
        own = z3.Or(self.kind == 0, self.some(policies.identity, Effect.ALLOW))
        same = self.account == z3.StringVal(self.resource.split(":")[4])
        either, by_account = z3.Or(*direct), z3.Or(*delegated)
        granted = z3.If(same, z3.Or(either, z3.And(by_account, own)), z3.And(z3.Or(either, by_account), own))
        levels = [self.some(level, Effect.ALLOW) for level in policies.scps or ()]
        refused = z3.Or(self.some((*scps, *rcps, *policies.identity), Effect.DENY), *denied)
        return z3.And(z3.Not(refused), granted, *levels)


KINDS = (Kind.ROOT, Kind.USER, Kind.ROLE)


def is_possible(question: Question, action: str) -> bool | None:
    """Whether a request of the form exists, by z3; None if it does not say in time."""
    callers = Callers(
        question.callers.kinds & frozenset(KINDS), question.callers.accounts, question.callers.outside
    )
    world = World(
        Question(**{**{f: getattr(question, f) for f in question.__slots__}, "callers": callers}), action
    )
    solver = z3.Solver()
    solver.set("timeout", 20_000)
    solver.add(*world.rules(), world.condition(question.condition))
    allowed = world.allows(question.policies)
    solver.add(allowed if question.allowed else z3.Not(allowed))
    answer = solver.check()
    return None if answer == z3.unknown else bool(answer == z3.sat)
