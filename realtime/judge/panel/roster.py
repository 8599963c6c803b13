"""Who judges: up to five names, each held by one phone."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from realtime.judge.panel.clicks import ClickInbox, TakeClick

MOST_JUDGES = 5
LONGEST_NAME = 20
LARGE_ERROR_S = 0.05
"""A phone that knows the station's clock worse than this is warned about."""


class JoinError(Exception):
    """Why somebody cannot join, for him to read."""


@dataclass(slots=True)
class Judge:
    """One who joined. `error_s` is how well his phone knows the station's clock."""

    name: str
    token: str
    inbox: ClickInbox
    head: bool = False
    error_s: float | None = None


class Roster:
    """Names in the order of joining. What was received of a phone is remembered even when its
    judge has left, so that nothing it sends again counts twice."""

    def __init__(
        self,
        take: TakeClick,
        since_s: float,
        changed: Callable[[], None] = lambda: None,
        received: Mapping[str, int] = {},
    ) -> None:
        """`changed` is called whenever somebody has come or gone. `received` is the highest number
        of each judge's clicks that the session has, of before the station was started again."""
        self._take = take
        self._since_s = since_s
        self._changed = changed
        self._judges: dict[str, Judge] = {}  # by token
        self._inboxes: dict[str, ClickInbox] = {}  # by token
        self._left: dict[str, int] = {}  # by name: the number after which another phone goes on
        for name, number in received.items():
            self._left[_folded(name)] = max(number, self._left.get(_folded(name), 0))

    def seat(self, token: str, name: str, *, head: bool) -> None:
        """A judge of before the station was started again."""
        number = self._left.get(_folded(name), 0)
        inbox = self._inboxes[token] = ClickInbox(self._take, self._since_s, number)
        self._judges[token] = Judge(name, token, inbox, head)

    def judges(self) -> tuple[Judge, ...]:
        return tuple(self._judges.values())

    def back(self, token: str, name: str) -> Judge | None:
        """Whoever joined with `token` under `name` before; None when nobody did."""
        judge = self._judges.get(token)
        return judge if judge is not None and _folded(judge.name) == _folded(name) else None

    def join(self, token: str, name: str, *, head: bool = False) -> Judge:
        """A new judge, of whom one may be the head judge. Raises JoinError."""
        name = _tidy(name)
        others = [judge for judge in self.judges() if judge.token != token]
        if any(_folded(judge.name) == _folded(name) for judge in others):
            raise JoinError(
                f"{name} has joined on another phone. Take another name, or ask at the station."
            )
        heads = [judge.name for judge in others if judge.head]
        if head and heads:
            raise JoinError(f"{heads[0]} is the head judge already. Join as a judge.")
        if len(others) >= MOST_JUDGES:
            raise JoinError(f"All {MOST_JUDGES} places are taken.")
        inbox = self._inboxes.setdefault(token, ClickInbox(self._take, self._since_s))
        inbox.received = max(inbox.received, self._left.get(_folded(name), 0))
        self._judges.pop(token, None)
        self._judges[token] = Judge(name, token, inbox, head)
        self._changed()
        return self._judges[token]

    def release(self, name: str) -> Judge | None:
        """Free the name for another phone; whoever had it."""
        for judge in self.judges():
            if _folded(judge.name) == _folded(name):
                gone = self._judges.pop(judge.token)
                self._left[_folded(gone.name)] = gone.inbox.received
                self._changed()
                return gone
        return None


def _folded(name: str) -> str:
    """Two names that look alike are one."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


def _tidy(name: str) -> str:
    tidy = unicodedata.normalize("NFC", " ".join(name.split()))
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise JoinError(f"A name has 1 to {LONGEST_NAME} characters.")
    return tidy
