"""Make a `terraform providers schema -json` subset from the text of a provider's CDK package.

The AWS provider itself cannot be had from PyPI, but its generated bindings can: `cdktn-provider-aws` (new)
and `cdktf-cdktf-provider-aws` (old) carry, in JavaScript and TypeScript declarations, what the provider's
schema said. Only text is read; nothing of the package runs.

    pip download --no-deps cdktn-provider-aws==25.8.1 && unzip -q cdktn_*.whl && tar xzf */_jsii/*.jsii.tgz
    python -m tests.terraform.extract_schema package tests/terraform/schema/aws-6.69.1.json

The old layout (to 24.x) dropped the comment that says whether a settable attribute is also computed. For
those pass `--flags-from NEWER.json`: required and optional come from the declarations, `computed` from the
newer schema.

What the package does not say is lost: `max_items` above 1, conflicts, validators, ForceNew, sensitivity. The
provider block's `endpoints` (some 300 URLs) is left out on purpose.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

CtyType: TypeAlias = "str | list[str | CtyType | dict[str, CtyType]]"
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

RESOURCES = (
    "aws_bedrockagent_agent",
    "aws_bedrockagent_agent_alias",
    "aws_bedrockagent_flow",
    "aws_bedrockagent_prompt",
    "aws_bedrockagentcore_agent_runtime",
    "aws_bedrockagentcore_gateway",
    "aws_bedrockagentcore_memory",
    "aws_bedrockagentcore_token_vault_cmk",
    "aws_cloudformation_stack_set",
    "aws_cloudformation_stack_set_instance",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_glue_catalog_table",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_kms_alias",
    "aws_kms_external_key",
    "aws_kms_key",
    "aws_kms_key_policy",
    "aws_kms_replica_key",
    "aws_organizations_policy",
    "aws_organizations_policy_attachment",
    "aws_sns_topic",
    "aws_sns_topic_policy",
)
DATA_SOURCES = ("aws_caller_identity", "aws_partition", "aws_region")

_CLASS = re.compile(r"^class (\w+) extends cdkt[fn]\.(\w+)", re.M)
_FLAGS = re.compile(
    r"^ +// (\w+) - computed: (true|false), optional: (true|false), required: (true|false)$", re.M
)
_NESTED = re.compile(r'\b_\w+ = new (\w+?)(List|Map|OutputReference)\(this, "(\w+)"(?:, (true|false))?')
_COLLECTION = re.compile(
    r'\b_\w+ = new cdkt[fn]\.(String|Number|Boolean|Any)(Map|List|MapList)\(this, "(\w+)"(?:, (true|false))?'
)
_GETTER = re.compile(r"return (cdkt[fn]\.Fn\.tolist\()?(?:\w+\.)*this\.get(\w+?)Attribute\('(\w+)'\)")
_HCL = re.compile(
    r"^ {8,12}(\w+): \{\n\s+value: .*\n\s+isBlock: (?:true|false),\n"
    r"\s+type: \"(\w+)\",\n\s+storageClassType: \"(\w+)\"",
    re.M,
)
_INTERFACE = re.compile(r"^export interface (\w+)(?: extends [\w.]+)? \{\n(.*?)^\}", re.M | re.S)
_PROPERTY = re.compile(r"    /\*\*\n(.*?)\*/\n    readonly \w+(\??):", re.S)
_PROPERTY_NAME = re.compile(r"docs(?:/[\w-]+)*/?#(\w+) |#(\w+) \w+#")
_BLOCK_LINE = re.compile(r"^    \* (\w+) block$", re.M)

_PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_MAX_DEPTH = 12


@dataclass(frozen=True)
class Flags:
    required: bool = False
    optional: bool = False
    computed: bool = False

    def to_json(self) -> dict[str, Json]:
        return {name: True for name in ("required", "optional", "computed") if getattr(self, name)}


@dataclass(frozen=True)
class Nested:
    struct: str
    wrapper: str
    wraps_set: bool


@dataclass
class Class:
    base: str
    tf_type: str | None
    flags: dict[str, Flags]
    nested: dict[str, Nested]
    getters: dict[str, CtyType]
    hcl: dict[str, tuple[str, str]]

    def names(self) -> list[str]:
        return [*self.getters, *self.nested]


@dataclass
class Interface:
    """What the TypeScript declaration of a config or a block says."""

    required: dict[str, bool] = field(default_factory=dict)
    blocks: set[str] = field(default_factory=set)


@dataclass
class Module:
    classes: dict[str, Class]
    interfaces: dict[str, Interface]
    structs: dict[str, dict[str, tuple[str, str]]]
    """Types of the arguments of each nested block, by the block's interface."""


