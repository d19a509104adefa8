"""From files to readings: one for each template that no other one nests."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from bedrock_cmk_guard.sources.cloudformation.calls import FOR_EACH
from bedrock_cmk_guard.sources.cloudformation.encrypted import encrypted_resources, surfaces
from bedrock_cmk_guard.sources.cloudformation.given import given_by
from bedrock_cmk_guard.sources.cloudformation.keys import keys
from bedrock_cmk_guard.sources.cloudformation.loading import Loader, environment_of
from bedrock_cmk_guard.sources.cloudformation.nesting import Given
from bedrock_cmk_guard.sources.cloudformation.options import CloudFormationOptions
from bedrock_cmk_guard.sources.cloudformation.presence import inhabitants
from bedrock_cmk_guard.sources.cloudformation.roles import hand_written, roles
from bedrock_cmk_guard.sources.cloudformation.stack import Stack
from bedrock_cmk_guard.sources.cloudformation.template import Template, declared, is_template, strays
from bedrock_cmk_guard.sources.cloudformation.world import World
from bedrock_cmk_guard.sources.files import SourceFile
from bedrock_cmk_guard.subjects import Fault, FaultKind, Reading
from bedrock_cmk_guard.text.nodes import MapNode, Node

_MADE = (FOR_EACH, "Fn::Transform")


class Readings:
    """Reads some files, each with what it nests."""

    def __init__(self, files: Sequence[SourceFile], options: CloudFormationOptions) -> None:
        self._files = files
        self._options = options
        self._loader = Loader(files, options.root)

    def read(self) -> Iterator[Reading]:
        """Give a reading for each template that no other one of the files nests."""
        given, faults = given_by(self._options.parameter_files)
        if faults:
            yield Reading(source="cloudformation", root=faults[0].place.file, faults=tuple(faults))
        found = []
        for file in self._files:
            parsed = self._loader.parsed(file)
            templates = [each for each in parsed.roots if isinstance(each, MapNode) and is_template(each)]
            readings = [self._reading(file, root, given) for root in templates]
            others = [each for each in parsed.roots if each not in templates]
            faults = [*parsed.faults, *(fault for each in others for fault in _stray(each))]
            found.append((file, readings, tuple(faults)))
        # All are read before any is given: only then is it known which of them others nest.
        covered: set[str] = set()
        for file, readings, faulty in sorted(found, key=self._is_nested):
            # Templates that nest each other in a ring are nested, all of them; the first is taken for the others.
            if not self._is_nested((file, readings, faulty)) or file.shown not in covered:
                for reading in readings:
                    covered.update(reading.files)
                    yield reading
            if faulty or not readings:
                yield Reading(source="cloudformation", root=file.shown, faults=faulty, files=(file.shown,))

    def _is_nested(self, found: tuple[SourceFile, list[Reading], tuple[Fault, ...]]) -> bool:
        return os.fspath(found[0].path) in self._loader.nested

    def _reading(self, file: SourceFile, root: MapNode, given: Mapping[str, Given]) -> Reading:
        template = Template(file.path, file.shown, root)
        world = World(environment_of(file.path), self._loader.load)
        stack = Stack(template, world, given=given)
        there = list(inhabitants(stack))
        names = hand_written(there)
        known = surfaces()
        resources = tuple(
            resource
            for each in there
            if each.resource.type in known
            for resource in encrypted_resources(each, names)
        )
        found_keys, found_roles = keys(there, names), roles(there, names)
        return Reading(
            source="cloudformation",
            root=file.shown,
            resources=resources,
            keys=found_keys,
            roles=found_roles,
            # Gathered last: what is evaluated for keys and roles may bring more up.
            faults=(*world.faults, *_without_type(template)),
            files=tuple(world.files),
        )


def _stray(root: Node) -> Iterator[Fault]:
    """Resources in a file that is no template."""
    for kind, place in strays(root, frozenset(surfaces())):
        message = f"a resource of type {kind} stands here, in what is no template, and was not judged"
        yield Fault(FaultKind.UNJUDGED, message, place)


def _without_type(template: Template) -> Iterator[Fault]:
    """Resources that say nothing of what they are."""
    for name, entry in template.section("Resources").items():
        if not name.startswith(_MADE) and declared(name, entry) is None:
            message = f"the resource {name} has no Type, so it was not judged"
            yield Fault(FaultKind.UNJUDGED, message, entry.key_place, name)
