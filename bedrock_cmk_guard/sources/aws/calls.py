"""The one way to AWS: a call that is on the audit's list, at a rate that leaves room, answered or not read and why."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, UnknownServiceError

from bedrock_cmk_guard.audit_calls import audit_calls
from bedrock_cmk_guard.sources.aws.answers import Answer, text
from bedrock_cmk_guard.sources.aws.limits import Limiter
from bedrock_cmk_guard.sources.aws.refusals import NotRead, Refusal, refusal

if TYPE_CHECKING:
    import boto3
    from botocore.client import BaseClient
    from botocore.model import OperationModel

# How an answer names what its next page is asked by, and how the request names that.
_TOKENS = {"nextToken": "nextToken", "NextToken": "NextToken", "NextMarker": "Marker", "Marker": "Marker"}
_GLOBAL = frozenset({"iam", "organizations"})
_SILENT = 2
"""Where so many services do not answer, and nothing ever did, no more are tried."""
_ALLOWED = {(call.service, call.operation) for call in audit_calls()}


def configured(attempts: int, connect_seconds: float, read_seconds: float, connections: int) -> Config:
    """How boto3 calls: tries again, more slowly the more it is throttled, and waits for nobody forever."""
    return Config(
        retries={"mode": "adaptive", "total_max_attempts": attempts},
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        max_pool_connections=connections,
        user_agent_extra="bedrock-cmk-guard-audit",
    )


class Shared:
    """What all accounts of an audit share: the rates, the count of calls, and which endpoints are dead."""

    def __init__(self, limiter: Limiter, config: Config) -> None:
        self.limiter = limiter
        self.config = config
        self.calls: Counter[tuple[str, str]] = Counter()
        """How many calls were made, by service and operation."""
        self.stop = threading.Event()
        self.making = threading.Lock()
        """Making a client is not safe in several threads; sessions may share what they load."""
        self._dead: dict[tuple[str, str], NotRead] = {}
        self._answering: set[str] = set()
        """The Regions from which there was an answer, a refusal included."""
        self._lock = threading.Lock()

    def count(self, service: str, operation: str) -> None:
        """A call was made."""
        with self._lock:
            self.calls[service, operation] += 1

    def is_dead(self, service: str, region: str) -> NotRead | None:
        """Why an endpoint is not tried any more: nothing answers there, or nowhere in its Region as far as is known."""
        why = self._dead.get((service, region))
        if why is not None or region in self._answering:
            return why
        with self._lock:
            silent = [
                why
                for (_, place), why in self._dead.items()
                if place == region and why.kind is Refusal.UNREACHABLE
            ]
        return silent[0] if len(silent) >= _SILENT else None

    def answers(self, region: str) -> None:
        """Something in a Region answers."""
        self._answering.add(region)

    def dies(self, service: str, region: str, why: NotRead) -> None:
        """Do not try an endpoint again: each try takes as long as a time-out."""
        with self._lock:
            self._dead[service, region] = why


class Account:
    """An account, and the session through which it is read."""

    def __init__(self, account: str, session: boto3.Session, shared: Shared) -> None:
        self.id = account
        self.shared = shared
        self._session = session
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._fallen: dict[str, NotRead] = {}
        """Why no further call can succeed, by Region; in every Region where none is named."""

    def call(self, service: str, operation: str, region: str, **parameters: object) -> Answer:
        """Make a call.

        Raises:
            NotRead: it gave no answer, for whatever reason.

        """
        if (service, operation) not in _ALLOWED:
            raise AssertionError(f"{service} {operation} is not on the audit's list of calls")
        if self.shared.stop.is_set():
            raise NotRead(Refusal.STOPPED, "the audit was broken off before it was read")
        place = "" if service in _GLOBAL else region
        why = self._fallen.get("") or self._fallen.get(place) or self.shared.is_dead(service, place)
        if why is not None:
            raise why
        client = self._client(service, region)
        method: Callable[..., Answer] = getattr(client, _method(client, operation))
        self.shared.limiter.wait(self.id, region, service, operation)
        self.shared.count(service, operation)
        try:
            answer = method(**parameters)
        except NotRead as problem:
            # The role's credentials had run out, and new ones were not to be had.
            if problem.kind not in (Refusal.DENIED, Refusal.CREDENTIALS):
                raise
            found = NotRead(Refusal.CREDENTIALS, f"the credentials have run out, and {problem.reason}")
        except (BotoCoreError, ClientError) as problem:
            found = refusal(operation, problem)
            if isinstance(problem, ClientError):
                self.shared.answers(place)
        else:
            self.shared.answers(place)
            return answer
        if found.kind is Refusal.CREDENTIALS:
            self._fallen[""] = found
        elif found.kind is Refusal.NOT_HERE:
            self._fallen[place] = found
        elif found.kind in (Refusal.UNREACHABLE, Refusal.NO_ENDPOINT):
            self.shared.dies(service, place, found)
        raise found

    def pages(self, service: str, operation: str, region: str, **parameters: object) -> Iterator[Answer]:
        """Make a call that may answer on several pages.

        Raises:
            NotRead: a page gave no answer, or came again and again.

        """
        given: dict[str, object] = dict(parameters)
        seen: set[str] = set()
        while True:
            page = self.call(service, operation, region, **given)
            yield page
            name = next((each for each in _TOKENS if page.get(each)), "")
            if not name:
                return
            token = text(page, name)
            if not token or token in seen:
                raise NotRead(Refusal.OTHER, f"{operation} gives the same page again and again")
            seen.add(token)
            given[_TOKENS[name]] = token

    def model(self, service: str, operation: str, region: str) -> OperationModel:
        """What the installed boto3 knows of an operation."""
        client = self._client(service, region)
        if operation not in client.meta.service_model.operation_names:
            raise NotRead(
                Refusal.UNKNOWN_TO_BOTO3, f"the installed boto3 does not know {service} {operation}"
            )
        return client.meta.service_model.operation_model(operation)

    def endpoint(self, service: str, region: str) -> str:
        """The address at which a service is asked."""
        return str(self._client(service, region).meta.endpoint_url)

    def close(self) -> None:
        """Let the connections go."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _client(self, service: str, region: str) -> BaseClient:
        place = (service, "" if service in _GLOBAL else region)
        found = self._clients.get(place)
        if found is not None:
            return found
        try:
            with self.shared.making:
                if place not in self._clients:
                    self._clients[place] = self._session.client(
                        service, region_name=region, config=self.shared.config
                    )
            return self._clients[place]
        except UnknownServiceError:
            why = f"the installed boto3 does not know the service {service}"
            raise NotRead(Refusal.UNKNOWN_TO_BOTO3, why) from None
        except (BotoCoreError, ClientError, ValueError) as problem:
            raise NotRead(Refusal.OTHER, f"{service} in {region}: {' '.join(str(problem).split())}") from None


def _method(client: BaseClient, operation: str) -> str:
    for method, name in client.meta.method_to_api_mapping.items():
        if name == operation:
            return str(method)
    service = client.meta.service_model.service_name
    raise NotRead(Refusal.UNKNOWN_TO_BOTO3, f"the installed boto3 does not know {service} {operation}")


def who(account: Account, region: str) -> tuple[str, str]:
    """The account that a session is of, and its partition.

    Raises:
        NotRead: it cannot be told.

    """
    answer = account.call("sts", "GetCallerIdentity", region)
    return text(answer, "Account"), text(answer, "Arn").partition(":")[2].partition(":")[0] or "aws"
