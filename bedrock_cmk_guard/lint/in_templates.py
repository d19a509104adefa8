"""The policies that CloudFormation templates hold, as far as what they come to can be known.

Source of the properties: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.lint.held import Held
from bedrock_cmk_guard.sources.cloudformation.documents import Names, document
from bedrock_cmk_guard.sources.cloudformation.loading import Loader, environment_of
from bedrock_cmk_guard.sources.cloudformation.presence import Inhabitant, inhabitants
from bedrock_cmk_guard.sources.cloudformation.roles import hand_written
from bedrock_cmk_guard.sources.cloudformation.stack import Stack
from bedrock_cmk_guard.sources.cloudformation.template import Template, is_template
from bedrock_cmk_guard.sources.cloudformation.values import NoValue, Value, follow, items_of, options
from bedrock_cmk_guard.sources.cloudformation.world import World
from bedrock_cmk_guard.sources.source_file import SourceFile
from bedrock_cmk_guard.subjects import Document, Fault, Place, Unknown
from bedrock_cmk_guard.text.decoding import decode
from bedrock_cmk_guard.text.lines import Lines
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Node
from bedrock_cmk_guard.text.tree import TextError

_IDENTITY = (("PolicyDocument",), PolicyKind.IDENTITY)
_INLINE = (("Policies", "PolicyDocument"), PolicyKind.IDENTITY)
_RESOURCE = (("PolicyDocument",), PolicyKind.RESOURCE)
#: What holds a policy: the property, or the list and the property within each item; the type of policy.
_HOLDERS: dict[str, tuple[tuple[tuple[str, ...], PolicyKind], ...]] = {
    "AWS::KMS::Key": ((("KeyPolicy",), PolicyKind.KEY),),
    "AWS::KMS::ReplicaKey": ((("KeyPolicy",), PolicyKind.KEY),),
    "AWS::IAM::Role": ((("AssumeRolePolicyDocument",), PolicyKind.TRUST), _INLINE),
    "AWS::IAM::User": (_INLINE,),
    "AWS::IAM::Group": (_INLINE,),
    "AWS::IAM::Policy": (_IDENTITY,),
    "AWS::IAM::ManagedPolicy": (_IDENTITY,),
    "AWS::IAM::RolePolicy": (_IDENTITY,),
    "AWS::IAM::UserPolicy": (_IDENTITY,),
    "AWS::IAM::GroupPolicy": (_IDENTITY,),
    "AWS::SSO::PermissionSet": ((("InlinePolicy",), PolicyKind.IDENTITY),),
    "AWS::S3::BucketPolicy": (_RESOURCE,),
    "AWS::SecretsManager::ResourcePolicy": ((("ResourcePolicy",), PolicyKind.RESOURCE),),
    "AWS::SQS::QueuePolicy": (_RESOURCE,),
    "AWS::SNS::TopicPolicy": (_RESOURCE,),
}
_ORGANIZATION = "AWS::Organizations::Policy"
_ORGANIZATION_TYPES = {
    "SERVICE_CONTROL_POLICY": PolicyKind.SCP,
    "RESOURCE_CONTROL_POLICY": PolicyKind.RCP,
}


@dataclass(slots=True)
class InTemplates:
    """What some files hold; ``others`` are no templates after all."""

    held: list[Held] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    others: list[SourceFile] = field(default_factory=list)


def held_by_templates(files: Sequence[SourceFile]) -> InTemplates:
    """Every policy of some templates and of what they nest, each once."""
    found = InTemplates()
    loader = Loader(files, None)
    stacks: list[tuple[SourceFile, World, list[Inhabitant]]] = []
    for file in files:
        parsed = loader.parsed(file)
        templates = [each for each in parsed.roots if isinstance(each, MapNode) and is_template(each)]
        found.faults += parsed.faults
        if not templates and not parsed.faults:
            found.others.append(file)
        for root in templates:
            world = World(environment_of(file.path), loader.load)
            stack = Stack(Template(file.path, file.shown, root), world)
            stacks.append((file, world, list(inhabitants(stack))))
    # A template that another one nests is judged with what it is given there.
    covered: set[str] = set()
    lines = _TextLines(files)
    for file, world, there in sorted(stacks, key=lambda each: os.fspath(each[0].path) in loader.nested):
        if os.fspath(file.path) in loader.nested and file.shown in covered:
            continue
        covered.update(world.files)
        names = hand_written(there)
        for inhabitant in there:
            found.held += _held(inhabitant, names, lines)
        found.faults += world.faults
    return found


class _TextLines:
    """The lines of files, for the one that is shown with a finding."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self._files = {file.shown: file for file in files}
        self._lines: dict[str, Lines | None] = {}

    def of(self, shown: str) -> Lines | None:
        """The lines of a file that was given."""
        if shown not in self._lines:
            file = self._files.get(shown)
            try:
                content = file.content() if file else b""
                self._lines[shown] = Lines(decode(content, shown, len(content))) if file else None
            except (SourceError, TextError):
                self._lines[shown] = None
        return self._lines[shown]


def _held(inhabitant: Inhabitant, names: Names, lines: _TextLines) -> Iterator[Held]:
    resource = inhabitant.resource
    for path, kind in _HOLDERS.get(resource.type, ()):
        yield from _of_property(inhabitant, path, kind, names, lines)
    if resource.type == _ORGANIZATION:
        for told in options(inhabitant.scope.property(resource, "Type")):
            if isinstance(told.data, str) and told.data in _ORGANIZATION_TYPES:
                kind = _ORGANIZATION_TYPES[told.data]
                yield from _of_property(inhabitant, ("Content",), kind, names, lines)
            elif isinstance(told.data, Unknown):
                address = f"{inhabitant.scope.stack.address(resource.id)}.Content"
                yield Held(address, PolicyKind.SCP, told.data, resource.place)


def _of_property(
    inhabitant: Inhabitant, path: tuple[str, ...], kind: PolicyKind, names: Names, lines: _TextLines
) -> Iterator[Held]:
    resource, scope = inhabitant.resource, inhabitant.scope
    name, *within = path
    entry = resource.properties.entries.get(name)
    node = entry.value if entry else None
    address = f"{scope.stack.address(resource.id)}.{name}"
    value = scope.property(resource, name)
    if not within:
        place = entry.key_place if entry else resource.place
        yield from _policies(address, kind, value, place, node, names, lines)
        return
    for option in options(value):
        items = () if isinstance(option.data, NoValue) else items_of(option)
        if isinstance(items, Unknown):
            yield Held(address, kind, items, option.place)
            continue
        for index, item in enumerate(items):
            written = node.items[index] if isinstance(node, ListNode) and index < len(node.items) else None
            below = written.entries.get(within[0]) if isinstance(written, MapNode) else None
            place = below.key_place if below else item.place
            yield from _policies(
                f"{address}[{index}].{within[0]}",
                kind,
                follow(item, within),
                place,
                below.value if below else None,
                names,
                lines,
            )


def _policies(
    address: str,
    kind: PolicyKind,
    value: Value,
    place: Place,
    node: Node | None,
    names: Names,
    lines: _TextLines,
) -> Iterator[Held]:
    """Whatever the policy may come to, where a condition decides that."""
    for option in options(value):
        content: Document = option.data if isinstance(option.data, str) else document(option, names)
        if content is not None:
            yield Held(address, kind, content, place, node, lines.of(place.file))
