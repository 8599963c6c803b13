"""What a judged session keeps: when it was, what the head judge said, who was chosen by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from models.poses import Poses
from models.skeleton import COCO_17
from realtime.analysis import Analysis
from realtime.cli import main
from realtime.feed import RecordedFeed
from realtime.marks import Beep, Edit, FromOutside, Jump, Mark, Miss, Ruling
from realtime.messages import pack_poses
from realtime.observations import Noted, Observation, Observed
from realtime.record.session import (
    Backend,
    Choice,
    End,
    PoseRecord,
    RecordedSession,
    SessionHeader,
    SessionWriter,
)
from realtime.runs.station_run import taking_place
from realtime.scoreboard import Scoreboard
from realtime.sources.protocol import SourceInfo
from realtime.station import Dated, Station, undated

INFO = SourceInfo("camera:0", 640, 360, 30.0)
SAID: tuple[FromOutside, ...] = (
    Beep("start", 0.2, "played"),
    Ruling("Ada", 0.5, "false start", 1),
    Ruling("Ada", 0.7, "false start", None),
    Ruling("Ada", 0.8, "false start", 1),
)


def nobody() -> Poses:
    return Poses(COCO_17, np.zeros((0, 17, 3), np.float32))


def frames(captured_at: float | None) -> list[Observation]:
    """Three frames of nobody, captured from `captured_at` on, and what was said."""
    seen: list[Observation] = [
        Observed(i, i / 30, nobody(), None if captured_at is None else captured_at + i / 30)
        for i in range(3)
    ]
    return [*seen, *(Noted(mark) for mark in SAID)]


def record(path: Path, observations: list[Observation], dated: Dated = undated) -> Station:
    feed = RecordedFeed(INFO, "test", iter(observations))
    station = Station(
        feed, Analysis(), Scoreboard(INFO, "live"), writer=SessionWriter(path), dated=dated
    )
    station.run()
    return station


def test_a_session_says_when_its_first_frame_was(tmp_path: Path) -> None:
    path = tmp_path / "a.fliptally"

    def dated(moment_s: float | None) -> str:
        return f"at {moment_s}"

    station = record(path, frames(500.0), dated)
    assert station.began == RecordedSession(path).header.began == "at 500.0"
    again = tmp_path / "b.fliptally"
    record(again, frames(None), RecordedSession(path).dated)  # whenever that is
    assert RecordedSession(again).header.began == "at 500.0"
    record(tmp_path / "c.fliptally", frames(500.0))
    assert RecordedSession(tmp_path / "c.fliptally").header.began is None


def test_a_session_without_a_frame_has_a_header(tmp_path: Path) -> None:
    record(tmp_path / "a.fliptally", [], taking_place())
    assert RecordedSession(tmp_path / "a.fliptally").header.began is None


def test_what_takes_place_now_has_the_time_of_day_and_its_zone_and_a_film_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_700_000_100.0)
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    said = taking_place("0")(150.25)
    assert said is not None
    began = datetime.fromisoformat(said)
    assert (began.timestamp(), began.tzinfo is not None) == (1_700_000_150.25, True)
    (tmp_path / "film.mp4").touch()
    assert taking_place(str(tmp_path / "film.mp4"))(150.25) is None


def old(record: msgspec.Struct, *without: str) -> dict[str, Any]:
    """A record as an earlier FlipTally wrote it."""
    written = msgspec.msgpack.decode(msgspec.msgpack.encode(record))
    return {name: value for name, value in written.items() if name not in without}


def test_sessions_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    edit = Edit("remove", "Ada", "2026-11-21T15:04:05Z", 1, 1.0)
    path = tmp_path / "a.fliptally"
    writer = SessionWriter(path)
    writer.append(old(SessionHeader("camera:0", 640, 360, 30.0, None), "began", "lens", "floor"))
    for each in (Backend("test", "coco_17"), edit, End(0, 0)):
        writer.append(old(each))
    writer.close()
    assert RecordedSession(path).header.began is None
    assert list(RecordedSession(path).marks()) == [edit]


def test_what_the_head_judge_said_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "a.fliptally"
    record(path, frames(500.0))
    assert tuple(RecordedSession(path).marks()) == SAID
    again = tmp_path / "b.fliptally"
    station = record(again, list(RecordedSession(path).observations()))
    assert tuple(RecordedSession(again).marks()) == SAID
    assert station.document().rulings == list(SAID[1:])


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    """A session in which somebody was chosen by hand, and a false start ruled."""
    path = tmp_path / "chosen.fliptally"
    writer = SessionWriter(path)
    writer.append(SessionHeader(*(INFO.uri, INFO.width, INFO.height, INFO.fps), None))
    writer.append(Backend("test", "coco_17"))
    for i in range(3):
        writer.append(PoseRecord(i, i * 33_333_333, *pack_poses(nobody())))
        writer.append(Choice(None))
    for mark in SAID:
        writer.append(mark)
    writer.append(End(3, 0))
    writer.close()
    return path


@pytest.mark.parametrize("command", [["replay"], ["judge", "--event", "SRSS"]])
def test_analysed_anew_choices_by_hand_are_dropped_and_that_is_said(
    chosen: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    name, *rest = command
    assert main([name, str(chosen), *rest]) == 0
    assert capsys.readouterr().err == ""
    for options, words in (
        (["--zone", "0,0,600,300"], "--zone"),
        (["--lock", "motion"], "--lock"),
        (["--lock", "active", "--zone", "0,0,600,300"], "--lock and --zone"),
    ):
        assert main([name, str(chosen), *rest, *options]) == 0
        assert capsys.readouterr().err == (
            f"fliptally: {words}: analysed anew, without the 3 choices by hand that "
            "chosen.fliptally has\n"
        )


def test_judged_again_the_ruling_is_in_the_result(
    chosen: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["judge", "--event", "SRSS", str(chosen)]) == 0
    said = capsys.readouterr().out
    assert "machine 0 right foot (0 steps, 0 misses), R -10 (unofficial)" in said
    assert "! head judge Ada: 1 false start" in said
    assert "of a review" not in said
    writer = SessionWriter.reopen(chosen)
    writer.append(Edit("add", "Ada", "2026-11-21T15:04:05Z", 1, 1.0, foot="right"))
    writer.close()
    assert main(["judge", "--event", "SRSS", str(chosen)]) == 0
    said = capsys.readouterr().out
    assert "machine 1 right foot (1 steps, 0 misses), R -9 (unofficial)" in said
    assert "with 1 edit of a review" in said


@pytest.mark.parametrize(
    ("jump_s", "said_s", "athlete", "back"),
    [(1.2, 1.3, 1, True), (1.02, 1.1, 1, False), (1.2, 3.0, 1, False), (1.2, 1.3, 2, False)],
)
def test_a_miss_takes_back_what_was_said_after_the_last_whole_jump(
    jump_s: float, said_s: float, athlete: int, back: bool
) -> None:
    miss = Miss(1, 1.0, 2.5)
    assert miss.takes_back(Jump(athlete, 0, jump_s, "right", said_s)) is back


def test_marks_of_every_kind_are_one_union() -> None:
    marks: list[Mark] = [*SAID, Edit("confirm", "Ada", "2026-11-21T15:04:05Z", 1, 1.0)]
    written = msgspec.msgpack.encode(marks)
    assert msgspec.msgpack.decode(written, type=list[Mark]) == marks
