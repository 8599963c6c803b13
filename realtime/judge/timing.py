"""Where the beeps of a live attempt come from: the track that is played, the microphone, a key."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from models.rope.rules import BeepKind, Event
from realtime.judge.sound.microphone import Microphone
from realtime.judge.sound.plan import EventPlan
from realtime.judge.sound.player import TrackPlayer
from realtime.judge.sound.tones import Tone
from realtime.marks import Beep

_AGAIN_S = 5.0
"""After the stop beep, for so long no other attempt begins: echoes, the next event's calls."""


class Timing(Protocol):
    """Gives the beeps of attempts. Called from one thread, but for `start` and `stop`."""

    hint: str
    """What can be done to begin."""

    @property
    def armed(self) -> bool:
        """Whether an attempt is under way, its start beep perhaps still to come."""
        ...

    def start(self) -> None:
        """Somebody wants an attempt to begin."""
        ...

    def stop(self) -> None:
        """Somebody wants it to end."""
        ...

    def go_on(self, onset_s: float) -> None:
        """An attempt is under way whose start beep was at that monotonic time, on the picture's
        clock: the station was started again."""
        ...

    def beeps(self, origin_s: float) -> Iterator[Beep]:
        """Those since the last call, in capture time; `origin_s` is the monotonic time of capture
        time 0."""
        ...

    def close(self) -> str | None:
        """End; what must be told of it, one line."""
        ...


class _ByHand:
    """Beeps that somebody gives with a key, at the time of the key."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._given: list[tuple[BeepKind, float]] = []

    def give(self, kind: BeepKind) -> None:
        self._given.append((kind, self._clock()))

    def beeps(self, origin_s: float) -> Iterator[Beep]:
        given, self._given = self._given, []
        for kind, when in given:
            yield Beep(kind, when - origin_s, "by hand")


class Played:
    """The timing track, played anew for each attempt. `offset_s` is how much later than the sound
    the picture's times are, negative: see `TrackPlayer.beeps`."""

    def __init__(
        self,
        player: Callable[[], TrackPlayer],
        *,
        offset_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hint = "s plays the track, x stops it"
        self._new_player = player
        self._offset_s = offset_s
        self._hand = _ByHand(clock)
        self._player: TrackPlayer | None = None

    @property
    def armed(self) -> bool:
        return self._player is not None and self._player.playing

    def start(self) -> None:
        if not self.armed:
            self.close()
            self._player = self._new_player()
            self._player.play()

    def go_on(self, onset_s: float) -> None:
        self.close()  # somebody may have pressed start meanwhile
        self._player = self._new_player()
        self._player.play(onset_s + self._offset_s)

    def stop(self) -> None:
        if self.armed:
            self._hand.give("stop")
            self.close()

    def beeps(self, origin_s: float) -> Iterator[Beep]:
        if self._player is not None:
            yield from self._player.beeps(origin_s=origin_s, offset_s=self._offset_s)
        yield from self._hand.beeps(origin_s)

    def close(self) -> str | None:
        player, self._player = self._player, None
        if player is None:
            return None
        player.close()
        return player.complaint


class Heard:
    """The official track, heard by the microphone."""

    def __init__(
        self,
        microphone: Microphone,
        event: Event,
        *,
        offset_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hint = "listening for the start beep; s starts by hand, x stops"
        self._microphone = microphone
        self._event = event
        self._offset_s = offset_s
        self._plan = self._new_plan()
        self._until_s = -float("inf")
        self._onset_s: float | None = None  # of a start beep that was heard before
        self._hand = _ByHand(clock)

    def _new_plan(self) -> EventPlan:
        return EventPlan(self._event, "microphone", offset_s=self._offset_s)

    @property
    def armed(self) -> bool:
        return False

    def start(self) -> None:
        self._hand.give("start")

    def stop(self) -> None:
        self._hand.give("stop")

    def go_on(self, onset_s: float) -> None:
        self._onset_s = onset_s

    def beeps(self, origin_s: float) -> Iterator[Beep]:
        if self._onset_s is not None:
            at_s = self._onset_s + self._offset_s - origin_s
            self._plan.hear(Tone("high", at_s, 1.0))
            self._onset_s = None
        for tone in self._microphone.tones(origin_s=origin_s):
            if tone.time_s < self._until_s:
                continue
            beep = self._plan.hear(tone)
            if beep is not None:
                yield beep
            if self._plan.over:
                self._plan = self._new_plan()
                self._until_s = tone.time_s + _AGAIN_S
        yield from self._hand.beeps(origin_s)

    def close(self) -> str | None:
        self._microphone.close()
        lost = self._microphone.overflows
        return f"sound: lost {lost} times while listening; close other programs" if lost else None


class Keyed:
    """No sound: a key starts, and a key stops."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.hint = "s starts by hand, x stops"
        self._hand = _ByHand(clock)

    @property
    def armed(self) -> bool:
        return False

    def start(self) -> None:
        self._hand.give("start")

    def stop(self) -> None:
        self._hand.give("stop")

    def go_on(self, onset_s: float) -> None:
        """There is nothing to play."""

    def beeps(self, origin_s: float) -> Iterator[Beep]:
        return self._hand.beeps(origin_s)

    def close(self) -> str | None:
        return None
