"""Whatever AWS takes comes out as itself in all three formats; whatever it does not take is refused."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.iam.quotas import LIMITS, sent_size
from bedrock_cmk_guard.render import Format, RenderedFile, render
from bedrock_cmk_guard.render.prepared import document
from bedrock_cmk_guard.resources import Module, Resource, ResourceControlPolicy, TagPolicy, Target
from tests.render import modules as made
from tests.render.reading import content, from_cloudformation, from_json, from_terraform, rendered
from tests.render.test_formats import alone
from tests.strategies import policy_documents

pytestmark = pytest.mark.thorough

# fmt: off
MARKS = st.sampled_from(
    [
        "${", "$${", "%{", "%%{", "}", '"', "\\", "'", "\n", "\r", "\t", "<&>", "#", ": ", "- ", "*/", "EOF", "💥",
        "\u2028", "\ufeff", "{{ x }}", "{% x %}", "&a", "*a", "!Ref", "null", "1e3", "012", "é", "yes", "\u00a0",
        "$", "%", "|",
    ]
)
# fmt: on
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"])
TEXT = (
    st.lists(MARKS | CHARACTERS, max_size=12)
    .map("".join)
    .map(lambda text: unicodedata.normalize("NFC", text))
)
TAGS = st.dictionaries(
    st.text(st.sampled_from("abzAÉ漢_.:/=+-@ 01\u00a0"), min_size=1, max_size=12).map(lambda key: f"k{key}"),
    st.text(st.sampled_from("abzAÉ漢_.:/=+-@ 01\u2028"), max_size=12),
    max_size=5,
)
RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=50)


def with_document(document: PolicyDocument) -> Resource:
    match document.kind:
        case PolicyKind.SCP:
            return made.organization(content=document).resources[0]
        case PolicyKind.RCP:
            return ResourceControlPolicy(
                module="organization",
                account=made.MANAGEMENT,
                name="r",
                targets=(),
                layers=(),
                content=document,
            )
        case PolicyKind.IDENTITY:
            return made.permissions(content=document, attached_to=())
        case PolicyKind.TRUST:
            return made.role(trust=document)
        case PolicyKind.KEY:
            return made.key(policy=document, needs_roles=())
        case PolicyKind.RESOURCE:
            raise AssertionError("none is rendered")


RENDERED = tuple(kind for kind in PolicyKind if kind is not PolicyKind.RESOURCE)


@pytest.mark.parametrize("kind", RENDERED)
@RELAXED
@given(data=st.data())
def test_any_document_is_itself(kind: PolicyKind, data: st.DataObject) -> None:
    resource = with_document(data.draw(policy_documents(kind)))
    # Terraform would change it, or AWS has no room for it: that it is refused then is tested below.
    found, quota = document(resource)
    assume(unicodedata.is_normalized("NFC", json.dumps(content(resource), ensure_ascii=False)))
    assume(isinstance(found, PolicyDocument) and sent_size(found) <= LIMITS[quota].size)
    files = rendered(alone(resource))
    assert from_terraform(resource, files)[0] == content(resource)
    assert from_cloudformation(resource, files)[0] == content(resource)
    assert from_json(resource, files) == content(resource)


@RELAXED
@given(text=TEXT)
def test_any_description_is_itself(text: str) -> None:
    key = made.key(description=text, needs_roles=())
    files = rendered(alone(key))
    assert from_terraform(key, files)[1].get("description", "") == text
    assert from_cloudformation(key, files)[1].get("Description", "") == text


@RELAXED
@given(text=TEXT.filter(bool))
def test_any_name_of_a_policy_is_itself(text: str) -> None:
    module = made.organization(name=text)
    scp = alone(module.resources[0])
    files = rendered(scp)
    assert from_terraform(scp.resources[0], files)[1]["name"] == text
    assert from_cloudformation(scp.resources[0], files)[1]["Name"] == text


@RELAXED
@given(tags=TAGS)
def test_any_tags_are_themselves(tags: dict[str, str]) -> None:
    key = made.key(tags=tags, needs_roles=())
    files = rendered(alone(key))
    assert from_terraform(key, files)[1].get("tags", {}) == tags
    found = from_cloudformation(key, files)[1].get("Tags", [])
    assert {tag["Key"]: tag["Value"] for tag in found} == tags


@RELAXED
@given(name=TEXT, description=TEXT, prerequisite=TEXT)
def test_nothing_in_a_comment_leaves_it(name: str, description: str, prerequisite: str) -> None:
    """Names of targets and prerequisites stand in comments, in which a line break would end the comment."""
    target = Target(name, "r-ab12")
    module = Module(
        name="organization",
        account=made.MANAGEMENT,
        regions=(),
        resources=(made.organization(targets=(target,)).resources[0],),
        prerequisites=(prerequisite,),
    )
    files = rendered(module)
    policy = module.resources[0]
    assert from_terraform(policy, files)[0] == content(policy)
    assert from_cloudformation(policy, files)[0] == content(policy)


@pytest.mark.parametrize(
    ("resource", "field", "reason"),
    [
        (made.key(description="a\0b"), "description", "U\\+0000"),
        (made.key(description="a\ud800"), "description", "half a surrogate pair"),
        (made.key(description="x" * 8193), "description", "8,193 characters"),
        (made.key(description="💥" * 4097), "description", "8,194 characters"),
        (made.key(alias="agents/hr"), "alias", "alias/"),
        (made.key(alias="alias/aws/bedrock"), "alias", "alias/aws/"),
        (made.key(alias="alias/ä"), "alias", "alias/"),
        (made.key(region='eu"'), "region", "no Region"),
        (made.key(origin="AWS_CLOUDHSM"), "origin", "AWS_KMS or EXTERNAL"),
        (made.key(origin="EXTERNAL"), "rotation_period_days", "cannot rotate"),
        (made.key(rotation_period_days=89), "rotation_period_days", "from 90 to 2560"),
        (made.key(deletion_window_days=31), "deletion_window_days", "from 7 to 30"),
        (made.key(tags={"aws:x": "1"}), "tags", "keeps tag keys"),
        (made.key(tags={"k": "💥"}), "tags", "tags take letters"),
        (made.key(tags={"k\n": ""}), "tags", "tags take letters"),
        (made.key(tags={"": ""}), "tags", "0 characters"),
        (made.key(tags={"k": "x" * 257}), "tags", "257 characters"),
        (made.key(tags={f"k{n}": "" for n in range(51)}), "tags", "51 tags"),
        (made.key(account="12"), "account", "twelve digits"),
        (made.role(name="a b"), "name", "that IAM takes"),
        (made.role(name="x" * 65), "name", "65 characters"),
        (made.role(description="€"), "description", "U\\+00FF"),
        (made.role(description="x" * 1001), "description", "1,001 characters"),
        (made.role(tags={"Team": "1", "team": "2"}), "tags", "differ only in case"),
        (made.permissions(name="x" * 129), "name", "129 characters"),
        (made.permissions(path="bad"), "path", "no path"),
        (made.organization(description="x" * 513).resources[0], "description", "513 characters"),
        (made.organization(name="").resources[0], "name", "0 characters"),
        (made.organization(targets=(Target("x", "ou-1"),)).resources[0], "targets", "'ou-1' is no id"),
        (made.organization(targets=made.TARGETS * 2).resources[0], "targets", "more than once"),
    ],
)
def test_what_aws_refuses_is_refused_by_resource_and_field(
    resource: Resource, field: str, reason: str
) -> None:
    with pytest.raises(RenderError, match=reason) as caught:
        rendered(alone(resource))
    assert f"{resource.kind} {resource.name!r}: {field}" in str(caught.value)


def test_every_mistake_of_a_module_is_named_at_once() -> None:
    with pytest.raises(RenderError) as caught:
        rendered(made.workload(made.key(alias="x"), made.role(name="a b")))
    assert len(str(caught.value).splitlines()) == 2


def scp_saying(value: str, key: str = "aws:PrincipalTag/x") -> Module:
    statement = Statement(
        sid="S", effect=Effect.DENY, actions=("kms:*",), condition={"StringEquals": {key: (value,)}}
    )
    return alone(made.organization(content=PolicyDocument(PolicyKind.SCP, (statement,))).resources[0])


def tag_policy(content: dict[str, Any]) -> Module:
    return alone(
        TagPolicy(
            module="organization", account=made.MANAGEMENT, name="t", targets=(), layers=(), content=content
        )
    )


@pytest.mark.parametrize(
    ("module", "format_", "reason"),
    [
        (
            scp_saying("{{resolve:ssm:x}}"),
            Format.CLOUDFORMATION,
            "its document: CloudFormation would replace",
        ),
        (
            alone(made.key(description="{{resolve:ssm:x}}", needs_roles=())),
            Format.CLOUDFORMATION,
            "description",
        ),
        (tag_policy({"tags": {"Ref": {}}}), Format.CLOUDFORMATION, "'Ref' as a function"),
        (tag_policy({"a": [{"Fn::Sub": "x"}]}), Format.CLOUDFORMATION, "'Fn::Sub' as a function"),
        (tag_policy({"a": [1, None]}), Format.CLOUDFORMATION, "no null"),
        (tag_policy({"a": None}), Format.CLOUDFORMATION, "no null"),
        (scp_saying("e\u0301"), Format.TERRAFORM, "its document: Terraform would change"),
        (
            alone(made.key(description="A\u030a", needs_roles=())),
            Format.TERRAFORM,
            "description: Terraform would",
        ),
    ],
)
def test_what_one_format_cannot_hold_is_refused_there_alone(
    module: Module, format_: Format, reason: str
) -> None:
    with pytest.raises(RenderError, match=reason):
        rendered(module, formats=[format_])
    rendered(module, formats=set(Format) - {format_})


def test_text_that_only_looks_like_a_function_is_let_through() -> None:
    module = tag_policy(
        {"tags": {"null": {"say": ['"Ref": x', "Ref", "null", "\n  null,"], "Reference": {}}}}
    )
    assert from_cloudformation(module.resources[0], rendered(module))[0] == content(module.resources[0])


def test_a_document_over_its_quota_is_refused_with_the_numbers() -> None:
    statements = tuple(
        Statement(sid=f"S{n}", effect=Effect.DENY, actions=(f"kms:{'x' * 50}",)) for n in range(120)
    )
    module = alone(made.organization(content=PolicyDocument(PolicyKind.SCP, statements)).resources[0])
    with pytest.raises(
        RenderError, match=r"is 1\d,\d{3} characters, and a service control policy may have 10,240"
    ):
        rendered(module)


def test_a_template_with_too_many_resources_is_refused_with_the_numbers() -> None:
    keys = [made.key(scope=f"hr/t{n}", needs_roles=()) for n in range(251)]
    with pytest.raises(RenderError, match=r"502 resources, and CloudFormation takes 500.*--format terraform"):
        rendered(made.workload(*keys))
    assert rendered(made.workload(*keys), formats=[Format.TERRAFORM])
    with pytest.raises(RenderError, match=r"201 outputs, and CloudFormation takes 200"):
        rendered(made.workload(*keys[:201]))


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/x",
        "a//b",
        "a/./b",
        "a/..",
        "",
        "a\\b",
        "c:/x",
        "con.txt",
        "a/nul",
        "x.",
        "-x",
        "~x",
        "x\n",
        "x" * 256,
    ],
)
def test_paths_that_leave_the_folder_are_refused(path: str) -> None:
    with pytest.raises(RenderError):
        render([], extra=[RenderedFile(path, "")])


@pytest.mark.parametrize("other", ["a/B.txt", "a/b.txt/c", "a", "MANIFEST.json"])
def test_paths_that_are_one_file_somewhere_are_refused(other: str) -> None:
    rendering = render([], extra=[RenderedFile("a/b.txt", ""), RenderedFile(other, "")])
    with pytest.raises(RenderError, match="the same file on some systems"):
        list(rendering.files())


@pytest.mark.parametrize(
    "name", ["../x", "workloads/", "workloads/a/b", "workloads/A", "other/x", "", "workloads/con"]
)
def test_modules_without_a_place_are_refused(name: str) -> None:
    with pytest.raises(RenderError):
        rendered(made.workload(name=name))


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (made.workload(made.key()), "needs_roles: there is no role 'hr-agent'"),
        (made.workload(made.permissions()), "attached_to: there is no role 'hr-agent'"),
        (made.workload(made.key("eu-west-3", needs_roles=())), "none of the module's Regions"),
        (made.workload(made.role(), made.role()), "the same thing in AWS|two resources"),
        (
            made.workload(made.key(needs_roles=()), made.key(name="b", alias="alias/b", needs_roles=())),
            "two keys for",
        ),
        (
            made.workload(
                made.key(needs_roles=()), made.key(scope="b", alias="alias/agents/hr", needs_roles=())
            ),
            "same thing",
        ),
        (
            made.workload(
                made.key(needs_roles=()), made.key(scope="b", former_name="hr/eu-central-1", needs_roles=())
            ),
            "still the name of another key",
        ),
    ],
)
def test_loose_ends_are_refused(module: Module, reason: str) -> None:
    with pytest.raises(RenderError, match=reason):
        rendered(module)
