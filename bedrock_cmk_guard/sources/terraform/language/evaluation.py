"""Gives expressions their values."""

from __future__ import annotations

from collections.abc import Mapping

from bedrock_cmk_guard.sources.terraform.language import operators, traversal
from bedrock_cmk_guard.sources.terraform.language.branches import choose
from bedrock_cmk_guard.sources.terraform.language.casting import cast
from bedrock_cmk_guard.sources.terraform.language.expressions import (
    Binary,
    Call,
    Conditional,
    Expression,
    ForList,
    ForMap,
    GetAttribute,
    Index,
    Literal,
    ObjectExpression,
    Reference,
    Splat,
    SplatItem,
    Template,
    TemplateFor,
    TemplateIf,
    TemplatePart,
    TupleExpression,
    Unary,
    Unsupported,
    Wrapped,
)
from bedrock_cmk_guard.sources.terraform.language.functions import FUNCTIONS
from bedrock_cmk_guard.sources.terraform.language.joining import (
    gathered,
    joined,
    known_text,
    may_fail,
    spread,
)
from bedrock_cmk_guard.sources.terraform.language.scope import EmptyScope, EvaluationError, Scope
from bedrock_cmk_guard.sources.terraform.language.types import BOOL
from bedrock_cmk_guard.sources.terraform.language.values import (
    OneOf,
    Value,
    is_known,
    is_open,
    one_of,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Step, Unknown

MAX_ITEMS = 10_000
"""That one ``for`` walks."""

Trail = list[Step]
Bound = Mapping[object, Value]


def evaluate(expression: Expression, scope: Scope, trail: Trail | None = None) -> Value:
    """Return what an expression is worth. An error of Terraform's is Unknown; nothing is raised.

    The trail gets the steps by which the value came there: of a conditional those of the branch that is taken.
    """
    steps: Trail = []
    try:
        value = _Evaluator(scope, {}).value(expression, steps)
    except EvaluationError as error:
        value = Unknown(f"Terraform would refuse it: {error}")
    except RecursionError:
        value = Unknown("it is nested too deep")
    if trail is not None:
        trail.extend(steps)
    return value


class _Evaluator:
    """Evaluates in a scope, with the names that a ``for`` or splat binds."""

    def __init__(self, scope: Scope, bound: Bound) -> None:
        self._scope = scope
        self._bound = bound

    def value(self, expression: Expression, trail: Trail) -> Value:
        match expression:
            case Literal(_, value):
                return value
            case Wrapped(_, inner):
                return self.value(inner, trail)
            case Template(_, parts):
                return self._template(parts, trail)
            case Reference():
                return self._reference(expression, trail)
            case Conditional():
                return self._conditional(expression, trail)
            case Call():
                return self._call(expression, trail)
            case Unsupported(_, reason):
                return Unknown(reason)
            case _:
                return self._composed(expression, trail)

    def _composed(self, expression: Expression, trail: Trail) -> Value:
        match expression:
            case GetAttribute(_, inner, name):
                return traversal.attribute(self.value(inner, trail), name)
            case Index(_, collection, key):
                return traversal.element(self.value(collection, trail), self.value(key, trail))
            case SplatItem():
                return self._bound[id(expression)]
            case Splat(_, source, each, item):
                return spread(lambda value: self._splat(value, each, item), [self.value(source, trail)])
            case Binary(_, between, left, right):
                values = [self.value(left, trail), self.value(right, trail)]
                return spread(lambda one, other: operators.binary(between, one, other), values)
            case Unary(_, operator, operand):
                of_one = operators.negated if operator == "!" else operators.negative
                return spread(of_one, [self.value(operand, trail)])
            case TupleExpression(_, items):
                return gathered([self.value(item, trail) for item in items], tuple)
            case ObjectExpression(_, pairs):
                return self._object(pairs, trail)
            case ForList() | ForMap():
                return spread(
                    lambda value: self._for(expression, value, trail),
                    [self.value(expression.collection, trail)],
                )
            case _:
                return Unknown("it is not evaluated here")

    def _reference(self, expression: Reference, trail: Trail) -> Value:
        root, attributes = expression.root, expression.attributes
        if root in self._bound:
            value = self._bound[root]
        else:
            resolved = self._scope.resolve(root, attributes, expression.place)
            trail.extend(resolved.steps)
            value, attributes = resolved.value, attributes[resolved.consumed :]
        for name in attributes:
            value = traversal.attribute(value, name)
        return value

    def _conditional(self, expression: Conditional, trail: Trail) -> Value:
        condition = self.value(expression.condition, [])
        steps: dict[str, Trail] = {"then": [], "otherwise": []}
        value = choose(
            condition,
            lambda: self.value(expression.then, steps["then"]),
            lambda: self.value(expression.otherwise, steps["otherwise"]),
        )
        truth = cast(condition, BOOL)
        for name, passed_over in (("then", False), ("otherwise", True)):
            if truth is not passed_over:
                trail.extend(steps[name])
        return value

    def _template(self, parts: tuple[TemplatePart, ...], trail: Trail) -> Value:
        return spread(joined, [self._part(part, trail) for part in parts])

    def _part(self, part: TemplatePart, trail: Trail) -> Value:
        if isinstance(part, str):
            return part
        if isinstance(part, TemplateIf):
            condition = self.value(part.condition, [])
            return choose(
                condition,
                lambda: self._template(part.then, trail),
                lambda: self._template(part.otherwise, trail),
            )
        if isinstance(part, TemplateFor):
            walked = self._walked(self.value(part.collection, trail), part.key, part.value)
            if isinstance(walked, Unknown):
                return walked
            return spread(joined, [inner._template(part.body, trail) for inner in walked])
        return self.value(part, trail)

    def _object(self, pairs: tuple[tuple[Expression, Expression], ...], trail: Trail) -> Value:
        made: dict[str, Value] = {}
        for key, inner in pairs:
            name = known_text(self.value(key, []))
            if isinstance(name, Unknown):
                return name
            made[name] = self.value(inner, trail)
        return gathered(list(made.values()), lambda values: dict(zip(made, values, strict=True)))

    def _splat(self, value: Value, each: Expression, item: SplatItem) -> Value:
        items = traversal.splat_items(value)
        if isinstance(items, Unknown):
            return items
        return tuple(self._binding({id(item): one}).value(each, []) for one in items)

    def _binding(self, names: Bound) -> _Evaluator:
        return _Evaluator(self._scope, {**self._bound, **names})

    def _walked(self, collection: Value, key: str | None, value: str) -> list[_Evaluator] | Unknown:
        entries = traversal.entries(collection)
        if isinstance(entries, Unknown):
            return entries
        walked: list[_Evaluator] = []
        for name, item in entries:
            if len(walked) >= MAX_ITEMS:
                return Unknown(f"it walks more than {MAX_ITEMS} elements")
            walked.append(self._binding({value: item} if key is None else {key: name, value: item}))
        return walked

    def _for(self, expression: ForList | ForMap, collection: Value, trail: Trail) -> Value:
        walked = self._walked(collection, expression.key, expression.value)
        if isinstance(walked, Unknown):
            return walked
        kept: list[_Evaluator] = []
        for inner in walked:
            holds = True if expression.condition is None else inner.value(expression.condition, [])
            truth = cast(holds, BOOL)
            if not isinstance(truth, bool):
                return why_unknown(truth) if is_open(truth) else Unknown("a condition is null")
            if truth:
                kept.append(inner)
        if isinstance(expression, ForList):
            return tuple(inner.value(expression.result, trail) for inner in kept)
        return self._map(expression, kept, trail)

    def _map(self, expression: ForMap, kept: list[_Evaluator], trail: Trail) -> Value:
        made: dict[str, Value] = {}
        grouped: dict[str, list[Value]] = {}
        for inner in kept:
            name = known_text(inner.value(expression.name, []))
            if isinstance(name, Unknown):
                return name
            value = inner.value(expression.result, trail)
            if expression.grouping:
                grouped.setdefault(name, []).append(value)
            elif name in made:
                raise EvaluationError(f"the key {name} comes twice")
            else:
                made[name] = value
        return {name: tuple(values) for name, values in grouped.items()} if expression.grouping else made

    # Functions.

    def _call(self, expression: Call, trail: Trail) -> Value:
        name = expression.name
        if name == "try":
            return self._try(expression.arguments, trail)
        if name == "can":
            return self._can(expression)
        arguments = [self.value(argument, trail) for argument in expression.arguments]
        if expression.expand and arguments:
            last = arguments.pop()
            if not isinstance(last, tuple):
                return why_unknown(last) if is_open(last) else Unknown("what is expanded is no list")
            arguments.extend(last)
        if name in ("file", "fileexists", "templatefile"):
            return spread(lambda *values: self._of_file(name, values), arguments)
        function = FUNCTIONS.get(name)
        if function is None:
            return Unknown(f"the function {name} is not computed here")
        return spread(function, arguments)

    def _try(self, arguments: tuple[Expression, ...], trail: Trail) -> Value:
        if not arguments:
            raise EvaluationError("no argument of try is without an error")
        steps: Trail = []
        try:
            value = self.value(arguments[0], steps)
        except EvaluationError:
            return self._try(arguments[1:], trail)
        trail.extend(steps)
        if isinstance(value, OneOf):
            fine = [each for each in value.options if not may_fail(each)]
            if len(fine) < len(value.options):
                return one_of([*fine, self._try(arguments[1:], trail)], value.reason)
        return value

    def _can(self, expression: Call) -> Value:
        try:
            value = self.value(expression.arguments[0], []) if expression.arguments else None
        except EvaluationError:
            return False
        return True if is_known(value) else why_unknown(value)

    def _of_file(self, function: str, arguments: tuple[Value, ...]) -> Value:
        path = known_text(arguments[0]) if arguments else Unknown("it names no file")
        content = path if isinstance(path, Unknown) else self._scope.read_file(path)
        if isinstance(content, Unknown):
            return content
        if function == "fileexists":
            return True
        try:
            decoded = content.decode()
        except UnicodeDecodeError:
            raise EvaluationError(f"{path} is not UTF-8") from None
        if function == "file":
            return decoded
        return self._rendered(decoded, str(path), arguments[1] if len(arguments) > 1 else None)

    def _rendered(self, template: str, path: str, variables: Value) -> Value:
        from bedrock_cmk_guard.sources.terraform.language.grammar import read_bare_template
        from bedrock_cmk_guard.sources.terraform.language.text import Source

        if not isinstance(variables, Mapping):
            return why_unknown(variables) if is_open(variables) else Unknown("templatefile takes an object")
        bound: dict[object, Value] = {name: variables[name] for name in variables}
        inner = _Evaluator(EmptyScope(), bound)
        return inner.value(read_bare_template(Source(template, path)), [])
