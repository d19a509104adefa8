"""The simulated AWS at a port, so that the command runs as people run it: in a process of its own, over HTTP."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import boto3
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from moto.core.models import botocore_stubber

from bedrock_cmk_guard.audit_calls import audit_calls
from examples.audit.service import Bedrock

_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")


@contextmanager
def served(bedrock: Bedrock, session: boto3.Session) -> Iterator[dict[str, str]]:
    """Serve AWS until the end; give the environment in which the AWS CLI, too, would ask it as the session would."""
    handler = type("Handler", (_Handler,), {"bedrock": bedrock})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        credentials = session.get_credentials()
        yield {
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_DEFAULT_REGION": str(session.region_name),
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            **{
                f"AWS_ENDPOINT_URL_{_model(service).service_id.upper().replace(' ', '_')}": (
                    f"http://127.0.0.1:{server.server_port}/{service}"
                )
                for service in {call.service for call in audit_calls()}
            },
        }
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    """Answers as the simulation does, which sees AWS's own addresses."""

    protocol_version = "HTTP/1.1"
    bedrock: Bedrock

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        service, _, rest = self.path.lstrip("/").partition("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = self.headers.get("X-Amz-Target", "")
        operation, parameters = _asked(service, self.command, f"/{rest}", target, body)
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        where = (
            "iam" if service == "iam" else f"{_model(service).endpoint_prefix}.{scope[1] if scope else ''}"
        )
        headers = HeadersDict(dict(self.headers.items()))
        request = AWSPreparedRequest(
            self.command, f"https://{where}.amazonaws.com/{rest}", headers, body, stream_output=False
        )
        event = f"before-send.{_model(service).service_id.hyphenize()}.{operation}"
        self.bedrock._remember(parameters)
        answer = self.bedrock._send(event, request) or botocore_stubber(event, request)
        assert answer is not None, f"neither the simulation nor moto knows {service} {operation}"
        try:
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in (
                    "content-length",
                    "connection",
                    "date",
                    "server",
                    "transfer-encoding",
                ):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)
        except (BrokenPipeError, ConnectionResetError):
            # Who asked was killed in the meantime, as some tests do.
            self.close_connection = True


def _asked(service: str, method: str, path: str, target: str, body: bytes) -> tuple[str, Mapping[str, Any]]:
    """The operation and its parameters, however the service's protocol puts them."""
    if target:
        return target.partition(".")[2], json.loads(body)
    if _model(service).resolved_protocol == "query":
        form = dict(parse_qsl(body.decode()))
        return form.pop("Action"), form
    split = urlsplit(path)
    for operation, verb, pattern, queries in _routes(service):
        found = pattern.fullmatch(split.path)
        if verb == method and found is not None:
            given = {name: unquote(value) for name, value in found.groupdict().items()}
            asked = {queries[name]: value for name, value in parse_qsl(split.query)}
            return operation, {**given, **asked, **(json.loads(body) if body else {})}
    raise AssertionError(f"{service} {method} {path}: no call of the audit looks like that")


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def _routes(service: str) -> list[tuple[str, str, re.Pattern[str], dict[str, str]]]:
    """How each of the audit's operations is asked: its verb, path and the parameters after it."""
    routes = []
    for operation in sorted({call.operation for call in audit_calls() if call.service == service}):
        if operation not in _model(service).operation_names:
            continue
        model = _model(service).operation_model(operation)
        members = model.input_shape.members if model.input_shape is not None else {}
        named = {shape.serialization.get("name", name): name for name, shape in members.items()}
        path = urlsplit(model.http["requestUri"]).path
        for place, name in named.items():
            path = path.replace(f"{{{place}}}", f"(?P<{name}>[^/]+)").replace(
                f"{{{place}+}}", f"(?P<{name}>.+)"
            )
        routes.append((operation, model.http["method"], re.compile(path), named))
    return routes
