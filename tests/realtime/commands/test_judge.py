"""`fliptally judge` on films and sessions; a camera and a loudspeaker are not here."""

from __future__ import annotations

import argparse
import json
import socket

import pytest
from zmq.utils import garbage

from realtime.cli import main
from realtime.commands import judge as command
from realtime.commands.judge import _click_along
from realtime.judge.panel.notebook import Notebook, Notes
from realtime.judge.sound.devices import SoundError
from realtime.record.session import Backend, End, PoseRecord, SessionHeader, SessionWriter
from realtime.runs.station_run import Session
from realtime.runs.view import View

SCENE = """
title = "a short attempt"
seconds = 11.0
seed = 2
[[person]]
facing_deg = -20
do = [
  { move = "stand", seconds = 1.6 },
  { move = "speed_step", seconds = 7.5, steps_per_30_s = 150.0 },
  { move = "stand" },
]
[camera]
fps = 30
width = 480
height = 360
[sound]
event = "SRSS"
start_beep_s = -23.0
"""
# The stop beep at 7 s ends an attempt that was under way when the scene began.


@pytest.fixture(scope="module", autouse=True)
def zero_copy():
    """pyzmq's thread that frees what was sent without a copy lives as long as the process."""
    garbage.gc.start()
    yield
    garbage.gc.stop()


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judge")
    (folder / "a.toml").write_text(SCENE)
    assert main(["simulate", str(folder / "a.toml"), str(folder / "a.mp4")]) == 0
    return folder / "a.mp4"


def judge(capsys, *arguments):
    code = main(["judge", *map(str, arguments)])
    return code, capsys.readouterr()


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (
            SCENE.replace("-23.0", "30.0"),
            "no start beep of SRSS is in its sound; give its time with --start-at S, ",
        ),
        (
            SCENE.partition("[sound]")[0],
            "has no sound; give its start beep with --start-at S",
        ),
    ],
)
def test_without_a_start_beep_the_mend_is_said(tmp_path, capsys, sound, message):
    (tmp_path / "b.toml").write_text(sound.replace("seconds = 11.0", "seconds = 10.0"))
    assert main(["simulate", str(tmp_path / "b.toml"), str(tmp_path / "b.mp4")]) == 0
    capsys.readouterr()
    code, said = judge(capsys, tmp_path / "b.mp4", "--event", "SRSS", "--no-record")
    assert code == 2
    assert said.err.startswith(f"fliptally: {tmp_path / 'b.mp4'}: {message}")
    assert said.err.count("\n") == 1


def test_a_film_is_judged_recorded_written_and_judged_again(film, tmp_path, capsys):
    session, out = tmp_path / "a.fliptally", tmp_path / "out"
    arguments = [film, "--event", "SRSS", "--sound", "none", "--record", session, "--out", out]
    code, said = judge(capsys, *arguments)
    assert code == 0
    truth = json.loads(film.with_suffix(".json").read_text())["athletes"][0]
    result = f"SRSS, attempt 1: machine {truth['right']} right foot ({truth['jumps']} steps"
    assert result in said.out
    assert "! no start beep was heard: everything is counted" in said.out
    assert sorted(path.name for path in out.iterdir()) == [
        "attempts.json", "marks.csv", "ropescore-1.json", "sheet-1.html",
    ]  # fmt: skip
    code, again = judge(capsys, session, "--event", "SRSS")
    assert code == 0
    assert result in again.out
    code, said = judge(capsys, session, "--event", "SRSS", "--panel-keys", "f=Anna")
    assert code == 2
    assert said.err.startswith(f"fliptally: --panel-keys: nobody can click along with {session}")
    assert said.err.count("\n") == 1


def test_judges_click_along_with_a_film_at_its_own_pace(film):
    options = argparse.Namespace(source=str(film), realtime=False)
    _click_along(options)
    assert options.realtime


