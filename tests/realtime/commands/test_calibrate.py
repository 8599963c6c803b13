"""`calibrate camera` and `scale` as they are typed, and a lens that replay knows of."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.boards import SWEEP, picture
from calibration.board import Board, marker_rectangles
from calibration.ground import Ground
from calibration.lens import Intrinsics
from calibration.profile import CameraPart, profile_path, read_profile, update_profile
from models.lens import WIDE, Lens
from models.poses import Poses
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, BODY_25, convert
from realtime.analysis import Analysis
from realtime.cli import main
from realtime.commands import calibrate as calibrate_command
from realtime.lenses import live_lens
from realtime.observations import Observed
from realtime.record.session import RecordedSession
from realtime.sources.protocol import SourceInfo
from tests.realtime.stream.test_body import figure
from tests.videos import write_video

LENS = Intrinsics((640, 360), (500.0, 500.0), (322.0, 178.0), Lens((-0.1, 0.05, 0, 0, 0)))


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Path:
    """The user's settings, elsewhere."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


@cache
def backflip() -> Scene:
    return build_scene("backflip")


@pytest.fixture
def still(tmp_path) -> Path:
    """A folder with one picture of a simulated athlete who stands."""
    folder = tmp_path / "still"
    folder.mkdir()
    cv2.imwrite(str(folder / "0.png"), backflip().render(0))
    return folder


def test_a_folder_of_boards_becomes_the_cameras_lens(tmp_path, settings, capsys):
    folder = tmp_path / "boards"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i, hold in enumerate(SWEEP):
        cv2.imwrite(str(folder / f"{i:02d}.png"), picture(Board(), LENS, hold, rng))
    assert main(["calibrate", "camera", str(folder), "--camera", "gym"]) == 0
    assert "reprojection error 0." in capsys.readouterr().out
    part = read_profile(profile_path("gym")).camera
    assert part is not None
    assert (part.width, part.height, part.board) == (640, 360, "charuco")
    assert part.fx == pytest.approx(500.0, rel=0.005)


