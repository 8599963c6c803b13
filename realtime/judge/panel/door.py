"""The join code, and how long somebody waits who gave a wrong one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple

ALPHABET = "ACDEFHJKMNPRTUWXY34679"
"""No look-alikes (0 O Q, 1 I L, 2 Z, 5 S, 8 B, G, U V)."""
_LENGTH = 5  # 22^5 = 5.2 million codes: at a try every half minute a day finds one in 1,800
_FREE_TRIES = 2
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0
_FORGET_S = 600.0
_MOST_ADDRESSES = 1024


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))


class _Tries(NamedTuple):
    wrong: int
    last_s: float


class Door:
    """Checks codes. After two wrong ones an address waits, each time twice as long as before, up
    to half a minute; a try before that is refused unread."""

    def __init__(self, code: str, clock: Callable[[], float]) -> None:
        self.code = code
        self._clock = clock
        self._tries: dict[str, _Tries] = {}  # by address, the latest last

    def wait_s(self, address: str) -> float:
        """How long `address` has to wait until it may try; 0: now."""
        tries = self._tries.get(address)
        if tries is None or tries.wrong <= _FREE_TRIES:
            return 0.0
        wait_s = min(_FIRST_WAIT_S * 2.0 ** (tries.wrong - _FREE_TRIES - 1), _LONGEST_WAIT_S)
        return max(0.0, tries.last_s + wait_s - self._clock())

    def opens(self, address: str, code: str) -> bool:
        """Whether `code` is right; ask only when `wait_s` is 0. Case and spaces do not matter."""
        typed = "".join(code.split()).upper().encode()
        if secrets.compare_digest(typed, self.code.encode()):
            self._tries.pop(address, None)
            return True
        now_s = self._clock()
        before = self._tries.pop(address, None)
        if before is None or now_s - before.last_s > _FORGET_S:
            before = _Tries(0, now_s)
        self._tries[address] = _Tries(before.wrong + 1, now_s)
        while len(self._tries) > _MOST_ADDRESSES:
            del self._tries[next(iter(self._tries))]
        return False
