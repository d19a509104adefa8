"""``yamldecode``, as far as its answer is beyond doubt: a word that YAML's versions read differently is Unknown."""

from __future__ import annotations

import re

from bedrock_cmk_guard.sources.terraform.language.values import Value
from bedrock_cmk_guard.subjects import Unknown
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Node, Scalar
from bedrock_cmk_guard.text.tree import TextError, TreeBuilder
from bedrock_cmk_guard.text.yaml_reader import read_yaml

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
# No number, date or time begins with a letter or a slash; the words that mean something are listed.
_WORD = re.compile(r"[A-Za-z_/][^\n]*")
_AMBIGUOUS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_TRUTH = {"true": True, "false": False}


def decoded(text: str) -> Value:
    """Return what a YAML text says."""
    tree = TreeBuilder()
    try:
        read_yaml(text, "", tree)
    except TextError:
        return Unknown("the text is no YAML that can be read here")
    if tree.complaints or len(tree.roots) != 1 or "<<" in text:
        return Unknown("what the YAML text comes to is not computed here")
    return _value(tree.roots[0])


def _value(node: Node) -> Value:
    if node.tag:
        return Unknown(f"what the YAML tag {node.tag} makes is not computed here")
    if isinstance(node, ListNode):
        return tuple(map(_value, node.items))
    if isinstance(node, MapNode):
        strange = [key for key in node.entries if not _is_word(key)]
        if strange:
            return Unknown(f"how the YAML key {strange[0]!r} is read is not computed here")
        return {key: _value(node.entries[key].value) for key in sorted(node.entries)}
    return _scalar(node)


def _scalar(node: Scalar) -> Value:
    if node.text is None or node.quoted:
        return node.text
    if node.text in _TRUTH:
        return _TRUTH[node.text]
    if _INTEGER.fullmatch(node.text):
        return int(node.text)
    if _is_word(node.text):
        return node.text
    return Unknown(f"how the YAML word {node.text!r} is read is not computed here")


def _is_word(text: str) -> bool:
    return _WORD.fullmatch(text) is not None and text.lower() not in _AMBIGUOUS
