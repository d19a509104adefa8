"""Rules of what AWS authorises: actions, resource types and condition keys against AWS's own data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import global_keys
from bedrock_cmk_guard.iam.authorization import check_statement, untagged_creation
from bedrock_cmk_guard.iam.problems import Problem, Trap
from bedrock_cmk_guard.iam.supply import GUIDE_KEYS, same_key
from bedrock_cmk_guard.lint import services
from bedrock_cmk_guard.lint.advice import instead_of_key, key_hint, supplied_keys
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.policy import LintStatement, Policy, Spot, element_spot, entry_spot, word_spot
from bedrock_cmk_guard.lint.words import did_you_mean, listed

_SAR = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
_GLOBAL = global_keys.SOURCE
_SETS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html"
_OPERATORS = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
)
_TAGS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html"
_VARIABLES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"

NEVER_SUPPLIED = Rule(
    "never-supplied-key",
    Severity.ERROR,
    "The action never supplies the condition key",
    "AWS accepts any condition key with any action, and a key that requests for the action never carry is simply "
    "absent. An operator that wants the key is then never true, so the statement denies (or allows) no one; one that "
    "absence satisfies (a negated operator, Null, IfExists, ForAllValues) is always true, so it denies (or allows) "
    "everyone. The SCP that demands a customer managed key of bedrock:CreateAgent is the best-known case: no condition "
    "key of Bedrock shows the KMS key.",
    "Use a key that the action supplies; where there is none, the demand cannot be written as a policy.",
    (_SAR, _GLOBAL),
)
UNKNOWN_KEY = Rule(
    "unknown-condition-key",
    Severity.ERROR,
    "AWS has no such condition key",
    "AWS stores the policy all the same. No request carries the key, so the line is always true or never.",
    "Write a key that AWS has; their names do not depend on case.",
    (_GLOBAL, _SAR),
)
GUIDE_ONLY = Rule(
    "guide-only-key",
    Severity.NOTE,
    "AWS's guide gives the action this key, its authorization data does not",
    "One of the two is wrong. If it is the guide, a Deny with a negated operator refuses every such call.",
    "Try it in a sandbox before you rely on it.",
    tuple(sorted({key.source for key in GUIDE_KEYS})),
)
UNKNOWN_SERVICE = Rule(
    "unknown-service",
    Severity.ERROR,
    "There is no data on such a service",
    "AWS accepts an action of a service that does not exist; it matches nothing.",
    "Write the service prefix as AWS has it.",
    (_SAR,),
)
UNKNOWN_ACTION = Rule(
    "unknown-action",
    Severity.ERROR,
    "AWS has no such action",
    "AWS accepts it. A Deny on a misspelt action denies nothing, and nobody notices.",
    "Write the action as the service authorization reference has it.",
    (_SAR,),
)
FOREIGN_ACTION = Rule(
    "foreign-action",
    Severity.ERROR,
    "The policy cannot govern this action",
    "A key policy governs KMS actions and a trust policy STS actions; others in them do nothing, or are refused.",
    "Put the action into a policy of the principal, or an SCP.",
    ("https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",),
)
WRONG_RESOURCE = Rule(
    "wrong-resource-type",
    Severity.ERROR,
    "The action is not authorised on this type of resource",
    "Each action is authorised on certain types of resource. bedrock:InvokeAgent is authorised on the agent-alias, "
    "bedrock:UpdateAgent on the agent; with the other's ARN the statement never matches.",
    "Use the resource types of the action, or '*'.",
    (_SAR,),
)
OPERATOR_TYPE = Rule(
    "operator-does-not-fit",
    Severity.ERROR,
    "The operator does not fit the type of the condition key",
    "Numbers compared as text, or text as a truth value, do not compare as they look.",
    "Use an operator of the key's type.",
    (_OPERATORS,),
)
SET_OPERATOR = Rule(
    "set-operator",
    Severity.ERROR,
    "A set operator is missing, or stands on a key with one value",
    "Keys with several values need ForAnyValue or ForAllValues, others must not have them: AWS calls what happens "
    "otherwise undefined, and KMS refuses them on its encryption context.",
    "Write the operator that the message names.",
    (_SETS,),
)
LITERAL_WILDCARD = Rule(
    "literal-wildcard",
    Severity.ERROR,
    "A wildcard is an ordinary character here",
    "StringEquals compares letter by letter: bedrock.*.amazonaws.com is no service. In a Deny with StringNotEquals, "
    "the statement denies everyone.",
    "Use StringLike or StringNotLike.",
    (_OPERATORS,),
)
USELESS_WILDCARD = Rule(
    "wildcard-identity",
    Severity.WARNING,
    "A wildcard in an account, organisation or endpoint lets others match",
    "Anybody may open an account or an organisation, whose id the pattern then fits.",
    "Write the ids out.",
    (_GLOBAL,),
)
TAG_KEY_CASE = Rule(
    "tag-key-case",
    Severity.ERROR,
    "A guarded tag key passes in other letters",
    "aws:TagKeys compares its values with case, while aws:ResourceTag/team and aws:ResourceTag/Team are one condition "
    "key. Who may not set `team` sets `TEAM`, and passes as tagged.",
    "Use ForAnyValue:StringEqualsIgnoreCase.",
    (_TAGS, _GLOBAL + "#condition-keys-tagkeys"),
)
TAG_ON_CREATE = Rule(
    "tag-on-create",
    Severity.WARNING,
    "Tags are guarded on tagging calls, but can be set on creation",
    "CreateKey, CreateAgent and others take tags too: who may not tag a resource creates one that has the tag.",
    "Add the creating actions to the statement: aws:TagKeys works for them as well.",
    (_TAGS,),
)
PLACEHOLDER = Rule(
    "placeholder",
    Severity.ERROR,
    "A placeholder looks like a policy variable",
    "AWS replaces ${aws:PrincipalAccount}, not ${Account}: samples use such placeholders for what the reader is to "
    "fill in. Left in, they match nothing.",
    "Put in what it stands for, or a policy variable.",
    (_VARIABLES,),
)

RULES = (
    NEVER_SUPPLIED,
    UNKNOWN_KEY,
    GUIDE_ONLY,
    UNKNOWN_SERVICE,
    UNKNOWN_ACTION,
    FOREIGN_ACTION,
    WRONG_RESOURCE,
    OPERATOR_TYPE,
    SET_OPERATOR,
    LITERAL_WILDCARD,
    USELESS_WILDCARD,
    TAG_KEY_CASE,
    TAG_ON_CREATE,
    PLACEHOLDER,
)
_RULE_OF = {
    Trap.UNKNOWN_SERVICE: UNKNOWN_SERVICE,
    Trap.UNKNOWN_ACTION: UNKNOWN_ACTION,
    Trap.NO_KEY_ACTION: FOREIGN_ACTION,
    Trap.UNKNOWN_KEY: UNKNOWN_KEY,
    Trap.NEVER_SUPPLIED: NEVER_SUPPLIED,
    Trap.UNREACHED_RESOURCE: WRONG_RESOURCE,
    Trap.WRONG_RESOURCE_TYPE: WRONG_RESOURCE,
    Trap.OPERATOR_TYPE: OPERATOR_TYPE,
    Trap.SET_OPERATOR: SET_OPERATOR,
    Trap.LITERAL_WILDCARD: LITERAL_WILDCARD,
    Trap.USELESS_WILDCARD: USELESS_WILDCARD,
    Trap.TAG_KEY_CASE: TAG_KEY_CASE,
    Trap.PLACEHOLDER: PLACEHOLDER,
    Trap.TAG_ON_CREATE: TAG_ON_CREATE,
}


def check(policy: Policy) -> Iterator[LintFinding]:
    """Find what AWS accepts and does not do."""
    for statement in policy.statements:
        problems = list(check_statement(policy.kind, statement, services=policy.services, trust_guide=True))
        problems = [p for p in problems if not _said_by_actions(p, problems, statement)]
        absent = [p for p in problems if p.reason and not _beyond_our_table(p)]
        yield from _never_supplied(policy, statement, absent)
        for problem in problems:
            if not problem.reason:
                yield _one(policy, statement, problem)
        yield from _guide_keys(policy, statement)
    yield from _tag_on_create(policy)


def _said_by_actions(problem: Problem, problems: list[Problem], statement: LintStatement) -> bool:
    """Whether a resource that no action reaches goes without saying, because no action reaches any."""
    if problem.trap is not Trap.UNREACHED_RESOURCE:
        return False
    astray = {each.action for each in problems if each.trap is Trap.WRONG_RESOURCE_TYPE}
    return bool(astray) and astray >= {*statement.actions, *statement.not_actions}


def _beyond_our_table(problem: Problem) -> bool:
    """Whether our table of global keys does not reach so far: it lists endpoint keys for frozen services only."""
    found = global_keys.find(problem.key)
    prefix = problem.action.partition(":")[0].lower()
    return bool(found and found.services is not None and prefix not in services.frozen_prefixes())


def _never_supplied(
    policy: Policy, statement: LintStatement, problems: Iterable[Problem]
) -> Iterator[LintFinding]:
    """One finding for each line of a condition, however many actions lack its key."""
    groups: dict[tuple[str, str, str, bool | None], list[str]] = {}
    for problem in problems:
        group = groups.setdefault((problem.operator, problem.key, problem.reason, problem.always), [])
        if problem.action not in group:
            group.append(problem.action)
    for (name, key, reason, always), actions in groups.items():
        verb = "never supplies" if len(actions) == 1 else "never supply"
        yield policy.finding(
            NEVER_SUPPLIED,
            entry_spot(statement, name, key),
            f"{listed(actions)} {verb} {key} ({reason}), so {name} is {'always' if always else 'never'} true: "
            f"{_outcome(statement, actions, always=bool(always))}",
            instead=instead_of_key(actions, key, policy.services),
            statement=statement,
        )


def _outcome(statement: LintStatement, actions: list[str], *, always: bool) -> str:
    """Whom the statement denies or allows, now that the line has no say."""
    verb = "denies" if statement.denies else "allows"
    what = actions[0] if len(actions) == 1 else "them"
    if not always:
        return f"this statement {verb} {what} to no one"
    lines = len(list(statement.entries()))
    rest = " whom its other conditions leave" if lines > 1 else ""
    return f"this statement {verb} {what} to everyone{rest}"


def _one(policy: Policy, statement: LintStatement, problem: Problem) -> LintFinding:
    rule = _RULE_OF[problem.trap]
    message, instead = problem.message, ""
    if problem.trap is Trap.UNKNOWN_SERVICE:
        return _service(policy, statement, problem)
    if problem.trap is Trap.UNKNOWN_KEY:
        message += key_hint(problem.key, supplied_keys((), policy.services))
    if problem.trap is Trap.TAG_KEY_CASE:
        instead = f"Write {_ignoring_case(problem.operator)}."
    return policy.finding(rule, _spot(statement, problem), message, instead=instead, statement=statement)


def _ignoring_case(operator_name: str) -> str:
    quantifier, colon, base = operator_name.rpartition(":")
    wild = "Like" in base
    return f"{quantifier}{colon}StringEqualsIgnoreCase" + (
        ", with the keys written out: no operator knows both wildcards and case" if wild else ""
    )


def _service(policy: Policy, statement: LintStatement, problem: Problem) -> LintFinding:
    prefix = problem.action.partition(":")[0]
    instead = ""
    if services.knows_all() or policy.services is not services.service:
        message = (
            f"{problem.action}: AWS has no service {prefix!r}{did_you_mean(prefix, services.prefixes())}"
        )
    else:
        message = f"{problem.action}: not judged, there is no data on the service {prefix!r} here"
        instead = "pip install 'bedrock-cmk-guard[lint]' brings the data on all services."
    return policy.finding(
        UNKNOWN_SERVICE, _spot(statement, problem), message, instead=instead, statement=statement
    )


def _spot(statement: LintStatement, problem: Problem) -> Spot:
    if problem.operator:
        return entry_spot(statement, problem.operator, problem.key, problem.value)
    if problem.resource:
        return word_spot(statement, problem.resource, "Resource", "NotResource")
    if problem.trap is Trap.WRONG_RESOURCE_TYPE:
        return word_spot(statement, problem.action, "Action", "NotAction")
    if problem.action:
        return word_spot(statement, problem.action, "Action", "NotAction")
    return element_spot(statement, "Action", "NotAction")


def _guide_keys(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    for entry in statement.entries():
        for known in GUIDE_KEYS:
            actions = {action.lower() for action in statement.actions}
            if known.action.lower() in actions and same_key(known.key, entry.key):
                yield policy.finding(
                    GUIDE_ONLY,
                    entry_spot(statement, entry.operator.name, entry.key),
                    f"{known.action} supplies {known.key} by AWS's developer guide (read {known.read}), and does not "
                    "by the service authorization data",
                    statement=statement,
                )


def _tag_on_create(policy: Policy) -> Iterator[LintFinding]:
    for problem in untagged_creation(policy.statements, policy.services):
        statement = next(s for s in policy.statements if s.sid == problem.sid and s.denies)
        entry = next(e for e in statement.entries() if e.folded == "aws:tagkeys")
        yield policy.finding(
            TAG_ON_CREATE,
            entry_spot(statement, entry.operator.name, entry.key),
            problem.message,
            statement=statement,
        )
