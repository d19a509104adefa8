"""A set of policies, from requirements or from a folder that ``render`` wrote, to be compared with another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.iam import PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.prover import Facts
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.render import load_manifest
from bedrock_cmk_guard.render.manifest import ModuleEntry
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    OrganizationPolicy,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
)

_KINDS: Mapping[str, PolicyKind] = {
    "service_control_policy": PolicyKind.SCP,
    "resource_control_policy": PolicyKind.RCP,
    "kms_key": PolicyKind.KEY,
    "iam_role": PolicyKind.TRUST,
    "iam_policy": PolicyKind.IDENTITY,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One document of a set: what it is of, and where. ``targets`` are those of an organisation policy."""

    kind: PolicyKind
    account: str
    name: str
    document: PolicyDocument
    targets: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None

    @property
    def place(self) -> tuple[PolicyKind, str, str]:
        """What makes it the same piece in another set."""
        return self.kind, self.account, self.name


@dataclass(frozen=True, slots=True)
class RenderedSet:
    """All documents of a set, and what is known of the organisation."""

    pieces: tuple[Piece, ...]
    facts: Facts = field(default_factory=Facts)

    def of(self, kind: PolicyKind) -> dict[tuple[PolicyKind, str, str], Piece]:
        """The pieces of a kind, by place."""
        return {piece.place: piece for piece in self.pieces if piece.kind is kind}

    def bearing(self, kind: PolicyKind, account: str) -> tuple[PolicyDocument, ...]:
        """The organisation policies of a kind that are attached above an account of ours, or to it."""
        return tuple(
            piece.document
            for piece in self.pieces
            if piece.kind is kind
            and any(not target.isdigit() or target == account for target in piece.targets)
        )

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts in which something is rendered, but for the one that holds the organisation's policies."""
        organization = (PolicyKind.SCP, PolicyKind.RCP)
        return frozenset(piece.account for piece in self.pieces if piece.kind not in organization)


def load_set(path: Path) -> RenderedSet:
    """Read a set from a folder that ``render`` wrote, or from a requirements file."""
    if not path.is_dir():
        return set_of(load_requirements(path))
    manifest = load_manifest(path)
    if manifest is None:
        raise SourceError(
            f"{path} has no manifest.json: give a folder that render wrote, or a requirements file"
        )
    pieces = tuple(p for name in sorted(manifest.modules) for p in _read_module(path, manifest.modules[name]))
    if not pieces:
        raise SourceError(f"{path} holds no JSON documents: render it with --format json")
    return RenderedSet(pieces)


def set_of(requirements: Requirements) -> RenderedSet:
    """The set that requirements ask for."""
    organization = requirements.organization
    pieces = tuple(
        piece for module in build(requirements) for r in module.resources if (piece := _piece(r)) is not None
    )
    accounts = {piece.account for piece in pieces} | {organization.management_account}
    return RenderedSet(pieces, Facts(organization.partition.value, organization.id, frozenset(accounts)))


def _piece(resource: Resource) -> Piece | None:
    targets: tuple[str, ...] = ()
    if isinstance(resource, OrganizationPolicy):
        targets = tuple(target.id for target in resource.targets)
    match resource:
        case ServiceControlPolicy() | ResourceControlPolicy() | IamPolicy():
            document = resource.content
        case KmsKey():
            document = resource.policy
        case IamRole():
            document = resource.trust
        case _:
            return None
    tags = resource.tags if isinstance(resource, KmsKey) else None
    return Piece(document.kind, resource.account, resource.name.replace("/", "_"), document, targets, tags)


def _read_module(folder: Path, module: ModuleEntry) -> Iterator[Piece]:
    targets = {str(entry.get("name")): tuple(_target_ids(entry.get("targets"))) for entry in module.resources}
    for path in sorted(module.files):
        file = PurePosixPath(path)
        kind = _KINDS.get(file.name.partition("-")[0])
        if file.parts[0] != "json" or kind is None:
            continue
        name = file.stem.partition("-")[2]
        if kind is PolicyKind.TRUST:
            name = name.removesuffix("-trust")
        try:
            text = (folder / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise SourceError(f"cannot read {folder / file}: {problem}") from None
        document = PolicyDocument.from_json(kind, text, where=str(folder / file))
        yield Piece(kind, module.account, name, document, targets.get(name, ()))


def _target_ids(targets: object) -> Iterator[str]:
    for target in targets if isinstance(targets, list) else ():
        if isinstance(target, dict) and isinstance(target.get("id"), str):
            yield target["id"]