def test_a_start_can_be_given_and_ends_by_its_time(film, tmp_path, capsys):
    """From 4 s on there are 3 s of jumping left, whatever its beep says."""
    times = [jump["time_s"] for jump in json.loads(film.with_suffix(".json").read_text())["jumps"]]
    session = tmp_path / "a.fliptally"
    arguments = ["--event", "custom", "--leg-seconds", "3", "--start-at", "4"]
    code, said = judge(capsys, film, *arguments, "--record", session)
    assert code == 0
    steps = sum(4 <= t < 7 for t in times)
    assert f"({steps} steps, 0 misses)" in said.out
    code, again = judge(capsys, session, "--event", "custom", "--leg-seconds", "3")
    assert f"({steps} steps, 0 misses)" in again.out
    later = sum(5 <= t < 8 for t in times)
    assert later != steps
    code, other = judge(capsys, session, *arguments[:-1], "5")
    assert f"({later} steps, 0 misses)" in other.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--event", "custom"], "--event custom: how long? give --leg-seconds S"),
        (["--event", "Custom"], "--event custom: how long? give --leg-seconds S"),
        (["--event", "SRSS", "--guard"], "--guard: watches over a camera's station, and /"),
        (["--event", "SRSS", "--panel-keys", "f"], "--panel-keys f: 'f' is no judge's key"),
        (["--event", "SRSS", "--panel-keys", "f=A,f=B"], "--panel-keys f=A,f=B: 'f=B' takes a key"),
    ],
)
def test_options_that_cannot_be_are_one_line(film, capsys, arguments, message):
    code, said = judge(capsys, film, *arguments)
    assert code == 2
    assert said.err.startswith(f"fliptally: {message}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--event", "XYZ"], "argument --event: invalid choice: 'XYZ'"),
        (["--event", "SRSS", "--athletes", "1,x"], "argument --athletes: 1,x: expected athletes'"),
        (["--event", "SRSS", "--leg-seconds", "1"], "argument --leg-seconds: 1: expected a number"),
    ],
)
def test_options_that_are_none_are_one_line(capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        main(["judge", *arguments])
    said = capsys.readouterr()
    assert said.err.startswith(f"fliptally: {message}")
    assert said.err.count("\n") == 1


class Live:
    """`fliptally judge --panel` with a camera that is none: `station` stands for the run."""

    def __init__(self, folder, monkeypatch):
        self.record = folder / "a.fliptally"
        self.notebook = Notebook(self.record)
        self.seen = []
        self.ends = False
        self.port = 0
        session = Session("live", "active", self.record)
        monkeypatch.setattr(command, "_camera", lambda *_: (object(), View(), session))
        monkeypatch.setattr(command, "run_station", self.station)
        for after in ("report", "_conclude"):
            monkeypatch.setattr(command, after, lambda *_: 0)

    def station(self, *_, **__):
        writer = SessionWriter(self.record)
        try:
            self.seen.append(self.notebook.read())
            writer.append(SessionHeader("camera", 64, 48, 30.0, None))
            writer.append(Backend("none", "blazepose_33"))
            writer.append(PoseRecord(0, 0, 0, b""))
            if self.ends:
                writer.append(End(1, 0))
        finally:
            writer.close()

    def judge(self, capsys, sound="none"):
        asked = ["--event", "SRSS", "--sound", sound, "--panel", "--panel-port", self.port]
        return judge(capsys, "http://127.0.0.1/hall", *asked)


@pytest.fixture
def live(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    live = Live(tmp_path, monkeypatch)
    live.port = port
    return live


@pytest.mark.parametrize("ends", [True, False])
def test_what_the_panel_noted_stays_for_a_session_that_can_go_on(live, capsys, ends):
    """Such as one whose disk is full."""
    live.ends = ends
    live.judge(capsys)
    (noted,) = live.seen
    assert noted is not None
    assert live.notebook.read() == (None if ends else noted)


def test_second_start_that_is_refused_leaves_the_panel_of_the_first(live, capsys):
    live.judge(capsys)
    noted = live.notebook.read()
    _, said = live.judge(capsys)
    assert "exists already and is not overwritten" in said.err
    assert noted is not None
    assert live.notebook.read() == noted


def test_new_session_does_not_take_what_lies_there(live, capsys, monkeypatch):
    """Not even what cannot be removed, as another user's in a folder that is for all."""
    live.notebook.write(Notes("AAAAA", "foreign", 0.0))
    monkeypatch.setattr(Notebook, "remove", lambda _: None)
    live.judge(capsys)
    (noted,) = live.seen
    assert noted.code != "AAAAA"
    assert noted.session != "foreign"


def test_start_that_fails_leaves_no_secret(live, capsys, monkeypatch, tmp_path):
    with socket.create_server(("0.0.0.0", live.port)):
        code, said = live.judge(capsys)
    assert code == 2
    assert said.err.startswith(f"fliptally: --panel-port {live.port}: ")
    assert list(tmp_path.iterdir()) == []

    def silent():
        assert list(tmp_path.iterdir()) == []
        raise SoundError("no loudspeaker")

    monkeypatch.setattr(command, "output_rate", silent)
    code, said = live.judge(capsys, "play")
    assert "no loudspeaker" in said.err
    assert list(tmp_path.iterdir()) == []
