"""Zones as they are typed: in the picture and on the calibrated floor, live and on replay."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from calibration.locate import locate_square
from calibration.profile import CameraPart, profile_path, update_profile
from models.simulation.moves.locomotion import Stand
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from models.skeleton import BLAZEPOSE_33, BODY, convert
from realtime.cli import main
from realtime.record.session import RecordedSession, SessionHeader, SessionWriter
from realtime.runs.view import live_view
from realtime.sources.errors import SourceError
from realtime.sources.protocol import SourceInfo
from tests.videos import write_video

SIZE = (640, 360)
CORNERS = 1.5 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.0]])
STEPS = (Stand(seconds=0.6), SpeedStep(), Stand(seconds=0.4))


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Somebody who jumps in the station, and somebody larger who jumps before it."""
    before = Person(STEPS, x=0.9, y=-2.3, facing_deg=20.0)
    people = (Person(STEPS, x=-0.3, facing_deg=-20.0), before)
    return build_scene(Script("station", 4.5, people, seed=2), fps=30.0, size=SIZE)


@pytest.fixture(scope="module")
def film(scene, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("film") / "station.mp4"
    write_scene(scene, path)
    return path


@pytest.fixture
def keypoints(scene, tmp_path) -> Path:
    path = tmp_path / "both.npz"
    people = np.stack([[scene.joints(i, n) for n in range(2)] for i in range(scene.frames)])
    exact = np.concatenate([people, np.ones((*people.shape[:3], 1))], axis=-1).astype(np.float32)
    found = np.stack([convert(each, BODY, BLAZEPOSE_33) for each in exact])
    size = {"width": SIZE[0], "height": SIZE[1]}
    np.savez(path, keypoints=found[:, 0], skeleton="blazepose_33", fps=30.0, **size)
    return path


@pytest.fixture
def calibration(scene, tmp_path) -> Path:
    """Made with pictures of twice the size."""
    pixels, _ = scene.camera.project(np.column_stack([CORNERS, np.zeros(4)]))
    ground = locate_square(2 * pixels, (3.0, 3.0), (2 * SIZE[0], 2 * SIZE[1]), 1.0)
    path = tmp_path / "gym.toml"
    update_profile(path, "gym", ground=ground.part("corners", "2026-11-21"))
    return path


def counted(capsys, *arguments: object) -> dict:
    code = main([*map(str, arguments), "--json", "-"])
    shown = capsys.readouterr()
    assert code == 0, shown.err
    return json.loads(shown.out)


def by_process(*arguments: object) -> dict:
    command = [sys.executable, "-m", "realtime", *map(str, arguments), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


ZONES = {
    "live, rectangle": pytest.param(("live", "0,0,330,360"), marks=pytest.mark.slow),
    "live, polygon": pytest.param(("live", "0,0,360,0,330,360,0,360"), marks=pytest.mark.slow),
    "live, station": ("live", "station"),
    "film, polygon": ("replay", "0,0,360,0,330,360,0,360"),
    "film, station": ("replay", "station"),
}


@pytest.mark.parametrize("how", ZONES.values(), ids=ZONES)
def test_a_session_with_a_zone_replays_to_the_same_marks(film, calibration, tmp_path, capsys, how):
    """On a machine without the calibration, and again from the session of the replay."""
    command, zone = how
    session, again = tmp_path / "live.fliptally", tmp_path / "again.fliptally"
    given = ["--zone", zone, *(["--calibration", calibration] if zone == "station" else [])]
    live = by_process(command, film, "--record", session, *given)
    calibration.unlink()
    replayed = counted(capsys, "replay", session, "--record", again)
    if command == "replay":  # a busy machine drops frames of what is live
        assert len(live["jumps"]) > 6
        assert {jump["athlete"] for jump in live["jumps"]} == {1}
    for key in ("athletes", "jumps", "events", "locks"):
        assert replayed[key] == live[key], key
    assert counted(capsys, "replay", again)["jumps"] == live["jumps"]
    first, second = (RecordedSession(path).header for path in (session, again))
    assert (first.zone, first.floor) == (second.zone, second.floor)
    assert first.zone == zone


def test_a_zone_that_is_given_goes_before_the_one_of_the_session(
    keypoints, calibration, tmp_path, capsys
):
    session = tmp_path / "a.fliptally"
    station = ["--zone", "station", "--calibration", calibration]
    assert len(counted(capsys, "replay", keypoints, "--record", session, *station)["jumps"]) > 6
    assert counted(capsys, "replay", session, "--zone", "0,0,20,20")["athletes"] == []
    assert len(counted(capsys, "replay", session, "--zone", "station")["athletes"]) == 1


def test_the_station_of_the_calibration_kept_for_a_camera_is_found(
    calibration, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    info = SourceInfo("camera:77", *SIZE)
    with pytest.raises(SourceError, match=r"no calibration is kept for 77; run fliptally calib"):
        live_view("77", None, "station", info)
    kept = profile_path("/dev/video77")
    kept.parent.mkdir(parents=True)
    kept.write_text(calibration.read_text())
    view = live_view("77", None, "station", info)
    assert str(view.zone) == "station"
    assert view.crop(info) is not None
    assert live_view("77", None, None, info).crop(info) is None


def test_the_station_seen_through_a_lens(scene, tmp_path):
    path, info = tmp_path / "lens.toml", SourceInfo("x.mp4", *SIZE)
    camera = CameraPart(*SIZE, *(scene.camera.focal,) * 2, 330.0, 175.0, k1=-0.1)
    pixels, _ = scene.camera.project(np.column_stack([CORNERS, np.zeros(4)]))
    ground = locate_square(pixels, (3.0, 3.0), SIZE, 1.0)
    update_profile(path, "gym", camera=camera, ground=ground.part("corners", ""))
    with pytest.raises(SourceError, match=r"another lens than the one in the file; run flip"):
        live_view("x.mp4", path, "station", info)
    through = ground.part("corners", "")
    update_profile(path, "gym", ground=type(through)(**{
        **{key: getattr(through, key) for key in through.__struct_fields__},
        "cx": 330.0, "cy": 175.0,
    }))  # fmt: skip
    view = live_view("x.mp4", path, "station", info)
    assert view.lens is not None
    assert view.crop(info) is not None


BAD = {
    "crossing": (["--zone", "0,0,50,50,50,0,0,50"], "edges from 0,0 and from 50,0 meet"),
    "five numbers": (["--zone", "0,0,50,50,50"], "expected x,y,width,height or the corners"),
    "polygon outside": (["--zone", "0,0,900,0,0,50"], "900,0 outside the picture of 640x360"),
    "no word": (["--zone", "stage"], "or the word station"),
    "no calibration": (["--zone", "station"], "give --calibration FILE, from fliptally calib"),
    "no floor": (["--zone", "station", "--calibration", "lens.toml"], "ground: expected the floor"),
    "no station": (["--zone", "station", "--calibration", "bare.toml"], "expected the station's c"),
    "another shape": (["--zone", "station", "--calibration", "square.toml"], "the shape of 500x50"),
    "no such file": (["--zone", "station", "--calibration", "none.toml"], "cannot be read"),
}


@pytest.fixture
def files(scene, calibration, tmp_path, monkeypatch) -> Path:
    pixels, _ = scene.camera.project(np.column_stack([CORNERS, np.zeros(4)]))
    part = locate_square(pixels, (3.0, 3.0), SIZE, 1.0).part("marker", "")
    fields = {key: getattr(part, key) for key in part.__struct_fields__}
    lens = CameraPart(*SIZE, 500.0, 500.0, 320.0, 180.0)
    update_profile(tmp_path / "lens.toml", "gym", camera=lens)
    update_profile(tmp_path / "bare.toml", "gym", ground=type(part)(**fields | {"station_m": ()}))
    square = type(part)(**fields | {"width": 500, "height": 500})
    update_profile(tmp_path / "square.toml", "gym", ground=square)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", ["live", "replay"])
@pytest.mark.parametrize(("options", "says"), BAD.values(), ids=BAD)
def test_a_mistake_is_one_line(files, capsys, command, options, says):
    blank = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    video = write_video(files / "film.mp4", [0, 0.1], pictures=[blank, blank])
    more = ["--no-record"] if command == "live" else []
    if says.startswith("give") and command == "live":
        says = "no calibration is kept for"
    try:
        code = main([command, str(video), *options, *more])
    except SystemExit as end:
        code = end.code
    error = capsys.readouterr().err
    assert code == 2
    assert says in error
    assert error.startswith("fliptally: ")
    assert error.count("\n") == 1


def test_a_damaged_station_in_a_session_is_one_line(keypoints, calibration, tmp_path, capsys):
    session, broken = tmp_path / "a.fliptally", tmp_path / "b.fliptally"
    station = ["--zone", "station", "--calibration", calibration]
    counted(capsys, "replay", keypoints, "--record", session, *station)
    writer = SessionWriter(broken)
    writer.append(SessionHeader("x", *SIZE, 30.0, "station", floor=(1.0, 2.0)))
    writer.close()
    assert main(["replay", str(broken)]) == 2
    assert "station: expected 12 finite numbers" in capsys.readouterr().err
