"""The policies of a rendered set as they would bear on recorded calls, under the names that people know them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.render import load_manifest
from bedrock_cmk_guard.rendered_set import Piece, RenderedSet, load_set, set_of
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.resources import KmsKey

_FULL_ACCESS = PolicyDocument(
    PolicyKind.SCP, (Statement(sid="FullAWSAccess", effect=Effect.ALLOW, actions=("*",)),)
)
_ORGANIZATION = (PolicyKind.SCP, PolicyKind.RCP)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered set, and which of its keys is which recorded one."""

    documents: RenderedSet
    requirements: Requirements | None
    aliases: Mapping[tuple[str, str, str], str]
    """The name of a key in the set, by its account, Region and alias."""

    @property
    def keys(self) -> Mapping[str, Piece]:
        """The keys of the set, by name."""
        return {piece.name: piece for piece in self.documents.pieces if piece.kind is PolicyKind.KEY}

    def scps(self, account: str | None) -> tuple[Piece, ...] | None:
        """The SCPs that bind principals of an account; None where none does, or where that is not known."""
        return self._bearing(PolicyKind.SCP, account)

    def rcps(self, account: str) -> tuple[Piece, ...] | None:
        """The RCPs that bind resources of an account; None where none does, or where that is not known."""
        return self._bearing(PolicyKind.RCP, account)

    def _bearing(self, kind: PolicyKind, account: str | None) -> tuple[Piece, ...] | None:
        """As elsewhere: accounts in which something is rendered are taken to lie below every unit."""
        named = {target for piece in self.documents.pieces for target in piece.targets}
        if account is None or not (account in self.documents.accounts or account in named):
            return None
        below = account in self.documents.accounts
        return tuple(
            piece
            for piece in self.documents.pieces
            if piece.kind is kind
            and any(target == account or (below and not target.isdigit()) for target in piece.targets)
        )

    def known_keys(self, aliases: Iterable[tuple[str, str]], named: Mapping[str, str]) -> dict[str, Piece]:
        """The rendered key that each recorded key is: said by name, or known by its alias in the logs."""
        found: dict[str, Piece] = {}
        for alias, key in aliases:
            _, _, _, region, account, name = alias.split(":", 5)
            piece = self.keys.get(self.aliases.get((account, region, name), ""))
            if piece is not None:
                found[key] = piece
        for name, key in named.items():
            if name not in self.keys:
                raise GuardError(
                    f"--key {name}=…: no key of this name is rendered; there are {', '.join(self.keys)}"
                )
            found[key] = self.keys[name]
        return found


def scps_with_full_access(pieces: tuple[Piece, ...]) -> tuple[PolicyDocument, ...]:
    """The SCPs of a level, with the one that AWS attaches everywhere: without it nothing would be allowed."""
    return (*(piece.document for piece in pieces), _FULL_ACCESS)


def load_rendered(path: Path) -> Rendered:
    """A requirements file, or a folder that ``render`` wrote."""
    if not path.is_dir():
        requirements = load_requirements(path)
        keys = {
            (each.account, each.region, each.alias): each.name.replace("/", "_")
            for module in build(requirements)
            for each in module.resources
            if isinstance(each, KmsKey)
        }
        return Rendered(set_of(requirements), requirements, keys)
    documents = load_set(path)
    manifest = load_manifest(path)
    modules = manifest.modules.values() if manifest is not None else ()
    return Rendered(
        documents,
        None,
        {
            (module.account, str(each.get("region")), str(each.get("alias"))): str(each.get("name")).replace(
                "/", "_"
            )
            for module in modules
            for each in module.resources
            if each.get("kind") == "kms_key"
        },
    )
