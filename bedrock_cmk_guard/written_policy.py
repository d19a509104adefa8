"""The policy that people read: one document, in Markdown and HTML, from the same requirements as the policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from markdown_it import MarkdownIt

from bedrock_cmk_guard.demands import Demand
from bedrock_cmk_guard.policies import Policy
from bedrock_cmk_guard.render.files import RenderedFile
from bedrock_cmk_guard.render.templates import Escaped, fill
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.exceptions import Exemption
from bedrock_cmk_guard.requirements.principals import Role, TrustedBy
from bedrock_cmk_guard.requirements.standards import Holder, Isolation, Origin, RequiredTag
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.surfaces import KeyPurpose, Tier, catalogue

Row = Mapping[str, object]


def written_policy(
    requirements: Requirements, policies: Iterable[Policy]
) -> tuple[RenderedFile, RenderedFile]:
    """The organisation's key policy for AI workloads, for people: ``policy.md`` and ``policy.html``."""
    pages = sorted(policies, key=lambda page: page.rollout)
    text = fill(
        "document/policy.md.j2",
        policy=requirements.policy,
        organization=requirements.organization,
        demands=list(_demands(requirements)),
        tiers=[{"tier": tier, "surfaces": _titles(tier)} for tier in Tier],
        key_standard=list(_key_standard(requirements)),
        guard=f"{requirements.tag_standard.guard.key} = {requirements.tag_standard.guard.value}",
        tags=[_tag(tag) for tag in requirements.tag_standard.tags],
        duties=list(_duties(requirements)),
        workloads=[_workload(requirements, workload) for workload in requirements.workloads],
        controls=[_control(requirements, page) for page in pages],
        not_enforced=list(_not_enforced(requirements, pages)),
        without_key=[
            {"title": surface.title, "why": surface.why, "alternative": surface.alternative or ""}
            for surface in catalogue().without_key.values()
        ],
        exceptions=list(_exceptions(requirements)),
    )
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    body = body.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    page = fill("document/page.html.j2", title=requirements.policy.title, body=Escaped(body))
    return RenderedFile("policy/policy.md", text), RenderedFile("policy/policy.html", page)


def _demands(requirements: Requirements) -> Iterator[Row]:
    for rule in requirements.enforcement.tiers:
        where = ", ".join((*rule.environments, *rule.sensitivities))
        yield {"demand": rule.demand.value.capitalize(), "tiers": ", ".join(rule.tiers), "where": where}
    spoken_of = {tier for rule in requirements.enforcement.tiers for tier in rule.tiers}
    rest = [tier for tier in Tier if tier not in spoken_of]
    if rest:
        yield {"demand": Demand.REQUIRED.value.capitalize(), "tiers": ", ".join(rest), "where": ""}


def _titles(tier: Tier) -> str:
    surfaces = (s for s in catalogue().by_tier(tier) if s.key.purpose is KeyPurpose.ENCRYPTION)
    return ", ".join(surface.title for surface in surfaces)


def _key_standard(requirements: Requirements) -> Iterator[str]:
    standard = requirements.key_standard
    if standard.held_in is Holder.WORKLOAD_ACCOUNT:
        yield "Keys are held in the account of the workload."
    else:
        yield f"Keys are held in central key accounts: {', '.join(standard.key_accounts)}."
    yield f"They are symmetric encryption keys ({standard.spec})."
    if standard.origin is Origin.AWS_KMS:
        yield "Their material is made by AWS KMS and never leaves it."
    else:
        yield "Their material is the organisation's own, imported; destroying every copy destroys the data."
    if standard.rotation_period_days is None:
        yield "They do not rotate automatically."
    else:
        yield f"They rotate automatically every {standard.rotation_period_days} days at most."
    yield f"A key is deleted only after a waiting period of {standard.deletion_window_days} days."
    yield "Multi-Region keys are allowed." if standard.multi_region else "Multi-Region keys are not allowed."
    yield _ISOLATION[standard.isolation]
    yield f"Their aliases follow the pattern {standard.alias_pattern}."


_ISOLATION = {
    Isolation.WORKLOAD: "Each workload has keys of its own, one in each of its Regions.",
    Isolation.ENVIRONMENT: "The workloads of one environment share a key in each account and Region.",
    Isolation.TENANT: "Each tenant of a workload has keys of its own, so that one can be destroyed alone.",
}


