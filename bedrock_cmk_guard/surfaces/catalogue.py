"""The packaged catalogue, read once. A malformed one raises, naming the row and the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.surfaces.model import (
    Actions,
    CloudFormationProperty,
    EncryptionContext,
    GrantConstraint,
    IgnoredParameter,
    KeyCondition,
    KeyField,
    KeyForm,
    KeylessSurface,
    KeyPath,
    KeyPurpose,
    KmsPrincipal,
    KmsStatement,
    Surface,
    TerraformAttribute,
    Tier,
    UnlistedAction,
    When,
)

DATA = Path(__file__).with_name("surfaces.yaml")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_PLACEHOLDER = re.compile(r"\{(.*?)\}")
_KNOWN_PLACEHOLDERS = {"partition", "region", "account"}

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every surface that takes a key, and the ones that hold data and take none."""

    surfaces: Mapping[str, Surface]
    without_key: Mapping[str, KeylessSurface]
    ignored: tuple[IgnoredParameter, ...]

    def by_tier(self, tier: Tier) -> tuple[Surface, ...]:
        """Return the surfaces of a tier, in the catalogue's order."""
        return tuple(surface for surface in self.surfaces.values() if surface.tier is tier)

    def of_iam_prefix(self, *prefixes: str) -> tuple[Surface, ...]:
        """Return the surfaces whose actions have one of these prefixes (``bedrock``, …)."""
        return tuple(surface for surface in self.surfaces.values() if surface.iam_prefix in prefixes)

    def closing(self, surface: str, in_use: Iterable[str]) -> tuple[str, ...]:
        """Return the actions whose refusal closes a surface and takes nothing from the surfaces in use."""
        needed = {action for other in in_use for action in self.surfaces[other].actions.every}
        if surface in self.without_key:
            actions = self.without_key[surface].creating
        else:
            actions = self.surfaces[surface].actions.write + self.surfaces[surface].actions.use
        return tuple(action for action in actions if action not in needed)

    def kms_statements(
        self, ids: Iterable[str], *, conditions: Iterable[When] = ()
    ) -> tuple[KmsStatement, ...]:
        """Gather what KMS must allow for these surfaces, each statement once.

        ``conditions`` names what holds besides ``always``: ``When.MEMORY`` for agents that keep memory.
        """
        holding = {When.ALWAYS, *conditions}
        found: dict[KmsStatement, KmsStatement] = {}
        for statement in (s for surface in ids for s in self.surfaces[surface].kms if s.when in holding):
            # It is the same statement whichever circumstance calls for it, so `when` does not set two apart.
            found.setdefault(replace(statement, when=When.ALWAYS), statement)
        return tuple(found.values())


