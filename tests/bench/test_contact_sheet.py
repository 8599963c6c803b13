"""What is on a contact sheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.contact_sheet import LEFT, LOST, RIGHT, Tile, crops, main, sheet, tiles
from models.pose.weights import BlazePoseWeights
from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from models.skeleton import BODY

SCENE = build_scene("backflip", fps=30.0, size=(640, 360))


def tile(frame: int, *, found: bool = True) -> Tile:
    keypoints = np.zeros((len(BODY), 3), np.float32)
    if found:
        keypoints[:, :2], keypoints[:, 2] = SCENE.joints(frame), 1
    return Tile(frame, np.full((360, 640, 3), 90, np.uint8), keypoints)


def has(image: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((image == colour).all(axis=-1).any())


def test_tiles_stand_in_rows() -> None:
    image = sheet([tile(i) for i in range(5)], columns=3, size=100)
    assert image.shape == (200, 300, 3)
    assert not image[100:, 200:].any()  # the sixth is empty
    assert image[100:, 100:200].any()


def test_sides_have_their_colours_and_lost_frames_theirs() -> None:
    image = sheet([tile(60), tile(61, found=False)], columns=2, size=200)
    found, lost = image[:, :200], image[:, 200:]
    assert has(found, LEFT)
    assert has(found, RIGHT)
    assert not has(found, LOST)
    assert has(lost, LOST)
    assert not has(lost, LEFT)


def test_crops_hold_the_athlete_and_wait_for_him_where_he_is_lost() -> None:
    keypoints = np.array([tile(i, found=i != 62).keypoints for i in range(60, 66)])
    centres, side = crops(keypoints, (360, 640, 3))
    inside = np.abs(keypoints[..., :2] - centres[:, None]) <= side / 2
    assert inside[[0, 1, 3, 4, 5]].all()
    assert centres[2] == pytest.approx((centres[1] + centres[3]) / 2)


def test_without_anybody_the_whole_picture_is_shown() -> None:
    centres, side = crops(np.zeros((2, len(BODY), 3), np.float32), (360, 640, 3))
    assert centres.tolist() == [[320, 180]] * 2
    assert side == 640


def test_one_joint_has_a_crop_around_it() -> None:
    one = tile(60)
    one.keypoints[1:] = 0
    centres, side = crops(one.keypoints[None], (360, 640, 3))
    assert centres[0] == pytest.approx(one.keypoints[0, :2])
    assert side >= 16
    assert sheet([one], columns=1, size=100).any()


@pytest.mark.parametrize("name", ["sheet", "sheet.sheet"])
def test_a_name_of_no_image_format_is_refused_before_the_work(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    with pytest.raises(SystemExit, match=rf"{name}: no image format of this name"):
        main([str(tmp_path / "none.mp4"), "--from=0", "--to=1", f"--out={out}"])


def test_frames_of_a_video_come_with_the_skeleton_of_their_time(
    tmp_path: Path, pose_weights: BlazePoseWeights
) -> None:
    scene = replace(SCENE, t=SCENE.t[40:52])
    write_scene(scene, tmp_path / "flip.mp4")
    found = tiles(str(tmp_path / "flip.mp4"), range(5, 12, 3), threads=1)
    assert [one.number for one in found] == [5, 8, 11]
    for one in found:
        apart = np.linalg.norm(one.keypoints[:, :2] - scene.joints(one.number), axis=1)
        assert np.median(apart) < 12


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one frame, got none"):
        sheet([], columns=3, size=100)
