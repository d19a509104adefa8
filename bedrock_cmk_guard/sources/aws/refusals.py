"""Why something was not read: every way in which a call to AWS goes wrong, as one kind of error with a sentence."""

from __future__ import annotations

from enum import StrEnum

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    PaginationError,
    ReadTimeoutError,
)


class Refusal(StrEnum):
    """What kind of refusal it was, as far as it makes a difference to what is done next."""

    GONE = "gone"
    """It is not there (any more)."""
    DENIED = "denied"
    THROTTLED = "throttled"
    CREDENTIALS = "credentials"
    """They have expired: no further call with them can succeed."""
    NOT_HERE = "not here"
    """They do not hold in this Region, as in one that the account has not enabled: no call there can succeed."""
    UNREACHABLE = "unreachable"
    """Nothing answers at the service's endpoint in this Region."""
    NO_ENDPOINT = "no endpoint"
    """The endpoint's name does not exist."""
    UNKNOWN_TO_BOTO3 = "unknown to boto3"
    STOPPED = "stopped"
    """The audit was broken off first."""
    OTHER = "other"


FATAL = frozenset(
    {Refusal.CREDENTIALS, Refusal.NOT_HERE, Refusal.STOPPED, Refusal.UNREACHABLE, Refusal.NO_ENDPOINT}
)
"""With these no further call of the same kind can succeed."""


class NotRead(Exception):  # noqa: N818 - it is an outcome that every reader expects
    """A call that gave no answer."""

    def __init__(self, kind: Refusal, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


_GONE = frozenset({"ResourceNotFoundException", "NotFoundException", "NoSuchEntity", "NoSuchEntityException"})
_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"}
    | {"RequestLimitExceeded", "LimitExceededException", "SlowDown"}
)
_CREDENTIALS = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidToken"})
# What good credentials get in a Region that must be enabled first, and was not; bad ones get it everywhere.
# https://github.com/boto/boto3/issues/2065
_NOT_HERE = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
# What boto3's errors are called where it has no credentials (any more) to call with.
_OF_CREDENTIALS = ("Credential", "Login", "SSO", "Token")
_LONGEST = 300


def refusal(operation: str, problem: BotoCoreError | ClientError) -> NotRead:
    """What a failed call comes to."""
    if isinstance(problem, ClientError):
        return _answered(operation, problem)
    if isinstance(problem, PaginationError):
        return NotRead(Refusal.OTHER, f"{operation} gives the same page again and again")
    if isinstance(problem, EndpointConnectionError):
        named = type(problem.kwargs.get("error")).__name__ in ("NameResolutionError", "gaierror")
        kind = Refusal.NO_ENDPOINT if named else Refusal.UNREACHABLE
        what = "has no endpoint by that name" if named else "cannot be reached"
        return NotRead(kind, f"{problem.kwargs.get('endpoint_url', operation)} {what}")
    if isinstance(problem, ConnectTimeoutError | ReadTimeoutError):
        return NotRead(Refusal.UNREACHABLE, f"{operation} did not answer in time")
    name = type(problem).__name__
    kind = Refusal.CREDENTIALS if any(each in name for each in _OF_CREDENTIALS) else Refusal.OTHER
    return NotRead(kind, f"{operation}: {_line(str(problem) or name)}")


def _answered(operation: str, problem: ClientError) -> NotRead:
    error = problem.response.get("Error", {})
    code = str(error.get("Code", ""))
    said = _line(str(error.get("Message", "")))
    if code in _GONE:
        return NotRead(Refusal.GONE, f"{operation}: {code}: {said}")
    if code in _CREDENTIALS:
        return NotRead(Refusal.CREDENTIALS, f"the credentials do not hold: {code}: {said}")
    if code in _NOT_HERE:
        why = "the account has not enabled this Region, or the credentials do not hold"
        return NotRead(Refusal.NOT_HERE, f"{why}: {code}: {said}")
    if code in _THROTTLED:
        return NotRead(Refusal.THROTTLED, f"{operation} was throttled every time it was tried: {code}")
    if code in _DENIED:
        return NotRead(Refusal.DENIED, f"{operation} was refused: {code}: {said}")
    return NotRead(Refusal.OTHER, f"{operation} failed: {code}: {said}")


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
