"""The Jinja environment: templates that cannot leak a value that nobody escaped.

Filters return ``Escaped``, a private kind of string, and whatever else reaches a template's output is refused:
``{{ name }}``, ``{{ name | upper }}`` and ``{{ (name | hcl) ~ "x" }}`` all fail when rendered.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape

import jinja2

from bedrock_cmk_guard.data import data_dir
from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.iam import Json
from bedrock_cmk_guard.render import names
from bedrock_cmk_guard.render.layout import Layout, laid_out


class Escaped(str):
    """Text that is safe to stand in the output as it is."""

    __slots__ = ()


def hcl(value: Json | Layout, indent: int = 0) -> Escaped:
    """Escape a JSON value into an HCL expression."""
    return Escaped((value if isinstance(value, Layout) else laid_out(value)).hcl(indent))


def yaml(value: Json | Layout, indent: int = 0) -> Escaped:
    """Escape a JSON value into YAML."""
    return Escaped((value if isinstance(value, Layout) else laid_out(value)).yaml(indent))


def identifier(name: str) -> Escaped:
    """Make a Terraform identifier of a name."""
    return Escaped(names.identifier(name))


def word(text: str) -> Escaped:
    """Let a name of letters, digits and underscores stand without quotes."""
    if not text.isascii() or not text.isidentifier():
        raise TypeError(f"{text!r} is not of letters, digits and underscores alone")
    return Escaped(text)


def comment(text: str) -> Escaped:
    """Escape text for a comment of one line."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return Escaped(" ".join(text.split()))


# What Markdown would read as a mark: some anywhere, underscores at the edge of a word, list marks at the start.
_MARKDOWN = re.compile(r"[\\`*\[\]<>|~&#!]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[-+=]|(?<=^\d)[.)]")


def md(value: object) -> Escaped:
    """Escape text for Markdown: what it says is what is read, in a table too."""
    return Escaped(_MARKDOWN.sub(r"\\\g<0>", comment(str(value))))


def code(text: str) -> Escaped:
    """Escape text to stand between backquotes."""
    return Escaped(comment(text).replace("`", "'"))


def html(text: str) -> Escaped:
    """Escape text for HTML."""
    return Escaped(escape(text))


def markup(text: Escaped) -> Escaped:
    """Let HTML through that was made by a renderer that escapes; plain text is refused."""
    if not isinstance(text, Escaped):
        raise TypeError("only rendered markup may pass unescaped")
    return text


def finalize(value: object) -> Escaped:
    """Refuse what did not come through a filter."""
    if not isinstance(value, Escaped):
        raise TypeError(
            f"a template put out {value!r} unescaped; use a filter (hcl, yaml, identifier, word, comment)"
        )
    return value


@cache
def environment() -> jinja2.Environment:
    """Return the environment; templates are compiled once per process."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(data_dir("templates")),
        undefined=jinja2.StrictUndefined,
        finalize=finalize,
        # The output is no HTML, and every filter escapes for the format at hand.
        autoescape=False,  # noqa: S701
        auto_reload=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Templates know what they are given, and no more; Jinja would copy its own names for each of many files.
    made.globals.clear()
    filters = (hcl, yaml, identifier, word, comment, md, code, html, markup)
    made.filters = {each.__name__: each for each in filters}
    return made


@cache
def _template(name: str) -> jinja2.Template:
    return environment().get_template(name)


def fill(template: str, **values: object) -> Escaped:
    """Fill a template; a fault in it is a ``RenderError`` that names it."""
    try:
        return Escaped(_template(template).render(values))
    except (jinja2.TemplateError, TypeError) as problem:
        raise RenderError(f"template {template}: {problem}") from problem
