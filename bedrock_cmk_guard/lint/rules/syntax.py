"""Rules of the form: JSON, the elements of the policy language, and the words in them."""

from __future__ import annotations

from bedrock_cmk_guard.lint.finding import Rule, Severity

_GRAMMAR = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
_ELEMENTS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html"

UNREADABLE = Rule(
    "unreadable-file",
    Severity.ERROR,
    "The file cannot be read as a policy",
    "A file that was not read was not judged, and must not count as clean.",
    "Give lint a file it may read, of no more than 250,000 bytes.",
)
NOT_KNOWN = Rule(
    "not-known",
    Severity.WARNING,
    "Part of a policy in a plan or template cannot be known yet",
    "What is known only after the apply, or when a stack is made, was not judged, and must not count as clean.",
    "Lint the policy once more where it is known: a state after the apply, or the policy that AWS gives back.",
)
NOT_UTF_8 = Rule(
    "not-utf-8",
    Severity.ERROR,
    "The file is not UTF-8 text",
    "AWS takes policies as UTF-8. A file in another encoding is refused, or arrives with other characters in it.",
    "Save the file as UTF-8. What it holds besides was not judged.",
)
BYTE_ORDER_MARK = Rule(
    "byte-order-mark",
    Severity.WARNING,
    "The file begins with a byte order mark",
    "Some editors write an invisible character in front. JSON has none there, and file:// in the AWS CLI sends it on.",
    "Save the file as UTF-8 without byte order mark.",
)
CRLF = Rule(
    "crlf-line-ends",
    Severity.NOTE,
    "Lines end as on Windows",
    "JSON does not mind, but Organizations counts each carriage return against the policy's size where it is sent as "
    "it stands, and the same policy shows as changed wherever its lines end otherwise.",
    "Save the file with line feeds only, or send it minified.",
)
NOT_JSON = Rule(
    "not-json",
    Severity.ERROR,
    "The text is not JSON",
    "AWS refuses it with MalformedPolicyDocument and does not say where. Trailing commas and comments, which many "
    "editors accept, are the usual reason.",
    "Correct it here. Lint has read on from the fault as well as it could; look again afterwards.",
    ("https://www.rfc-editor.org/rfc/rfc8259",),
)
DUPLICATE_FIELD = Rule(
    "duplicate-field",
    Severity.ERROR,
    "A field is written twice",
    "Most JSON readers keep the last one and drop the other without a word, and some keep the first. Two conditions "
    "of one operator, written one after the other, lose a condition that way.",
    "Join the two: both keys under one operator, or all values in one list.",
    ("https://www.rfc-editor.org/rfc/rfc8259#section-4",),
)
NOT_A_POLICY = Rule(
    "not-a-policy",
    Severity.ERROR,
    "This is not a policy document",
    "A policy is an object with Version and Statement.",
    "Give lint the document itself, not what surrounds it in a template or an API answer.",
    (_GRAMMAR,),
)
UNKNOWN_ELEMENT = Rule(
    "unknown-element",
    Severity.ERROR,
    "The policy language has no such element",
    "AWS refuses the policy. Without the misspelt element it would mean something else.",
    "Write the element as AWS has it; letters are compared exactly.",
    (_ELEMENTS,),
)
MISPLACED_ELEMENT = Rule(
    "misplaced-element",
    Severity.ERROR,
    "The element has no place in this type of policy",
    "SCPs and identity policies apply to whom they are attached to, so they have no Principal; a trust policy is "
    "about its own role, so it has no Resource. AWS refuses the policy.",
    "Leave the element out. To narrow an SCP to some principals, use a condition on aws:PrincipalArn.",
    (
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html",
        _ELEMENTS,
    ),
)
MISSING_ELEMENT = Rule(
    "missing-element",
    Severity.ERROR,
    "A statement lacks an element",
    "A statement needs an Effect, exactly one of Action and NotAction and, but for trust policies, exactly one of "
    "Resource and NotResource; a resource policy also needs a Principal. AWS refuses the policy.",
    "Add the element.",
    (_GRAMMAR,),
)
MALFORMED_VALUE = Rule(
    "malformed-value",
    Severity.ERROR,
    "A value is not of the form that the element takes",
    "AWS refuses the policy, or takes the value for something else than it looks.",
    "Write the value in the form that the message names.",
    (_ELEMENTS,),
)
POLICY_VERSION = Rule(
    "policy-version",
    Severity.WARNING,
    "The policy is not of version 2012-10-17",
    "Without a Version, or with 2008-10-17, AWS reads the policy as it did in 2008: ${aws:PrincipalAccount} and other "
    "variables are plain text there, and match nothing.",
    'Write "Version": "2012-10-17".',
    ("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",),
)
DUPLICATE_SID = Rule(
    "duplicate-sid",
    Severity.ERROR,
    "Two statements have the same Sid",
    "Sids are unique within a document: AWS refuses the policy, and nobody can say which statement decided.",
    "Give each statement a Sid of its own, or none.",
    ("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html",),
)
UNKNOWN_OPERATOR = Rule(
    "unknown-operator",
    Severity.ERROR,
    "AWS has no such condition operator",
    "AWS refuses the policy.",
    "Write an operator that AWS has.",
    (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
    ),
)

RULES = (
    UNREADABLE,
    NOT_KNOWN,
    NOT_UTF_8,
    BYTE_ORDER_MARK,
    CRLF,
    NOT_JSON,
    DUPLICATE_FIELD,
    NOT_A_POLICY,
    UNKNOWN_ELEMENT,
    MISPLACED_ELEMENT,
    MISSING_ELEMENT,
    MALFORMED_VALUE,
    POLICY_VERSION,
    DUPLICATE_SID,
    UNKNOWN_OPERATOR,
)
