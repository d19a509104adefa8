"""The Python side of ``run.mjs``: puts requests and documents to npm's iam-simulate, in a process of its own.

iam-simulate is AGPL-3.0-or-later. It is used by tests only, as a separate process, and is never bundled.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bedrock_cmk_guard.iam import grammar
from bedrock_cmk_guard.iam.document import Json, PolicyDocument
from bedrock_cmk_guard.iam.evaluator import Outcome, PolicySet, Request, evaluate, supplied_by_aws
from bedrock_cmk_guard.iam.evaluator.context import Context
from bedrock_cmk_guard.iam.evaluator.principals import Caller, PrincipalType, is_everyone, parse_caller
from bedrock_cmk_guard.iam.grammar_kinds import RCP_SERVICES

_HERE = Path(__file__).parent
_INSTALLED = _HERE / "node_modules" / "@cloud-copilot" / "iam-simulate"
_OUTCOMES = {
    "Allowed": Outcome.ALLOWED,
    "ExplicitlyDenied": Outcome.EXPLICIT_DENY,
    "ImplicitlyDenied": Outcome.IMPLICIT_DENY,
}
_ENCRYPTION_CONTEXT = re.compile(r"kms:EncryptionContext:([^}\"]+)", re.IGNORECASE)


class SimulatorError(AssertionError):
    """iam-simulate refused a question, or left part of it out."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request with the policies that bear on it."""

    name: str
    request: Request
    policies: PolicySet


def missing() -> str | None:
    """What has to be installed first, or None."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not _INSTALLED.is_dir():
        return "npm's @cloud-copilot/iam-simulate is not installed: npm install --prefix tests/iam_simulate"
    return None


def available() -> bool:
    """Whether node and the package are there."""
    return missing() is None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many questions both evaluators decided, and where they differ."""

    judged: int
    differences: tuple[str, ...]


def compare(questions: Sequence[Question]) -> Comparison:
    """Put the questions to both evaluators and describe where they differ; ``limit`` excuses none of them."""
    judged = 0
    found = []
    for question, theirs in zip(questions, simulate(questions), strict=True):
        if theirs is None:
            continue
        judged += 1
        decision = evaluate(question.request, question.policies, carried)
        if decision.outcome is not theirs:
            reasons = "\n  ".join(decision.reasons)
            policies = "\n  ".join(document.minified() for document in _documents(question.policies))
            found.append(
                f"{question.name}: ours {decision.outcome}, theirs {theirs}\n"
                f"  {question.request}\n  {reasons}\n  {policies}"
            )
    return Comparison(judged, tuple(found))


def carried(request: Request, key: str) -> bool:
    """Whether the request carries a key: it states it, or AWS supplies it to such a request."""
    return any(key.lower() == given.lower() for given in request.context) or supplied_by_aws(request, key)


def simulate(questions: Sequence[Question]) -> list[Outcome | None]:
    """Ask for the decision of every request; None where iam-simulate's own data is too old for the action.

    Raises SimulatorError where it ignored a context key that the request states.
    """
    replies = _run([{"simulate": _simulation(question)} for question in questions])
    return [_outcome(question, reply) for question, reply in zip(questions, replies, strict=True)]


