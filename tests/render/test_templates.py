"""A template cannot put out what nobody escaped."""

from __future__ import annotations

import jinja2
import pytest

from bedrock_cmk_guard.data import data_dir
from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.render.templates import environment, fill


@pytest.mark.parametrize(
    "source",
    ["{{ name }}", "{{ name.upper() }}", '{{ (name | hcl) ~ "x" }}', "{{ 1 }}", "{{ [name | yaml] }}"],
)
def test_unescaped_output_is_refused(source: str) -> None:
    with pytest.raises(TypeError, match="unescaped"):
        environment().from_string(source).render(name="x")


def test_a_misspelt_variable_is_refused() -> None:
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{% for each in nmae %}x{% endfor %}").render(name="x")


def test_a_fault_in_a_template_names_the_template() -> None:
    with pytest.raises(RenderError, match=r"terraform/iam_role\.tf\.j2"):
        fill("terraform/iam_role.tf.j2")


def test_every_template_compiles() -> None:
    names = [
        path.relative_to(data_dir("templates")).as_posix() for path in data_dir("templates").rglob("*.j2")
    ]
    assert len(names) > 10
    for name in names:
        environment().get_template(name)
