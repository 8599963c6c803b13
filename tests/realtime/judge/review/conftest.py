"""A real session: a simulated athlete, filmed, counted, and heard and watched by judges."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from models.rope.rules import custom_event
from realtime.judge.attempt import attempts
from realtime.judge.review.book import Book
from realtime.judge.review.film import Film
from realtime.judge.review.recording import Recording
from realtime.judge.review.server import ReviewServer
from realtime.judge.sound.soundtrack import sound_of
from realtime.marks import Beep, Click, Jump
from realtime.record.session import RecordedSession, SessionWriter

WHEN = "2026-11-21T15:04:05+01:00"
EVENT = custom_event(1, 4.0)
UNSURE = 0.31  # not the counter's own


def fliptally(*arguments: object) -> None:
    command = [sys.executable, "-m", "realtime", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def attempt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Film and session. Beeps, clicks and a jump that nobody made are put in afterwards."""
    folder = tmp_path_factory.mktemp("review")
    film, session = folder / "speed.mp4", folder / "speed.fliptally"
    size = ("--size", "320x320", "--fps", 30, "--crf", 30)
    fliptally("simulate", "speed", film, "--seconds", 6, *size)
    fliptally("replay", film, "--record", session)
    jumps = jumps_of(session)
    assert len(jumps) > 8
    start_s = jumps[0].time_s - 0.35
    between = (jumps[4].time_s + jumps[5].time_s) / 2
    writer = SessionWriter.reopen(session)
    writer.append(Beep("start", start_s, "sound track"))
    writer.append(Jump(1, jumps[4].frame + 1, between, jumps[4].foot, between + 0.1, UNSURE))
    for jump in jumps:
        if jump.foot == "right":
            writer.append(Click("Anna", jump.time_s + 0.1))
    writer.append(Beep("stop", start_s + 4.0, "sound track"))
    writer.close()
    return film, session


def jumps_of(session: Path) -> list[Jump]:
    return [mark for mark in RecordedSession(session).marks() if isinstance(mark, Jump)]


@pytest.fixture
def session(attempt: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(attempt[1], tmp_path))


@dataclass
class Desk:
    """The station at which somebody reviews."""

    film: Path
    session: Path

    def open(self) -> ReviewServer:
        judge = partial(attempts, event=EVENT)
        book = Book(self.session, lambda: WHEN)
        recording = Recording(self.session, Film(self.film), sound=sound_of(self.film))
        server = ReviewServer(recording, book, judge)
        server.start()
        return server


@pytest.fixture
def desk(attempt: tuple[Path, Path], session: Path) -> Desk:
    return Desk(attempt[0], session)


@pytest.fixture
def server(desk: Desk) -> Iterator[ReviewServer]:
    server = desk.open()
    yield server
    server.stop()
