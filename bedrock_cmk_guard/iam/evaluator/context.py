"""The condition keys of one request: given, derived, and those its action can carry at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.evaluator.arns import parse_arn
from bedrock_cmk_guard.iam.evaluator.principals import Caller, PrincipalType, derived_context, parse_caller
from bedrock_cmk_guard.iam.evaluator.request import OpenRequest, Request, Supplies
from bedrock_cmk_guard.iam.evaluator.truth import Open, OpenValue, Truth, Turns, agree

PRINCIPAL, ACTION, RESOURCE = frozenset({"principal"}), frozenset({"action"}), frozenset({"resource"})
#: The values of a key; None where the request does not carry it.
Value = tuple[str, ...] | OpenValue | None

_ARN = "aws:principalarn"
_NO_RESOURCE = "arn:aws:none:::none"
_SOMEBODY, _SOME_SERVICE = "arn:aws:iam::000000000000:role/any", "any.amazonaws.com"


class Context:
    """Looks condition keys up, and remembers those that were asked for and the action never supplies.

    ``caller``, ``action`` and ``resource`` are None where the request leaves them open. ``bounded`` says that a
    permissions boundary is set on the caller.
    """

    def __init__(
        self, request: Request | OpenRequest, supplies: Supplies | None = None, *, bounded: bool = False
    ) -> None:
        self.bounded = bounded
        given: dict[str, tuple[str, ...] | OpenValue] = {}
        for key, value in request.context.items():
            given[key.lower()] = (value,) if isinstance(value, str) else _given(key, value)
        self.request = request
        self.action = _closed(request.action)
        self.resource = _closed(request.resource)
        self.service = self.action.partition(":")[0].lower() if self.action is not None else None
        self.caller = _caller(_closed(request.principal), given.get(_ARN))
        self.resource_account: str | Turns | None = self._account(request)
        self._values: dict[str, tuple[str, ...] | OpenValue] = {**self._derived(given), **given}
        self._supplies = supplies
        self._answers: dict[str, Truth] = {}

    def values(self, key: str) -> Value:
        """Return the values of a key, or None where the request does not carry it. Key names ignore case."""
        supplied = self._is_supplied(key)
        if supplied is False:
            return None
        value = self._values.get(key.lower())
        if supplied is True or value is None:
            return value
        if isinstance(value, OpenValue):
            candidates = None if value.candidates is None else (*value.candidates, None)
            return OpenValue(value.on | supplied.on, candidates=candidates)
        return OpenValue(supplied.on, candidates=(value, None))

    @property
    def known(self) -> Mapping[str, tuple[str, ...]]:
        """Every key whose values are known, given or derived, by its name in lower case."""
        known = {key: value for key, value in self._values.items() if not isinstance(value, OpenValue)}
        return MappingProxyType(known)

    @property
    def given(self) -> Iterable[str]:
        """The names, in lower case, of every key that is known or open."""
        return self._values

    @property
    def across_accounts(self) -> Truth:
        """Whether the resource belongs to another account than the caller."""
        account = self.resource_account
        if isinstance(account, Turns):
            return account if self.caller is not None else Turns(account.on | PRINCIPAL)
        if self.caller is None:
            return False if account is None else Turns(PRINCIPAL)
        return account is not None and account != self.caller.account

    def unsupplied(self) -> tuple[str, ...]:
        """Return the keys that policies asked for and the action never supplies."""
        return tuple(sorted(key for key, supplied in self._answers.items() if supplied is False))

    def _account(self, request: Request | OpenRequest) -> str | Turns | None:
        """The account of the resource: stated, in its ARN, or the caller's; None is an open caller's own."""
        if isinstance(request.resource_account, Open):
            return Turns(frozenset({"resource_account"}))
        if request.resource_account:
            return request.resource_account
        if self.resource is None:
            return Turns(RESOURCE)
        return _account_of(self.resource) or (self.caller.account if self.caller is not None else None)

    def _derived(
        self, given: Mapping[str, tuple[str, ...] | OpenValue]
    ) -> dict[str, tuple[str, ...] | OpenValue]:
        derived: dict[str, tuple[str, ...] | OpenValue] = {}
        account = self.resource_account
        if self.caller is not None:
            derived.update(derived_context(self.caller))
            if self.caller.account is not None and self.caller.is_iam and self.service in ("kms", None):
                own = (self.caller.account,)
                derived["kms:calleraccount"] = (
                    own if self.service else OpenValue(ACTION, candidates=(own, None))
                )
        else:
            derived.update(_OF_AN_OPEN_CALLER)
            if self.service not in ("kms", None):
                del derived["kms:calleraccount"]
            elif self.service is None:
                derived["kms:calleraccount"] = OpenValue(PRINCIPAL | ACTION)
            if account is None:
                derived["aws:resourceaccount"] = OpenValue(PRINCIPAL)
        if isinstance(account, str):
            derived["aws:resourceaccount"] = (account,)
        elif account is not None:
            derived["aws:resourceaccount"] = OpenValue(account.on)
        derived.update(_chain(given.get("aws:calledvia", ())))
        return derived

    def _is_supplied(self, key: str) -> Truth:
        if self._supplies is None:
            return True
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._ask(self._supplies, key)
        return answer

    def _ask(self, supplies: Supplies, key: str) -> Truth:
        request = self.request
        if isinstance(request, Request):
            return supplies(request, key)
        if self.action is None:
            return Turns(ACTION)
        action, context = self.action, self.known
        principals = (_SOMEBODY, _SOME_SERVICE) if self.caller is None else (self.caller.name,)
        resources = ("*", _NO_RESOURCE) if self.resource is None else (self.resource,)

        def by_principal(principal: str) -> Truth:
            return agree(
                RESOURCE,
                resources,
                lambda each: supplies(Request(principal, action, each, None, context), key),
            )

        return agree(PRINCIPAL, principals, by_principal)


def _closed(part: str | Open) -> str | None:
    return None if isinstance(part, Open) else part


def _caller(principal: str | None, stated: tuple[str, ...] | OpenValue | None) -> Caller | None:
    if principal is None:
        return None
    if not isinstance(stated, OpenValue):
        return parse_caller(principal, stated[0] if stated else None)
    caller = parse_caller(principal)
    if caller.type is PrincipalType.SESSION:
        msg = (
            f"the aws:PrincipalArn of {principal} is its role's; state it or leave it out, it cannot be open"
        )
        raise PolicyError(msg)
    return caller


def _given(key: str, value: tuple[str, ...] | Open) -> tuple[str, ...] | OpenValue:
    if isinstance(value, Open):
        return OpenValue(frozenset({key}), present=value is Open.PRESENT)
    return tuple(value)


def _account_of(resource: str) -> str | None:
    arn = parse_arn(resource)
    return arn.account or None if arn is not None else None


def _chain(called_via: tuple[str, ...] | OpenValue) -> dict[str, tuple[str, ...] | OpenValue]:
    """What follows from the services that pass a request on."""
    if isinstance(called_via, OpenValue):
        forwarded = (("true",),) if called_via.present else (("true",), ("false",))
        return {
            "aws:viaawsservice": OpenValue(called_via.on, present=True, candidates=forwarded),
            "aws:calledviafirst": called_via,
            "aws:calledvialast": called_via,
        }
    if not called_via:
        return {"aws:viaawsservice": ("false",)}
    return {
        "aws:viaawsservice": ("true",),
        "aws:calledviafirst": called_via[:1],
        "aws:calledvialast": called_via[-1:],
    }


_OF_AN_OPEN_CALLER: Mapping[str, OpenValue] = {
    "aws:principalisawsservice": OpenValue(PRINCIPAL, present=True, candidates=(("true",), ("false",))),
    **{
        key: OpenValue(PRINCIPAL)
        for key in (
            _ARN,
            "aws:principalaccount",
            "aws:principaltype",
            "aws:principalservicename",
            "aws:principalservicenameslist",
            "aws:username",
            "kms:calleraccount",
        )
    },
}
