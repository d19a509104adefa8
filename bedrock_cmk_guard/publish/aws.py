"""A service of AWS's that is written to, and how it is said when it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import Json

_ATTEMPTS = 8


class PublishError(GuardError):
    """Something could not be published."""


class Service:
    """A service in a Region; throttled calls are made again, ever more slowly."""

    def __init__(self, name: str, title: str, region: str | None = None) -> None:
        try:
            import boto3
            from botocore.config import Config
        except ModuleNotFoundError:
            raise PublishError(
                f"{title}: publishing needs boto3: pip install 'bedrock-cmk-guard[aws]'"
            ) from None
        self.title = title
        retries = {"mode": "adaptive", "total_max_attempts": _ATTEMPTS}
        with self._refusals("connect"):
            session = boto3.session.Session(region_name=region)
            self._client = session.client(name, config=Config(retries=retries))

    @property
    def region(self) -> str:
        """The Region that is written to."""
        return str(self._client.meta.region_name)

    @property
    def partition(self) -> str:
        """The partition that is written to."""
        return str(self._client.meta.partition)

    def call(self, operation: str, **arguments: object) -> Mapping[str, Json]:
        """Make a call, by the name that boto3 has for it."""
        with self._refusals(operation):
            answer: Mapping[str, Json] = getattr(self._client, operation)(**arguments)
        return answer

    @contextmanager
    def _refusals(self, operation: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as problem:
            raise PublishError(
                f"{self.title}: {operation} failed: {' '.join(str(problem).split())}"
            ) from None
