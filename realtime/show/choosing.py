"""From keys to who is meant."""

from __future__ import annotations

from collections.abc import Callable

from realtime.show.keys import Click, Key
from realtime.show.snapshot import Snapshot

WAIT_S = 0.7
"""A number that may have one more digit waits for it for this long."""
_AUTOMATIC = ("0", "a", "A")

Choose = Callable[[int | None], None]
"""Takes the number of the athlete who is meant; None: whoever the rule finds."""
Press = Callable[[str, float], bool]
"""Takes a character at a time (monotonic, seconds); whether it had a meaning."""


class Chooser:
    """Digits are an athlete's number, 0 or a is for automatic, a click is on somebody's row."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        athlete_at: Callable[[Click], int | None],
        choose: Choose,
        press: Press | None = None,
    ) -> None:
        """`press` is asked first."""
        self._snapshot = snapshot
        self._athlete_at = athlete_at
        self._choose = choose
        self._press = press
        self._typed = ""
        self._until = 0.0

    def take(self, key: Key | None, now: float) -> None:
        """A key at `now` (seconds), or None for no key until then."""
        if self._typed and now >= self._until:
            self._settle()
        if isinstance(key, str) and self._press is not None and self._press(key, now):
            return
        if isinstance(key, Click):
            athlete = self._athlete_at(key)
            if athlete is not None:
                self._choose(athlete)
        elif key is not None and key.isdecimal() and (self._typed or key != "0"):
            self._digit(key, now)
        elif key in _AUTOMATIC:
            self._typed = ""
            self._choose(None)

    def _digit(self, digit: str, now: float) -> None:
        self._typed += digit
        self._until = now + WAIT_S
        numbers = (str(person.athlete) for person in self._snapshot().people)
        if not any(n.startswith(self._typed) and n != self._typed for n in numbers):
            self._settle()

    def _settle(self) -> None:
        number, self._typed = int(self._typed), ""
        self._choose(number)
