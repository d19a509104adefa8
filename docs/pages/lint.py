"""The page on lint: the SCP that everybody pastes and what lint says of it, then every rule with its fixtures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bedrock_cmk_guard import lint_policy
from bedrock_cmk_guard.iam import PolicyKind
from bedrock_cmk_guard.lint import RULES, LintFinding, LintReport, Rule, Severity
from bedrock_cmk_guard.lint.output import as_text
from docs.pages import GENERATED, code, join, table, text

FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "lint"
NAIVE = "deny-agents-without-cmk.scp.json"
LONGEST = 2_500
WIDTH = 110

START = """\
This is the SCP that people write, and find on blogs, to make a customer managed key mandatory for Bedrock agents:
"""

FOUND = """\
AWS takes it without a word. Attached to an OU, its first statement stops everybody there from creating any agent, with
a key or without; its second one stops nobody. This is what lint prints about it:
"""

WHY = """\
No condition key of any `bedrock:` action shows the KMS key, so no SCP can ask for one ([what can be written
instead](policies/README.md)). Policies that name a condition key, an action or a resource type which AWS never
compares are the most common way to believe in a control that is not there; lint checks every one against AWS's service
authorization data, and knows the other traps listed below.
"""

USE = """\
    pip install 'bedrock-cmk-guard[lint]'
    bedrock-cmk-guard lint policies/                          # every *.json with a Statement
    bedrock-cmk-guard lint template.yaml                      # the policies in a CloudFormation template
    terraform show -json tfplan | bedrock-cmk-guard lint -    # the policies in a Terraform plan, or a state
    bedrock-cmk-guard lint their-scp.json --type scp          # scp, rcp, identity, key, trust or resource
    aws kms get-key-policy --key-id … --policy-name default --query Policy --output text \\
      | bedrock-cmk-guard lint - --type key
    bedrock-cmk-guard lint policies/ --format sarif --output lint.sarif

`[lint]` brings the authorization data on all services of AWS (58 MB); without it lint knows the services that this
project's own policies name, and says of others that they were not judged.

The type is told from `NAME.<type>.json`, from what `bedrock-cmk-guard render` wrote, and from statements that only a
key policy or a trust policy can have. Where it is not plain it must be given: the same text is right as an SCP and
wrong as an RCP. Policies given together are judged together: a role that one of them trusts by its name may be
protected by another. `--budget N` holds policies to a size below AWS's quota.

In plans, states and templates the policies of keys, roles, users, groups, permission sets, Organizations, buckets,
secrets, queues and topics are found, also those that `aws_iam_policy_document`, intrinsic functions, parameters and
nested stacks put together; a finding names the resource and its property, and in a template the line that the policy is
written on. Where a part is known only after the apply that is a finding too (`not-known`), and the statements around
it are judged all the same. Policies in Terraform code (`.tf`) are judged through a plan.

Every fault of every statement is told in one run, also where the text is not quite JSON. The exit status is 0 when
there are only notes, 1 when there are errors or warnings, 2 when something could not be judged at all. Folders called
`.git`, `node_modules`, `.terraform` and the like are passed over, links to folders are not followed, and JSON files
without a Statement are counted as passed over.

From Python:

```python
from pathlib import Path

from bedrock_cmk_guard import lint_policy

for finding in lint_policy(Path("their-scp.json").read_text(), "scp", file="their-scp.json"):
    print(finding.line, finding.rule, finding.message, finding.instead)
```

