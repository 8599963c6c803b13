"""`fliptally judge` on films and sessions; a camera and a loudspeaker are not here."""

from __future__ import annotations

import argparse
import json

import pytest
from zmq.utils import garbage

from realtime.cli import main
from realtime.commands.judge import _click_along

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
    assert said.err.startswith(f"fliptally: --panel: nobody can click along with {session}")
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