def processor_seconds(questions: Sequence[Question]) -> float:
    """How many seconds of a processor the node process takes for the questions, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run([{"simulate": _simulation(question)} for question in questions])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _outcome(question: Question, reply: Mapping[str, Json]) -> Outcome | None:
    error, ignored = reply.get("error"), reply.get("ignored")
    if isinstance(error, str) and "invalid.action" in error:
        return None
    if error is not None:
        raise SimulatorError(f"{question.name}: {error}")
    if isinstance(ignored, list) and ignored:
        stated = {_renamed(key).lower() for key in question.request.context}
        if any(str(key).lower() in stated for key in ignored):
            raise SimulatorError(f"{question.name}: iam-simulate ignored the context keys {ignored}")
        return None  # a key that follows from the caller, and that its older data does not give the action
    return _OUTCOMES[str(reply["result"])]


def validate(documents: Iterable[PolicyDocument]) -> list[tuple[str, ...]]:
    """The complaints of iam-policy's validator for each document's kind; none is an empty tuple."""
    replies = _run([{"validate": {"kind": str(d.kind), "document": d.to_dict()}} for d in documents])
    complaints = []
    for reply in replies:
        if reply.get("error") is not None:
            raise SimulatorError(str(reply["error"]))
        errors = reply["errors"]
        complaints.append(tuple(str(error) for error in errors) if isinstance(errors, list) else ())
    return complaints


_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_ORGANIZATIONS = "https://docs.aws.amazon.com/organizations/latest/userguide/"
_SCPS = f"{_ORGANIZATIONS}orgs_manage_policies_scps.html"
_RCPS = f"{_ORGANIZATIONS}orgs_manage_policies_rcps.html"
_LOGIC = f"{_IAM}reference_policies_evaluation-logic_policy-eval-denyallow.html"
_OPERATORS = f"{_IAM}reference_policies_elements_condition_operators.html"


class Excuse(NamedTuple):
    """A difference that is explained: where iam-simulate 0.1.173 parts from AWS, and the document that decides."""

    reason: str
    document: str


def limit(question: Question) -> Excuse | None:
    """Why iam-simulate 0.1.173 cannot judge a request, or None where it can."""
    context = Context(question.request)
    caller = parse_caller(question.request.principal, context.known.get("aws:principalarn", (None,))[0])
    return (
        _limit_of_caller(question, caller)
        or _limit_of_rcps(question)
        or _limit_of_conditions(question, context)
        or _limit_of_resource_policy(question)
    )


def _limit_of_caller(question: Question, caller: Caller) -> Excuse | None:
    policies = question.policies
    if caller.service_linked and (policies.scps or policies.rcps):
        return Excuse("it applies SCPs and RCPs to service-linked roles, which AWS exempts", _SCPS)
    if caller.type is PrincipalType.ROOT and not policies.identity:
        return Excuse(
            "it wants an identity policy of the account's root user, who has none and needs none", _LOGIC
        )
    if caller.type is PrincipalType.FEDERATED_USER:
        return Excuse(
            "it takes a federated user's name for that of the user who federated; the caller chooses it freely",
            "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html",
        )
    if not caller.is_iam and (policies.identity or policies.scps):
        return Excuse("it applies SCPs and identity policies to AWS services, which have neither", _SCPS)
    return None


def _limit_of_rcps(question: Question) -> Excuse | None:
    request, rcps = question.request, question.policies.rcps
    if rcps and request.service not in RCP_SERVICES:
        return Excuse("it applies RCPs to services that AWS does not apply them to", _RCPS)
    if rcps and request.action.lower() == "kms:retiregrant":
        return Excuse("it applies RCPs to kms:RetireGrant, which AWS exempts", _RCPS)
    return None


def _limit_of_conditions(question: Question, context: Context) -> Excuse | None:
    if any("." in key.partition(":")[0] for key in question.request.context):
        return Excuse(
            "it drops the claims of identity providers that AWS does not list by name",
            f"{_IAM}reference_policies_iam-condition-keys.html",
        )
    lines = [line for document in _documents(question.policies) for line in _lines(document)]
    if any(found.family == "arn" and "${" in value for found, value in lines):
        return Excuse(
            "it cuts an ARN pattern at the colon inside a policy variable, so the pattern matches nothing",
            f"{_IAM}reference_policies_variables.html#policy-vars-wheretouse",
        )
    if any(found.quantifier == "ForAnyValue" and found.if_exists for found, _ in lines):
        return Excuse(
            "its ForAnyValue with IfExists does not hold for an absent key",
            f"{_OPERATORS}#Conditions_IfExists",
        )
    ipv6 = any(":" in address for address in context.known.get("aws:sourceip") or ())
    if ipv6 and any(found.family == "ip" and "/" not in value for found, value in lines):
        return Excuse(
            "its NotIpAddress does not hold for an IPv6 address and a policy's single IPv4 address",
            f"{_OPERATORS}#Conditions_IPAddress",
        )
    return None


def _limit_of_resource_policy(question: Question) -> Excuse | None:
    policy = question.policies.resource_policy
    if question.policies.session is not None and _names(policy, question.request.principal):
        return Excuse(
            "it lets a session policy limit what a resource's policy grants to the session itself or to everyone",
            _LOGIC,
        )
    if policy is not None and any(s.not_principal for s in policy.statements):
        return Excuse(
            "its NotPrincipal spares a caller of whom one name is listed; AWS wants account, role, session",
            f"{_IAM}reference_policies_elements_notprincipal.html",
        )
    return None


def _documents(policies: PolicySet) -> Iterator[PolicyDocument]:
    yield from policies.identity
    for level in (*(policies.scps or ()), *(policies.rcps or ())):
        yield from level
    for document in (policies.boundary, policies.session, policies.resource_policy):
        if document is not None:
            yield document


def _lines(document: PolicyDocument) -> Iterator[tuple[grammar.Operator, str]]:
    """Every value of the document's conditions, with its operator."""
    for statement in document.statements:
        for name, block in statement.condition.items():
            for values in block.values():
                yield from ((grammar.operator(name), value) for value in values)


