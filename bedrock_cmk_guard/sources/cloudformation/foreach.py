"""``Fn::ForEach`` of AWS::LanguageExtensions: entries made of a list of words.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bedrock_cmk_guard.sources.cloudformation.calls import FOR_EACH, call_of
from bedrock_cmk_guard.sources.cloudformation.values import Value, items_of, text_of
from bedrock_cmk_guard.subjects import Unknown
from bedrock_cmk_guard.text.nodes import Entry, ListNode, MapNode, Node, Scalar

Evaluate = Callable[[Node], Value]
Spend = Callable[[int], bool]
Refuse = Callable[[Entry, str], None]


def expand(
    entries: Mapping[str, Entry], evaluate: Evaluate, spend: Spend, refuse: Refuse
) -> Mapping[str, Entry]:
    """The entries with every loop written out. A loop that cannot be is told to ``refuse``, and stays once."""
    if not any(name.startswith(FOR_EACH) for name in entries):
        return entries
    found: dict[str, Entry] = {}
    for name, entry in entries.items():
        if name.startswith(FOR_EACH):
            for made in _loop(entry, evaluate, spend, refuse):
                found.update(expand(made, evaluate, spend, refuse))
        else:
            found[name] = entry
    return found


def _loop(entry: Entry, evaluate: Evaluate, spend: Spend, refuse: Refuse) -> Iterator[Mapping[str, Entry]]:
    node = entry.value
    if not isinstance(node, ListNode) or len(node.items) != 3:
        refuse(entry, "Fn::ForEach takes a name, a list and what to repeat")
        return
    named, listed, body = node.items
    if not isinstance(named, Scalar) or not named.text or not isinstance(body, MapNode):
        refuse(entry, "Fn::ForEach takes a name, a list and what to repeat")
        return
    words = _words(evaluate(listed))
    if isinstance(words, Unknown):
        refuse(entry, f"the list of Fn::ForEach cannot be known: {words.reason}")
        yield body.entries
        return
    for word in words:
        size = _size(body)
        if not spend(size):
            refuse(entry, "Fn::ForEach makes more than can be read")
            return
        filled = _filled(body, named.text, word)
        if isinstance(filled, MapNode):
            yield filled.entries


def _words(value: Value) -> Sequence[str] | Unknown:
    if value.unknown is not None:
        return value.unknown
    items = items_of(value)
    if isinstance(items, Unknown):
        return items
    words = [text_of(item) for item in items]
    return next(
        (word for word in words if isinstance(word, Unknown)), [w for w in words if isinstance(w, str)]
    )


def _size(node: Node) -> int:
    count, pending = 0, [node]
    while pending:
        here = pending.pop()
        count += 1
        if isinstance(here, ListNode):
            pending.extend(here.items)
        elif isinstance(here, MapNode):
            pending.extend(entry.value for entry in here.entries.values())
    return count


def _filled(node: Node, name: str, word: str) -> Node:
    """The node with a loop's name replaced by one of its words."""
    call = call_of(node)
    if call is not None and call.name == "Ref":
        if isinstance(call.argument, Scalar) and call.argument.text == name:
            return Scalar(word, node.place)
        return node
    if isinstance(node, ListNode):
        return replace(node, items=tuple(_filled(item, name, word) for item in node.items))
    if isinstance(node, MapNode):
        entries = {
            _put(key, name, word): replace(entry, value=_filled(entry.value, name, word))
            for key, entry in node.entries.items()
        }
        return replace(node, entries=entries)
    return node if node.text is None else replace(node, text=_put(node.text, name, word))


def _put(text: str, name: str, word: str) -> str:
    return text.replace("${" + name + "}", word).replace("&{" + name + "}", _alphanumeric(word))


def _alphanumeric(word: str) -> str:
    return "".join(char for char in word if char.isalnum() and char.isascii())
