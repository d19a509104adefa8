"""A report in a bucket."""

from __future__ import annotations

import re

from bedrock_cmk_guard.publish.aws import PublishError, Service

_PLACE = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)", re.DOTALL)


def put_object(
    place: str, text: str, media_type: str, *, key: str | None = None, region: str | None = None
) -> None:
    """Write text to ``s3://BUCKET/KEY``.

    Args:
        place: where.
        text: what.
        media_type: what it is.
        key: the KMS key that it is to lie under; the bucket's own default if it is not given.
        region: the bucket's Region, where it is not the configuration's.

    Raises:
        PublishError: the place is none, or S3 refuses.

    """
    bucket, name = split(place)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    service = Service("s3", f"S3 ({place})", region)
    service.call(
        "put_object",
        Bucket=bucket,
        Key=name,
        Body=text.encode("utf-8", "backslashreplace"),
        ContentType=media_type,
        ChecksumAlgorithm="SHA256",
        **encryption,
    )


def split(place: str) -> tuple[str, str]:
    """The bucket and the key of a place."""
    found = _PLACE.fullmatch(place)
    if found is None or place.endswith("/"):
        raise PublishError(f"{place}: give a bucket and a key, such as s3://my-bucket/audits/report.html")
    return found[1], found[2]
