"""What the evaluator is asked: one request, and the policies that bear on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import PolicyDocument, Statement
from bedrock_cmk_guard.iam.evaluator.grants import Grant
from bedrock_cmk_guard.iam.evaluator.patterns import any_action_matches
from bedrock_cmk_guard.iam.evaluator.truth import Open

#: Documents by level of the organisation: root first, the account last.
Levels = tuple[tuple[PolicyDocument, ...], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as IAM sees it.

    ``principal`` is the ARN of a role, session, user, account root or identity provider, or the name of an
    AWS service. ``context`` holds the condition keys (case of their names does not matter); those that follow
    from the principal are derived and need not be given. A session whose role has a path needs
    ``aws:PrincipalArn``, because its own ARN does not show the path. ``resource_account`` is needed only
    where the resource's ARN does not name its account.
    """

    principal: str
    action: str
    resource: str = "*"
    resource_account: str | None = None
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_action(self.action)

    @property
    def service(self) -> str:
        """The service prefix of the action."""
        return self.action.partition(":")[0].lower()


_FIELDS = ("principal", "action", "resource", "resource_account")


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request of which parts are left open: the answer holds for every way of filling them in.

    Any part may be ``Open.ANYTHING``. A context key that is open may be absent too, unless it is
    ``Open.PRESENT``; one that is not there is absent, as in a ``Request``. What follows from an open part (the
    condition keys of the caller, the account of the resource) is open with it, unless it is given.
    """

    principal: str | Open = Open.ANYTHING
    action: str | Open = Open.ANYTHING
    resource: str | Open = Open.ANYTHING
    resource_account: str | Open | None = None
    context: Mapping[str, str | tuple[str, ...] | Open] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.action, str):
            _check_action(self.action)

    @property
    def open_parts(self) -> tuple[str, ...]:
        """The names of the open parts: fields, and condition keys."""
        named = tuple(name for name in _FIELDS if isinstance(getattr(self, name), Open))
        return (*named, *(key for key, value in self.context.items() if isinstance(value, Open)))

    def filled(self, part: str, value: str | tuple[str, ...] | None) -> OpenRequest:
        """The request with one part filled in; None takes a condition key away."""
        if part in _FIELDS:
            if not isinstance(value, str):
                msg = f"{part} is one text, not {value!r}"
                raise PolicyError(msg)
            changes: dict[str, str] = {part: value}
            return replace(self, **changes)  # type: ignore[arg-type]  # the names of fields that take a text
        context = {key: given for key, given in self.context.items() if key.lower() != part.lower()}
        return replace(self, context=context if value is None else {**context, part: value})

    def closed(self) -> Request:
        """The request as one with nothing open. Raises PolicyError where something is."""
        context = {key: value for key, value in self.context.items() if not isinstance(value, Open)}
        if (
            isinstance(self.principal, Open)
            or isinstance(self.action, Open)
            or isinstance(self.resource, Open)
            or isinstance(self.resource_account, Open)
            or len(context) != len(self.context)
        ):
            msg = f"the request leaves {', '.join(self.open_parts)} open"
            raise PolicyError(msg)
        return Request(self.principal, self.action, self.resource, self.resource_account, context)


#: Whether an action supplies a condition key at all, by service authorization data. Where the resource is open it
#: is asked with ``*``, for all resources of the action, and with an ARN that fits none of them.
Supplies = Callable[[Request, str], bool]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies that bear on a request.

    ``scps`` and ``rcps`` are None where none apply: in the management account, or outside an organisation.
    ``resource_policy`` is the key policy for a KMS key, the trust policy for a role and the resource policy of
    anything else; None says that the resource has none (``kms:CreateKey`` has no key yet) or that it is not part
    of the question. ``grants`` are those of the KMS key.
    """

    identity: tuple[PolicyDocument, ...] = ()
    boundary: PolicyDocument | None = None
    session: PolicyDocument | None = None
    resource_policy: PolicyDocument | None = None
    scps: Levels | None = None
    rcps: Levels | None = None
    grants: tuple[Grant, ...] = ()
    # Remembers which statements speak of an action; a document is known by its identity, as it is held here.
    _slices: dict[tuple[int, str], tuple[tuple[int, Statement], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def speaking_of(self, action: str, document: PolicyDocument) -> tuple[tuple[int, Statement], ...]:
        """The statements of one of these documents that speak of the action, with their places in it."""
        key = (id(document), action)
        found = self._slices.get(key)
        if found is None:
            found = tuple(
                [(i, each) for i, each in enumerate(document.statements) if covers_action(each, action)]
            )
            self._slices[key] = found
        return found


def covers_action(statement: Statement, action: str) -> bool:
    """Whether a statement's Action or NotAction speaks of an action."""
    if statement.not_actions:
        return not any_action_matches(statement.not_actions, action)
    return any_action_matches(statement.actions, action)


def _check_action(action: str) -> None:
    service, _, name = action.partition(":")
    if not service or not name or "*" in action:
        msg = f"the action of a request is service:Name without wildcards, not {action!r}"
        raise PolicyError(msg)
