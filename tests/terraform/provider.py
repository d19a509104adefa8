"""A stand-in for the `hashicorp/aws` provider: the real schema, invented answers, nothing sent to AWS.

Terraform itself validates, plans, applies and keeps state; this server only answers plugin protocol 6 over a
unix socket, without TLS or handshake, to which TF_REATTACH_PROVIDERS points. So `init` asks no registry.

It knows the shape of every argument, the rules in `aws_rules` and which changes replace a resource. It does
not know whether AWS would accept a policy's content. All aliases of one root share it, so in a run with two
accounts or Regions every answer has those of the default caller (or of the resource's `region`), and a
provider's `default_tags` do not show in `tags_all`.
"""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self, TypeAlias

import grpc

from tests.terraform import tfplugin6_pb2 as pb
from tests.terraform.aws_rules import FORCE_NEW, problems
from tests.terraform.aws_values import DEFAULTS, Caller, data_values, resource_values
from tests.terraform.schema import Block, ProviderSchema
from tests.terraform.values import (
    Values,
    conformed,
    decode,
    encode,
    is_unknown,
    known,
    with_unknowns,
    without_unknowns,
)

ADDRESSES = ("registry.terraform.io/hashicorp/aws", "registry.opentofu.org/hashicorp/aws")
_SERVICE = "tfplugin6.Provider"
_UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]

Path_: TypeAlias = "tuple[str | int, ...]"
Answer: TypeAlias = "Callable[[Any], Message]"


class Message(Protocol):
    """A protobuf message."""

    @classmethod
    def FromString(cls, data: bytes) -> Self: ...

    def SerializeToString(self) -> bytes: ...


@dataclass(frozen=True)
class Applied:
    """One change as the provider received it: the new state, or on delete the old one."""

    action: Literal["create", "update", "delete"]
    type: str
    values: Values


@dataclass
class Log:
    """What a run of Terraform did to the provider. Clear it before a run."""

    applied: list[Applied] = field(default_factory=list)
    configured: list[Values] = field(default_factory=list)

    def clear(self) -> None:
        self.applied.clear()
        self.configured.clear()

    def caller(self) -> Caller:
        """Account and Region of the run's provider blocks, where they agree; otherwise the defaults."""
        default = Caller()
        return Caller(
            account=_agreed((_account(block) for block in self.configured), default.account),
            region=_agreed((known(block).get("region") for block in self.configured), default.region),
        )


def _agreed(values: Iterator[Any], default: str) -> str:
    distinct = {value for value in values if value is not None}
    return str(distinct.pop()) if len(distinct) == 1 else default


def _account(block: Values) -> str | None:
    allowed = known(block).get("allowed_account_ids", [])
    if len(allowed) == 1:
        return str(allowed[0])
    roles = [item.get("role_arn") for item in known(block).get("assume_role", [])]
    return roles[0].split(":")[4] if roles and isinstance(roles[0], str) else None


def _schema_message(block: Block) -> pb.Schema:
    return pb.Schema(version=0, block=_block_message(block))


def _block_message(block: Block) -> pb.Schema.Block:
    message = pb.Schema.Block()
    for name, attribute in block.attributes.items():
        message.attributes.add(
            name=name,
            type=json.dumps(attribute.type).encode(),
            required=attribute.required,
            optional=attribute.optional,
            computed=attribute.computed,
        )
    for name, nested in block.blocks.items():
        message.block_types.add(
            type_name=name,
            block=_block_message(nested.block),
            nesting=pb.Schema.NestedBlock.NestingMode.Value(nested.nesting.upper()),
            min_items=nested.min_items,
            max_items=nested.max_items,
        )
    return message


def _diagnostic(summary: str, detail: str, path: Path_) -> pb.Diagnostic:
    steps = [
        pb.AttributePath.Step(element_key_int=step)
        if isinstance(step, int)
        else pb.AttributePath.Step(attribute_name=step)
        for step in path
    ]
    return pb.Diagnostic(
        severity=pb.Diagnostic.ERROR,
        summary=summary,
        detail=detail,
        attribute=pb.AttributePath(steps=steps),
    )


