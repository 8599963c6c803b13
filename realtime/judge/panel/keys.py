"""Several judges on one keyboard: each has a key to click and one to take his last click back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from realtime.judge.panel.roster import MOST_JUDGES
from realtime.marks import Click, Offence

REPEAT_S = 0.1
"""Keyboards repeat a key that is held faster than this; fingers do not (a jump of one foot at
record pace comes every 0.26 s)."""

START, STOP = "s", "x"
FAULTS: dict[str, tuple[Offence, int]] = {
    "e": ("false start", 1),  # early
    "E": ("false start", -1),
    "w": ("false switch", 1),
    "W": ("false switch", -1),
}
"""What the head judge says with a key, and how many more."""
RESERVED = (START, STOP, *FAULTS)
_NAMED = {"space": " ", "enter": "\r", "tab": "\t"}
_EXPECTED = "expected KEY=NAME or KEY/UNDO=NAME, such as f=Anna,j=Ben,space/b=Carl"


class KeyLayoutError(Exception):
    """Keys that cannot be given to judges; one line."""


class KeyMeaning(NamedTuple):
    judge: str
    by: Literal[1, -1]


def parse_keys(text: str) -> dict[str, KeyMeaning]:
    """What each key means. KEY is a character, `space`, `enter` or `tab`; UNDO is the letter's
    capital unless it is named. Raises KeyLayoutError."""
    meanings: dict[str, KeyMeaning] = {}
    for entry in text.split(","):
        keys, equals, name = (part.strip() for part in entry.partition("="))
        if not (keys and equals and name):
            raise KeyLayoutError(f"--panel-keys {text}: {entry!r} is no judge's key; {_EXPECTED}")
        if any(meaning.judge.casefold() == name.casefold() for meaning in meanings.values()):
            raise KeyLayoutError(f"--panel-keys {text}: {name} has two keys; {_EXPECTED}")
        for key, by in zip(_pair(text, keys), (1, -1), strict=True):
            if key in RESERVED:
                raise KeyLayoutError(
                    f"--panel-keys {text}: {entry!r} takes {key!r}, which starts, stops or says a "
                    f"fault ({' '.join(RESERVED)}); give another key"
                )
            if key in meanings:
                raise KeyLayoutError(
                    f"--panel-keys {text}: {entry!r} takes a key of {meanings[key].judge}'s; "
                    "give each judge his own"
                )
            meanings[key] = KeyMeaning(name, 1 if by == 1 else -1)
    if len(meanings) > 2 * MOST_JUDGES:
        raise KeyLayoutError(
            f"--panel-keys {text}: {len(meanings) // 2} judges; expected {MOST_JUDGES} at most"
        )
    return meanings


def _pair(text: str, keys: str) -> tuple[str, str]:
    rest, slash, undo = keys[1:].partition("/")  # the first may itself be a slash
    key, undo = (_NAMED.get(name.lower(), name) for name in (keys[0] + rest, undo))
    if not slash:
        undo = key.upper()
        if undo == key:
            raise KeyLayoutError(
                f"--panel-keys {text}: {keys!r} has no capital to take a click back with; name "
                f"such a key, like {keys}/b=NAME"
            )
    for one in (key, undo):
        if len(one) != 1:
            raise KeyLayoutError(f"--panel-keys {text}: {one!r} is no key; {_EXPECTED}")
    return key, undo


class KeyPanel:
    """From keys and their times to clicks. A key that is held counts once."""

    def __init__(self, meanings: Mapping[str, KeyMeaning]) -> None:
        self._meanings = meanings
        self._last_s: dict[str, float] = {}
        self._repeats: dict[str, int] = {}

    @property
    def judges(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(meaning.judge for meaning in self._meanings.values()))

    def press(self, key: str, time_s: float) -> list[Click]:
        """The clicks that `key` at `time_s` (seconds, rising) makes: mostly one, or none.

        A keyboard repeats a held key after a pause that looks like a new click. The second repeat
        that follows at once shows that it was none, and it is taken back.
        """
        meaning = self._meanings.get(key)
        if meaning is None:
            return []
        repeated = time_s - self._last_s.get(key, -REPEAT_S) < REPEAT_S
        self._last_s[key] = time_s
        self._repeats[key] = self._repeats.get(key, 0) + 1 if repeated else 0
        if not repeated:
            return [Click(meaning.judge, time_s, meaning.by)]
        if self._repeats[key] == 2 and meaning.by == 1:
            return [Click(meaning.judge, time_s, -1)]
        return []
