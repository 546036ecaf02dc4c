"""The library's times: nanoseconds since 1970."""

import datetime

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MICROSECOND = datetime.timedelta(microseconds=1)


def moment(nanoseconds: int) -> datetime.datetime:
    """In UTC, to the microsecond."""
    return _EPOCH + datetime.timedelta(microseconds=nanoseconds // 1000)


def nanoseconds_of(at: datetime.datetime) -> int:
    """Of a moment that says its time zone."""
    return (at - _EPOCH) // _MICROSECOND * 1000
