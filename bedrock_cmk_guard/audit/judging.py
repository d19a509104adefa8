"""Puts what was read to the controls: resources as they come, keys and roles once all that use them is known.

Of each resource only what tells how it uses its key is kept, once for all resources that use it alike. What is kept
grows with the keys and roles there are, not with the resources.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from bedrock_cmk_guard.audit.events import Page
from bedrock_cmk_guard.controls import (
    CONTROLS,
    LIVE_CONTROLS,
    Control,
    Finding,
    Level,
    Result,
    SubjectKind,
    judge,
    no_control,
)
from bedrock_cmk_guard.controls.assignment import assign
from bedrock_cmk_guard.controls.context import names
from bedrock_cmk_guard.controls.exceptions import accepts_nothing
from bedrock_cmk_guard.controls.finding import worst
from bedrock_cmk_guard.demands import Demand, Demands
from bedrock_cmk_guard.subjects import EncryptedResource, Fault, FaultKind, Key, Place, Reading, Role
from bedrock_cmk_guard.surfaces import catalogue

EVERY = (*CONTROLS, *LIVE_CONTROLS)
#: What could not be read or judged is said whatever is asked.
ALWAYS = frozenset(("BCG_LIVE_006", "BCG_SCAN_004"))
#: Whether a key is shared shows only beside everything else that uses it, so it is said of the key.
_SHARED = "BCG_KEY_015"
#: Beside what was read of an account any key that nothing there uses would be one too many.
_WIRED = "BCG_KEY_016"


@dataclass(slots=True)
class _Uses:
    """How the resources of an account, or of all, use keys and roles."""

    resources: dict[tuple[object, ...], EncryptedResource] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)


class Judging:
    """What comes of the pages, one after the other."""

    def __init__(self, demands: Demands, today: dt.date, controls: frozenset[str]) -> None:
        self._demands = demands
        self._today = today
        wanted = [each for each in EVERY if each.id in controls]
        self._of_resources = _of(wanted, SubjectKind.RESOURCE, _SHARED)
        self._of_keys = (
            *_of(wanted, SubjectKind.KEY, _WIRED),
            *_of(wanted, SubjectKind.ROLE),
            *(each for each in wanted if each.id == _SHARED),
        )
        self._of_faults = _of(wanted, SubjectKind.FAULT)
        void = [each for each in demands.exceptions if accepts_nothing(each, today)]
        self._void = dict.fromkeys(void, False)
        """The exceptions that accept nothing, and whether there is something that one is meant to accept."""
        self._misnamed = frozenset(each for each in void if no_control(each.control))
        self._holding = tuple(each for each in demands.exceptions if each not in self._void)
        self._uses: dict[str, _Uses] = {}
        self._abroad = _Uses()
        """Uses of keys that another account holds: who else uses them shows at the end."""
        self._at_home: dict[str, dict[tuple[object, ...], EncryptedResource]] = {}
        """How each key is used in its own account, in case that others use it as well."""

    def page(self, page: Page) -> Iterator[tuple[Result, EncryptedResource]]:
        """Judge the resources of a page."""
        reading = _reading(page.account, page.resources, page.keys, page.roles)
        results = [
            each
            for each in judge([reading], self._demands, self._today, self._of_resources)
            if each.kind is SubjectKind.RESOURCE
        ]
        by_address = {(each.surface, each.address): each for each in page.resources}
        for result in results:
            resource = by_address[result.surface, result.address]
            self._keep(page, resource)
            yield self._accepted(result), resource

    def account(self, account: str) -> Iterator[tuple[Result, Key | Role]]:
        """Judge the keys and roles of an account, of which nothing more will come."""
        uses = self._uses.pop(account, _Uses())
        own = {arn: key for arn, key in uses.keys.items() if arn.split(":")[4:5] == [account]}
        for mark, resource in uses.resources.items():
            named = {each.text for each in names(resource)}
            for key in own.values():
                if _is_named(key, named):
                    self._at_home.setdefault(key.arn, {})[mark] = resource
        yield from self._keys_and_roles(account, uses, own, uses.roles)

    def abroad(self) -> Iterator[tuple[Result, Key | Role]]:
        """Judge the keys that resources of other accounts use, beside all that use them."""
        for arn in self._abroad.keys:
            self._abroad.resources.update(self._at_home.get(arn, {}))
        yield from self._keys_and_roles("", self._abroad, self._abroad.keys, {})

    def holders_abroad(self) -> frozenset[str]:
        """The accounts that hold keys which others use."""
        return frozenset(arn.split(":")[4] for arn in self._abroad.keys if arn.count(":") > 4)

    def uses_keys_abroad(self, account: str) -> bool:
        """Whether resources of an account use keys that another holds."""
        uses = self._uses.get(account, _Uses())
        return any(arn.split(":")[4:5] != [account] for arn in uses.keys)

    def fault(self, kind: FaultKind, message: str, place: str, address: str = "") -> list[Result]:
        """Judge something that was not read, or is not there."""
        fault = Fault(kind, message, Place(place), address)
        reading = Reading(source="aws", root=place, faults=(fault,))
        return [
            self._accepted(each) for each in judge([reading], self._demands, self._today, self._of_faults)
        ]

    def void_exceptions(self) -> Iterator[Result]:
        """Say which exceptions accept nothing; those that are about nothing that was found are only mentioned."""
        for exception, concerns in tuple(self._void.items()):
            message = accepts_nothing(exception, self._today)
            level = Level.REQUIRED if concerns else Level.RECOMMENDED
            for each in self.fault(FaultKind.ACCEPTANCE, message, self._demands.source, exception.resource):
                findings = tuple(replace(finding, level=level) for finding in each.findings)
                yield replace(each, findings=findings, level=level)

    def _keep(self, page: Page, resource: EncryptedResource) -> None:
        uses = self._uses.setdefault(page.account, _Uses())
        named = {each.text for each in names(resource)}
        keys = [key for key in page.keys if _is_named(key, named)]
        role = resource.role.known() if resource.role is not None else None
        mark = self._mark(resource, role)
        uses.resources.setdefault(mark, resource)
        uses.keys.update((key.arn, key) for key in keys)
        uses.roles.update((each.arn, each) for each in page.roles if each.arn == role)
        for key in keys:
            if key.arn.split(":")[4:5] != [page.account]:
                self._abroad.resources.setdefault(mark, resource)
                self._abroad.keys[key.arn] = key

    def _mark(self, resource: EncryptedResource, role: str | None) -> tuple[object, ...]:
        """What tells one use of a key from another."""
        workload = assign(resource, self._demands.workloads).workload
        tenant = (resource.tags.known() or {}).get(f"{self._demands.guard_tag[0]}-tenant")
        return (
            resource.surface,
            resource.region.known(),
            tuple(each.text for each in names(resource)),
            role,
            workload.name if workload is not None else "",
            str(tenant),
        )

    def _keys_and_roles(
        self, account: str, uses: _Uses, keys: dict[str, Key], roles: dict[str, Role]
    ) -> Iterator[tuple[Result, Key | Role]]:
        reading = _reading(account, uses.resources.values(), uses.keys.values(), roles.values())
        results = list(judge([reading], self._demands, self._today, self._of_keys))
        shared = [each for each in results if each.kind is SubjectKind.RESOURCE and each.findings]
        for result in results:
            if result.kind is SubjectKind.KEY and result.address in keys:
                key = keys[result.address]
                yield self._accepted(_with_sharing(result, key, shared, uses)), key
            elif result.kind is SubjectKind.ROLE and result.address in roles:
                yield self._accepted(result), roles[result.address]

    def _accepted(self, result: Result) -> Result:
        findings = tuple(map(self._accepted_finding, result.findings))
        return replace(result, findings=findings) if findings else result

    def _accepted_finding(self, finding: Finding) -> Finding:
        for exception in self._void:
            # Which control one means that names none, nobody knows.
            control = exception.control if exception in self._misnamed else finding.control.id
            self._void[exception] |= exception.fits(control, finding.address)
        for exception in self._holding:
            if exception.fits(finding.control.id, finding.address):
                return replace(finding, accepted=exception.acceptance)
        return finding


def demanded_of(demands: Demands, surface: str) -> bool:
    """Whether anything can be demanded of a surface's resources, whatever workload they are of."""
    tier = catalogue().surfaces[surface].tier
    found = {demands.demand(tier, workload) for workload in (None, *demands.workloads)}
    return found != {Demand.IGNORED}


