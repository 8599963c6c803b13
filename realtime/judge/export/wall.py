"""At what time of day something was: from the wall time at which a session began."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from realtime.judge.attempt import Attempt


def wall_time(began: datetime | None, attempt: Attempt) -> datetime | None:
    """Of an attempt's start, in the zone of the session; None where the session does not say it.
    `began` is the wall time of capture time 0."""
    start_s = attempt.window.start_s
    if began is None:
        return None
    return began + timedelta(seconds=start_s if math.isfinite(start_s) else 0.0)


def wall_of(began: str | None) -> datetime | None:
    """The wall time at which a session says it began; None where it does not, or without a zone."""
    try:
        wall = datetime.fromisoformat(began or "")
    except ValueError:
        return None
    return wall if wall.tzinfo is not None else None


def unix_s(began: datetime | None) -> float:
    """The Unix time of capture time 0, or 0, so that times count from there."""
    return 0.0 if began is None else began.timestamp()


def date_of(began: datetime | None, attempt: Attempt) -> str:
    """Date and time of an attempt's start for a reader; nothing where they are not known."""
    started = wall_time(began, attempt)
    return "" if started is None else f"{started:%Y-%m-%d %H:%M:%S}"