Lint judges policies one word and one statement at a time. It does not know who is attached to what, and a clean policy
is no proof that it stops what it was written to stop.
"""

_SEVERITIES = {
    Severity.ERROR: "The policy does not do what it says, is refused, or lets in everybody.",
    Severity.WARNING: "It may do what was meant; somebody should have looked.",
    Severity.NOTE: "Worth knowing. Notes do not fail a build.",
}


def page() -> str:
    """The whole page."""
    content = _fixture("never-supplied-key", "fail")[0].read_text(encoding="utf-8")
    found = lint_policy(content, PolicyKind.SCP, file=NAIVE)
    output = as_text(LintReport(findings=found, linted={NAIVE: PolicyKind.SCP}))
    return join(
        GENERATED,
        "# Linting policies",
        START,
        f"```json\n{content.strip()}\n```",
        FOUND,
        f"```text\n$ bedrock-cmk-guard lint {NAIVE}\n{output.strip()}\n```",
        WHY,
        *("## Use", USE),
        *("## Rules", table(("Severity", "Means"), ((each, _SEVERITIES[each]) for each in Severity))),
        table(("Rule", "Severity", "What it finds"), map(_row, RULES)),
        *(part for rule in RULES for part in _rule(rule)),
    )


def _row(rule: Rule) -> tuple[str, str, str]:
    return f"[{code(rule.id)}](#{rule.id})", rule.severity, text(rule.title)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield f"{rule.severity.capitalize()}: {text(rule.title)}."
    yield text(rule.rationale)
    yield f"**Instead:** {text(rule.instead)}"
    yield from _examples(rule)
    if rule.references:
        yield "".join(f"- <{url}>\n" for url in rule.references)


def _examples(rule: Rule) -> Iterator[str]:
    """The failing fixture with what lint says of it, and the passing one; not those of unseen bytes, or long ones."""
    if not (FIXTURES / rule.id).is_dir():
        return
    (fails, kind), (passes, _) = _fixture(rule.id, "fail"), _fixture(rule.id, "pass")
    contents = [path.read_bytes() for path in (fails, passes)]
    if max(map(len, contents)) > LONGEST or any(not c.isascii() or b"\r" in c for c in contents):
        return
    wrong, right = (content.decode("ascii") for content in contents)
    found = [each for each in lint_policy(wrong, kind) if each.rule == rule.id]
    yield f"This {_CALLED[kind]} fails:"
    yield _code(wrong)
    yield "".join(f"- {text(message)}\n" for message in dict.fromkeys(_said(each) for each in found))
    yield "This one passes:"
    yield _code(right)


_CALLED = {
    PolicyKind.SCP: "SCP",
    PolicyKind.RCP: "RCP",
    PolicyKind.IDENTITY: "identity policy",
    PolicyKind.KEY: "key policy",
    PolicyKind.TRUST: "trust policy",
    PolicyKind.RESOURCE: "resource policy",
}


def _said(finding: LintFinding) -> str:
    return f"{finding.statement}: {finding.message}" if finding.statement else finding.message


def _fixture(rule: str, name: str) -> tuple[Path, PolicyKind]:
    (path,) = (FIXTURES / rule).glob(f"{name}.*.json")
    return path, PolicyKind(path.stem.rpartition(".")[2])


def _code(content: str) -> str:
    """A policy as JSON: its statements laid out closely, or the text itself where that is the point."""
    pairs: list[str] = []

    def count(found: list[tuple[str, object]]) -> dict[str, object]:
        pairs.extend(name for name, _ in found)
        return dict(found)

    try:
        data = json.loads(content, object_pairs_hook=count)
    except ValueError:
        return f"```text\n{content.strip()}\n```"
    whole = len(pairs) == _names(data)
    return f"```json\n{_close(data) if whole else content.strip()}\n```"


def _names(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_names, value.values()))
    return sum(map(_names, value)) if isinstance(value, list) else 0


def _close(value: object, indent: int = 0, before: int = 0) -> str:
    """JSON with as much on a line as fits."""
    line = json.dumps(value, ensure_ascii=False)
    room = WIDTH - indent - before
    if (len(line) <= room and indent >= 2) or not isinstance(value, dict | list) or not value:
        return line
    deeper = " " * (indent + 2)
    if isinstance(value, dict):
        names = {name: f"{json.dumps(name)}: " for name in value}
        parts = [f"{label}{_close(value[name], indent + 2, len(label))}" for name, label in names.items()]
        return "{\n" + ",\n".join(f"{deeper}{part}" for part in parts) + f"\n{' ' * indent}}}"
    parts = [_close(item, indent + 2) for item in value]
    return "[\n" + ",\n".join(f"{deeper}{part}" for part in parts) + f"\n{' ' * indent}]"
