"""Rendering: modules in, files out. Nothing is read or written here.

Modules are rendered one after another, as they are asked for, so that a thousand of them need no more memory
than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.iam import Json
from bedrock_cmk_guard.render import cloudformation, documents, terraform
from bedrock_cmk_guard.render.files import Format, RenderedFile, digest
from bedrock_cmk_guard.render.manifest import MANIFEST, Manifest, ModuleEntry
from bedrock_cmk_guard.render.names import require_distinct, require_safe_path
from bedrock_cmk_guard.render.prepared import Prepared, PreparedModule, prepare, require_distinct_names
from bedrock_cmk_guard.resources import KmsKey, Module, OrganizationPolicy


@dataclass(frozen=True, slots=True)
class Part:
    """A module's files, with its entry for the manifest but for their digests."""

    name: str
    entry: ModuleEntry
    files: tuple[RenderedFile, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """Everything that a folder is to hold.

    ``kept`` are modules of the earlier manifest that this rendering leaves alone, ``extra`` files that belong to no
    module. A ``partial`` rendering also leaves alone such files of the earlier manifest.
    """

    modules: tuple[Module, ...]
    formats: frozenset[Format]
    previous: Manifest
    retired: Mapping[str, Mapping[str, str]]
    """The keys to forget, by module: Terraform address and alias. Modules that are gone are here too."""
    kept: frozenset[str]
    extra: tuple[RenderedFile, ...]
    partial: bool

    def parts(self) -> Iterator[Part]:
        """Render module by module."""
        rendered = {module.name for module in self.modules}
        for module in self.modules:
            yield self._part(prepare(module))
        for name in self.retired:
            if name not in rendered:
                gone = Module(
                    name=name, account=self.previous.modules[name].account, regions=(), resources=()
                )
                yield self._part(prepare(gone))

    def files(self) -> Iterator[RenderedFile]:
        """Yield every file, the manifest last."""
        entries: dict[str, ModuleEntry] = {}
        paths: list[str] = []
        for part in self.parts():
            entries[part.name] = replace(
                part.entry, files={file.path: digest(file.data) for file in part.files}
            )
            paths += entries[part.name].files
            yield from part.files
        yield from self.extra
        yield RenderedFile(MANIFEST, self.manifest(entries).text())

    def manifest(self, entries: Mapping[str, ModuleEntry]) -> Manifest:
        """Make the manifest of the modules rendered, with what is kept of the earlier one."""
        kept = {name: entry for name, entry in self.previous.modules.items() if name in self.kept}
        files = {file.path: digest(file.data) for file in self.extra}
        if self.partial:
            files = {**self.previous.files, **files}
        manifest = Manifest({**kept, **entries}, files)
        require_distinct([MANIFEST, *manifest.paths()])
        return manifest

    def _part(self, module: PreparedModule) -> Part:
        name = module.module.name
        retired = self.retired.get(name, {})
        files: list[RenderedFile] = []
        if Format.TERRAFORM in self.formats and (module.resources or retired):
            files += terraform.files(module, tuple(retired))
        if Format.CLOUDFORMATION in self.formats and module.resources:
            files += cloudformation.files(module)
        if Format.JSON in self.formats:
            files += documents.files(module)
        for file in files:
            require_safe_path(file.path)
        return Part(name, _entry(module, retired), tuple(files))


def render(
    modules: Iterable[Module],
    formats: Iterable[Format | str] = tuple(Format),
    *,
    previous: Manifest | None = None,
    only: Iterable[str] = (),
    extra: Iterable[RenderedFile] = (),
) -> Rendering:
    """Say what a folder shall hold.

    ``previous`` is the manifest of the folder as it is (``load_manifest``). From it comes which keys have left.
    ``only`` limits the rendering to ``organization``, ``account:ID``, ``workload:NAME`` or ``keys:NAME``.
    ``extra`` are files besides the modules'.
    """
    modules = tuple(modules)
    previous = previous or Manifest()
    require_distinct_names(modules)
    extra = tuple(extra)
    for file in extra:
        require_safe_path(file.path)
    retired = _retired(modules, previous)
    names = [module.name for module in modules] + [name for name in retired if name in previous.modules]
    selected = _selected(tuple(only), tuple(dict.fromkeys([*names, *previous.modules])))
    return Rendering(
        modules=tuple(module for module in modules if module.name in selected),
        formats=frozenset(Format(each) for each in formats),
        previous=previous,
        retired={name: keys for name, keys in retired.items() if name in selected},
        kept=frozenset(previous.modules.keys() - selected),
        extra=extra,
        partial=bool(tuple(only)),
    )


def _retired(modules: tuple[Module, ...], previous: Manifest) -> dict[str, Mapping[str, str]]:
    """Return the keys of the earlier manifest that have left, by the module that is to forget them."""
    keys = {
        module.name: [each for each in module.resources if isinstance(each, KmsKey)] for module in modules
    }
    found: dict[str, dict[str, str]] = {}
    for name, entry in previous.modules.items():
        # The state of a renamed workload moves to its new folder, and what has left must be forgotten there.
        home = name if name in keys else _heir(entry, keys) or name
        present = keys.get(home, [])
        moved = frozenset(filter(None, map(terraform.former_key_address, present)))
        gone = terraform.retired_addresses({**entry.retired, **entry.keys}, present, moved)
        if gone:
            found.setdefault(home, {}).update(gone)
    return dict(found)


def _heir(entry: ModuleEntry, keys: Mapping[str, Sequence[KmsKey]]) -> str | None:
    """Return the module that the keys of a module that is gone have been renamed into."""
    for name, candidates in keys.items():
        for key in candidates:
            if key.account == entry.account and terraform.former_key_addresses(key) & entry.keys.keys():
                return name
    return None


def _selected(only: tuple[str, ...], names: tuple[str, ...]) -> frozenset[str]:
    """Return the modules that are asked for: all, or those that the selectors name."""
    if not only:
        return frozenset(names)
    found: set[str] = set()
    for selector in only:
        kind, _, name = selector.partition(":")
        wanted = {
            "organization": {"organization"},
            "account": {f"accounts/{name}"},
            "keys": {f"keys/{name}"},
            # Its keys may be held in a central key account.
            "workload": {f"workloads/{name}", f"keys/{name}"},
        }.get(kind, set())
        if not (chosen := wanted.intersection(names)):
            raise RenderError(
                f"--only {selector}: there is no such module; there are {', '.join(map(_selector, names))}"
            )
        found |= chosen
    return frozenset(found)


def _selector(name: str) -> str:
    kind, _, rest = name.partition("/")
    return f"{kind.removesuffix('s') if kind != 'keys' else kind}:{rest}" if rest else kind


def _entry(module: PreparedModule, retired: Mapping[str, str]) -> ModuleEntry:
    keys = [prepared.resource for prepared in module.resources if isinstance(prepared.resource, KmsKey)]
    return ModuleEntry(
        account=module.module.account,
        regions=module.module.regions,
        prerequisites=module.module.prerequisites,
        resources=tuple(map(_resource, module.resources)),
        keys={terraform.key_address(key): key.alias for key in keys},
        retired=retired,
    )


def _resource(prepared: Prepared) -> dict[str, Json]:
    resource = prepared.resource
    entry: dict[str, Json] = {"kind": resource.kind, "name": resource.name}
    match resource:
        case OrganizationPolicy():
            entry["policy_type"] = resource.policy_type
            entry["targets"] = [{"name": target.name, "id": target.id} for target in resource.targets]
        case KmsKey():
            entry["region"] = resource.region
            entry["alias"] = resource.alias
            entry["terraform"] = terraform.key_address(resource)
    return {**entry, "size": prepared.size, "quota": prepared.limit.size, "unit": prepared.limit.unit}
