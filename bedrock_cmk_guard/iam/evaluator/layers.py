"""Which policies bear on a request, and what each layer of them says.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Effect, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator.context import ACTION, PRINCIPAL, Context
from bedrock_cmk_guard.iam.evaluator.grants import ENCRYPTION_CONTEXT, WITH_CONTEXT, Grant
from bedrock_cmk_guard.iam.evaluator.request import PolicySet
from bedrock_cmk_guard.iam.evaluator.statements import Match, match_document, match_statement
from bedrock_cmk_guard.iam.evaluator.truth import OpenValue, Truth, Turns, all_of
from bedrock_cmk_guard.iam.grammar_kinds import RCP_SERVICES

#: Operations on a key that RCPs leave alone (orgs_manage_policies_rcps.html).
_RCP_EXEMPT = frozenset({"kms:retiregrant"})


class Layer(NamedTuple):
    """The statements of one layer that fit the request, or may.

    ``binds`` says whether the layer bears on the request at all: True, or what that turns on.
    """

    name: str
    matches: tuple[Match, ...]
    binds: Truth = True

    def said(self, effect: Effect) -> tuple[Match, ...]:
        """The statements of that effect that apply or may."""
        return tuple([m for m in self.matches if m.statement.effect is effect and m.holds is not False])


class Layers(NamedTuple):
    """Every layer that bears on a request; those that do not are None or empty."""

    scps: tuple[Layer, ...]
    rcps: tuple[Layer, ...]
    identity: Layer | None
    boundary: Layer | None
    session: Layer | None
    resource: Layer | None
    grants: Layer | None

    def all(self) -> tuple[Layer, ...]:
        """Return the layers in the order AWS evaluates them."""
        single = (self.resource, self.identity, self.boundary, self.session, self.grants)
        return (*self.rcps, *self.scps, *(layer for layer in single if layer is not None))


def collect(policies: PolicySet, context: Context) -> Layers:
    """Match every policy that bears on the request.

    SCPs bind the users, roles and root of member accounts: neither AWS services nor service-linked roles.
    RCPs bind whoever reaches a resource of a service they support, except service-linked roles. Identity
    policies, boundaries and session policies are the caller's own; services and federated identities have none.
    """
    caller = context.caller
    matcher = _Matcher(policies, context)
    own: Truth = Turns(PRINCIPAL) if caller is None else caller.is_iam
    by_scps = own if caller is None else caller.is_iam and not caller.service_linked
    return Layers(
        scps=matcher.levels("SCP", PolicyKind.SCP, policies.scps, by_scps),
        rcps=matcher.levels("RCP", PolicyKind.RCP, policies.rcps, _rcps_bind(context)),
        identity=matcher.layer("identity policy", policies.identity, own),
        boundary=matcher.optional("permissions boundary", policies.boundary, own),
        session=matcher.optional("session policy", policies.session, own),
        resource=matcher.optional(_resource_label(policies.resource_policy), policies.resource_policy, True),
        grants=_grants(policies.grants, context) if policies.grants else None,
    )


class _Matcher(NamedTuple):
    """Matches documents with one request, layer by layer."""

    policies: PolicySet
    context: Context

    def levels(
        self, name: str, kind: PolicyKind, levels: tuple[tuple[PolicyDocument, ...], ...] | None, binds: Truth
    ) -> tuple[Layer, ...]:
        if levels is None or binds is False:
            return ()
        for level in levels:
            for document in level:
                if document.kind is not kind:
                    msg = f"a policy of kind {document.kind} stands among the {name}s"
                    raise PolicyError(msg)
        return tuple([self._matched(f"{name} level {i}", level, binds) for i, level in enumerate(levels)])

    def layer(self, name: str, documents: tuple[PolicyDocument, ...], binds: Truth) -> Layer | None:
        return None if binds is False else self._matched(name, documents, binds)

    def optional(self, name: str, document: PolicyDocument | None, binds: Truth) -> Layer | None:
        return None if document is None else self.layer(name, (document,), binds)

    def _matched(self, name: str, documents: tuple[PolicyDocument, ...], binds: Truth) -> Layer:
        matches: list[Match] = []
        for i, document in enumerate(documents):
            label = name if len(documents) == 1 else f"{name} #{i}"
            matches += match_document(label, document, self.policies, self.context)
        return Layer(name, tuple(matches), binds)


def _rcps_bind(context: Context) -> Truth:
    turns: list[Truth] = []
    if context.action is None:
        turns.append(Turns(ACTION))
    elif context.service not in RCP_SERVICES or context.action.lower() in _RCP_EXEMPT:
        return False
    if context.caller is None:
        turns.append(Turns(PRINCIPAL))
    elif context.caller.service_linked:
        return False
    return all_of(turns)


def _grants(grants: Iterable[Grant], context: Context) -> Layer:
    matches: list[Match] = []
    for index, grant in enumerate(grants):
        for statement in grant.statements:
            match = match_statement("grants", index, statement, context)
            if match is not None and grant.encryption_context_equals and _carries_context(match):
                match = match._replace(holds=all_of((match.holds, _no_other_pair(grant, context))))
            if match is not None:
                matches.append(match)
    return Layer("grants", tuple(matches))


def _carries_context(match: Match) -> bool:
    return match.statement.actions[0].partition(":")[2] in WITH_CONTEXT


def _no_other_pair(grant: Grant, context: Context) -> Truth:
    """Whether the request's encryption context has only pairs that the grant names."""
    wanted = {f"{ENCRYPTION_CONTEXT}{name}".lower() for name in grant.encryption_context_equals}
    others = (
        key for key in context.given if key.startswith(ENCRYPTION_CONTEXT.lower()) and key not in wanted
    )
    found = (context.values(key) for key in others)
    return all_of(_is_absent(value) for value in found)


def _is_absent(value: tuple[str, ...] | OpenValue | None) -> Truth:
    if isinstance(value, OpenValue):
        return False if value.present else Turns(value.on)
    return not value


_LABELS = {
    PolicyKind.KEY: "key policy",
    PolicyKind.TRUST: "trust policy",
    PolicyKind.RESOURCE: "resource policy",
}


def _resource_label(document: PolicyDocument | None) -> str:
    if document is None:
        return "resource policy"
    label = _LABELS.get(document.kind)
    if label is None:
        msg = f"a policy of kind {document.kind} cannot be a resource's policy; key, trust and resource policies can"
        raise PolicyError(msg)
    return label
