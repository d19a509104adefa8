"""Where logs lie: folders and files here, or prefixes in S3, whose files are fetched a few at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.trail.files import Looked, find

S3 = "s3://"


@dataclass(frozen=True, slots=True)
class Logs:
    """The files of some places, and what to do with each when it has been read."""

    files: Iterator[tuple[str, Path]]
    done: Callable[[Path], None] | None


@contextmanager
def opened(places: Sequence[str], looked: Looked) -> Iterator[Logs]:
    """The logs of folders and files, or of S3 prefixes."""
    in_s3 = [place for place in places if place.startswith(S3)]
    if not in_s3:
        yield Logs(find(places, looked), None)
        return
    if len(in_s3) < len(places):
        raise SourceError("logs are read from S3 or from here, not from both at once")
    try:
        from bedrock_cmk_guard.trail.s3 import fetched
    except ImportError:
        raise SourceError(
            "logs in S3 need boto3: pip install 'bedrock-cmk-guard[aws]', or copy them here (aws s3 sync)"
        ) from None
    with tempfile.TemporaryDirectory(prefix="cmk-guard-s3-") as folder:
        yield Logs(fetched(in_s3, Path(folder), looked), Path.unlink)
