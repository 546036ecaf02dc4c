"""Credentials of a session of boto3 or botocore. Neither is imported here."""

import datetime
from typing import Any, Optional

from ._types import S3Config, S3Credential


class SessionCredentials:
    """A credential provider. The session itself renews what expires."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._credentials: Any = None
        if not hasattr(session, "get_credentials"):
            raise TypeError(f"expected a session of boto3 or botocore, not {type(session).__name__}")

    @property
    def config(self) -> S3Config:
        """The region, if the session has one."""
        region = getattr(self._session, "region_name", None)  # of boto3
        if region is None and hasattr(self._session, "get_config_variable"):
            region = self._session.get_config_variable("region")
        return {"region": region} if region else {}

    def __call__(self) -> S3Credential:
        if self._credentials is None:
            self._credentials = found(self._session)
        credential = frozen(self._credentials)
        credential["expires_at"] = expiry(self._credentials)
        return credential

    def __eq__(self, other: object) -> bool:
        return self._session is other._session if isinstance(other, SessionCredentials) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


def found(session: Any) -> Any:
    """The credentials of a session, which may be asked of a service."""
    credentials = session.get_credentials()
    if credentials is None:
        raise ValueError("the session finds no credentials")
    return credentials


def frozen(credentials: Any) -> S3Credential:
    """What the credentials are, after they were renewed if they had to be."""
    now = credentials.get_frozen_credentials()
    return {
        "access_key_id": now.access_key, "secret_access_key": now.secret_key, "token": now.token, "expires_at": None,
    }


def expiry(credentials: Any) -> Optional[datetime.datetime]:
    """When they expire, if they do: only the class says it that botocore has for such."""
    at = getattr(credentials, "_expiry_time", None)
    return at if isinstance(at, datetime.datetime) else None
