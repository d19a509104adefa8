"""Terraform's language: what is written in a file, and what an expression is worth.

Knows nothing of AWS, keys, or what a module is made of.

- ``hcl.parse(content: bytes, shown: str) -> ParsedFile`` and ``json_syntax.parse_json(content, shown)`` read a file
  into :mod:`bodies, blocks and attributes <.syntax>`
- ``evaluation.evaluate(expression, scope, trail: list[Step] | None = None) -> Value`` gives an
  :mod:`expression <.expressions>` its :mod:`value <.values>`, with the help of a :class:`scope <.scope.Scope>`;
  it never raises: an error of Terraform's is Unknown, and the trail gets the steps of the branch that was taken
- ``conversion.convert(value, type_expression) -> Value`` gives a value the type that a variable declares,
  ``optional()`` and its defaults included; Unknown where it does not fit

The rule of all of it: the value is the one that Terraform would compute, or it is Unknown.
"""