def _read_only_set(block: Block, values: Values, path: Path_ = ()) -> Iterator[pb.Diagnostic]:
    """The one schema rule Terraform leaves to the provider: no value for what only the provider decides."""
    for name, attribute in block.attributes.items():
        if attribute.read_only and values.get(name) is not None:
            detail = f"{name!r} is decided by the provider and cannot be set."
            yield _diagnostic("Value for read-only attribute", detail, (*path, name))
    for name, nested in block.blocks.items():
        items = values.get(name)
        for index, item in enumerate(items if isinstance(items, list) else []):
            yield from _read_only_set(nested.block, item, (*path, name, index))


class StandIn:
    """Answers one schema's resources. `serve` puts it on a socket."""

    def __init__(self, schema: ProviderSchema) -> None:
        self.schema = schema
        self.log = Log()
        self._serial = itertools.count(1)

    def get_provider_schema(self, request: pb.Empty) -> pb.GetProviderSchemaResponse:
        del request
        response = pb.GetProviderSchemaResponse(provider=_schema_message(self.schema.provider))
        for name, block in self.schema.resources.items():
            response.resource_schemas[name].CopyFrom(_schema_message(block))
        for name, block in self.schema.data_sources.items():
            response.data_source_schemas[name].CopyFrom(_schema_message(block))
        return response

    def validate_provider(
        self, request: pb.ValidateProviderConfigRequest
    ) -> pb.ValidateProviderConfigResponse:
        del request
        return pb.ValidateProviderConfigResponse()

    def configure(self, request: pb.ConfigureProviderRequest) -> pb.DiagnosticsResponse:
        self.log.configured.append(decode(request.config) or {})
        return pb.DiagnosticsResponse()

    def validate_resource(self, request: pb.ValidateConfigRequest) -> pb.DiagnosticsResponse:
        values = decode(request.config)
        found = list(_read_only_set(self.schema.resources[request.type_name], values))
        found += [
            _diagnostic(problem.summary, problem.detail, (problem.attribute,))
            for problem in problems(request.type_name, known(values))
        ]
        return pb.DiagnosticsResponse(diagnostics=found)

    def validate_data(self, request: pb.ValidateConfigRequest) -> pb.DiagnosticsResponse:
        found = _read_only_set(self.schema.data_sources[request.type_name], decode(request.config))
        return pb.DiagnosticsResponse(diagnostics=list(found))

    def upgrade(self, request: pb.UpgradeResourceStateRequest) -> pb.UpgradeResourceStateResponse:
        stored = json.loads(request.raw_state.json or b"null")
        state = conformed(self.schema.resources[request.type_name], stored)
        return pb.UpgradeResourceStateResponse(upgraded_state=encode(state))

    def read(self, request: pb.ReadResourceRequest) -> pb.ReadResourceResponse:
        return pb.ReadResourceResponse(new_state=request.current_state)

    def plan(self, request: pb.PlanResourceChangeRequest) -> pb.PlanResourceChangeResponse:
        proposed, prior = decode(request.proposed_new_state), decode(request.prior_state)
        if proposed is None:
            return pb.PlanResourceChangeResponse(planned_state=encode(None), legacy_type_system=True)
        block = self.schema.resources[request.type_name]
        planned = self._with_defaults(request.type_name, block, proposed)
        if prior is None:
            planned = with_unknowns(block, planned)
        return pb.PlanResourceChangeResponse(
            planned_state=encode(planned),
            requires_replace=[
                pb.AttributePath(steps=[pb.AttributePath.Step(attribute_name=name)])
                for name in sorted(FORCE_NEW.get(request.type_name, ()))
                if prior is not None and name in block.attributes and planned[name] != prior[name]
            ],
            legacy_type_system=True,
        )

    def _with_defaults(self, resource_type: str, block: Block, proposed: Values) -> Values:
        planned = dict(proposed)
        for name, default in DEFAULTS.get(resource_type, {}).items():
            if name in block.attributes and planned.get(name) is None:
                planned[name] = default
        if "tags_all" in block.attributes:
            planned["tags_all"] = planned.get("tags") or {}
        return planned

    def apply(self, request: pb.ApplyResourceChangeRequest) -> pb.ApplyResourceChangeResponse:
        planned, prior = decode(request.planned_state), decode(request.prior_state)
        if planned is None:
            self.log.applied.append(Applied("delete", request.type_name, prior))
            return pb.ApplyResourceChangeResponse(new_state=encode(None), legacy_type_system=True)
        block = self.schema.resources[request.type_name]
        seed = f"{request.type_name}:{next(self._serial)}"
        answered = resource_values(request.type_name, known(planned), self.log.caller(), seed)
        filled = {
            name: answered[name] if is_unknown(value) and name in answered else value
            for name, value in planned.items()
        }
        state = without_unknowns(block, filled, request.type_name)
        self.log.applied.append(Applied("create" if prior is None else "update", request.type_name, state))
        return pb.ApplyResourceChangeResponse(new_state=encode(state), legacy_type_system=True)

    def read_data(self, request: pb.ReadDataSourceRequest) -> pb.ReadDataSourceResponse:
        block = self.schema.data_sources[request.type_name]
        config = decode(request.config)
        answered = data_values(request.type_name, known(config), self.log.caller())
        values = {name: answered.get(name) if value is None else value for name, value in config.items()}
        state = without_unknowns(block, with_unknowns(block, values), request.type_name)
        return pb.ReadDataSourceResponse(state=encode(state))

    def answers(self) -> Mapping[str, tuple[type[Message], Answer]]:
        return {
            "GetProviderSchema": (pb.Empty, self.get_provider_schema),
            "ValidateProviderConfig": (pb.ValidateProviderConfigRequest, self.validate_provider),
            "ConfigureProvider": (pb.ConfigureProviderRequest, self.configure),
            "ValidateResourceConfig": (pb.ValidateConfigRequest, self.validate_resource),
            "ValidateDataResourceConfig": (pb.ValidateConfigRequest, self.validate_data),
            "UpgradeResourceState": (pb.UpgradeResourceStateRequest, self.upgrade),
            "ReadResource": (pb.ReadResourceRequest, self.read),
            "PlanResourceChange": (pb.PlanResourceChangeRequest, self.plan),
            "ApplyResourceChange": (pb.ApplyResourceChangeRequest, self.apply),
            "ReadDataSource": (pb.ReadDataSourceRequest, self.read_data),
            "GetFunctions": (pb.Empty, lambda _: pb.Empty()),
            "StopProvider": (pb.Empty, lambda _: pb.Empty()),
        }