@cache
def catalogue() -> Catalogue:
    """Return the catalogue in this package."""
    return load_catalogue(DATA)


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue file; raises ``GuardError`` naming the row and the field of what is wrong."""
    import yaml  # here, because most commands never look at the catalogue

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader either way
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GuardError(f"{path}: the surface catalogue cannot be read: {error}") from error
    row = _Row(raw, f"{path.name}: the catalogue")
    return Catalogue(
        surfaces=_by_id(row, "surfaces", _surface),
        without_key=_by_id(row, "without_key", _keyless),
        ignored=row.rows("ignored", _ignored),
    )


class _Row:
    """A mapping that was read, and where it stands, so that every complaint can say so."""

    __slots__ = ("at", "raw")

    def __init__(self, raw: object, at: str) -> None:
        if not isinstance(raw, dict):
            raise GuardError(f"{at}: expected a mapping, found {type(raw).__name__}")
        self.raw = cast("dict[object, object]", raw)
        self.at = at

    def error(self, field: str, problem: str) -> GuardError:
        return GuardError(f"{self.at}, field {field}: {problem}")

    def known(self, *names: str) -> None:
        """Refuse a misspelt field, which would otherwise be dropped in silence."""
        for name in self.raw:
            if name not in names:
                raise self.error(str(name), f"no such field; there are {', '.join(names)}")

    def optional_text(self, field: str) -> str | None:
        value = self.raw.get(field)
        if value is None or (isinstance(value, str) and value):
            return value
        raise self.error(field, f"expected text, found {value!r}")

    def text(self, field: str) -> str:
        value = self.optional_text(field)
        if value is None:
            raise self.error(field, "is missing")
        return value

    def flag(self, field: str) -> bool:
        value = self.raw.get(field, False)
        if not isinstance(value, bool):
            raise self.error(field, f"expected true or false, found {value!r}")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        values = self.raw.get(field, [])
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            raise self.error(field, "expected a list of texts")
        if len(set(values)) != len(values):
            raise self.error(field, "names something twice")
        return tuple(values)

    def actions(self, field: str) -> tuple[str, ...]:
        values = self.texts(field)
        for value in values:
            if not _ACTION.fullmatch(value):
                raise self.error(field, f"{value!r} is not an IAM action")
        return values

    def enum(self, field: str, kind: type[E]) -> E:
        return self._member(field, kind, self.text(field))

    def enums(self, field: str, kind: type[E]) -> frozenset[E]:
        return frozenset(self._member(field, kind, value) for value in self.texts(field))

    def _member(self, field: str, kind: type[E], value: str) -> E:
        try:
            return kind(value)
        except ValueError:
            raise self.error(field, f"{value!r} is none of {', '.join(kind)}") from None

    def row(self, field: str, read: Callable[[_Row], T]) -> T:
        return read(_Row(self.raw.get(field, {}), f"{self.at}, field {field}"))

    def optional_row(self, field: str, read: Callable[[_Row], T]) -> T | None:
        return None if self.raw.get(field) is None else self.row(field, read)

    def rows(self, field: str, read: Callable[[_Row], T]) -> tuple[T, ...]:
        values = self.raw.get(field, [])
        if not isinstance(values, list):
            raise self.error(field, "expected a list")
        return tuple(read(_Row(value, f"{self.at}, {field}[{i}]")) for i, value in enumerate(values))


def _by_id(row: _Row, field: str, read: Callable[[_Row], T]) -> Mapping[str, T]:
    row.known("surfaces", "without_key", "ignored")
    found: dict[str, T] = {}
    raw = row.raw.get(field)
    if not isinstance(raw, list):
        raise row.error(field, "expected a list")
    for i, value in enumerate(raw):
        named = _Row(value, f"{row.at}, {field}[{i}]")
        name = named.text("id")
        if name in found:
            raise named.error("id", f"{name!r} is there twice")
        found[name] = read(_Row(value, f"{row.at.split(':')[0]}: {field}, row {name}"))
    return MappingProxyType(found)


def _surface(row: _Row) -> Surface:
    row.known(*(field.name for field in fields(Surface)))
    actions = row.row("actions", _actions)
    return Surface(
        id=row.text("id"),
        title=row.text("title"),
        tier=row.enum("tier", Tier),
        data=row.text("data"),
        service=row.text("service"),
        iam_prefix=row.text("iam_prefix"),
        operations=row.row("operations", _operations),
        key=row.row("key", _key),
        actions=actions,
        key_condition=row.optional_row(
            "key_condition", lambda r: KeyCondition(r.text("action"), r.text("key"))
        ),
        unlisted_actions=row.rows(
            "unlisted_actions", lambda r: UnlistedAction(r.text("action"), r.text("why"))
        ),
        cloudformation=row.optional_row("cloudformation", _cloudformation),
        terraform_aws=row.optional_row("terraform_aws", _terraform),
        terraform_awscc=row.optional_row("terraform_awscc", _terraform),
        kms=row.rows("kms", _statement),
        docs=row.texts("docs"),
        notes=row.texts("notes"),
    )


def _operations(row: _Row) -> Mapping[str, str]:
    return MappingProxyType({str(name): row.text(str(name)) for name in row.raw})


def _key(row: _Row) -> KeyField:
    row.known(*(field.name for field in fields(KeyField)))
    request = row.rows("request", _key_path)
    if not request:
        raise row.error("request", "is empty: a surface without a key parameter belongs under without_key")
    mutable = row.raw.get("mutable")
    if mutable is not None and not isinstance(mutable, bool):
        raise row.error("mutable", f"expected true, false or null, found {mutable!r}")
    return KeyField(
        request=request,
        response=row.rows("response", _key_path),
        accepts=row.enums("accepts", KeyForm),
        mutable=mutable,
        purpose=row.enum("purpose", KeyPurpose) if "purpose" in row.raw else KeyPurpose.ENCRYPTION,
    )


def _key_path(row: _Row) -> KeyPath:
    row.known("operation", "path", "required")
    return KeyPath(row.text("operation"), row.text("path"), row.flag("required"))


def _actions(row: _Row) -> Actions:
    names = tuple(field.name for field in fields(Actions))
    row.known(*names)
    actions = Actions(**{name: row.actions(name) for name in names})
    if len(set(actions.every)) != len(actions.every):
        twice = sorted({action for action in actions.every if actions.every.count(action) > 1})
        raise row.error("actions", f"in two lists: {', '.join(twice)}")
    return actions


def _cloudformation(row: _Row) -> CloudFormationProperty:
    row.known("type", "property", "create_only")
    return CloudFormationProperty(row.text("type"), row.text("property"), row.flag("create_only"))


def _terraform(row: _Row) -> TerraformAttribute:
    row.known("type", "path")
    return TerraformAttribute(row.text("type"), row.text("path"))


def _statement(row: _Row) -> KmsStatement:
    row.known(*(field.name for field in fields(KmsStatement)))
    statement = KmsStatement(
        principals=row.enums("principals", KmsPrincipal),
        actions=row.actions("actions"),
        basis=row.text("basis"),
        service=row.optional_text("service"),
        service_linked_role=row.optional_text("service_linked_role"),
        via=row.optional_text("via"),
        context=row.optional_row(
            "context", lambda r: EncryptionContext(r.text("key"), _template(r, "value"))
        ),
        source_arn=_template(row, "source_arn") if row.raw.get("source_arn") else None,
        source_absent=row.flag("source_absent"),
        via_inferred=row.optional_text("via_inferred"),
        grant=row.optional_row("grant", _grant),
        when=row.enum("when", When) if "when" in row.raw else When.ALWAYS,
    )
    _coherent(row, statement)
    return statement


def _grant(row: _Row) -> GrantConstraint:
    row.known("operations", "constraint", "for_aws_resource")
    return GrantConstraint(
        row.texts("operations"), row.optional_text("constraint"), row.flag("for_aws_resource")
    )


def _template(row: _Row, field: str) -> str:
    value = row.text(field)
    for name in _PLACEHOLDER.findall(value):
        if name not in _KNOWN_PLACEHOLDERS:
            raise row.error(field, f"{{{name}}} is none of {', '.join(sorted(_KNOWN_PLACEHOLDERS))}")
    return value


def _coherent(row: _Row, statement: KmsStatement) -> None:
    """Refuse what could never match a request, or would let more through than it says."""
    service_alone = statement.principals == {KmsPrincipal.SERVICE}
    if not statement.principals or not statement.actions:
        raise row.error("principals" if not statement.principals else "actions", "is empty")
    if (KmsPrincipal.SERVICE in statement.principals) != (statement.service is not None):
        raise row.error("service", "is given exactly when principals contains service")
    linked = KmsPrincipal.SERVICE_LINKED_ROLE in statement.principals
    if linked != (statement.service_linked_role is not None):
        raise row.error(
            "service_linked_role", "is given exactly when principals contains service_linked_role"
        )
    if statement.via and KmsPrincipal.SERVICE in statement.principals:
        raise row.error("via", "kms:ViaService is absent when a service calls KMS as itself")
    if statement.source_arn and not service_alone:
        raise row.error("source_arn", "aws:SourceArn is there only when a service calls KMS as itself")
    acting = {KmsPrincipal.PROVISIONER, KmsPrincipal.CALLER}
    if statement.via_inferred and (statement.via or not statement.principals & acting):
        raise row.error("via_inferred", "goes with provisioner or caller, and instead of via")
    if statement.source_absent and (statement.source_arn or not service_alone):
        raise row.error("source_absent", "goes with a service's own call that has no source_arn")
    if statement.grant and statement.actions != ("kms:CreateGrant",):
        raise row.error("grant", "a grant's conditions go in a statement that allows kms:CreateGrant alone")
    if "kms:CreateGrant" in statement.actions and not (statement.grant or statement.via):
        raise row.error(
            "grant", "kms:CreateGrant needs a grant constraint or via: alone it is key administration"
        )


def _keyless(row: _Row) -> KeylessSurface:
    row.known(*(field.name for field in fields(KeylessSurface)))
    return KeylessSurface(
        id=row.text("id"),
        title=row.text("title"),
        tier=row.enum("tier", Tier),
        where=row.text("where"),
        why=row.text("why"),
        alternative=row.optional_text("alternative"),
        creating=row.actions("creating"),
        stored_data=row.actions("stored_data"),
        doc=row.optional_text("doc"),
    )


def _ignored(row: _Row) -> IgnoredParameter:
    row.known("service", "path", "why")
    return IgnoredParameter(row.text("service"), row.text("path"), row.text("why"))
