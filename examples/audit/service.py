"""Bedrock's services in this process: they answer from what is put into them, in the form that boto3's models demand.

moto stands in for KMS, IAM, STS and Organizations; of Bedrock it knows too little for an audit (no versions, aliases,
sessions, flows, guardrails or newer parts of AgentCore). This answers the reads of every surface of the catalogue.
An answer that boto3's own model of the operation would not allow is an AssertionError, so that nothing is tested
against a form that AWS does not have.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.handlers
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator
from moto.core.botocore_stubber import BotocoreStubber
from moto.iam.models import get_account_id_from

from bedrock_cmk_guard.audit_calls import calls_of
from bedrock_cmk_guard.surfaces import catalogue

PAGE = 25
_REGION = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.")
_ACCESS_KEY = re.compile(r"Credential=([^/]+)/")


@dataclass(frozen=True)
class Asked:
    """A call, as it comes over the wire."""

    account: str
    region: str
    service: str
    operation: str
    parameters: Mapping[str, Any]


class Refused(Exception):  # noqa: N818 - it is what a service says
    """The answer is an error."""

    def __init__(self, code: str, message: str = "no", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass
class Kept:
    """A resource: its members as AWS would show them, and what belongs to it."""

    surface: str
    data: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)
    aliases: list[dict[str, Any]] = field(default_factory=list)


class Bedrock:
    """The services. ``fault`` may raise for any call, or return nothing; it sees calls to moto's services, too."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], list[Kept]] = {}
        self.calls: Counter[tuple[str, str]] = Counter()
        self.fault: Callable[[Asked], None] = lambda asked: None
        self.page = PAGE
        self._parameters = threading.local()
        self._services = _services()

    def add(self, account: str, region: str, kept: Kept) -> Kept:
        """Put a resource into an account's Region."""
        self.kept.setdefault((account, region), []).append(kept)
        return kept

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Answer, for every boto3 session that is made from now on."""
        handlers = botocore.handlers.BUILTIN_HANDLERS
        # Every handler is called, and moto's raises where it knows no answer: ours stands in front of it.
        place = next(n for n, each in enumerate(handlers) if isinstance(each[1], BotocoreStubber))
        moto = handlers[place]
        remember = ("before-parameter-build", self._remember)
        handlers[place] = ("before-send", self._before(moto[1]))
        handlers.append(remember)
        try:
            yield
        finally:
            handlers[place] = moto
            handlers.remove(remember)

    def _before(self, moto: Callable[..., AWSResponse | None]) -> Callable[..., AWSResponse | None]:
        def send(event_name: str, request: AWSPreparedRequest, **given: object) -> AWSResponse | None:
            return self._send(event_name, request) or moto(event_name, request, **given)

        return send

    def _remember(self, params: Mapping[str, Any], **_: object) -> None:
        self._parameters.given = dict(params)

    def _send(self, event_name: str, request: AWSPreparedRequest) -> AWSResponse | None:
        _, service, operation = event_name.split(".")
        header = request.headers.get("Authorization", b"")
        signed = _ACCESS_KEY.search(header.decode() if isinstance(header, bytes) else header)
        account = get_account_id_from(signed[1]) if signed else ""
        region = _REGION.search(request.url)
        name = self._services.get(service, service)
        asked = Asked(account, region[1] if region else "", name, operation, self._parameters.given)
        self.calls[name, operation] += 1
        try:
            self.fault(asked)
            if service not in self._services:
                return None
            answer = self.answer(asked)
        except Refused as refused:
            headers = {"x-amzn-errortype": refused.code}
            # Query services (IAM, STS) write their errors as XML.
            body = json.dumps({"message": str(refused), "Message": str(refused), "__type": refused.code})
            if service in ("iam", "sts"):
                body = (
                    f"<ErrorResponse><Error><Code>{refused.code}</Code><Message>{refused}</Message></Error>"
                    "<RequestId>1</RequestId></ErrorResponse>"
                )
            return _response(request.url, refused.status, headers, body)
        return _response(request.url, 200, {}, json.dumps(answer, default=_text))

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Answer one call."""
        model = _model(asked.service).operation_model(asked.operation)
        here = self.kept.get((asked.account, asked.region), [])
        if asked.operation == "ListTagsForResource":
            (arn,) = asked.parameters.values()
            answer = self._tags(model, here, arn)
        elif asked.operation.startswith("List"):
            answer = self._list(model, here, asked)
        else:
            answer = self._get(model, here, asked)
        report = ParamValidator().validate(answer, model.output_shape)
        if report.has_errors():
            raise AssertionError(f"{asked.operation} does not answer like that: {report.generate_report()}")
        return answer

    def _list(self, model: OperationModel, here: list[Kept], asked: Asked) -> dict[str, Any]:
        member, shape = next(
            (name, shape) for name, shape in model.output_shape.members.items() if shape.type_name == "list"
        )
        ids = {
            value for name, value in asked.parameters.items() if name in model.input_shape.required_members
        }
        found: list[dict[str, Any]] = []
        for kept in here:
            calls = calls_of(catalogue().surfaces[kept.surface])
            if calls is None or not ids <= _ids(kept.data):
                continue
            for call, items in (
                (calls.list, [kept.data]),
                (calls.list_versions, kept.versions),
                (calls.list_aliases, kept.aliases),
            ):
                if call is not None and (call.service, call.operation) == (asked.service, asked.operation):
                    found += items
        start = int(asked.parameters.get("nextToken") or 0)
        size = min(self.page, int(asked.parameters.get("maxResults") or self.page))
        items = [_of_shape(each, shape.member) for each in found[start : start + size]]
        # Where a list has at least one item by the model, an empty one is left out.
        answer: dict[str, Any] = {member: items} if items or not shape.metadata.get("min") else {}
        if start + size < len(found):
            answer["nextToken"] = str(start + size)
        return answer

    def _get(self, model: OperationModel, here: list[Kept], asked: Asked) -> dict[str, Any]:
        for kept in here:
            calls = calls_of(catalogue().surfaces[kept.surface])
            if calls is None:
                continue
            if calls.get is not None and calls.get.operation == asked.operation:
                if set(asked.parameters.values()) <= _ids(kept.data):
                    return _wrapped(kept.data, model.output_shape)
            elif calls.get_version is not None and calls.get_version.operation == asked.operation:
                for version in kept.versions:
                    if set(asked.parameters.values()) <= _ids({**kept.data, **version}):
                        return _wrapped(version, model.output_shape)
        raise Refused("ResourceNotFoundException", f"{asked.operation}: not found", 404)

    def _tags(self, model: OperationModel, here: list[Kept], arn: str) -> dict[str, Any]:
        kept = next((each for each in here if arn in _ids(each.data)), None)
        if kept is None:
            raise Refused("ResourceNotFoundException", f"{arn} is not here", 404)
        if model.output_shape.members["tags"].type_name == "map":
            return {"tags": dict(kept.tags)}
        return {"tags": [{"key": name, "value": value} for name, value in kept.tags.items()]}


@cache
def _loader() -> Any:
    """boto3's models, which take a while to load: once."""
    return botocore.session.get_session()


@cache
def _model(service: str) -> Any:
    return _loader().get_service_model(service)


@cache
def _services() -> Mapping[str, str]:
    """The services of the catalogue, by the name that events have for them."""
    named = {surface.service for surface in catalogue().surfaces.values()}
    return {_model(service).service_id.hyphenize(): service for service in named}


def _ids(data: Mapping[str, Any]) -> set[str]:
    return {value for value in data.values() if isinstance(value, str)}


def _of_shape(data: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name in shape.members}


def _wrapped(data: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """A resource as its look-up shows it: within the one member of the answer, where there is one only."""
    if len(shape.members) == 1:
        ((name, inner),) = shape.members.items()
        return {name: _of_shape(data, inner)}
    return _of_shape(data, shape)


class _Raw(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        """Give the body, as urllib3 would."""
        yield self.read()


def _response(url: str, status: int, headers: dict[str, str], body: str) -> AWSResponse:
    return AWSResponse(url, status, headers, _Raw(body.encode()))


def _text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
