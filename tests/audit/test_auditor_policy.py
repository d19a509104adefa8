"""The rendered auditor's policy: it suffices for the audit, and the audit notices whatever it lacks."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from moto.backends import get_backend
from moto.core import set_initial_no_auth_action_count

from bedrock_cmk_guard.audit import AuditResult, Scope, Speed, audit
from bedrock_cmk_guard.audit_calls import audit_calls
from bedrock_cmk_guard.controls import Result
from bedrock_cmk_guard.iam import Effect
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.resources import IamPolicy
from examples.audit.organisation import ACQUIRED, ADVISER, AUDITOR, HR, World, organisation
from examples.audit.service import Asked, Refused

DAY = dt.date(2026, 10, 19)
NOW = dt.datetime.combine(DAY, dt.time(6), dt.UTC)
ALL = Speed(rate=0)


def allowed(world: World) -> set[str]:
    """What the rendered policy of the auditor lets pass."""
    found: set[str] = set()
    for module in build(world.requirements):
        for each in module.resources:
            if isinstance(each, IamPolicy) and each.name == "bedrock-cmk-auditor" and each.account == HR:
                for statement in each.content.statements:
                    assert (statement.effect, statement.resources, statement.condition) == (
                        Effect.ALLOW,
                        ("*",),
                        {},
                    )
                    found.update(statement.actions)
    return found


@pytest.mark.parametrize("without", ["", "bedrock:GetAgent", "kms:GetKeyPolicy"])
def test_the_rendered_policy_suffices_and_each_of_its_actions_is_needed(without: str) -> None:
    """IAM is enforced: by moto for its services, and by the same policy for Bedrock's."""
    with organisation(DAY) as world:
        policy = allowed(world) - {without}
        if without:
            _take_away(without)

        def fault(asked: Asked) -> None:
            action = next(
                (
                    c.action
                    for c in audit_calls()
                    if (c.service, c.operation) == (asked.service, asked.operation)
                ),
                "?",
            )
            if asked.service.startswith(("bedrock", "agent-registry")) and action not in policy:
                raise Refused("AccessDeniedException", f"not authorized to perform {action}", 403)

        world.bedrock.fault = fault
        # The accounts in which the role is rendered with its policy.
        scope = Scope(accounts=(HR, ADVISER), role=AUDITOR)
        iam = get_backend("iam")["111111111111"]["aws"]
        may = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}],
        }
        iam.put_user_policy("auditor", "assume", json.dumps(may))

        @set_initial_no_auth_action_count(0)
        def enforced() -> tuple[AuditResult, list[Result]]:
            result = audit(world.session, world.requirements, now=NOW, scope=scope, speed=ALL)
            return result, list(result)

        result, found = enforced()
        assert set(result.coverage.accounts) == {HR, ADVISER}
        findings = [f for each in found for f in each.findings if f.verdict == "unknown"]
        # Of some surfaces AWS shows no tags, whoever asks.
        unknown = [f for f in findings if "the service shows no tags of it" not in f.message]
        assert bool(unknown or result.coverage.not_audited) == bool(without)
        if without:
            assert any(without.partition(":")[2] in each.message for each in unknown)


def _take_away(action: str) -> None:
    """Have the role's policy in moto lack an action."""
    for account in (HR, ADVISER):
        for policy in get_backend("iam")[account]["aws"].managed_policies.values():
            for version in policy.versions:
                if policy.name == "bedrock-cmk-auditor":
                    version.document = version.document.replace(f'"{action}"', '"kms:ListKeys"')


def test_an_account_that_was_bought_is_not_audited_until_it_has_the_role() -> None:
    with organisation(dt.date(2026, 9, 7)) as before:
        scope = Scope(accounts=(ACQUIRED,), role=AUDITOR, tiers=("agent-definition",))
        result = audit(before.session, before.requirements, now=NOW, scope=scope, speed=ALL).run()
    assert {cell.surface for cell in result.coverage.not_audited} == {"*"}
    assert not result.verdicts
