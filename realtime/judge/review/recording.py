"""A recorded session as the page shows it: its frames and who is in them."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np

from models.rope.rules import RULES, Event, custom_event
from models.skeleton import BODY
from realtime.judge.export.wall import wall_of
from realtime.judge.review.film import Film
from realtime.judge.review.tracks import Track, pose_times, tracks
from realtime.judge.sound.soundtrack import SoundTrack, wav
from realtime.judge.window import windows
from realtime.marks import Beep, Jump, Lock, Mark, Miss
from realtime.record.session import RecordedSession

SHORT_S = 1.0
"""A film that goes on for longer than the session by this is said to."""


class Athlete(msgspec.Struct):
    """`jumps` as the machine counted."""

    number: int
    jumps: int
    meant: bool


class Described(msgspec.Struct):
    """What the page is told once. `times` are the frames', seconds of capture time; `limbs` pairs
    of joints; `film` whether there are pictures, `silent` why no sound can be played (empty: it
    can), `pdf` whether a sheet can be printed, `began` the
    wall time of capture time 0."""

    title: str
    source: str
    event: str
    code: str
    width: int
    height: int
    film: bool
    silent: str
    pdf: bool
    times: list[float]
    athletes: list[Athlete]
    joints: tuple[str, ...]
    limbs: list[tuple[int, int]]
    notes: list[str]
    began: datetime | None


class Recording:
    """One session. `film` is its picture, whose first frame was captured at `offset_s`, and `sound`
    what is heard with it, `sound_late_s` later than what is seen."""

    def __init__(
        self,
        path: Path,
        film: Film | None = None,
        offset_s: float = 0.0,
        *,
        sound: SoundTrack | None = None,
        sound_late_s: float = 0.0,
    ) -> None:
        """Raises SourceError for a session that cannot be read."""
        self.path = path
        self.film = film
        self._sound = sound
        self._sound_after_s = sound_late_s - offset_s
        session = RecordedSession(path)
        self.source = session.header.uri
        self.began = wall_of(session.header.began)
        self._size = session.info.width, session.info.height
        posed = pose_times(session)
        self.times = [t + offset_s for t in film.times] if film else posed
        self._marks = list(session.marks())
        self.tracks: dict[int, Track] = tracks(session, self.times, self._athletes())
        self.ends_s = posed[-1] if posed else math.inf
        """Capture time of the session's last frame."""
        self._notes = _notes(self.times, posed, session)

    def described(self, event: Event, *, pdf: bool) -> Described:
        locks = [mark for mark in self._marks if isinstance(mark, Lock)]
        meant = locks[-1].athlete if locks else None
        jumps = [mark.athlete for mark in self._marks if isinstance(mark, Jump)]
        return Described(
            title=self.path.name,
            source=self.source,
            event=event.name,
            code=event.code,
            width=self._size[0],
            height=self._size[1],
            film=self.film is not None,
            silent=self._silent(),
            pdf=pdf,
            times=self.times,
            athletes=[Athlete(n, jumps.count(n), n == meant) for n in self.tracks],
            joints=BODY.joints,
            limbs=[(BODY.index(a), BODY.index(b)) for a, b in BODY.limbs],
            notes=self._notes,
            began=self.began,
        )

    def track(self, athlete: int) -> bytes:
        """For every frame: heights as float32 (3, frames), then joints as int16 (frames, 17, 2),
        little endian. Raises KeyError."""
        track = self.tracks[athlete]
        heights, joints = track.heights.astype("<f4"), track.joints.astype("<i2")
        return heights.tobytes() + joints.tobytes()

    def sound(self, begin_s: float, seconds: float) -> bytes:
        """What is heard from capture time `begin_s` on, as a WAV file. Raises KeyError where there
        is no sound."""
        if self._sound is None:
            raise KeyError("sound")
        begin_s += self._sound_after_s
        return wav(self._sound.between(begin_s, begin_s + seconds), SoundTrack.RATE)

    def _silent(self) -> str:
        if self.film is None:
            return "there is no film, and so no sound"
        return "" if self._sound else "the film has no sound"

    def _athletes(self) -> list[int]:
        return [mark.athlete for mark in self._marks if isinstance(mark, Jump | Miss | Lock)]


def likely_event(marks: list[Mark]) -> Event:
    """The event whose beeps are most like those that were heard; without any, an untimed one of
    what was jumped most."""
    beeps = [mark for mark in marks if isinstance(mark, Beep)]
    if not beeps:
        feet = [mark.foot for mark in marks if isinstance(mark, Jump)]
        both = feet.count("both") > len(feet) / 2
        return custom_event(1, None, "double under" if both else "speed step")

    def unlike(event: Event) -> int:
        window = windows(beeps, event)[0]
        return window.heard.count(False) + len(beeps) - window.heard.count(True) + window.early

    return min((event for event in RULES.events.values() if event.leg_s), key=unlike)


def _notes(times: list[float], posed: list[float], session: RecordedSession) -> list[str]:
    said = []
    if session.end is None:
        said.append("the recording was cut off: what is before is here")
    if times and posed and times[-1] - posed[-1] > SHORT_S:
        said.append(f"the film goes on after the session's end at {posed[-1]:.1f} s")
    if times and posed and not np.any(np.abs(np.array(posed) - times[0]) < SHORT_S):
        said.append("film and session are not of the same time: is --offset right?")
    return said
