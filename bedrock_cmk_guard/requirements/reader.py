"""Reads YAML and JSON text into the tree of a requirements file."""

from __future__ import annotations

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.requirements.nodes import problem_at
from bedrock_cmk_guard.requirements.tree import RequirementsTree
from bedrock_cmk_guard.text.decoding import decode
from bedrock_cmk_guard.text.json_reader import read_json
from bedrock_cmk_guard.text.nodes import Node
from bedrock_cmk_guard.text.tree import Complaint, TextError
from bedrock_cmk_guard.text.yaml_reader import read_yaml

MAX_BYTES = 5_000_000


def read_tree(content: bytes | str, file: str) -> Node:
    """The tree of a requirements file; ``file`` is what messages call it, and JSON if it ends in .json."""
    tree = RequirementsTree()
    read = read_json if file.lower().endswith(".json") else read_yaml
    try:
        read(decode(content, file, MAX_BYTES), file, tree)
    except TextError as error:
        raise RequirementsError(map(_problem, error.complaints)) from None
    if tree.complaints:
        raise RequirementsError(map(_problem, tree.complaints))
    if tree.root is None:
        raise RequirementsError([Problem((), "the file is empty", file, 1, 1)])
    return tree.root


def _problem(complaint: Complaint) -> Problem:
    return problem_at(complaint.place, complaint.path, complaint.message)
