"""A recorded session as the page shows it: its frames and who is in them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from models.rope.rules import RULES, Event, custom_event
from models.skeleton import BODY
from realtime.judge.review.film import Film
from realtime.judge.review.tracks import Track, pose_times, tracks
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
    of joints; `film` whether there are pictures, `pdf` whether a sheet can be printed."""

    title: str
    source: str
    event: str
    code: str
    width: int
    height: int
    film: bool
    pdf: bool
    times: list[float]
    athletes: list[Athlete]
    joints: tuple[str, ...]
    limbs: list[tuple[int, int]]
    notes: list[str]


class Recording:
    """One session. `film` is its picture, whose first frame was captured at `offset_s`."""

    def __init__(self, path: Path, film: Film | None = None, offset_s: float = 0.0) -> None:
        """Raises SourceError for a session that cannot be read."""
        self.path = path
        self.film = film
        session = RecordedSession(path)
        self.source = session.header.uri
        self._size = session.info.width, session.info.height
        posed = pose_times(session)
        self.times = [t + offset_s for t in film.times] if film else posed
        self._marks = list(session.marks())
        self.tracks: dict[int, Track] = tracks(session, self.times, self._athletes())
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
            pdf=pdf,
            times=self.times,
            athletes=[Athlete(n, jumps.count(n), n == meant) for n in self.tracks],
            joints=BODY.joints,
            limbs=[(BODY.index(a), BODY.index(b)) for a, b in BODY.limbs],
            notes=self._notes,
        )

    def track(self, athlete: int) -> bytes:
        """For every frame: heights as float32 (3, frames), then joints as int16 (frames, 17, 2),
        little endian. Raises KeyError."""
        track = self.tracks[athlete]
        heights, joints = track.heights.astype("<f4"), track.joints.astype("<i2")
        return heights.tobytes() + joints.tobytes()

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
