"""A root and everything below it, under given values for its variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.terraform.expansion import MAX_INSTANCES
from bedrock_cmk_guard.sources.terraform.language.expressions import Literal
from bedrock_cmk_guard.sources.terraform.library import Library, join
from bedrock_cmk_guard.sources.terraform.module_instance import ModuleInstance, Traced
from bedrock_cmk_guard.sources.terraform.sources_of_modules import Installed, is_local
from bedrock_cmk_guard.subjects import Fault, FaultKind, Place, Step, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import Declared, DeclaredBlock
    from bedrock_cmk_guard.sources.terraform.language.values import Value
    from bedrock_cmk_guard.sources.terraform.module import Module
    from bedrock_cmk_guard.sources.terraform.module_call import ModuleCall
    from bedrock_cmk_guard.sources.terraform.value_files import GivenValues

MAX_DEPTH = 20
"""Of modules in modules."""
MAX_MODULES = 5_000
"""In one root."""


class World:
    """What one root makes. Evaluated on demand; nothing in it changes once it is known."""

    def __init__(
        self,
        library: Library,
        load: Callable[[str], Module],
        folder: str,
        given: GivenValues,
        *,
        published: bool = False,
        supposed: Mapping[str, Value] | None = None,
    ) -> None:
        """``published`` tells that the root is a module for others to call; ``supposed`` sets variables."""
        self.library = library
        self.load = load
        self.folder = folder
        self.published = published
        self.declared: dict[str, Declared] = {}
        self.faults: dict[Fault, None] = {}
        self.asked: set[str] = set()
        """The variables of the root whose values somebody needed."""
        self._given = given
        self._supposed = dict(supposed or {})
        self._installed = Installed(library, folder)
        self.root = ModuleInstance(self, load(folder))

    def given(self, name: str) -> Traced | None:
        """Return what a variable of the root is given."""
        self.asked.add(name)
        if name in self._supposed:
            return Traced(self._supposed[name], (Step(f"var.{name} is supposed to be set"),))
        found = self._given.values.get(name)
        if found is not None:
            return Traced(found.value, (found.step,))
        if self._given.unreadable:
            reason = f"{self._given.unreadable} may set var.{name}, and cannot be read"
            return Traced(Unknown(reason))
        return None

    def read_file(self, path: str) -> bytes | Unknown:
        """Read a file that an expression names."""
        full = join(self.folder, path)
        if not self.library.within(full):
            return Unknown(f"{path} lies outside of the repository")
        try:
            return self.library.file(full).content()
        except SourceError as error:
            return Unknown(str(error))

    def fault(self, kind: FaultKind, message: str, place: Place, address: str = "") -> None:
        """Note that something could not be read or judged; once."""
        self.faults[Fault(kind, message, place, address)] = None

    def folder_of_call(self, call: ModuleCall) -> str | Unknown:
        """Find the code of a called module."""
        source = call.block.body.attributes.get("source")
        expression = source.expression if source else None
        text = expression.value if isinstance(expression, Literal) else None
        place = source.place if source else call.block.header
        if not isinstance(text, str):
            return self._not_read(call, place, "its source is no plain text")
        if len(call.caller.names) >= MAX_DEPTH:
            return self._not_read(call, place, f"modules are called {MAX_DEPTH} deep")
        if not is_local(text):
            folder = self._installed.folder((*call.caller.names, call.name))
            why = f"{text} is not downloaded; terraform init downloads it"
            return self._not_read(call, place, why) if folder is None else folder
        folder = join(call.caller.module.folder, text)
        if not self.library.within(folder):
            return self._not_read(call, place, f"{text} lies outside of the repository")
        if not self.library.folder(folder).configuration:
            return self._not_read(call, place, f"there is no Terraform code in {text}")
        if folder in self._folders_above(call):
            return self._not_read(call, place, f"{text} calls itself")
        return folder

    def _folders_above(self, call: ModuleCall) -> Iterator[str]:
        module: ModuleInstance | None = call.caller
        while module is not None:
            yield module.module.folder
            module = module.inputs.caller if module.inputs else None

    def _not_read(self, call: ModuleCall, place: Place, why: str) -> Unknown:
        message = f"{call.address} could not be read: {why}"
        self.fault(FaultKind.MODULE, message, place, call.address)
        return Unknown(f"{call.address} was not read: {why}")

    @cached_property
    def _modules(self) -> tuple[ModuleInstance, ...]:
        return tuple(self._walked())

    def modules(self) -> tuple[ModuleInstance, ...]:
        """Return every module of the root, callers before what they call."""
        return self._modules

    def _walked(self) -> Iterator[ModuleInstance]:
        pending = [self.root]
        count = 0
        while pending:
            module = pending.pop(0)
            yield module
            count += 1
            if count >= MAX_MODULES:
                place = Place(os.fspath(self.folder))
                self.fault(FaultKind.UNJUDGED, f"a root of more than {MAX_MODULES} modules", place)
                return
            for name in module.module.calls:
                call = module.call(name)
                if call is not None and not isinstance(call.folder, Unknown):
                    self._cut(call.expansion.cut, call.address, call.block.header)
                    pending.extend(call.instances)

    def blocks(self, mode: str) -> Iterator[DeclaredBlock]:
        """Give every resource (``resource``) or data source (``data``) of the root and its modules."""
        for module in self.modules():
            named = module.module.resources if mode == "resource" else module.module.data
            for kind, name in named:
                declared = module.declared(mode, kind, name)
                if declared is not None:
                    yield declared

    def instances(self, declared: DeclaredBlock) -> Iterator[Declared]:
        """Give the instances of a block; that there are too many is a fault."""
        self._cut(declared.expansion.cut, declared.address, declared.block.header)
        yield from declared.instances.values()

    def _cut(self, cut: bool, address: str, place: Place) -> None:
        if cut:
            message = f"{address} has more than {MAX_INSTANCES} instances, and only the first ones are judged"
            self.fault(FaultKind.UNJUDGED, message, place, address)
