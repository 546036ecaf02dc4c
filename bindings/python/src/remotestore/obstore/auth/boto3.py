"""Credential providers over boto3, which has to be installed."""

import datetime
from typing import Any, Dict, Optional

try:
    import boto3  # type: ignore[import-not-found, import-untyped, unused-ignore]
    import botocore.credentials  # type: ignore[import-not-found, import-untyped, unused-ignore]
except ImportError as _error:
    raise ImportError("this needs the package boto3: pip install boto3") from _error

from .._session import expiry, found, frozen
from .._types import S3Config, S3Credential


class Boto3CredentialProvider:
    """The credentials and the region of a session.

    :param session: of boto3 or botocore; None is a new one
    :param ttl: for how long the credentials are used before the session is asked
        again, unless they expire earlier
    :raises ValueError: if the session has no credentials
    """

    credentials: "botocore.credentials.Credentials"
    config: S3Config
    ttl: datetime.timedelta

    def __init__(self, session: Any = None, *, ttl: datetime.timedelta = datetime.timedelta(minutes=30)) -> None:
        if session is None:
            session = boto3.Session()
        self.config = {}
        if isinstance(session, boto3.Session) and session.region_name:
            self.config["region"] = session.region_name
        self.credentials = found(session)
        self.ttl = ttl

    def __call__(self) -> S3Credential:
        credential = frozen(self.credentials)
        at, later = expiry(self.credentials), datetime.datetime.now(datetime.timezone.utc) + self.ttl
        credential["expires_at"] = min(at, later) if at else later
        return credential


class StsCredentialProvider:
    """The credentials of a role, which a session assumes whenever they fall due.

    :param session: of boto3; None is a new one
    :param kwargs: the arguments of ``assume_role``: ``RoleArn``, ``RoleSessionName``, ...
    """

    config: S3Config
    session: "boto3.session.Session"

    def __init__(self, session: Any = None, **kwargs: Any) -> None:
        self.session = boto3.Session() if session is None else session
        self.kwargs: Dict[str, Any] = kwargs
        region: Optional[str] = getattr(self.session, "region_name", None)
        self.config = {"region": region} if region else {}

    def __call__(self) -> S3Credential:
        given = self.session.client("sts").assume_role(**self.kwargs)["Credentials"]
        if given["Expiration"].utcoffset() is None:
            raise ValueError("the expiration must say its time zone")
        return {
            "access_key_id": given["AccessKeyId"],
            "secret_access_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expires_at": given["Expiration"],
        }