class Served:
    """A stand-in on a unix socket, as a context manager. `reattach` is the value of TF_REATTACH_PROVIDERS."""

    def __init__(self, schema: ProviderSchema) -> None:
        self.provider = StandIn(schema)
        self._folder = tempfile.TemporaryDirectory(prefix="tf-aws-")
        self._socket = Path(self._folder.name) / "provider"
        self._server = grpc.server(futures.ThreadPoolExecutor(8), options=_UNLIMITED)
        self._server.add_generic_rpc_handlers((_handlers(self.provider),))
        self._server.add_insecure_port(f"unix:{self._socket}")

    @property
    def reattach(self) -> str:
        address = {"Network": "unix", "String": str(self._socket)}
        entry = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}
        return json.dumps(dict.fromkeys(ADDRESSES, entry))

    def __enter__(self) -> Served:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace
        self._server.stop(grace=None)
        self._folder.cleanup()


def _handlers(provider: StandIn) -> grpc.GenericRpcHandler:
    def handler(request: type[Message], answer: Answer) -> grpc.RpcMethodHandler[Any, Any]:
        return grpc.unary_unary_rpc_method_handler(
            lambda message, _: answer(message),
            request_deserializer=request.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    methods = {name: handler(request, answer) for name, (request, answer) in provider.answers().items()}
    return grpc.method_handlers_generic_handler(_SERVICE, methods)
