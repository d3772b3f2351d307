"""What time it is for the server's users: the day of an evaluation that names none is theirs, not the machine's."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

_OURS: dict[str, ZoneInfo] = {}  # a process has one zone, set when it starts


def keep_time_of(zone: str | None) -> None:
    """Set the zone (IANA name) of this process; None is the machine's. Raises ``ZoneInfoNotFoundError``."""
    _OURS.clear()
    if zone:
        _OURS["zone"] = ZoneInfo(zone)


def now() -> datetime.datetime:
    """Return the instant, in the zone."""
    return datetime.datetime.now(datetime.UTC).astimezone(_OURS.get("zone"))


def day_of(as_of: str | None) -> datetime.date | str:
    """Return the day of an evaluation: the one it names, else today."""
    return now().date() if as_of is None else as_of
