"""What a model's fields are for: the text that stands below each in its class."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise


def descriptions_of(model: type) -> dict[str, str]:
    """Return the descriptions by field, those of the classes it is made from included."""
    return {name: text for each in reversed(model.__mro__) for name, text in _own(each)}


def _own(model: type) -> Iterator[tuple[str, str]]:
    if model.__module__.partition(".")[0] != __name__.partition(".")[0]:
        return
    try:
        source = inspect.getsource(model)
    except OSError:
        return  # installed without its source: a schema without descriptions is still right
    definition = ast.parse(textwrap.dedent(source)).body[0]
    assert isinstance(definition, ast.ClassDef)
    for field, below in pairwise(definition.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
