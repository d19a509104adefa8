"""Whether AWS can do what a document says: actions, condition keys and resource types against AWS's data.

No invented condition keys: one that a request never carries makes a statement match always or never, and AWS
accepts it without a word. ``check`` finds that, by these rules:

- An action must exist; a pattern must match one that does. The services are those of the frozen data.
- *An action named in full* must supply every key of the statement (itself, through a resource type that
  the statement's resources reach, or as a global key). If it does not, an operator that wants the key
  makes the statement dead for the action, and one that absence satisfies (negated ones, ``Null …
  true``, ``ForAllValues``) makes it match every request. ``…IfExists`` on a positive operator says on
  purpose that absence is fine; there it is enough that one action of the statement supplies the key. A
  negated ``…IfExists`` is no different from the negated operator without it.
- *A pattern* (``kms:*``) needs one action that supplies the key. An action of the pattern that does not
  is left alone if some positive condition keeps the statement from it (``aws:ResourceTag`` keeps
  ``kms:*`` off ``kms:ListKeys``); if instead absence satisfies, the statement matches that action
  always, and that is a problem.
- ``*`` and ``NotAction`` reach everything, so there a key only has to exist.
- Every resource must be one that some action authorises, and every action must authorise one of them.
- The operator must fit the key's type; multi-valued keys need a set operator and others must not have one.
- A Deny that protects tag keys must not depend on their case, and must cover tagging on creation too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.arn_patterns import can_match
from bedrock_cmk_guard.iam.authorization_shapes import Shape, reached
from bedrock_cmk_guard.iam.authorization_values import value_problems
from bedrock_cmk_guard.iam.document import Effect, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.grammar import Operator, operator
from bedrock_cmk_guard.iam.problems import Problem, StatementLike, Trap
from bedrock_cmk_guard.iam.service_data import Action, frozen_service
from bedrock_cmk_guard.iam.supply import Services, Viewer, absence, known_type

__all__ = ["Problem", "Trap", "check", "check_statement", "require", "untagged_creation"]


@dataclass(frozen=True, slots=True)
class _Target:
    """One action pattern of a statement, and what it matches."""

    pattern: str
    actions: tuple[Action, ...]

    @property
    def exact(self) -> bool:
        return "*" not in self.pattern and "?" not in self.pattern


class _Entry(NamedTuple):
    """One line of a condition."""

    operator: Operator
    key: str
    values: tuple[str, ...]

    @property
    def matches_absent(self) -> bool:
        """Whether a request without the key satisfies the line."""
        found = self.operator
        if found.family == "null":
            return any(value.lower() == "true" for value in self.values)
        if found.if_exists or found.quantifier == "ForAllValues":
            return True
        return found.negated and found.quantifier != "ForAnyValue"

    @property
    def has_marks(self) -> bool:
        """Whether it matters what a value says: of all others only the operator and the key are looked at."""
        return any("*" in value or "${" in value for value in self.values)

    @property
    def on_purpose(self) -> bool:
        """Whether the line says that absence is fine: a positive ``…IfExists``."""
        return self.operator.if_exists and not self.operator.negated


def check(
    document: PolicyDocument, *, services: Services = frozen_service, trust_guide: bool = False
) -> list[Problem]:
    """Return all that is wrong with a document, in the order of its statements.

    ``trust_guide`` accepts the keys of ``supply.GUIDE_KEYS``, which AWS's guide has and its data lacks.
    """
    problems: list[Problem] = []
    for statement in document.statements:
        found = _StatementCheck(document.kind, statement, services, trust_guide)
        if not found.sound():
            problems += found.problems()
    return problems + list(untagged_creation(document.statements, services))


def check_statement(
    kind: PolicyKind,
    statement: StatementLike,
    *,
    services: Services = frozen_service,
    trust_guide: bool = False,
) -> Iterator[Problem]:
    """Yield what is wrong with one statement by itself."""
    return _StatementCheck(kind, statement, services, trust_guide).problems()


def require(document: PolicyDocument, *, trust_guide: bool = False) -> None:
    """Raise a ``PolicyError`` with every problem of the document, if there is one."""
    if problems := check(document, trust_guide=trust_guide):
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise PolicyError(f"{document.kind} policy does not do in AWS what it says:{lines}")


class _StatementCheck:
    """The rules of the module for one statement."""

    def __init__(
        self, kind: PolicyKind, statement: StatementLike, services: Services, trust_guide: bool
    ) -> None:
        self.kind = kind
        self.statement = statement
        self.services = services
        self.trust_guide = trust_guide
        self.viewer = Viewer.of(kind, statement.principal)
        self.entries = tuple(
            _Entry(operator(name), key, values)
            for name, block in statement.condition.items()
            for key, values in block.items()
        )

    def sound(self) -> bool:
        """Whether there is no problem; statements that differ only in names are judged once."""
        values = (
            problem for entry in self.entries if entry.has_marks for problem in self._check_value(entry)
        )
        return next(values, None) is None and _is_sound(self._shape())

    def _shape(self) -> Shape:
        return Shape(
            kind=self.kind,
            denies=self.statement.effect is Effect.DENY,
            viewer=self.viewer,
            services=self.services,
            trust_guide=self.trust_guide,
            actions=self.statement.actions,
            not_actions=self.statement.not_actions,
            excluding=bool(self.statement.not_resources),
            reached=reached(self.statement, self.services),
            lines=tuple((entry.operator.name, entry.key, entry.matches_absent) for entry in self.entries),
            example=self.statement,
        )

    def problems(self) -> Iterator[Problem]:
        everything = bool(self.statement.not_actions) or "*" in self.statement.actions
        targets: list[_Target] = []
        for pattern in self.statement.actions + self.statement.not_actions:
            if pattern == "*":
                continue
            target, problem = self._target(pattern)
            if problem:
                yield problem
            else:
                targets.append(target)
        for entry in self.entries:
            yield from self._check_value(entry)
        if everything:
            yield from self._check_known()
            return
        yield from self._check_resources(targets)
        yield from self._check_supply(targets)

    def _problem(
        self,
        trap: Trap,
        message: str,
        action: object = "",
        entry: _Entry | None = None,
        *,
        resource: str = "",
        value: str = "",
        reason: str = "",
    ) -> Problem:
        key, operator_, always = "", "", None
        if entry:
            key, operator_, always = entry.key, entry.operator.name, entry.matches_absent
        sid = self.statement.sid
        return Problem(
            sid,
            str(action),
            key,
            message,
            trap,
            operator_,
            resource,
            value,
            always if reason else None,
            reason,
        )

    def _target(self, pattern: str) -> tuple[_Target, Problem | None]:
        prefix, _, name = pattern.partition(":")
        service = self.services(prefix)
        target = _Target(pattern, service.matching(name) if service else ())
        if service is None:
            return target, self._problem(
                Trap.UNKNOWN_SERVICE, f"{pattern}: there is no data on the service {prefix!r}", pattern
            )
        if not target.actions:
            near = get_close_matches(name.lower(), service.actions, n=1)
            hint = f"; did you mean {service.actions[near[0]]}?" if near else ""
            message = f"{pattern}: AWS has no such action{hint}"
            return target, self._problem(Trap.UNKNOWN_ACTION, message, pattern)
        if self.kind is PolicyKind.KEY and service.prefix != "kms":
            message = f"{pattern}: a key policy governs kms actions only"
            return target, self._problem(Trap.NO_KEY_ACTION, message, pattern)
        return target, None

    def _check_known(self) -> Iterator[Problem]:
        for entry in self.entries:
            if known_type(entry.key, self.services) is None:
                yield self._problem(Trap.UNKNOWN_KEY, f"AWS has no condition key {entry.key}", "*", entry)

    def _check_value(self, entry: _Entry) -> Iterator[Problem]:
        kind = known_type(entry.key, self.services)
        denies = self.statement.effect is Effect.DENY
        for trap, message, value in value_problems(
            entry.operator, entry.key, entry.values, kind, self.services, denies=denies
        ):
            yield self._problem(trap, message, "", entry, value=value)

    # Resources

    def _check_resources(self, targets: list[_Target]) -> Iterator[Problem]:
        statement = self.statement
        patterns = statement.resources or statement.not_resources
        reached = {
            pattern: any(self._reach(action, pattern) for target in targets for action in target.actions)
            for pattern in patterns
        }
        if targets:
            for pattern, found in reached.items():
                if not found:
                    verb = "applies to" if statement.resources else "excludes"
                    yield self._problem(
                        Trap.UNREACHED_RESOURCE,
                        f"no action of the statement authorises {pattern}, so it {verb} nothing",
                        resource=pattern,
                    )
        if "*" in patterns or statement.not_resources:
            return
        for target in targets:
            if not any(self._reach(action, pattern) for action in target.actions for pattern in patterns):
                wanted = sorted({kind for action in target.actions for kind in action.resources})
                kinds = f"authorises {', '.join(wanted)}" if wanted else "is authorised on '*' only"
                yield self._problem(
                    Trap.WRONG_RESOURCE_TYPE,
                    f"{target.pattern} {kinds}, which is none of {', '.join(patterns)}",
                    target.pattern,
                )

    def _reach(self, action: Action, pattern: str) -> bool:
        return pattern == "*" or any(self._is_of(action, kind, pattern) for kind in action.resources)

    def _is_of(self, action: Action, kind: str, pattern: str) -> bool:
        service = self.services(action.service)
        resource = service.resource_types.get(kind) if service else None
        return resource is not None and can_match(pattern, resource.arn)

    def _kinds(self, action: Action) -> frozenset[str] | None:
        """Return the resource types that the statement's resources reach; all of them as None."""
        patterns = self.statement.resources
        if not patterns or "*" in patterns:
            return None
        return frozenset(
            kind
            for kind in action.resources
            if any(self._is_of(action, kind, pattern) for pattern in patterns)
        )

    # Condition keys

    def _check_supply(self, targets: list[_Target]) -> Iterator[Problem]:
        lacks = {
            action: {
                entry.key: reason for entry in self.entries if (reason := self._absence(action, entry.key))
            }
            for target in targets
            for action in target.actions
        }
        supplied = {
            entry.key: any(entry.key not in missing for missing in lacks.values()) for entry in self.entries
        }
        for target in targets:
            for entry in self.entries:
                if entry.on_purpose and supplied[entry.key]:
                    continue
                lacking = [action for action in target.actions if entry.key in lacks[action]]
                if target.exact or len(lacking) == len(target.actions):
                    yield from self._never(target, lacking, entry, lacks)
                elif entry.matches_absent:
                    yield from self._always(lacking, entry, lacks)

    def _absence(self, action: Action, key: str) -> str | None:
        return absence(
            action, key, self._kinds(action), self.viewer, self.services, trust_guide=self.trust_guide
        )

    def _never(
        self, target: _Target, lacking: list[Action], entry: _Entry, lacks: dict[Action, dict[str, str]]
    ) -> Iterator[Problem]:
        """Report a key that no action of the target supplies."""
        if not lacking:
            return
        reason = lacks[lacking[0]][entry.key]
        known = known_type(entry.key, self.services) is not None
        if not known:
            reason = "AWS has no such condition key"
        yield self._problem(
            Trap.NEVER_SUPPLIED if known else Trap.UNKNOWN_KEY,
            f"{target.pattern} never supplies {entry.key} ({reason}), {self._consequence(entry)}",
            target.pattern,
            entry,
            reason=reason,
        )

    def _always(
        self, lacking: list[Action], entry: _Entry, lacks: dict[Action, dict[str, str]]
    ) -> Iterator[Problem]:
        """Report the actions of a pattern that the statement matches always, for want of a key."""
        for action in lacking:
            kept_off = any(not other.matches_absent and other.key in lacks[action] for other in self.entries)
            if not kept_off:
                reason = lacks[action][entry.key]
                yield self._problem(
                    Trap.NEVER_SUPPLIED,
                    f"{action} never supplies {entry.key} ({reason}), {self._consequence(entry)}",
                    action,
                    entry,
                    reason=reason,
                )

    def _consequence(self, entry: _Entry) -> str:
        verb = "denies" if self.statement.effect is Effect.DENY else "allows"
        if entry.matches_absent:
            return f"so {entry.operator.name} is always true and the statement {verb} regardless of it"
        return f"so {entry.operator.name} is never true and the statement never {verb}"