def test_a_live_camera_asks_for_what_is_missing_until_it_is_stopped(settings, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    shown = [picture(Board(), LENS, hold, rng) for hold in SWEEP[:14]]

    def camera(source: str, every_s: float):
        for i, image in enumerate(shown):
            yield i * every_s, image
        raise KeyboardInterrupt

    monkeypatch.setattr(calibrate_command, "pictures", camera)
    assert main(["calibrate", "camera", "/dev/video77"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 views; now show the board at the left edge of the picture"
    assert "left" not in lines[-3]
    part = read_profile(profile_path("/dev/video77")).camera
    assert part is not None
    assert part.fx == pytest.approx(500.0, rel=0.01)
    lens = live_lens("77", None, SourceInfo("camera:77", 1280, 720))
    assert lens is not None
    assert lens.focal[0] == pytest.approx(2 * part.fx)
    assert live_lens("78", None, SourceInfo("camera:78", 1280, 720)) is None


def test_the_floor_from_four_corners_and_from_the_athlete(still, settings, capsys):
    scene = backflip()
    station = np.array([[-1.5, -1.0, 0], [1.5, -1.0, 0], [1.5, 2.0, 0], [-1.5, 2.0, 0]])
    corners = [f"{x:.1f},{y:.1f}" for x, y in scene.camera.project(station)[0]]
    scale = ["calibrate", "scale", str(still), "--camera", "gym"]
    assert main([*scale, "--corners", *corners, "--station", "3x3"]) == 0
    ground = Ground.of(read_profile(profile_path("gym")).ground)
    assert ground.position[2] == pytest.approx(scene.camera.position[2], abs=0.1)
    true_scale = scene.camera.focal / 6.0
    middle = ground.vertical_scale(np.array([1.5, 1.0]))  # where the athlete stands
    assert middle == pytest.approx(true_scale, rel=0.02)
    assert main([*scale, "--athlete", f"{scene.cast[0].build.stature:.2f}"]) == 0
    ground = Ground.of(read_profile(profile_path("gym")).ground)
    assert ground.vertical_scale(np.zeros(2)) == pytest.approx(true_scale, rel=0.05)
    assert "±" in capsys.readouterr().out


def test_the_floor_from_the_printed_marker(tmp_path, settings):
    """Seen from above by a camera that looks down at 30 degrees."""
    folder = tmp_path / "marker"
    folder.mkdir()
    angles = np.radians([0.0, -30.0, 0.0])
    pose = np.array([*angles, 0.084, -1.0, 0.6, 0.0])
    ground = Ground((1280, 720), (960.0, 960.0), (640.0, 360.0), pose, np.zeros((7, 7)))
    image = np.full((720, 1280), 200, np.uint8)
    for x, y, width, height in np.array(marker_rectangles()) / 1000:
        edge = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
        edge[:, 1] = 0.168 - edge[:, 1]
        pixels = ground.project(np.column_stack([edge, np.zeros(4)]))
        cv2.fillConvexPoly(image, np.rint(pixels * 16).astype(np.int32), 0, cv2.LINE_AA, 4)
    cv2.imwrite(str(folder / "0.png"), image)
    update_profile(profile_path("g"), "g", camera=CameraPart(1280, 720, 960, 960, 640, 360))
    assert main(["calibrate", "scale", str(folder), "--camera", "g", "--marker", "0.168"]) == 0
    found = Ground.of(read_profile(profile_path("g")).ground)
    assert found.position == pytest.approx(ground.position, abs=0.03)
    assert found.station is None


@pytest.mark.parametrize(
    "what", [["camera", "--save-board"], ["scale", "--save-marker"], ["scale", "--picture"]]
)
def test_pages_and_stills_are_written(what, still, tmp_path):
    part, option = what
    path = tmp_path / "out.png"
    assert main(["calibrate", part, str(still), option, str(path)]) == 0
    assert path.stat().st_size > 500


BAD = {
    "whose camera": (["camera", "STILL"], "give --camera NAME"),
    "no board": (["camera", "STILL", "--camera", "x"], "no charuco board seen"),
    "no folder": (["camera", "nowhere", "--camera", "x"], "no such file"),
    "empty folder": (["camera", "EMPTY", "--camera", "x"], "holds no images"),
    "no marker": (["scale", "STILL", "--camera", "x", "--marker", "0.2"], "no marker seen"),
    "no picture's name": (["scale", "STILL", "--picture", "EMPTY.xyz"], "as still.png"),
    "order": (
        ["scale", "STILL", "--camera", "x", "--corners", "0,0", "9,0", "9,9", "0,9"],
        "put them into this order",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_one_line(name, still, settings, tmp_path, capsys):
    arguments, expected = BAD[name]
    (tmp_path / "empty").mkdir()
    places = {"STILL": str(still), "EMPTY": str(tmp_path / "empty")}
    assert main(["calibrate", *(places.get(each, each) for each in arguments)]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert said.count("\n") == 1


@pytest.fixture
def steps(tmp_path) -> Path:
    """Key points of somebody who does speed steps."""
    scene = build_scene("speed", 6.0)
    joints = np.ones((scene.frames, len(BODY), 3), np.float32)
    joints[..., :2] = [scene.joints(i) for i in range(scene.frames)]
    path = tmp_path / "steps.npz"
    keypoints = convert(joints, BODY, BLAZEPOSE_33)
    np.savez(path, keypoints=keypoints, skeleton="blazepose_33", fps=60.0, width=1280, height=720)
    return path


def test_a_replay_takes_out_what_the_session_took_out(steps, tmp_path):
    lens = CameraPart(1920, 1080, 1010, 1010, 960, 540, *WIDE.coefficients)
    file, session = tmp_path / "cam.toml", tmp_path / "s.fliptally"
    update_profile(file, "cam", camera=lens)
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    replay = ["replay", str(steps), "--calibration", str(file)]
    assert main([*replay, "--record", str(session), "--json", str(first)]) == 0
    recorded = RecordedSession(session)
    assert recorded.header.lens == Intrinsics.of(lens).scaled((1280, 720)).numbers
    raw = [each.poses.keypoints[0] for each in recorded.observations()]
    assert np.allclose(np.stack(raw), np.load(steps)["keypoints"])  # as they were seen
    again = tmp_path / "again.fliptally"
    assert main(["replay", str(session), "--record", str(again), "--json", str(second)]) == 0
    assert RecordedSession(again).header.lens == recorded.header.lens
    documents = [json.loads(path.read_text()) for path in (first, second)]
    assert len(documents[0]["jumps"]) > 5
    assert documents[0]["jumps"] == documents[1]["jumps"]
    assert list(RecordedSession(again).marks()) == list(recorded.marks())


def test_a_calibration_that_does_not_fit_is_refused(steps, tmp_path, capsys):
    file = tmp_path / "cam.toml"
    update_profile(file, "cam", camera=CameraPart(640, 480, 500, 500, 320, 240))
    assert main(["replay", str(steps), "--calibration", str(file)]) == 2
    assert "1280x720" in capsys.readouterr().err
    file.unlink()
    update_profile(file, "cam")
    assert main(["replay", str(steps), "--calibration", str(file)]) == 2
    assert "expected a lens" in capsys.readouterr().err
    video = str(write_video(tmp_path / "v.mp4", [0, 0.1]))
    none = str(tmp_path / "none.toml")
    assert main(["live", video, "--no-record", "--calibration", none]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_the_analysis_sees_poses_without_distortion():
    taken: list[Poses] = []

    def undistort(poses: Poses) -> Poses:
        taken.append(poses)
        moved = poses.keypoints.copy()
        moved[..., 0] += 1000
        return Poses(poses.skeleton, moved)

    analysis = Analysis(undistort=undistort)
    poses = Poses(BODY_25, figure(BODY_25)[None])
    analysis.update(Observed(0, 0.0, poses))
    assert taken[0] is poses
    assert len(analysis.in_view) == 1
