"""Reads an expression as HCL's own parser does.

tree-sitter tells where an expression stands, but its tree drops blanks next to interpolations, nests conditionals to
the left and accepts what HCL refuses; and text inside of JSON or of a template file has no tree at all. So the
expression itself is read from its text, and only when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import get_args

from bedrock_cmk_guard.sources.terraform.language.expressions import (
    Binary,
    BinaryOperator,
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
    TemplatePart,
    TupleExpression,
    Unary,
    Unsupported,
    Wrapped,
)
from bedrock_cmk_guard.sources.terraform.language.numbers import plain
from bedrock_cmk_guard.sources.terraform.language.templates import read_template
from bedrock_cmk_guard.sources.terraform.language.text import (
    DEEPEST,
    Source,
    Token,
    Tokens,
    UnreadableError,
    described,
)
from bedrock_cmk_guard.subjects import Place

_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)
_LEVEL = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_OPERATORS: dict[str, BinaryOperator] = {operator: operator for operator in get_args(BinaryOperator)}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_LONGEST_NUMBER = 150


def read_expression(source: Source, start: int, end: int) -> Expression:
    """Read the expression that is ``text[start:end]``; Unsupported where it is none."""

    def whole(parser: ExpressionParser) -> Expression:
        expression = parser.expression()
        rest = parser.tokens.read()
        if rest.kind != "end":
            raise UnreadableError(f"{described(rest)} follows the expression", rest.start)
        return expression

    return _read(source, start, end, whole)


def read_bare_template(source: Source) -> Expression:
    """Read a text that is a template as a whole: a template file, or a string in JSON."""

    def whole(parser: ExpressionParser) -> Expression:
        return parser.template(0, *read_template(parser, "end"))

    return _read(source, 0, len(source.text), whole)


def _read(
    source: Source, start: int, end: int, reading: Callable[[ExpressionParser], Expression]
) -> Expression:
    try:
        return reading(ExpressionParser(Tokens(source, start, end)))
    except UnreadableError as error:
        return Unsupported(source.place(error.at, error.at), f"it cannot be read: {error.message}")
    except RecursionError:
        return Unsupported(source.place(start, end), "it is nested too deep")


class ExpressionParser:
    """Reads expressions from tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._depth = 0

    def expression(self) -> Expression:
        """Read one expression: a conditional, or what binds closer."""
        start = self.tokens.peek().start
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnreadableError(f"expressions are nested more than {DEEPEST} deep", start)
        expression = self._binary(0)
        if self.tokens.skip("?"):
            then = self.expression()
            self.tokens.expect(":")
            otherwise = self.expression()
            expression = Conditional(self._place(start), expression, then, otherwise)
        self._depth -= 1
        return expression

    def template(
        self, start: int, parts: tuple[TemplatePart, ...], wrapped: Expression | None
    ) -> Literal | Template | Wrapped:
        """What a template's parts amount to."""
        place = self._place(start)
        if wrapped is not None:
            return Wrapped(place, wrapped)
        if not parts:
            return Literal(place, "")
        if len(parts) == 1 and isinstance(parts[0], str):
            return Literal(place, parts[0])
        return Template(place, parts)

    def _place(self, start: int) -> Place:
        return self.tokens.source.place(start, self.tokens.position)

    def _binary(self, lowest: int) -> Expression:
        """Operands joined by operators of this level of binding or closer; equal ones bind to the left."""
        start = self.tokens.peek().start
        left = self._with_traversal()
        while (operator := self._operator(lowest)) is not None:
            self.tokens.read()
            right = self._binary(_LEVEL[operator] + 1)
            left = Binary(self._place(start), operator, left, right)
        return left

    def _operator(self, lowest: int) -> BinaryOperator | None:
        token = self.tokens.peek()
        operator = _OPERATORS.get(token.text) if token.kind == "symbol" else None
        return operator if operator is not None and _LEVEL[operator] >= lowest else None

    def _with_traversal(self) -> Expression:
        start = self.tokens.peek().start
        return self._traversal(start, self._term())

    def _traversal(self, start: int, expression: Expression) -> Expression:
        while True:
            if self.tokens.skip("."):
                expression = self._after_dot(start, expression)
            elif self.tokens.next_is("["):
                expression = self._bracket(start, expression)
            else:
                return expression

    def _after_dot(self, start: int, expression: Expression) -> Expression:
        token = self.tokens.read()
        if token.kind == "name":
            return self._attribute(start, expression, token.text)
        if token.kind == "symbol" and token.text == "*":
            item = SplatItem(self._place(token.start))
            each: Expression = item
            while self.tokens.skip("."):
                each = self._attribute(start, each, self.tokens.name().text)
            return Splat(self._place(start), expression, each, item)
        if token.kind == "number":
            for digits in token.text.split("."):
                if not digits.isdecimal():
                    raise UnreadableError(f"{token.text} is no index", token.start)
                key = Literal(self._place(token.start), int(digits))
                expression = Index(self._place(start), expression, key)
            return expression
        raise UnreadableError(f"a name is expected behind the dot, not {described(token)}", token.start)

    def _attribute(self, start: int, expression: Expression, name: str) -> Expression:
        place = self._place(start)
        if isinstance(expression, Reference):
            return Reference(place, expression.root, (*expression.attributes, name))
        return GetAttribute(place, expression, name)

    def _bracket(self, start: int, expression: Expression) -> Expression:
        self.tokens.read()
        self.tokens.enter(newlines=False)
        opened = self.tokens.position
        if self.tokens.skip("*") and self.tokens.next_is("]"):
            self._close("]")
            item = SplatItem(self._place(start))
            each = self._traversal(start, item)
            return Splat(self._place(start), expression, each, item)
        self.tokens.position = opened
        key = self.expression()
        self._close("]")
        return Index(self._place(start), expression, key)

    def _term(self) -> Expression:
        token = self.tokens.read()
        match token.kind, token.text:
            case "name", text:
                return self._named(token, text)
            case "number", text:
                return Literal(self._place(token.start), self._number(token))
            case "quote", _:
                return self.template(token.start, *read_template(self, "quote"))
            case "heredoc", marker:
                flush = self.tokens.source.text.startswith("<<-", token.start)
                return self.template(token.start, *read_template(self, "heredoc", marker, flush=flush))
            case "symbol", "(":
                return self._parenthesised()
            case "symbol", "[":
                return self._tuple(token)
            case "symbol", "{":
                return self._object(token)
            case "symbol", ("-" | "!") as sign:
                return self._unary(token, "-" if sign == "-" else "!")
        raise UnreadableError(f"an expression is expected, not {described(token)}", token.start)

    def _unary(self, token: Token, sign: str) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnreadableError(f"expressions are nested more than {DEEPEST} deep", token.start)
        operand = self._with_traversal()
        self._depth -= 1
        return Unary(self._place(token.start), "-" if sign == "-" else "!", operand)

    def _number(self, token: Token) -> int | Decimal:
        if len(token.text) > _LONGEST_NUMBER:
            raise UnreadableError("the number is too long", token.start)
        try:
            number = Decimal(token.text)
        except ArithmeticError:
            raise UnreadableError(f"{token.text} is no number", token.start) from None
        if abs(number.adjusted()) > _LONGEST_NUMBER:
            raise UnreadableError("the number is too long", token.start)
        return plain(number)

    def _named(self, token: Token, name: str) -> Expression:
        if name in _WORDS:
            return Literal(self._place(token.start), _WORDS[name])
        while self.tokens.next_is("::"):
            self.tokens.read()
            name = f"{name}::{self.tokens.name().text}"
        if not self.tokens.next_is("("):
            return Reference(self._place(token.start), name)
        self.tokens.read()
        self.tokens.enter(newlines=False)
        arguments: list[Expression] = []
        expand = False
        while not self.tokens.next_is(")"):
            arguments.append(self.expression())
            if expand := self.tokens.skip("..."):
                self.tokens.skip(",")
                break
            if not self.tokens.skip(","):
                break
        self._close(")")
        return Call(self._place(token.start), name, tuple(arguments), expand)

    def _close(self, symbol: str) -> None:
        """Read the closing bracket; newlines before it do not count, those behind it count as they did before."""
        self.tokens.expect(symbol)
        self.tokens.leave()

    def _parenthesised(self) -> Expression:
        self.tokens.enter(newlines=False)
        expression = self.expression()
        self._close(")")
        return expression

    def _tuple(self, token: Token) -> Expression:
        self.tokens.enter(newlines=False)
        if self._is_for():
            return self._for(token, "]")
        items: list[Expression] = []
        while not self.tokens.next_is("]"):
            items.append(self.expression())
            if not self.tokens.skip(","):
                break
        self._close("]")
        return TupleExpression(self._place(token.start), tuple(items))

    def _is_for(self) -> bool:
        token = self.tokens.peek()
        return token.kind == "name" and token.text == "for"

    def _object(self, token: Token) -> Expression:
        self.tokens.enter(newlines=False)
        if self._is_for():
            return self._for(token, "}")
        self.tokens.leave()
        self.tokens.enter(newlines=True)
        items: list[tuple[Expression, Expression]] = []
        while True:
            self._skip_newlines()
            if self.tokens.next_is("}"):
                break
            items.append(self._item())
            following = self.tokens.peek()
            if following.kind == "newline" or self.tokens.skip(","):
                continue
            if not self.tokens.next_is("}"):
                message = f"a comma or a brace is expected, not {described(following)}"
                raise UnreadableError(message, following.start)
        self._close("}")
        return ObjectExpression(self._place(token.start), tuple(items))

    def _skip_newlines(self) -> None:
        while self.tokens.peek().kind == "newline":
            self.tokens.read()

    def _item(self) -> tuple[Expression, Expression]:
        first = self.tokens.peek()
        key = self.expression()
        if first.kind == "name" and self.tokens.position == first.end:
            key = Literal(key.place, first.text)
        # A key with a dot in it, as a module call's ``providers`` has them, stays a reference.
        if not self.tokens.skip("="):
            self.tokens.expect(":")
        return key, self.expression()

    def _for(self, opening: Token, closing: str) -> Expression:
        """Read on behind the bracket that opens a ``for``."""
        self.tokens.read()
        key, value = None, self.tokens.name().text
        if self.tokens.skip(","):
            key, value = value, self.tokens.name().text
        word = self.tokens.name()
        if word.text != "in":
            raise UnreadableError(f"in is expected, not {word.text}", word.start)
        collection = self.expression()
        self.tokens.expect(":")
        result = self.expression()
        if closing == "]":
            condition = self._for_condition()
            self._close(closing)
            return ForList(self._place(opening.start), key, value, collection, result, condition)
        name = result
        self.tokens.expect("=>")
        result = self.expression()
        grouping = self.tokens.skip("...")
        condition = self._for_condition()
        self._close(closing)
        place = self._place(opening.start)
        return ForMap(place, key, value, collection, name, result, condition, grouping)

    def _for_condition(self) -> Expression | None:
        token = self.tokens.peek()
        if token.kind == "name" and token.text == "if":
            self.tokens.read()
            return self.expression()
        return None
