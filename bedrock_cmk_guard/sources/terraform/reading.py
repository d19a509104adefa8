"""From files to readings: one for each root."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.files import SourceFile
from bedrock_cmk_guard.sources.terraform.callers import Callers
from bedrock_cmk_guard.sources.terraform.encrypted import encrypted_resources
from bedrock_cmk_guard.sources.terraform.folders import is_configuration
from bedrock_cmk_guard.sources.terraform.keys import keys
from bedrock_cmk_guard.sources.terraform.library import Library, folder_of, join
from bedrock_cmk_guard.sources.terraform.module import Module, load_files, load_module
from bedrock_cmk_guard.sources.terraform.naming import Names
from bedrock_cmk_guard.sources.terraform.options import TerraformOptions
from bedrock_cmk_guard.sources.terraform.roles import roles
from bedrock_cmk_guard.sources.terraform.supposing import supposed_worlds
from bedrock_cmk_guard.sources.terraform.targets import targets
from bedrock_cmk_guard.sources.terraform.value_files import GivenValues, read_values
from bedrock_cmk_guard.sources.terraform.world import World
from bedrock_cmk_guard.subjects import EncryptedResource, Reading

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.language.values import Value


class Readings:
    """Reads the roots of some files, with every module loaded once."""

    def __init__(self, files: Sequence[SourceFile], options: TerraformOptions) -> None:
        self._files = files
        self._options = options
        self._library = Library(files, options.root, options.repository)
        self._modules: dict[str, Module] = {}
        self._callers = Callers(self._library, self._load)

    def read(self) -> Iterator[Reading]:
        """Give a reading for each root that may declare something to judge."""
        folders = [folder_of(os.fspath(file.path)) for file in self._files]
        for root in self._callers.roots(folders):
            yield self._root(root)
        for file in self._files:
            if self._stands_alone(file):
                yield self._alone(file)

    def _load(self, folder: str) -> Module:
        found = self._modules.get(folder)
        if found is None:
            found = self._modules[folder] = load_module(self._library, folder)
        return found

    def _root(self, folder: str) -> Reading:
        values = [self._library.file(join(folder, name)) for name in self._library.folder(folder).values]
        module = self._load(folder)
        is_module = not (module.backend or module.providers or values or self._options.var_files)
        published = is_module and not self._callers.is_called(folder)
        return self._reading(folder, module, values, published=published)

    def _stands_alone(self, file: SourceFile) -> bool:
        """Whether a file may declare something, and Terraform or OpenTofu would pass over it."""
        path = os.fspath(file.path)
        if file in self._library.configuration(folder_of(path)) or not is_configuration(f"x{file.path.name}"):
            return False
        try:
            return file.marked()
        except SourceError:
            return True

    def _alone(self, file: SourceFile) -> Reading:
        folder = folder_of(os.fspath(file.path))
        module = load_files(folder, [file], [])
        return self._reading(folder, module, [], published=False, root=file.shown)

    def _reading(
        self,
        folder: str,
        module: Module,
        values: list[SourceFile],
        *,
        published: bool,
        root: str | None = None,
    ) -> Reading:
        given = read_values([*values, *map(self._var_file, self._options.var_files)])

        def load(wanted: str) -> Module:
            return module if wanted == folder else self._load(wanted)

        def suppose(supposed: Mapping[str, Value]) -> World:
            return World(self._library, load, folder, given, published=published, supposed=supposed)

        world = suppose({})
        reading = _judged(world)
        worlds = [world]
        for other, note in supposed_worlds(world, suppose):
            reading = _together(reading, _judged(other, note))
            worlds.append(other)
        return _completed(reading, worlds, given, root or self._shown(folder, module))

    def _var_file(self, path: os.PathLike[str]) -> SourceFile:
        return self._library.file(os.path.abspath(path))  # noqa: PTH100

    def _shown(self, folder: str, module: Module) -> str:
        if module.files:
            return module.files[0].rpartition("/")[0] or "."
        return folder


def _judged(world: World, note: str = "") -> Reading:
    names = Names(world)
    known = targets()
    resources = [
        resource
        for block in world.blocks("resource")
        if block.type in known
        for instance in world.instances(block)
        for resource in encrypted_resources(world, names, instance, note)
    ]
    if not resources:
        return Reading(source="terraform", root="")
    return Reading(
        source="terraform",
        root="",
        resources=tuple(resources),
        keys=keys(world, names),
        roles=roles(world, names),
    )


def _together(reading: Reading, other: Reading) -> Reading:
    """Add what is only in the other world; what is in both stays as it is."""
    there = {(each.address, each.surface) for each in reading.resources}
    keys_there = {each.address for each in reading.keys}
    roles_there = {each.address for each in reading.roles}
    return replace(
        reading,
        resources=(*reading.resources, *_new(other.resources, there)),
        keys=(*reading.keys, *(each for each in other.keys if each.address not in keys_there)),
        roles=(*reading.roles, *(each for each in other.roles if each.address not in roles_there)),
    )


def _new(resources: Iterable[EncryptedResource], there: set[tuple[str, str]]) -> Iterator[EncryptedResource]:
    return (each for each in resources if (each.address, each.surface) not in there)


def _completed(reading: Reading, worlds: Sequence[World], given: GivenValues, root: str) -> Reading:
    modules = {instance.module.folder: instance.module for world in worlds for instance in world.modules()}
    loaded = modules.values()
    of_worlds = [fault for world in worlds for fault in world.faults]
    faults = dict.fromkeys(
        [*(fault for module in loaded for fault in module.faults), *given.faults, *of_worlds]
    )
    files = dict.fromkeys([*(file for module in loaded for file in module.files), *given.files])
    return replace(reading, root=root, faults=tuple(faults), files=tuple(files))
