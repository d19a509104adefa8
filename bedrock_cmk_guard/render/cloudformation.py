"""A module as one CloudFormation template, the same for every Region it is deployed in.

What belongs to one Region stands under a condition on ``AWS::Region``, and IAM resources under that of the
module's first Region, so one StackSet can carry the template to all of them: the first Region first, because
keys name roles. Documents stand in the template as they are, never within ``Fn::Sub``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.render.files import RenderedFile
from bedrock_cmk_guard.render.limits import texts
from bedrock_cmk_guard.render.names import logical_id
from bedrock_cmk_guard.render.prepared import Prepared, PreparedModule, called
from bedrock_cmk_guard.render.templates import Escaped, fill
from bedrock_cmk_guard.resources import IamPolicy, IamRole, KmsKey, Module, OrganizationPolicy

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST_RESOURCES = 500
MOST_OUTPUTS = 200
MOST_BYTES = 1_000_000  # from S3; 51,200 when sent with the request

_DYNAMIC_REFERENCE = "{{resolve:"
_FUNCTION = r"Ref|Fn::(?:[^\"\\]|\\.)*"


@dataclass(frozen=True, slots=True)
class Output:
    """An output with its export; without an ``attribute`` it is what ``Ref`` gives."""

    id: str
    description: str
    resource: str
    attribute: str
    export: str
    condition: str


def files(module: PreparedModule) -> Iterator[RenderedFile]:
    """Yield the template of a module."""
    fragments = list(_fragments(module))
    outputs = list(_outputs(module))
    count = len(module.resources) + len(module.of(KmsKey))  # each key has an alias
    name = module.module.name
    _require_at_most(name, "resources", count, MOST_RESOURCES)
    _require_at_most(name, "outputs", len(outputs), MOST_OUTPUTS)
    text = fill(
        "cloudformation/template.yaml.j2",
        prerequisites=_prerequisites(module.module),
        description=f"Customer managed keys for AI agents: {name} in account {module.module.account}",
        regions=[(condition(region), region) for region in module.module.regions],
        fragments=fragments,
        outputs=outputs,
    )
    _require_at_most(name, "bytes", len(text.encode()), MOST_BYTES)
    yield RenderedFile(f"cloudformation/{name}.yaml", text)


def condition(region: str) -> str:
    """Return the name of the condition that a template is deployed in this Region."""
    return "In" + "".join(word.capitalize() for word in region.split("-"))


def _home(module: Module) -> str:
    """Return the condition under which IAM resources are created; nothing for a module without Regions."""
    return condition(module.regions[0]) if module.regions else ""


def _prerequisites(module: Module) -> tuple[str, ...]:
    if len(module.regions) < 2:
        return module.prerequisites
    first = f"Roles are created in {module.regions[0]}: create this stack there before the other Regions."
    return (*module.prerequisites, first)


def _fragments(module: PreparedModule) -> Iterator[Escaped]:
    _require_distinct_ids(module)
    previous = ""
    for prepared in module.resources:
        _require_no_meaning(module.module, prepared)
        yield fill(
            f"cloudformation/{prepared.resource.kind}.yaml.j2",
            id=prepared.logical_id,
            previous=previous,
            resource=prepared.resource,
            document=prepared.layout,
            tags=dict(sorted(getattr(prepared.resource, "tags", {}).items())),
            **_references(module.module, prepared),
        )
        if isinstance(prepared.resource, OrganizationPolicy):
            previous = prepared.logical_id


def _references(module: Module, prepared: Prepared) -> dict[str, object]:
    """Return the ids of the other things that a resource speaks of."""
    match prepared.resource:
        case KmsKey() as key:
            # In the other Regions the roles are not in the stack; there they exist since the first was created.
            at_home = condition(key.region) == _home(module)
            roles = [logical_id(IamRole.kind, role) for role in key.needs_roles] if at_home else []
            return {
                "condition": condition(key.region),
                "alias_id": logical_id("kms_alias", key.name),
                "depends_on": roles,
            }
        case IamPolicy() as policy:
            roles = [logical_id(IamRole.kind, role) for role in policy.attached_to]
            return {"condition": _home(module), "roles": roles}
        case _:
            return {"condition": _home(module)}


def _outputs(module: PreparedModule) -> Iterator[Output]:
    prefix = module.module.name.replace("/", "-")
    for prepared in module.resources:
        match prepared.resource:
            case KmsKey() as key:
                what, attribute = f"ARN of the key of {key.scope} in {key.region}", "Arn"
                where = condition(key.region)
            case IamRole() as role:
                what, attribute, where = f"ARN of the role {role.name}", "Arn", _home(module.module)
            case IamPolicy() as policy:
                what, attribute, where = f"ARN of the managed policy {policy.name}", "", _home(module.module)
            case other:
                what, attribute, where = f"Id of the policy {other.name}", "", ""
        yield Output(
            id=prepared.logical_id,
            description=what,
            resource=prepared.logical_id,
            attribute=attribute,
            export=f"{prefix}-{prepared.logical_id}",
            condition=where,
        )


def _require_at_most(module: str, what: str, count: int, most: int) -> None:
    if count > most:
        raise RenderError(
            f"{module}: its CloudFormation template has {count:,} {what}, and CloudFormation takes {most:,}; render "
            "this module as Terraform only (--format terraform), or split the workload"
        )


def _require_distinct_ids(module: PreparedModule) -> None:
    ids = Counter(prepared.logical_id for prepared in module.resources)
    ids.update(logical_id("kms_alias", prepared.resource.name) for prepared in module.of(KmsKey))
    for repeated in (each for each, count in ids.items() if count > 1):
        raise RenderError(
            f"{module.module.name}: two resources would have the logical id {repeated}; rename one of them"
        )


def _require_no_meaning(module: Module, prepared: Prepared) -> None:
    """Refuse what CloudFormation would not take literally: dynamic references and functions."""
    where = f"{module.name}: {called(prepared.resource)}"
    odd = [field for field, text in texts(prepared.resource) if _DYNAMIC_REFERENCE in text]
    if _DYNAMIC_REFERENCE in prepared.layout.text:
        odd.append("its document")
    for field in odd:
        raise RenderError(
            f"{where}: {field}: CloudFormation would replace '{_DYNAMIC_REFERENCE}…' by a value looked up elsewhere; "
            "write it differently"
        )
    # Hardly any document has such a word anywhere, and looking through all the keys takes long.
    if '"Fn::' in prepared.layout.text or '"Ref"' in prepared.layout.text:
        for function in prepared.layout.keys(_FUNCTION):
            raise RenderError(
                f"{where}: its document: CloudFormation would run {function!r} as a function; rename it"
            )
    if prepared.layout.has_null():
        raise RenderError(f"{where}: its document: CloudFormation takes no null anywhere in a template")