def _storage_type(kind: str, storage: str) -> CtyType | None:
    """The cty type that `type` and `storageClassType` of synthesizeHclAttributes name."""
    if kind == "simple" and storage in _PRIMITIVES:
        return _PRIMITIVES[storage]
    found = re.fullmatch(r"(string|number|boolean|any)((?:List|Map)*)", storage)
    if not found:
        return None
    wrappers = re.findall("List|Map", found[2])
    result: CtyType = _PRIMITIVES[found[1]]
    for position, wrapper in enumerate(wrappers, start=1):
        outer = position == len(wrappers)
        result = ["map" if wrapper == "Map" else "set" if outer and kind == "set" else "list", result]
    return result


def _getter_type(name: str, tolist: bool) -> CtyType:
    """The cty type that a `getStringAttribute` or its like names."""
    outer = "set" if tolist else "list"
    known: dict[str, CtyType] = {
        "String": "string",
        "Number": "number",
        "Boolean": "bool",
        "StringMap": ["map", "string"],
        "NumberMap": ["map", "number"],
        "BooleanMap": ["map", "bool"],
        "List": [outer, "string"],
        "NumberList": [outer, "number"],
    }
    return known.get(name, "dynamic")


def _collection_type(primitive: str, shape: str, wraps_set: bool) -> CtyType:
    element = _PRIMITIVES[primitive.lower()]
    if shape == "Map":
        return ["map", element]
    return ["set" if wraps_set else "list", element if shape == "List" else ["map", element]]


def _parse_class(base: str, body: str, tf_type: str | None) -> Class:
    getters: dict[str, CtyType] = {
        m[3]: _getter_type(m[2], tolist=bool(m[1])) for m in _GETTER.finditer(body)
    }
    getters |= {m[3]: _collection_type(m[1], m[2], m[4] == "true") for m in _COLLECTION.finditer(body)}
    nested = {m[3]: Nested(m[1], m[2], m[4] == "true") for m in _NESTED.finditer(body)}
    for name in nested:
        getters.pop(name, None)
    return Class(
        base=base,
        tf_type=tf_type,
        flags={
            m[1]: Flags(required=m[4] == "true", optional=m[3] == "true", computed=m[2] == "true")
            for m in _FLAGS.finditer(body)
        },
        nested=nested,
        getters=getters,
        hcl=_hcl_types(body.partition("synthesizeHclAttributes()")[2]),
    )


def _hcl_types(text: str) -> dict[str, tuple[str, str]]:
    return {m[1]: (m[2], m[3]) for m in _HCL.finditer(text)}


