"""Whatever a template or plan holds where a policy belongs: findings, never an exception, never silence."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard import PolicyKind, lint_paths
from tests.strategies import policy_documents

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "*", "Allow", "kms:*", "AWS", "${x}"])
)
_NAMES = st.sampled_from(
    ["Version", "Statement", "Effect", "Action", "Principal", "Condition", "Ref", "Fn::If", "AWS"]
)
ANYTHING = st.recursive(
    _SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(_NAMES, below, max_size=3),
    max_leaves=12,
)
MANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(held=ANYTHING)
def test_anything_where_a_policy_belongs(tmp_path: Path, held: object) -> None:
    template = {
        "Resources": {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": held}},
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"Policies": held, "AssumeRolePolicyDocument": held},
            },
            "Scp": {"Type": "AWS::Organizations::Policy", "Properties": {"Type": held, "Content": held}},
        }
    }
    after = {"policy": held, "assume_role_policy": held, "inline_policy": held, "content": held, "type": held}
    changes = [
        {
            "address": f"{kind}.x",
            "mode": "managed",
            "type": kind,
            "name": "x",
            "change": {"actions": ["create"], "after": after, "after_unknown": {}},
        }
        for kind in ("aws_kms_key", "aws_iam_role", "aws_organizations_policy")
    ]
    plan = {"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes}
    # A policy that is fine keeps the run from having nothing to judge.
    (tmp_path / "fine.scp.json").write_text(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "kms:DeleteAlias", "Resource": "*"}]}'
    )
    (tmp_path / "t.json").write_text(json.dumps(template))
    (tmp_path / "p.json").write_text(json.dumps(plan))
    report = lint_paths([tmp_path])
    if held not in (None, "") and not isinstance(held, dict):
        assert {f.resource for f in report.findings} >= {"Key.KeyPolicy", "aws_kms_key.x.policy"}


@MANY
@given(document=policy_documents(PolicyKind.KEY))
def test_a_policy_is_judged_alike_wherever_it_stands(tmp_path: Path, document: object) -> None:
    data = document.to_dict()  # type: ignore[attr-defined]
    template = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": data}}}}
    (tmp_path / "key.key.json").write_text(json.dumps(data))
    (tmp_path / "t.json").write_text(json.dumps(template))
    report = lint_paths([tmp_path])
    alone = {(f.rule, f.message, f.path) for f in report.findings if not f.resource}
    held = {(f.rule, f.message, f.path) for f in report.findings if f.resource}
    assert held == alone or any(f.rule == "not-known" for f in report.findings)
