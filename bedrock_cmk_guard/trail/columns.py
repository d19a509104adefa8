"""The table of the logs: its columns as Athena has them, and how DuckDB makes them of a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

Fields = Mapping[str, "str | Fields"]

_ISSUER: Fields = {
    "type": "string",
    "principalId": "string",
    "arn": "string",
    "accountId": "string",
    "userName": "string",
}
_IDENTITY: Fields = {
    "type": "string",
    "principalId": "string",
    "arn": "string",
    "accountId": "string",
    "invokedBy": "string",
    "accessKeyId": "string",
    "userName": "string",
    "sessionContext": {
        "attributes": {"mfaAuthenticated": "string", "creationDate": "string"},
        "sessionIssuer": _ISSUER,
    },
}
_RESOURCE: Fields = {"ARN": "string", "accountId": "string", "type": "string"}
_TEXTS_OF_JSON = ("requestParameters", "responseElements")

#: Every column, in the order of the table, as CloudTrail writes it: DuckDB reads JSON by case, SQL's names have none.
COLUMNS: Mapping[str, str | Fields] = {
    "eventVersion": "string",
    "userIdentity": _IDENTITY,
    "eventTime": "string",
    "eventSource": "string",
    "eventName": "string",
    "awsRegion": "string",
    "sourceIPAddress": "string",
    "userAgent": "string",
    "errorCode": "string",
    "errorMessage": "string",
    "requestParameters": "string",
    "responseElements": "string",
    "requestID": "string",
    "eventID": "string",
    "readOnly": "string",
    "resources": "array",
    "eventType": "string",
    "recipientAccountId": "string",
    "sharedEventID": "string",
    "vpcEndpointId": "string",
}
DERIVED_DAY = "replace(substr(r.eventTime, 1, 10), '-', '/')"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and type, in Athena and in DuckDB, and what DuckDB makes it of."""

    name: str
    athena: str
    duckdb: str

    @property
    def chosen(self) -> str:
        """The column, of a record ``r``."""
        field = f'r."{self.name}"'
        return f"nullif({field}, 'null')" if self.name in _TEXTS_OF_JSON else field


def _hive(kind: str | Fields, lower: bool = True) -> str:
    """A type as Athena and Spark write it; Athena's names are in lower case."""
    if kind == "array":
        return f"array<{_hive(_RESOURCE, lower)}>"
    if isinstance(kind, str):
        return kind
    members = (f"{name.lower() if lower else name}:{_hive(each, lower)}" for name, each in kind.items())
    return f"struct<{','.join(members)}>"


def _duckdb(kind: str | Fields) -> str:
    if kind == "array":
        return f"{_duckdb(_RESOURCE)}[]"
    if isinstance(kind, str):
        return "VARCHAR"
    members = (f'"{name}" {_duckdb(each)}' for name, each in kind.items())
    return f"STRUCT({', '.join(members)})"


TABLE_COLUMNS = tuple(Column(name, _hive(kind), _duckdb(kind)) for name, kind in COLUMNS.items())


def record_shape() -> str:
    """A record as DuckDB takes it apart, in JSON; what a request or response holds stays JSON."""
    texts = dict.fromkeys(_TEXTS_OF_JSON, "JSON")
    return json.dumps({name: texts.get(name) or _shape(kind) for name, kind in COLUMNS.items()})


def _shape(kind: str | Fields) -> object:
    if kind == "array":
        return [_shape(_RESOURCE)]
    return "VARCHAR" if isinstance(kind, str) else {name: _shape(each) for name, each in kind.items()}


def spark_schema() -> str:
    """A record as Spark reads it, by the names that JSON has; what a request or response holds stays text."""
    return _hive(COLUMNS, lower=False)
