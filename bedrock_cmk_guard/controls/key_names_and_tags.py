"""Whether people and policies can tell what a key is for: its tags and its alias."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown, unknown_fact
from bedrock_cmk_guard.controls.frameworks import KEY_MANAGEMENT
from bedrock_cmk_guard.demands import TagDemand, WorkloadDemands, matches
from bedrock_cmk_guard.subjects import Key, Unknown


@control(
    "BCG_KEY_008",
    severity=Severity.MEDIUM,
    remediation="Give the key the tags that the tag standard demands.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html",),
    frameworks=KEY_MANAGEMENT,
    terraform='tags = { application = "hr-assistant" }',
    cloudformation="Tags: [{Key: application, Value: hr-assistant}]",
)
def tags(key: Key, context: Context) -> Iterator[Judgement]:
    """The key carries the tags demanded, with values that are allowed.

    Tags say whose data a key protects, and policies decide by them which keys a service may use.
    """
    demands = context.demands
    demanded = list(demands.tags)
    if demands.guard_tag_required:
        name, value = demands.guard_tag
        demanded.append(TagDemand(key=name, values=(value,)))
    if not demanded:
        return
    if isinstance(key.tags.value, Unknown):
        yield from unknown_fact(key.tags, "the key's tags")
        return
    workload = context.workload_of(context.users_of(key))
    for tag in demanded:
        if (found := _tag(tag, key.tags.value.get(tag.key), workload)) is not None:
            yield Judgement(found[0].verdict, found[0].message, key.tags.place, key.tags.trail, found[1])


@control(
    "BCG_KEY_014",
    severity=Severity.LOW,
    remediation="Give the key an alias of the form that the key standard names.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html",),
    frameworks=KEY_MANAGEMENT,
    terraform='resource "aws_kms_alias" "agents" {\n  name          = "alias/agents/hr-assistant"\n  '
    "target_key_id = aws_kms_key.agents.key_id\n}",
    cloudformation="Type: AWS::KMS::Alias",
)
def alias(key: Key, context: Context) -> Iterator[Judgement]:
    """The key has the alias demanded.

    People find a key by its alias, and the wrong one is how the wrong key is deleted.
    """
    pattern = context.demands.keys.alias_pattern
    if pattern is None:
        return
    workload = context.workload_of(context.users_of(key))
    wanted = _expected(pattern, workload)
    # Beside its tenants' keys a workload has one for what all of them share.
    of_all = wanted.removesuffix("/*") if workload is not None and workload.isolation == "tenant" else wanted
    if any(matches(each, alias) for each in (wanted, of_all) for alias in key.aliases):
        return
    if key.unknown_alias:
        yield unknown(f"an alias of the key cannot be known: {key.unknown_alias}")
        return
    has = f"is called {', '.join(key.aliases)}" if key.aliases else "has no alias"
    yield fails(f"the key {has}, and {wanted} is demanded", fix=f"Give it the alias {wanted}.")


CONTROLS = (tags, alias)


def _tag(
    tag: TagDemand, value: str | Unknown | None, workload: WorkloadDemands | None
) -> tuple[Judgement, str] | None:
    """What is wrong with one tag, and what to do about it."""
    expected = workload.tags.get(tag.key) if workload is not None else None
    what = f" ({tag.purpose})" if tag.purpose else ""
    fix = f'Tag the key {tag.key} = "{expected or "…"}".'
    if value is None:
        return fails(f"the tag {tag.key} is missing{what}"), fix
    if isinstance(value, Unknown):
        limited = tag.values or tag.pattern or expected
        if not limited:
            return None
        return unknown(f"the value of the tag {tag.key} cannot be known: {value.reason}", value=value), fix
    if tag.values and value not in tag.values:
        return fails(f"the tag {tag.key} is {value!r}, and is to be one of {', '.join(tag.values)}"), fix
    if tag.pattern and not matches(tag.pattern, value):
        return fails(f"the tag {tag.key} is {value!r}, and is to be like {tag.pattern}"), fix
    if expected and value != expected and workload is not None:
        return fails(f"the tag {tag.key} is {value!r}, and that of {workload.name} is {expected!r}"), fix
    return None


def _expected(pattern: str, workload: WorkloadDemands | None) -> str:
    """The alias of a workload's key; ``*`` stands for what is not known of it."""
    if workload is None:
        fields = {"scope": "*", "environment": "*", "account": "*"}
    else:
        scope = {
            "workload": workload.name,
            "environment": workload.environment,
            "tenant": f"{workload.name}/*",
        }[workload.isolation]
        fields = {"scope": scope, "environment": workload.environment, "account": workload.account}
    for name, value in fields.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern
