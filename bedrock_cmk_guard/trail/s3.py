"""Logs in S3: listed, and fetched some at a time, so that a disk need not hold them all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.trail.files import MAX_BYTES, Looked, Unread, is_log

_AT_ONCE = 16
_AHEAD = 256


def fetched(places: Sequence[str], folder: Path, looked: Looked) -> Iterator[tuple[str, Path]]:
    """The logs below prefixes, each in a file of the folder; what cannot be fetched is noted."""
    fetcher = _Fetcher(folder)
    logs = (
        (f"s3://{bucket}/{key}", bucket, key)
        for bucket, key, size in fetcher.listed(places)
        if _wanted(f"s3://{bucket}/{key}", size, looked)
    )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while some := list(islice(logs, _AHEAD)):
            waiting: list[tuple[str, Future[Path | str]]] = [
                (name, pool.submit(fetcher.fetch, bucket, key, number))
                for number, (name, bucket, key) in enumerate(some)
            ]
            for name, future in waiting:
                found = future.result()
                if isinstance(found, Path):
                    yield name, found
                else:
                    looked.unread.append(Unread(name, found))


class _Fetcher:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self._client = boto3.client("s3")
        except BotoCoreError as problem:
            raise SourceError(f"S3 cannot be asked: {problem}") from None

    def listed(self, places: Sequence[str]) -> Iterator[tuple[str, str, int]]:
        for place in places:
            bucket, _, prefix = place.removeprefix("s3://").partition("/")
            try:
                for page in self._client.get_paginator("list_objects_v2").paginate(
                    Bucket=bucket, Prefix=prefix
                ):
                    for each in page.get("Contents", ()):
                        yield bucket, str(each["Key"]), int(each["Size"])
            except (BotoCoreError, ClientError) as problem:
                raise SourceError(f"{place}: cannot be listed: {problem}") from None

    def fetch(self, bucket: str, key: str, number: int) -> Path | str:
        """The file, or why it could not be fetched."""
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=f"{number}-", delete=False) as file:
            try:
                self._client.download_fileobj(bucket, key, file)
            except (BotoCoreError, ClientError) as problem:
                return str(problem)
        return Path(file.name)


def _wanted(name: str, size: int, looked: Looked) -> bool:
    if name.endswith("/") or not is_log(name, looked):
        return False
    if size > MAX_BYTES:
        looked.unread.append(Unread(name, f"it is larger than {MAX_BYTES // 1024**2} MB, which no log is"))
        return False
    return True
