"""What the files of one folder declare together, before anything is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.files import SourceFile, unreadable
from bedrock_cmk_guard.sources.terraform.language.hcl import parse
from bedrock_cmk_guard.sources.terraform.language.json_syntax import parse_json
from bedrock_cmk_guard.sources.terraform.language.syntax import Attribute, Block, ParsedFile
from bedrock_cmk_guard.sources.terraform.library import Library, join
from bedrock_cmk_guard.sources.terraform.merging import merged
from bedrock_cmk_guard.sources.terraform.targets import types_in
from bedrock_cmk_guard.subjects import Fault, FaultKind, Place

_K = TypeVar("_K", str, tuple[str, str])
Named = dict[str, Block]
Typed = dict[tuple[str, str], Block]


@dataclass(slots=True)
class Module:
    """A folder of Terraform, read. Blocks by the names that expressions know them by."""

    folder: str
    variables: Named = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    outputs: Named = field(default_factory=dict)
    calls: Named = field(default_factory=dict)
    resources: Typed = field(default_factory=dict)
    data: Typed = field(default_factory=dict)
    providers: Named = field(default_factory=dict)
    """By ``name`` or ``name.alias``."""
    backend: bool = False
    """Whether it says where its state is kept, which only a root does."""
    faults: list[Fault] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        """Whether something of it could not be read, so that a name it lacks may yet be declared."""
        return bool(self.faults)


def load_module(library: Library, folder: str) -> Module:
    """Read the module in a folder. What cannot be read is among the faults."""
    files = library.folder(folder)
    primary = [library.file(join(folder, name)) for name in files.primary]
    return load_files(folder, primary, [library.file(join(folder, name)) for name in files.override])


def load_files(folder: str, primary: Iterable[SourceFile], override: Iterable[SourceFile]) -> Module:
    """Read a module from its files, the overrides last."""
    module = Module(folder)
    for files, overriding in ((primary, False), (override, True)):
        for file in files:
            module.files.append(file.shown)
            _read_file(module, file, override=overriding)
    return module


def parsed(file: SourceFile) -> ParsedFile:
    """Parse a file of either syntax. Raises ``SourceError`` if it cannot be read."""
    json = file.path.name.endswith(".json")
    return (parse_json if json else parse)(file.content(), file.shown)


def _read_file(module: Module, file: SourceFile, *, override: bool) -> None:
    try:
        tree = parsed(file)
    except SourceError as error:
        module.faults.append(unreadable(file.shown, str(error)))
        return
    for block in tree.body.blocks:
        if block.reliable:
            _declare(module, block, override=override)
    if tree.faults:
        module.faults.extend(_syntax_faults(file, tree))


def _declare(module: Module, block: Block, *, override: bool) -> None:
    if block.type == "locals":
        for name, attribute in block.body.attributes.items():
            if override or name not in module.locals:
                module.locals[name] = attribute
    elif len(block.labels) != _LABELS.get(block.type, len(block.labels)):
        message = f"a {block.type} block has {_LABELS[block.type]} names"
        module.faults.append(Fault(FaultKind.SYNTAX, message, block.header))
    elif block.type in ("resource", "data"):
        typed = module.resources if block.type == "resource" else module.data
        _put(module, typed, (block.labels[0], block.labels[1]), block, override=override)
    elif block.type in _NAMED:
        named = _NAMED[block.type](module)
        _put(module, named, block.labels[0], block, override=override)
    elif block.type == "provider":
        _put(module, module.providers, _provider_name(block), block, override=override)
    elif block.type == "terraform":
        module.backend |= any(True for _ in block.body.of_type("backend", "cloud"))


_LABELS = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1}
_NAMED: dict[str, Callable[[Module], Named]] = {
    "variable": lambda module: module.variables,
    "output": lambda module: module.outputs,
    "module": lambda module: module.calls,
}


def _put(module: Module, blocks: dict[_K, Block], key: _K, block: Block, *, override: bool) -> None:
    present = blocks.get(key)
    if present is None:
        blocks[key] = block
    elif override:
        blocks[key] = merged(present, block)
    else:
        message = (
            f"{block.type} {'.'.join(block.labels)} is declared a second time, and only the first is judged"
        )
        module.faults.append(Fault(FaultKind.SYNTAX, message, block.header))


def _provider_name(block: Block) -> str:
    alias = block.body.attributes.get("alias")
    value = getattr(alias.expression, "value", None) if alias else None
    return f"{block.labels[0]}.{value}" if isinstance(value, str) else block.labels[0]


def _syntax_faults(file: SourceFile, tree: ParsedFile) -> Iterator[Fault]:
    """The file's own faults, and one for each resource in it that nobody comes to judge."""
    for fault in tree.faults:
        yield Fault(FaultKind.SYNTAX, fault.message, fault.place)
    judged = {
        line
        for block in tree.body.blocks
        if block.reliable
        for line in range(block.place.line, block.place.end_line + 1)
    }
    for name, line in types_in(file.content()):
        if line not in judged:
            message = f"a resource of type {name} stands where the file does not parse, and was not judged"
            yield Fault(FaultKind.UNJUDGED, message, Place(file.shown, line), address=name)
