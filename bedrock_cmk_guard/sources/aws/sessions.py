"""The way into each account: the session that was given for its own, and one role assumed in every other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError
from botocore.session import get_session

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.aws.answers import part, text
from bedrock_cmk_guard.sources.aws.calls import Account, Shared, who
from bedrock_cmk_guard.sources.aws.refusals import NotRead, Refusal

if TYPE_CHECKING:
    import boto3

SESSION_NAME = "bedrock-cmk-guard-audit"


class Ways:
    """Gives an account to read in, by its id."""

    def __init__(
        self,
        session: boto3.Session,
        regions: Sequence[str],
        shared: Shared,
        *,
        role: str,
        external_id: str = "",
    ) -> None:
        """``role`` is the role's name, which is the same in every account; empty where none is assumed.

        Raises:
            SourceError: nobody knows who the session is.

        """
        self._session = session
        self._shared = shared
        self._role = role
        self._external_id = external_id
        home = Account("", session, shared)
        self.home = home
        home.id, self.partition, self.region = _who(home, filter(None, (session.region_name, *regions)))
        """The Region is one in which the session's credentials hold."""

    def into(self, account: str) -> Account:
        """Return the account, ready to be read in.

        Raises:
            NotRead: the role there cannot be assumed.

        """
        if account == self.home.id:
            return self.home
        if not self._role:
            raise NotRead(Refusal.DENIED, "no role was named that could be assumed there")
        first = self._credentials(account)
        return Account(account, self._assumed(account, first), self._shared)

    def _credentials(self, account: str) -> dict[str, str]:
        parameters: dict[str, object] = {
            "RoleArn": f"arn:{self.partition}:iam::{account}:role/{self._role}",
            "RoleSessionName": SESSION_NAME,
        }
        if self._external_id:
            parameters["ExternalId"] = self._external_id
        answer = part(self.home.call("sts", "AssumeRole", self.region, **parameters), "Credentials")
        expires = answer.get("Expiration")
        return {
            "access_key": text(answer, "AccessKeyId"),
            "secret_key": text(answer, "SecretAccessKey"),
            "token": text(answer, "SessionToken"),
            "expiry_time": expires.isoformat() if isinstance(expires, dt.datetime) else str(expires),
        }

    def _assumed(self, account: str, first: dict[str, str]) -> boto3.Session:
        import boto3

        inner = get_session()
        # The models of the services take long to load, and are the same for everybody.
        inner.register_component("data_loader", self._session._session.get_component("data_loader"))
        inner._credentials = RefreshableCredentials.create_from_metadata(
            metadata=first, refresh_using=lambda: self._credentials(account), method="sts-assume-role"
        )
        inner.set_config_variable("region", self.region)
        return boto3.Session(botocore_session=inner)


def _who(home: Account, regions: Iterable[str]) -> tuple[str, str, str]:
    """Whose a session is, its partition, and the first Region that says so: the account may not have enabled some."""
    why = "no Region is known"
    for region in dict.fromkeys(regions):
        try:
            return *who(home, region), region
        except NotRead as problem:
            why = problem.reason
            if problem.kind is not Refusal.NOT_HERE:
                break
    raise SourceError(f"who is asking cannot be told ({why}): set AWS credentials up, as for the AWS CLI")


def open_session(profile: str, region: str) -> boto3.Session:
    """A session as the AWS CLI would have it.

    Raises:
        SourceError: there is no such profile, or the configuration cannot be read.

    """
    import boto3

    try:
        return boto3.Session(profile_name=profile or None, region_name=region or None)
    except BotoCoreError as problem:
        raise SourceError(f"AWS's configuration: {' '.join(str(problem).split())}") from None


def regions_of_bedrock(session: boto3.Session) -> tuple[str, ...]:
    """The Regions in which boto3 knows Bedrock, in the partition of the session's own."""
    partition = session.get_partition_for_region(session.region_name) if session.region_name else "aws"
    return tuple(session.get_available_regions("bedrock", partition_name=partition))
