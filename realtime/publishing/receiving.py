"""What came from a station, taken apart without trust: whatever it is, it ends as a message within
known limits or as a `ReceivedError`."""

from __future__ import annotations

from typing import Any

import msgspec

from realtime.printable import printable
from realtime.publishing.schema import TOPICS, Message, topic_of

LONGEST_LINE = 1 << 18
"""Bytes; the longest that a station sends is a third of it."""
_MOST_ITEMS = 512
_DEEPEST = 8
_LARGEST = 1e9


class ReceivedError(Exception):
    """No message of a station that speaks this schema."""


def received(parts: list[bytes]) -> Message:
    """The message in the parts of one ZeroMQ message. Its numbers are finite and at most a billion
    in size, its lists have at most 512 entries, and its texts nothing that moves a terminal's
    cursor. Raises ReceivedError."""
    if len(parts) != 2 or parts[0] not in TOPICS or len(parts[1]) > LONGEST_LINE:
        raise ReceivedError("expected a topic and a line")
    try:
        found = _bounded(msgspec.json.decode(parts[1]), _DEEPEST)
        message: Message = msgspec.convert(found, Message)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ReceivedError(printable(str(error))) from None
    if topic_of(message) != parts[0]:
        raise ReceivedError("expected a line of its topic")
    return message


def _bounded(found: Any, deepest: int) -> Any:
    """The same with clean texts. Raises ValueError for what no station says."""
    match found:
        case str():
            return printable(found)
        case bool() | None:
            return found
        case int() | float():
            if not -_LARGEST <= found <= _LARGEST:
                raise ValueError("a number is out of range")
            return found
        case list() | dict():
            if deepest == 0 or len(found) > _MOST_ITEMS:
                raise ValueError("a list is too long, or too deep")
            if isinstance(found, list):
                return [_bounded(each, deepest - 1) for each in found]
            return {key: _bounded(each, deepest - 1) for key, each in found.items()}
    raise ValueError(f"unexpected {type(found).__name__}")