def _structs(js: str) -> dict[str, dict[str, tuple[str, str]]]:
    functions = re.finditer(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", js, re.M | re.S)
    return {m[1][0].upper() + m[1][1:]: _hcl_types(m[2]) for m in functions}


def _classes(js: str, structs: dict[str, dict[str, tuple[str, str]]]) -> dict[str, Class]:
    marks = list(_CLASS.finditer(js))
    ends = [m.start() for m in marks[1:]] + [len(js)]
    classes: dict[str, Class] = {}
    for mark, end in zip(marks, ends, strict=True):
        body = js[mark.start() : end]
        tf_type = re.search(rf'(?:static |^{mark[1]}\.)tfResourceType = "(\w+)"', body, re.M)
        classes[mark[1]] = _parse_class(mark[2], body, tf_type[1] if tf_type else None)
    for struct, types in structs.items():
        if reference := classes.get(struct + "OutputReference"):
            reference.hcl = types
    return classes


def _interfaces(dts: str) -> dict[str, Interface]:
    found: dict[str, Interface] = {}
    for interface in _INTERFACE.finditer(dts):
        entry = found.setdefault(interface[1], Interface())
        for prop in _PROPERTY.finditer(interface[2]):
            name_match = _PROPERTY_NAME.search(prop[1])
            if not name_match:
                continue
            name = name_match[1] or name_match[2]
            entry.required[name] = prop[2] != "?"
            block = _BLOCK_LINE.search(prop[1])
            if block and block[1] == name:
                entry.blocks.add(name)
    return found


def parse_module(folder: Path) -> Module:
    js = (folder / "index.js").read_text(encoding="utf-8")
    dts = (folder / "index.d.ts").read_text(encoding="utf-8")
    structs = _structs(js)
    return Module(_classes(js, structs), _interfaces(dts), structs)


def provider_schema(module: Module) -> dict[str, Json]:
    """The provider's own block: it has no getters, so types come from synthesizeHclAttributes."""
    cls = next(cls for cls in module.classes.values() if cls.base == "TerraformProvider")
    declared = module.interfaces["AwsProviderConfig"]
    blocks: dict[str, Json] = {}
    for name in sorted(declared.blocks - {"endpoints"}):
        struct = cls.hcl[name][1].removesuffix("List")
        attributes = _arguments(module.structs[struct], module.interfaces[struct])
        blocks[name] = {"nesting_mode": "list", "block": {"attributes": attributes}}
    plain = {name: types for name, types in cls.hcl.items() if name not in {*declared.blocks, "alias"}}
    return {"version": 0, "block": {"attributes": _arguments(plain, declared), "block_types": blocks}}


def _arguments(types: dict[str, tuple[str, str]], declared: Interface) -> dict[str, Json]:
    """Schema attributes from argument types alone; one whose type is not said is left open."""
    return {
        name: {
            "type": _as_json(_storage_type(*hcl) or "dynamic"),
            **Flags(
                required=declared.required.get(name, False), optional=not declared.required.get(name)
            ).to_json(),
        }
        for name, hcl in types.items()
    }


class SchemaBuilder:
    """Turns one module's classes into schema blocks, borrowing missing flags from a newer schema."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def resource(self, class_name: str, newer: dict[str, Json] | None) -> dict[str, Json]:
        block = self._block(class_name, class_name + "Config", newer or {}, depth=0)
        return {"version": 0, "block": block}

    def _flags(self, cls: Class, interface: Interface, name: str, newer: dict[str, Json]) -> Flags:
        if name in cls.flags:
            return cls.flags[name]
        if name not in interface.required:
            return Flags(computed=True)
        required = interface.required[name]
        computed = not required and bool(_child(_child(newer, "attributes"), name).get("computed"))
        return Flags(required=required, optional=not required, computed=computed)

    def _block(self, class_name: str, interface: str, newer: dict[str, Json], depth: int) -> dict[str, Json]:
        cls = self._module.classes[class_name]
        declared = self._module.interfaces.get(interface, Interface())
        attributes: dict[str, Json] = {}
        blocks: dict[str, Json] = {}
        for name in cls.names():
            flags = self._flags(cls, declared, name, newer)
            nested = cls.nested.get(name)
            if nested and name in declared.blocks and depth < _MAX_DEPTH:
                inner = _child(_child(_child(newer, "block_types"), name), "block")
                blocks[name] = self._nested_block(nested, cls.hcl.get(name), flags, inner, depth)
            else:
                cty = self._attribute_type(cls, name, depth)
                attributes[name] = {"type": _as_json(cty), **flags.to_json()}
        return {key: value for key, value in (("attributes", attributes), ("block_types", blocks)) if value}

    def _nested_block(
        self,
        nested: Nested,
        hcl: tuple[str, str] | None,
        flags: Flags,
        newer: dict[str, Json],
        depth: int,
    ) -> dict[str, Json]:
        kind = hcl[0] if hcl else ""
        is_set = kind == "set" or nested.wraps_set
        mode = "single" if kind == "struct" else "set" if is_set else "list"
        block: dict[str, Json] = {
            "nesting_mode": mode,
            "block": self._block(nested.struct + "OutputReference", nested.struct, newer, depth + 1),
        }
        if mode != "single":
            if flags.required:
                block["min_items"] = 1
            if nested.wrapper == "OutputReference":
                block["max_items"] = 1
        return block

    def _attribute_type(self, cls: Class, name: str, depth: int) -> CtyType:
        hcl = cls.hcl.get(name)
        nested = cls.nested.get(name)
        if nested is None:
            return (hcl and _storage_type(*hcl)) or cls.getters[name]
        inner = self._object_type(nested.struct, depth + 1)
        if nested.wrapper == "Map":
            return ["map", inner]
        kind = hcl[0] if hcl else ""
        if nested.wrapper == "List" or kind in ("list", "set"):
            return ["set" if nested.wraps_set or kind == "set" else "list", inner]
        return inner

    def _object_type(self, struct: str, depth: int) -> CtyType:
        cls = self._module.classes.get(struct + "OutputReference")
        if cls is None or depth > _MAX_DEPTH:
            return ["object", {}]
        return ["object", {name: self._attribute_type(cls, name, depth) for name in cls.names()}]


def _as_json(cty: CtyType) -> Json:
    return json.loads(json.dumps(cty))  # type: ignore[no-any-return]


def _child(node: Json, key: str) -> dict[str, Json]:
    child = node.get(key) if isinstance(node, dict) else None
    return child if isinstance(child, dict) else {}


def _roots(package: Path, wanted: dict[str, str]) -> Iterator[tuple[str, Module, str]]:
    """(folder name, module, class name) of every wanted resource and data source."""
    for folder_name, tf_type in sorted(wanted.items()):
        folder = package / "lib" / folder_name
        if not (folder / "index.js").exists():
            continue
        module = parse_module(folder)
        for class_name, cls in module.classes.items():
            if cls.tf_type == tf_type:
                yield folder_name, module, class_name


def _wanted() -> dict[str, str]:
    folders = {name.removeprefix("aws_").replace("_", "-"): name for name in RESOURCES}
    folders |= {"data-" + name.replace("_", "-"): name for name in DATA_SOURCES}
    return folders


def extract(package: Path, newer: dict[str, Json]) -> dict[str, Json]:
    """The schema subset in the shape of `terraform providers schema -json`."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    origin = (about.get("cdktn") or about.get("cdktf"))["provider"]
    tables: dict[str, dict[str, Json]] = {"resource_schemas": {}, "data_source_schemas": {}}
    for folder, module, class_name in _roots(package, _wanted()):
        tf_type = _wanted()[folder]
        table = "data_source_schemas" if folder.startswith("data-") else "resource_schemas"
        known = _child(_child(_child(newer, table), tf_type), "block")
        tables[table][tf_type] = SchemaBuilder(module).resource(class_name, known)
    provider = provider_schema(parse_module(package / "lib" / "provider"))
    return {
        "format_version": "1.0",
        "provider_version": origin["version"],
        "provider_schemas": {origin["name"]: {"provider": provider, **tables}},
    }


def _read_newer(path: Path | None) -> dict[str, Json]:
    if path is None:
        return {}
    schemas = _child(json.loads(path.read_text(encoding="utf-8")), "provider_schemas")
    return _child(schemas, next(iter(schemas)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("package", type=Path, help="the unpacked jsii package (holds package.json and lib/)")
    parser.add_argument("out", type=Path)
    parser.add_argument("--flags-from", type=Path, help="a newer extracted schema to take `computed` from")
    arguments = parser.parse_args()
    schema = extract(arguments.package, _read_newer(arguments.flags_from))
    arguments.out.write_text(json.dumps(schema, sort_keys=True, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
