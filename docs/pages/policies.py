"""A page per policy, and the order in which to roll them out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedrock_cmk_guard.claims import Judged, Verdict
from bedrock_cmk_guard.iam import Json, PolicyDocument
from bedrock_cmk_guard.iam.quotas import LIMITS, Quota, quota_of, sent_size
from bedrock_cmk_guard.policies import POLICIES
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.prove import counterexample, prove
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
    TagPolicy,
)
from docs.pages import GENERATED, bullets, code, join, table, text

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cmk-guard.yaml"

INDEX = """\
Each page says what a policy stops, what it does not stop, what must be true before it is attached, and shows
its statements for the [example organisation](../../examples/cmk-guard.yaml). Policies of one step are rolled
out together, and each step only after the one before it has been quiet for a while.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document of a resource, and what its size is measured against."""

    resource: Resource
    role: str
    content: PolicyDocument | dict[str, Json]
    quota: Quota

    @property
    def json(self) -> dict[str, Json]:
        """The document as AWS stores it."""
        return self.content.to_dict() if isinstance(self.content, PolicyDocument) else self.content


def pages() -> Mapping[str, str]:
    """The index and a page per policy, by path below docs/."""
    requirements = load_requirements(EXAMPLE)
    claims = prove(requirements)
    pages = {f"policies/{policy.id}.md": _page(policy, requirements, claims) for policy in POLICIES}
    return {"policies/README.md": _index(), **pages}


def _index() -> str:
    rows = (
        (
            str(policy.rollout),
            f"[{text(policy.title)}]({policy.id}.md)",
            policy.kind,
            text(policy.rollout_note),
        )
        for policy in sorted(POLICIES, key=lambda policy: policy.rollout)
    )
    return join(GENERATED, "# Policies", INDEX, table(("Step", "Policy", "Kind", "How"), rows))


def _page(policy: Policy, requirements: Requirements, claims: Sequence[Judged]) -> str:
    together = [other for other in POLICIES if other.rollout == policy.rollout and other.id != policy.id]
    links = ", ".join(f"[{text(other.title)}]({other.id}.md)" for other in together)
    about = [each for each in claims if policy.id in each.claim.about]
    documents = [document for resource in policy.build(requirements) for document in _documents(resource)]
    return join(
        GENERATED,
        f"# {text(policy.title)}",
        f"{code(policy.id)} · {policy.kind} · step {policy.rollout} of the [rollout](README.md)",
        *("## What it stops", bullets(policy.stops)),
        *("## What it does not stop", bullets(policy.does_not_stop), *_false(about)),
        *("## What must be true first", bullets(policy.needs_first) if policy.needs_first else "Nothing."),
        "## Rolling it out",
        text(policy.rollout_note) + (f" Together with: {links}." if links else ""),
        *("## For the example organisation", *_example(documents)),
        *_proved(about),
        *("## Sources", "".join(f"- <{url}>\n" for url in policy.references)) if policy.references else "",
    )


def _false(claims: Sequence[Judged]) -> Iterator[str]:
    """What is false of the example's rendering, with the request that shows it."""
    others = [each for each in claims if each.verdict is not Verdict.PROVED]
    if others:
        yield (
            "Put to [`bedrock-cmk-guard prove`](../prove.md) with what is rendered for the example organisation, "
            "these sentences are false, or not decided:"
        )
    for each in others:
        yield f"**{each.verdict.value.capitalize()}:** {text(each.claim.sentence)}"
        if each.claim.because:
            yield text(f"{each.claim.because[0].upper()}{each.claim.because[1:]}.")
        if each.reason:
            yield text(f"{each.reason}.")
        if each.counterexample is not None:
            lines = counterexample(each.counterexample)
            yield "```text\n" + "\n".join(line[4:] for line in lines) + "\n```"


def _proved(claims: Sequence[Judged]) -> Iterator[str]:
    """What is proved of the example's rendering for all requests."""
    proved = [each.claim for each in claims if each.verdict is Verdict.PROVED]
    if proved:
        yield "## Proved"
        yield (
            "By [`bedrock-cmk-guard prove`](../prove.md), for all requests to what is rendered for the example "
            "organisation, under the axioms and assumptions that it prints:"
        )
        yield bullets([f"{claim.sentence} ({claim.services}.)" for claim in proved])


def _documents(resource: Resource) -> Iterator[Document]:
    match resource:
        case ServiceControlPolicy() | ResourceControlPolicy():
            yield Document(resource, "policy", resource.content, quota_of(resource.content.kind))
        case IamPolicy():
            yield Document(resource, "permissions", resource.content, Quota.MANAGED_POLICY)
        case TagPolicy():
            yield Document(resource, "policy", dict(resource.content), Quota.TAG_POLICY)
        case KmsKey():
            yield Document(resource, "key policy", resource.policy, Quota.KEY_POLICY)
        case IamRole():
            yield Document(resource, "trust policy", resource.trust, Quota.ROLE_TRUST)


def _example(documents: list[Document]) -> Iterator[str]:
    """The sizes of all documents, and the largest of each kind in full."""
    if not documents:
        yield "Its requirements do not ask for this policy."
        return
    yield table(("In", "Name", "Document", "Size", "Quota"), map(_row, documents))
    for role in dict.fromkeys(document.role for document in documents):
        alike = [document for document in documents if document.role == role]
        document = max(alike, key=lambda document: sent_size(document.content))
        resource = document.resource
        more = (
            f", the largest of {len(alike)} (the others: [generated/](../../generated))" if alike[1:] else ""
        )
        yield f"The {role} of {code(resource.name)} in {code(resource.module)}{more}:"
        yield f"```json\n{json.dumps(document.json, indent=2, ensure_ascii=False)}\n```"


def _row(document: Document) -> tuple[str, ...]:
    limit = LIMITS[document.quota]
    return (
        code(document.resource.module),
        code(document.resource.name),
        document.role,
        f"{sent_size(document.content):,}",
        f"{limit.size:,} {limit.unit}",
    )