@lru_cache(maxsize=4096)
def _is_sound(shape: Shape) -> bool:
    check = _StatementCheck(shape.kind, shape.example, shape.services, shape.trust_guide)
    return next(check.problems(), None) is None


def untagged_creation(statements: Iterable[StatementLike], services: Services) -> Iterator[Problem]:
    """Find a Deny that guards tag keys on tagging calls only: creation can still set the tag."""
    guarded: dict[str, StatementLike] = {}
    creating: set[str] = set()
    for statement in statements:
        if statement.effect is not Effect.DENY or not _guards_tag_keys(statement):
            continue
        for pattern in statement.actions:
            prefix, _, name = pattern.partition(":")
            service = services(prefix)
            for action in service.matching(name) if service else ():
                if "aws:TagKeys" not in action.keys:
                    continue
                if "Tagging" in action.level and not action.name.startswith("Untag"):
                    guarded.setdefault(action.service, statement)
                elif "Tagging" not in action.level:
                    creating.add(action.service)
    for prefix, statement in guarded.items():
        service = services(prefix)
        others = [
            action.name
            for action in (service.actions.values() if service else ())
            if "aws:TagKeys" in action.keys
            and "Tagging" not in action.level
            and action.name.startswith("Create")
        ]
        if others and prefix not in creating:
            yield Problem(
                statement.sid,
                f"{prefix}:{others[0]}",
                "aws:TagKeys",
                f"the tags are guarded on tagging calls but not on creation; {prefix} sets them also in "
                f"{', '.join(others[:4])}{', …' if len(others) > 4 else ''}",
                Trap.TAG_ON_CREATE,
            )


def _guards_tag_keys(statement: StatementLike) -> bool:
    return any(
        key.lower() == "aws:tagkeys" and not operator(name).negated and operator(name).family == "string"
        for name, block in statement.condition.items()
        for key in block
    )
