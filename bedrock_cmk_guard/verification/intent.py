"""What the requirements demand of each cell: written from the requirements and the surface catalogue alone.

No rendered policy and no builder is read here, so that a mistake of theirs is a difference and not a second copy of
itself. Where nothing is demanded there is no expectation, and the cell only informs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bedrock_cmk_guard.demands import Demand as TierDemand
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import TrustedBy
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.surfaces import KmsPrincipal, Surface, Tier, catalogue
from bedrock_cmk_guard.verification import operations as ops
from bedrock_cmk_guard.verification.actors import FEDERATED, INSIDERS, SERVICES, STRANGERS, Actor, Kind, Stage
from bedrock_cmk_guard.verification.federated import is_of
from bedrock_cmk_guard.verification.model import Verdict
from bedrock_cmk_guard.verification.operations import Operation


@dataclass(frozen=True, slots=True)
class Demand:
    """What a cell must be, which demand says so, and what should see to it."""

    verdict: Verdict
    because: str
    by: str


def _must(because: str, by: str) -> Demand:
    return Demand(Verdict.ALLOWED, because, by)


def _must_not(because: str, by: str) -> Demand:
    return Demand(Verdict.DENIED, because, by)


_KEY_POLICY = "the key policy"
_USERS = {
    Kind.CALLER: KmsPrincipal.CALLER,
    Kind.PROVISIONER: KmsPrincipal.PROVISIONER,
    Kind.SERVICE_ROLE: KmsPrincipal.SERVICE_ROLE,
    Kind.SERVICE_LINKED_ROLE: KmsPrincipal.SERVICE_LINKED_ROLE,
}
_YES, _NO, _OPEN = "yes", "no", "-"
# Who does what to the key itself; whoever has no column here does nothing to it. "-": nothing is demanded.
_DUTIES = (Kind.GOVERNANCE, Kind.APPLIER, Kind.BREAK_GLASS, Kind.AUDITOR)
_ADMINISTRATION = {
    ops.READ_KEY.id: (_YES, _YES, _YES, _YES),
    ops.PUT_POLICY.id: (_YES, _YES, _YES, _NO),
    ops.GRANT.id: (_NO, _NO, _NO, _NO),
    ops.DISABLE.id: (_YES, _NO, _OPEN, _NO),
    ops.DELETE.id: (_YES, _NO, _OPEN, _NO),
    ops.TAG_KEY.id: (_YES, _YES, _OPEN, _NO),
    ops.RECOVER.id: (_YES, _NO, _YES, _NO),
}
_KEY_ROWS = frozenset({*_ADMINISTRATION, ops.DELETE_SHORT.id, ops.DELETE_RECENT.id})
_USE_ROWS = frozenset(row.id for row in (ops.RIGHT, ops.WRONG, ops.NONE, ops.ELSEWHERE, ops.DIRECT))


@dataclass(frozen=True)
class Intent:
    """The demands on one key."""

    stage: Stage

    @property
    def requirements(self) -> Requirements:
        """What everything follows from."""
        return self.stage.requirements

    def on(self, layer: str) -> bool:
        """Whether a layer is on."""
        return getattr(self.requirements.enforcement.layers, layer) is not None

    @property
    def shut_out(self) -> bool:
        """Whether a workload of this key shuts administrators out."""
        return self.stage.scope.shuts_out_administrators

    def demand(self, actor: Actor, operation: Operation) -> Demand | None:
        """What one cell must be; None where nothing is demanded."""
        row = operation.row.id
        if actor.kind in SERVICES:
            return self._service(actor, operation)
        if row in _USE_ROWS:
            return self._key_use(actor, operation)
        if row in _KEY_ROWS:
            return self._administration(actor, operation)
        if operation.target is not None:
            return self._takeover(actor, operation)
        return self._surface(actor, operation)

    def _key_use(self, actor: Actor, operation: Operation) -> Demand | None:
        """Exactly what the catalogue says that the surfaces need, by those who need it."""
        kind = _USERS.get(actor.kind)
        covered = False
        named = {role.role_arn for role in self.requirements.principals.provisioners}
        for workload, surface, statement in ops.needed(self.stage) if kind is not None else ():
            if kind not in statement.principals or operation.action not in statement.actions:
                continue
            if workload not in actor.workloads:
                # A provisioner known by its ARN is named in every key policy; elsewhere that is neither use nor harm.
                covered |= actor.kind is Kind.PROVISIONER and actor.role in named
                continue
            via = ops.via_of(statement, kind, workload)
            direct = kind is KmsPrincipal.SERVICE_ROLE and workload.service_role.calls_kms_directly
            context = None if direct else ops.context_of(self.stage, statement, workload)
            if (via, context) == (operation.via, operation.encryption):
                return _must(f"the surface {surface.id} needs it", _KEY_POLICY)
            covered |= via in (None, operation.via) and context in (None, operation.encryption)
        if covered:
            return None
        return _must_not("keys are used by those, and in the way, that the surfaces need", _KEY_POLICY)

    def _service(self, actor: Actor, operation: Operation) -> Demand | None:
        statement = operation.statement
        if statement is None:
            return _must_not("only the services of the surfaces in use come as themselves", _KEY_POLICY)
        if actor.kind is Kind.SERVICE:
            return _must("a surface in use needs it", _KEY_POLICY)
        if statement.source_absent or operation.action == "kms:CreateGrant":
            # AWS documents that nothing in this call says for whom the service makes it.
            return None
        return _must_not(
            "a service serves our own resources only", "the key policy, or the layer kms_perimeter"
        )

    def _administration(self, actor: Actor, operation: Operation) -> Demand | None:
        row = operation.row.id
        if row in (ops.DELETE_SHORT.id, ops.DELETE_RECENT.id):
            return self._early_deletion(actor, operation)
        if actor.kind in _DUTIES:
            wanted = _ADMINISTRATION[row][_DUTIES.index(actor.kind)]
            if wanted == _OPEN or actor.account != self.stage.scope.account:
                return None
            if wanted == _YES:
                return _must(f"it is a duty of {actor.kind.value}", _KEY_POLICY)
            return _must_not(f"{actor.kind.value} has no such duty", _KEY_POLICY)
        if actor.kind is Kind.EXEMPT:
            return None
        if row == ops.READ_KEY.id:
            return self._seen(actor)
        if actor.kind in INSIDERS:
            if row == ops.RECOVER.id and actor.account == self.stage.scope.account:
                return None
            if row == ops.PUT_POLICY.id:
                return self._policy_by_the_account(actor)
        return _must_not("keys are administered by governance and the applier", _KEY_POLICY)

    def _seen(self, actor: Actor) -> Demand | None:
        if actor.kind in (Kind.OTHER_ACCOUNT, Kind.OUTSIDER):
            return _must_not("the key is seen in its own organisation's accounts only", _KEY_POLICY)
        return None

    def _policy_by_the_account(self, actor: Actor) -> Demand | None:
        if self.shut_out:
            return _must_not("administrators are shut out", "the key policy and the layer key_protection")
        if self.on("key_protection") or self.on("kms_perimeter"):
            return _must_not("a layer reserves key policies", "the layers key_protection and kms_perimeter")
        own = actor.account == self.stage.scope.account
        return None if own else _must_not("keys are administered in their account", _KEY_POLICY)

    def _early_deletion(self, actor: Actor, operation: Operation) -> Demand | None:
        layer = self.requirements.enforcement.layers.key_protection
        if actor.kind is Kind.EXEMPT:
            return None
        keeps = actor.kind in (Kind.GOVERNANCE, Kind.BREAK_GLASS)
        if operation.row.id == ops.DELETE_SHORT.id:
            if layer is not None and self.requirements.key_standard.deletion_window_days > 7:
                return _must_not("the key standard demands a longer window", "the layer key_protection")
        elif layer is not None and layer.recent_use_days is not None and self.stage.scope.tenant is None:
            if actor.kind is Kind.BREAK_GLASS:
                return None
            return _must_not("a key in use is not deleted", "the layer key_protection")
        return None if keeps else _must_not("keys are deleted by governance", _KEY_POLICY)

    def _surface(self, actor: Actor, operation: Operation) -> Demand | None:
        workload, row = operation.workload, operation.row.id
        assert workload is not None
        if actor.kind is Kind.EXEMPT:
            return None
        if actor.account != workload.account:
            return _must_not("agents are used in their own account", "the account's boundary")
        if row == ops.CLOSED.id:
            return _must_not("the surface is closed", "the layer closed_surfaces")
        if row == ops.KEYLESS.id:
            if actor.kind is Kind.PROVISIONER and not self.on("memory_keys"):
                return None
            if self.on("memory_keys") or actor.kind not in STRANGERS | {Kind.BREAK_GLASS}:
                return _must_not("a memory needs a key of ours", "the layer memory_keys")
            return None
        if row == ops.TAG.id:
            return None
        if row in (ops.WRITE.id, ops.ALIAS.id):
            return self._write(actor, operation)
        return self._data(actor, operation, workload)

    def _write(self, actor: Actor, operation: Operation) -> Demand | None:
        """Provisioners write; governance may point an agent's alias elsewhere, because that stops it."""
        if actor.kind is Kind.PROVISIONER:
            return _must("provisioners write agents", "the provisioner's policy")
        if actor.kind is Kind.GOVERNANCE and operation.action == "bedrock:UpdateAgentAlias":
            return _must("governance stops agents", "governance's policy")
        if actor.kind is Kind.BREAK_GLASS or self._also_used(actor, operation.action):
            return None
        if actor.kind not in STRANGERS:
            return _must_not(f"{actor.kind.value} does not write agents", "its identity policy")
        if self.on("agent_writers") and operation.surface is not None and self._demanded(operation.surface):
            return _must_not("only provisioners write agents", "the layer agent_writers")
        return None

    def _data(self, actor: Actor, operation: Operation, workload: Workload) -> Demand | None:
        """Callers use and read; an administrator does so only where nobody minds."""
        if actor.kind in (Kind.CALLER, Kind.OTHER_TENANT):
            own = workload in actor.workloads
            return _must("callers use the workload", "the callers' policy") if own else None
        if actor.kind in (Kind.SERVICE_ROLE, Kind.SERVICE_LINKED_ROLE, Kind.BREAK_GLASS):
            return None
        if actor.kind not in STRANGERS:
            if self._also_used(actor, operation.action):
                return None
            return _must_not(f"{actor.kind.value} does not read or use agents", "its identity policy")
        if workload.shut_out_administrators:
            if actor.kind is Kind.OTHER_WORKLOAD:
                return _must_not(
                    "only its own callers read it", "an account of its own for the other workload"
                )
            return _must_not("administrators are shut out", "the layer stored_data")
        surface = operation.surface
        if self.on("agent_writers") and surface is not None and self._demanded(surface):
            opened = {path.operation.removesuffix("Stream") for path in surface.key.request}
            if (
                surface.tier is Tier.SESSION_MEMORY
                and not surface.actions.write
                and operation.action.partition(":")[2] in opened
            ):
                return _must_not("only callers open sessions", "the layer agent_writers")
        return None

    def _also_used(self, actor: Actor, action: str) -> bool:
        """Whether a named role needs the action for something else in the account."""
        for workload in self.requirements.workloads:
            if workload.account != actor.account:
                continue
            for name in workload.surfaces:
                actions = catalogue().surfaces[name].actions
                writes = actor.kind is Kind.PROVISIONER and action in actions.write + actions.read
                calls = actor.kind in (Kind.CALLER, Kind.OTHER_TENANT) and action in actions.use
                audits = actor.kind is Kind.AUDITOR and action in actions.read
                if writes or calls or audits:
                    return True
        return actor.kind is Kind.AUDITOR and ops.shows_key(action)

    def _demanded(self, surface: Surface) -> bool:
        """Whether some workload's data on this surface must be under a customer key."""
        enforcement = self.requirements.enforcement
        return any(
            enforcement.demand(surface.tier, environment.name, sensitivity) is TierDemand.REQUIRED
            for environment in self.requirements.environments
            for sensitivity in self.requirements.sensitivities
        )

    def _takeover(self, actor: Actor, operation: Operation) -> Demand | None:
        target, step = operation.target, operation.row.id.partition(":")[0]
        assert target is not None
        if actor.kind is Kind.EXEMPT or actor.role == target.arn:
            return None
        if step == "assume":
            return self._assume(actor, operation)
        if step == "hand":
            if actor.kind is Kind.PROVISIONER and actor.account == operation.account:
                return _must("provisioners hand the service role over", "the provisioner's policy")
            return self._reserved(actor, "only provisioners hand the service role over")
        if step == "pass":
            return self._pass(actor, target.kind)
        if actor.kind is Kind.APPLIER and actor.account == target.arn.split(":")[4]:
            builds = target.rendered and operation.action != "iam:PutRolePolicy"
            return _must("the applier builds roles", "the applier's policy") if builds else None
        if actor.kind in (Kind.GOVERNANCE, Kind.BREAK_GLASS, Kind.APPLIER):
            return None
        return self._reserved(actor, "trusted roles are changed by the applier")

    def _reserved(self, actor: Actor, because: str) -> Demand | None:
        """What the layer role_protection keeps everybody from; named roles have no permission for it anyway."""
        if self.on("role_protection") or self.shut_out:
            return _must_not(because, "the layer role_protection")
        if actor.kind in STRANGERS and actor.account in self.stage.accounts:
            return None
        return _must_not(because, "its identity policy")

    def _pass(self, actor: Actor, kind: Kind) -> Demand | None:
        if kind in (Kind.SERVICE_ROLE, Kind.GOVERNANCE, Kind.BREAK_GLASS, Kind.AUDITOR):
            return self._reserved(actor, "roles with a duty are not handed to code")
        # Callers' applications are handed their roles by whoever deploys them: the matrix only shows it.
        if actor.kind in STRANGERS:
            return None
        return _must_not(f"{actor.kind.value} hands no roles over", "its identity policy")

    def _assume(self, actor: Actor, operation: Operation) -> Demand | None:
        target, pipeline = operation.target, self.requirements.principals.pipeline
        assert target is not None
        reserved = target.kind is Kind.PROVISIONER and self.on("provisioner_trust")
        if not target.rendered:
            if not reserved or _admits(pipeline, actor) or actor.kind is Kind.SERVICE_LINKED_ROLE:
                return None
            return _must_not("only the pipeline assumes provisioners", "the layer provisioner_trust")
        if target.kind is Kind.SERVICE_ROLE:
            return _must_not("only the service assumes the service role", "its trust policy")
        trusted = (
            item
            for _, _, role in self.requirements.principals.duties()
            if role.role is not None and target.arn.endswith(f":role/{role.role}")
            for item in role.assumed_by
        )
        if not _admits(trusted, actor):
            return _must_not("the role is assumed by those named", "its trust policy")
        if reserved and not _admits(pipeline, actor):
            return None
        return _must("assumed_by names it", "its trust policy")


def _admits(trusted: Iterable[TrustedBy], actor: Actor) -> bool:
    """Whether somebody is among those who are let in: a role by its ARN, a token by what it says."""
    if actor.kind in FEDERATED:
        return any(item.oidc is not None and is_of(item.oidc, actor.context) for item in trusted)
    return any(item.role_arn is not None and item.role_arn == actor.role for item in trusted)