def _tag(tag: RequiredTag) -> Row:
    allowed = ", ".join(tag.values) if tag.values else tag.pattern or "any"
    return {
        "key": tag.key,
        "purpose": tag.purpose,
        "allowed": allowed,
        "required_on": ", ".join(tag.required_on),
        "enforced_on": ", ".join(tag.enforced_on) or "nothing",
    }


_DUTIES = {
    "provisioners": (
        "Provisioner",
        "Creates and changes agents and memories; uses keys through the services only",
    ),
    "governance": ("Governance", "Administers keys: policy, rotation, tags, deletion; never uses them"),
    "break_glass": ("Break-glass", "The emergency way in; every use is an incident"),
    "auditors": ("Auditor", "Reads configuration, never content"),
    "applier": ("Applier", "Applies what is rendered: creates keys and writes their policies"),
}


def _duties(requirements: Requirements) -> Iterator[Row]:
    roles: dict[str, list[str]] = {}
    for duty, _, role in requirements.principals.duties():
        roles.setdefault(duty, []).append(_role(role))
    for duty, names in roles.items():
        name, meaning = _DUTIES[duty]
        yield {"duty": name, "roles": ", ".join(names), "meaning": meaning}
    pipeline = [_trusted(trusted) for trusted in requirements.principals.pipeline]
    if pipeline:
        yield {"duty": "Pipeline", "roles": ", ".join(pipeline), "meaning": "Assumes the provisioners"}


def _role(role: Role) -> str:
    return role.role_arn or role.role or ""


def _trusted(trusted: TrustedBy) -> str:
    if trusted.oidc is not None:
        return f"{', '.join(trusted.oidc.subjects)} of {trusted.oidc.provider}"
    return trusted.role_arn or ""


def _workload(requirements: Requirements, workload: Workload) -> Row:
    isolation = requirements.isolation(workload)
    tenants = f" ({len(workload.tenants)} tenants)" if workload.tenants else ""
    return {
        "name": workload.name,
        "owner": workload.data_owner,
        "classification": f"{workload.environment}, {workload.sensitivity}",
        "place": f"{workload.account}: {', '.join(workload.regions)}",
        "key": isolation.value + tenants,
        "administrators": "shut out"
        if workload.shut_out_administrators
        else "may recover keys, not use them",
    }


def _attached(requirements: Requirements, page: Policy) -> tuple[str, ...] | None:
    """Where a layer is attached, or None for what is no layer (keys and roles), which is always on."""
    layers, layer = requirements.enforcement.layers, page.id.replace("-", "_")
    if layer not in type(layers).model_fields:
        return None
    setting = getattr(layers, layer)
    return setting.attach if setting else ()


def is_on(requirements: Requirements, policy: Policy) -> bool:
    """Whether the requirements turn a policy on; keys and roles always are."""
    return _attached(requirements, policy) != ()


def _control(requirements: Requirements, page: Policy) -> Row:
    attached = _attached(requirements, page)
    where = "accounts with workloads or keys" if attached is None else ", ".join(attached) or "OFF"
    return {
        "step": page.rollout,
        "title": page.title,
        "kind": page.kind,
        "where": where,
        "on": is_on(requirements, page),
        "stops": page.stops,
        "does_not_stop": page.does_not_stop,
        "needs_first": page.needs_first,
    }


def _not_enforced(requirements: Requirements, pages: Iterable[Policy]) -> Iterator[str]:
    for page in pages:
        if not is_on(requirements, page):
            yield f"Off: {page.title}."
    account = requirements.organization.management_account
    yield f"Nothing here binds principals and keys of the management account ({account}): nothing runs there."


def _exceptions(requirements: Requirements) -> Iterator[Row]:
    for finding in requirements.exceptions:
        yield _accepted(
            f"{finding.control} on {finding.resource}", finding.owner, finding.reason, finding.expires
        )
    for exemption in requirements.exemptions:
        what = f"{_exempted(exemption)} is not bound by {', '.join(exemption.layers)}"
        yield _accepted(what, exemption.owner, exemption.reason, exemption.expires)


def _accepted(what: str, owner: str, reason: str, until: object) -> Row:
    return {"what": what, "owner": owner, "reason": reason, "until": until}


def _exempted(exemption: Exemption) -> str:
    if exemption.role is not None:
        return exemption.role.role_arn or exemption.role.role or ""
    return exemption.account or exemption.ou or ""
