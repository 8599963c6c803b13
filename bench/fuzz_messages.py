"""Random and mutated messages: what is sent is a list of parts, made from messages that are valid.

A tenth of them is as it should be, so that the other end is led into the states behind it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

Parts = list[bytes]

_EXTREME: tuple[Any, ...] = (
    *(0, -1, 1, 255, 2**31, 2**48, 2**63 - 1, -(2**63), 2**64 - 1),
    *(1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan),
    *(None, True, "", "\x1b[2J\x07", "\u202e", "x" * 5000, b"", b"\xff" * 5000, [], {}, [[[[]]]]),
)
_MANY = 1000
_LARGE, _HUGE = 70_000, 3_000_000


class Fuzzer:
    """Deterministic from `seed`. `text`: the last part of a valid message is JSON, not msgpack."""

    def __init__(self, valid: Sequence[Parts], seed: int, *, text: bool = False) -> None:
        self._valid = valid
        self._rng = np.random.default_rng(seed)
        self._coder: Any = msgspec.json if text else msgspec.msgpack
        self._ways: tuple[Callable[[Parts], Parts], ...] = (
            *(self._as_it_is, self._flipped, self._truncated, self._longer, self._random),
            *(self._other_value, self._other_value, self._other_value),
            *(self._shuffled, self._keypoints),
        )

    def message(self) -> Parts:
        """The next one. One of 500 is large or has many parts."""
        if self._draw(500) == 0:
            return self._vast()
        parts = list(self._valid[self._draw(len(self._valid))])
        return self._ways[self._draw(len(self._ways))](parts)

    def _draw(self, below: int) -> int:
        return int(self._rng.integers(below))

    def _vast(self) -> Parts:
        parts = list(self._valid[self._draw(len(self._valid))])
        match self._draw(40):
            case 0:  # seldom: it ends the connection
                return [bytes(_HUGE)]
            case drawn if drawn < 14:
                return [self._rng.bytes(_LARGE)]
            case drawn if drawn < 27:
                return parts * (_MANY // len(parts))
            case _:
                return [b""] * _MANY

    @staticmethod
    def _as_it_is(parts: Parts) -> Parts:
        return parts

    def _flipped(self, parts: Parts) -> Parts:
        chosen = self._draw(len(parts))
        content = bytearray(parts[chosen])
        for _ in range(1 + self._draw(4) if content else 0):
            content[self._draw(len(content))] ^= 1 << self._draw(8)
        parts[chosen] = bytes(content)
        return parts

    def _truncated(self, parts: Parts) -> Parts:
        chosen = self._draw(len(parts))
        parts[chosen] = parts[chosen][: self._draw(len(parts[chosen]) + 1)]
        return parts

    def _longer(self, parts: Parts) -> Parts:
        chosen = self._draw(len(parts))
        parts[chosen] += self._rng.bytes(1 + self._draw(64))
        return parts

    def _random(self, _parts: Parts) -> Parts:
        return [self._rng.bytes(self._draw(300)) for _ in range(1 + self._draw(4))]

    def _shuffled(self, parts: Parts) -> Parts:
        parts += self._valid[self._draw(len(self._valid))]
        return [parts[i] for i in self._rng.permutation(len(parts))]

    def _other_value(self, parts: Parts) -> Parts:
        """A message with one value of another size or type, a value less, or one more."""
        for chosen, part in enumerate(parts):
            try:
                content = self._coder.decode(part)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if isinstance(content, dict) and content:
                parts[chosen] = self._coder.encode(self._changed(content))
                break
        return parts

    def _changed(self, content: dict[str, Any]) -> dict[str, Any]:
        name = list(content)[self._draw(len(content))]
        inner = content[name]
        if isinstance(inner, dict) and inner and self._draw(4):
            return {**content, name: self._changed(inner)}
        match self._draw(8):
            case 0:
                return {key: value for key, value in content.items() if key != name}
            case 1:
                return {**content, "more": content}
            case _:
                return {**content, name: _EXTREME[self._draw(len(_EXTREME))]}

    def _keypoints(self, parts: Parts) -> Parts:
        """Key points that are numbers of any kind, in a message that is otherwise right."""
        for chosen, part in enumerate(parts):
            try:
                content = self._coder.decode(part)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if isinstance(content, dict) and isinstance(content.get("keypoints"), bytes):
                count = len(content["keypoints"]) // 4
                numbers = (self._draw(2**32) for _ in range(count))
                content["keypoints"] = struct.pack(f"{count}I", *numbers)
                parts[chosen] = msgspec.msgpack.encode(content)
        return parts