def _reading(
    root: str, resources: Iterable[EncryptedResource], keys: Iterable[Key], roles: Iterable[Role]
) -> Reading:
    return Reading(
        source="aws", root=f"aws/{root}", resources=tuple(resources), keys=tuple(keys), roles=tuple(roles)
    )


def _of(controls: Iterable[Control], kind: SubjectKind, but: str = "") -> tuple[Control, ...]:
    return tuple(each for each in controls if each.kind is kind and each.id != but)


def _is_named(key: Key, named: set[str]) -> bool:
    parts = key.arn.rpartition(":")[0]
    aliases = {name for alias in key.aliases for name in (alias, f"{parts}:{alias}")}
    return bool(named & {key.arn, key.address, key.arn.rpartition("/")[2], *aliases})


def _with_sharing(result: Result, key: Key, shared: list[Result], uses: _Uses) -> Result:
    """A key's result, with what speaks of sharing it in those of its users."""
    by_address = {(each.surface, each.address): each for each in uses.resources.values()}
    found: dict[frozenset[str], Finding] = {}
    for each in shared:
        if not _is_named(key, {name.text for name in names(by_address[each.surface, each.address])}):
            continue
        for finding in each.findings:
            said = f"{each.address} of the workload {each.workload} uses the key, and {finding.message}"
            # Each of two says it of the other, which its message begins with.
            pair = frozenset((each.address, finding.message.split()[0]))
            moved = replace(finding, address=result.address, surface=result.surface, place=result.place)
            found.setdefault(pair, replace(moved, message=said))
    if not found:
        return result
    findings = (*result.findings, *found.values())
    level = Level.REQUIRED if any(each.level is Level.REQUIRED for each in findings) else result.level
    return replace(result, findings=findings, verdict=worst(findings), level=level)
