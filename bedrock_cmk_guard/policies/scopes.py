"""Key scopes: what shares one key, and so lives and is destroyed together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.standards import Isolation
from bedrock_cmk_guard.requirements.workloads import Tenant, Workload
from bedrock_cmk_guard.surfaces import Surface, Tier, catalogue


@dataclass(frozen=True, slots=True)
class KeyScope:
    """The workloads (and perhaps the one tenant) that share a key, with the account that holds it."""

    name: str
    former_name: str | None
    workloads: tuple[Workload, ...]
    tenant: Tenant | None
    account: str
    module: str

    @property
    def regions(self) -> tuple[str, ...]:
        """Every Region that one of the workloads runs in, in order."""
        return tuple(dict.fromkeys(region for w in self.workloads for region in w.regions))

    @property
    def shuts_out_administrators(self) -> bool:
        """Whether any of the workloads wants administrators kept from its data."""
        return any(workload.shut_out_administrators for workload in self.workloads)

    def surfaces(self, workload: Workload) -> tuple[Surface, ...]:
        """The workload's surfaces whose data lies under this key.

        A tenant's key holds what the tenant's users say; definitions are shared and stay under the workload's.
        """
        surfaces = surfaces_of(workload)
        if self.tenant is None:
            return surfaces
        return tuple(surface for surface in surfaces if surface.tier is Tier.SESSION_MEMORY)


def surfaces_of(workload: Workload) -> tuple[Surface, ...]:
    """The catalogue's rows for the surfaces a workload uses."""
    known = catalogue().surfaces
    return tuple(known[surface] for surface in workload.surfaces)


def key_scopes(requirements: Requirements) -> Iterator[KeyScope]:
    """Every key scope of the requirements: per workload, per environment, and per tenant."""
    shared: list[tuple[tuple[str, str], Workload]] = []
    for workload in requirements.workloads:
        if requirements.isolation(workload) is Isolation.ENVIRONMENT:
            shared.append(((workload.environment, requirements.key_account(workload)), workload))
        else:
            yield from _own_scopes(requirements, workload)
    shared.sort(key=lambda item: item[0])
    for (environment, account), members in groupby(shared, key=lambda item: item[0]):
        yield KeyScope(
            name=environment,
            former_name=None,
            workloads=tuple(workload for _, workload in members),
            tenant=None,
            account=account,
            module=f"keys/{environment}-{account}",
        )


def scopes_by_workload(requirements: Requirements) -> Mapping[str, tuple[KeyScope, ...]]:
    """The key scopes of every workload, by its name: its own or the shared one, then its tenants'."""
    found: dict[str, list[KeyScope]] = {workload.name: [] for workload in requirements.workloads}
    for scope in key_scopes(requirements):
        for workload in scope.workloads:
            found[workload.name].append(scope)
    return {name: tuple(scopes) for name, scopes in found.items()}


def _own_scopes(requirements: Requirements, workload: Workload) -> Iterator[KeyScope]:
    account = requirements.key_account(workload)
    module = f"workloads/{workload.name}" if account == workload.account else f"keys/{workload.name}"
    yield KeyScope(workload.name, workload.renamed_from, (workload,), None, account, module)
    for tenant in workload.tenants:
        former = None
        if workload.renamed_from or tenant.renamed_from:
            former = f"{workload.renamed_from or workload.name}/{tenant.renamed_from or tenant.name}"
        name = f"{workload.name}/{tenant.name}"
        yield KeyScope(name, former, (workload,), tenant, account, module)