def _names(document: PolicyDocument | None, arn: str) -> bool:
    """Whether some statement names the session, or everyone."""
    principals = () if document is None else tuple(s.principal for s in document.statements)
    return any(arn in p.aws or is_everyone(p) for p in principals if p is not None)


def _simulation(question: Question) -> dict[str, Json]:
    request, policies = question.request, question.policies
    context = Context(request)
    levels = {
        "serviceControlPolicies": policies.scps or (),
        "resourceControlPolicies": policies.rcps or (),
    }
    simulation: dict[str, Json] = {
        "request": {
            "principal": request.principal,
            "action": request.action,
            "resource": {"resource": request.resource, "accountId": _account(context)},
            "contextVariables": {
                _renamed(key): list(values) if len(values) != 1 else values[0]
                for key, values in context.known.items()
                if carried(request, key)
            },
        },
        "identityPolicies": _named(policies.identity),
    }
    for name, documents in levels.items():
        simulation[name] = [
            {"orgIdentifier": f"level-{i}", "policies": _named(level)} for i, level in enumerate(documents)
        ]
    if policies.boundary is not None:
        simulation["permissionBoundaryPolicies"] = _named((policies.boundary,))
    if policies.session is not None:
        simulation["sessionPolicy"] = _plain(policies.session)
    if policies.resource_policy is not None:
        simulation["resourcePolicy"] = _plain(policies.resource_policy)
    return simulation


def _account(context: Context) -> str:
    return context.resource_account if isinstance(context.resource_account, str) else ""


def _named(documents: Sequence[PolicyDocument]) -> list[Json]:
    return [{"name": f"policy-{i}", "policy": _plain(document)} for i, document in enumerate(documents)]


def _plain(document: PolicyDocument) -> Json:
    renamed: Json = json.loads(
        _ENCRYPTION_CONTEXT.sub(_tag, json.dumps(document.to_dict(), ensure_ascii=False))
    )
    return renamed


def _renamed(key: str) -> str:
    return _ENCRYPTION_CONTEXT.sub(_tag, key)


def _tag(match: re.Match[str]) -> str:
    """A key that iam-simulate compares in the same way, because it drops the encryption context."""
    return f"aws:PrincipalTag/ec.{match[1].lower().encode().hex()}"


def _run(questions: Sequence[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """One node process for all questions."""
    node = shutil.which("node")
    if node is None or not available():
        raise SimulatorError(str(missing()))
    lines = "".join(f"{json.dumps(question)}\n" for question in questions)
    done = subprocess.run(
        [node, str(_HERE / "run.mjs")], input=lines, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode != 0:
        raise SimulatorError(done.stderr)
    replies: list[dict[str, Json]] = [json.loads(line) for line in done.stdout.splitlines()]
    if len(replies) != len(questions):
        raise SimulatorError(f"{len(questions)} questions, {len(replies)} answers")
    return replies
