"""What is wrong with recordings is found, and only where it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.gym.checking import check
from models.gym.dataset import Recording
from models.gym.drawing import preparation_sheet
from models.gym.duplicates import duplicates
from models.gym.preparation import Preparation
from models.gym.statistics import measure
from models.skeleton import BODY_25, COCO_17, convert
from tests.models.gym.recordings import flip


def changed(recording: Recording, keypoints: np.ndarray, **others: object) -> Recording:
    return replace(recording, keypoints=keypoints.astype(np.float32), **others)


def with_sides_swapped(keypoints: np.ndarray, frames: slice) -> np.ndarray:
    order = [
        BODY_25.index(j.replace("left", "right") if "left" in j else j.replace("right", "left"))
        for j in BODY_25.joints
    ]
    result = keypoints.copy()
    result[frames] = result[frames][:, order]
    return result


def apart(recording: Recording) -> Recording:
    """Seen from the front: left and right lie apart."""
    keypoints = recording.keypoints.copy()
    for i, joint in enumerate(BODY_25.joints):
        keypoints[:, i, 0] += {"left": 60, "right": -60}.get(joint.partition("_")[0], 0)
    return changed(recording, keypoints)


def test_a_clean_recording_has_nothing() -> None:
    m = measure(apart(flip()))
    assert (m.frames, m.fps, m.lost) == (60, pytest.approx(60), 0)
    assert (m.turned_over, m.swapped, m.elsewhere, m.repeated) == (0, 0, 0, 0)
    assert m.seconds == pytest.approx(59 / 60)
    assert m.confidence == pytest.approx(0.68, abs=0.02)
    assert max(m.unseen) == 0


def test_a_skeleton_that_is_turned_over_and_back_counts_twice() -> None:
    keypoints = flip().keypoints
    middle = keypoints[30:33, 8:9, :2]
    keypoints[30:33, :, :2] = 2 * middle - keypoints[30:33, :, :2]
    assert measure(changed(flip(), keypoints)).turned_over == 2


def test_sides_swapped_and_back_count_arms_and_legs() -> None:
    recording = apart(flip())
    swapped = with_sides_swapped(recording.keypoints, slice(5, 9))
    assert measure(changed(recording, swapped)).swapped == 4
    assert measure(recording).swapped == 0


def test_somebody_elsewhere_for_a_frame() -> None:
    keypoints = flip().keypoints
    keypoints[12, :, 0] += 800
    assert measure(changed(flip(), keypoints)).elsewhere == 2


def test_pictures_that_come_twice_count_only_in_a_movement() -> None:
    keypoints = flip().keypoints
    keypoints[1::2] = keypoints[0:-1:2]  # 30 fps written as 60
    repeated = measure(changed(flip(), keypoints)).repeated
    assert 10 <= repeated <= 12  # half of the twenty frames of the turn, and at its ends
    still = np.repeat(keypoints[:1], 60, axis=0)
    assert measure(changed(flip(), still)).repeated == 0


def test_frames_and_joints_that_are_not_seen() -> None:
    keypoints = flip().keypoints
    keypoints[10:13] = 0
    keypoints[30:45, 4] = 0
    m = measure(changed(flip(), keypoints))
    assert m.lost == 3
    assert m.unseen[4] == pytest.approx(18 / 60)
    assert m.unseen[0] == pytest.approx(3 / 60)


@pytest.mark.parametrize("skeleton", [BODY_25, COCO_17], ids=lambda s: s.name)
def test_facing(skeleton) -> None:
    recording = flip()
    keypoints = convert(recording.keypoints, BODY_25, skeleton)
    assert measure(changed(recording, keypoints, skeleton=skeleton)).facing == "left"
    keypoints[..., 0] = 1920 - keypoints[..., 0]
    assert measure(changed(recording, keypoints, skeleton=skeleton)).facing == "right"


def copies() -> dict[str, np.ndarray]:
    points = flip().keypoints
    mirrored = with_sides_swapped(
        points * np.float32([-1, 1, 1]) + np.float32([1920, 0, 0]), slice(None)
    )
    blurred = points.copy()
    blurred[1:-1, :, :2] = (points[:-2] + points[1:-1] + points[2:])[..., :2] / 3
    return {
        "copied": points,
        "cut": points[10:45],
        "moved and scaled": points * np.float32([0.5, 0.5, 1]) + np.float32([80, 0, 0]),
        "mirrored": mirrored,
        "smoothed": blurred,
        "thinned": points[::2],
    }


@pytest.mark.parametrize("how", copies())
def test_the_same_recording_twice_is_found_whatever_was_done_to_it(how: str) -> None:
    points = copies()[how]
    copy = replace(flip("flack-9-bob"), keypoints=points, t=np.arange(len(points)) / 60)
    other = flip("backflip-2-ann", seed=1)
    (pair,) = duplicates([flip(), other, copy])
    assert (pair.first, pair.second) == ("backflip-1-ann", "flack-9-bob")


def test_findings_name_the_clips_and_faults_come_first() -> None:
    without = flip("backflip-2-ann", seed=1)
    without.keypoints[:, 10] = 0
    again = replace(flip(), name="backflip-3-bob", subject="bob")
    unnamed = replace(flip("flack-1-eve", seed=2), subject=" ")
    other = replace(flip("flack-2-eve", seed=3), label="vault")
    found = check([flip(), without, again, unnamed, other])
    faults = {finding.what: finding.clips for finding in found if finding.fault}
    assert faults == {
        "twice": ("backflip-1-ann", "backflip-3-bob"),
        "joints unseen": ("backflip-2-ann",),
        "no person": ("flack-1-eve",),
    }
    assert [finding.fault for finding in found] == sorted(
        (finding.fault for finding in found), reverse=True
    )
    notes = {finding.what: finding for finding in found if not finding.fault}
    assert notes["other class"].clips == ("flack-2-eve",)
    assert "all face left" in notes["one side"].text


def test_a_rate_that_gives_the_class_away_is_named() -> None:
    slow = [flip(f"flack-{i}-ann", seed=i) for i in (1, 2)]
    for recording in slow:
        recording.keypoints[1::2] = recording.keypoints[0:-1:2]
    found = {f.what: f for f in check([flip(), flip("backflip-2-bob", seed=5), *slow])}
    assert found["repeated"].clips == ("flack-1-ann", "flack-2-ann")
    assert "backflip 0 of 2; handspring 2 of 2" in found["repeated"].text


@pytest.mark.parametrize(
    ("preparation", "rows"),
    [(Preparation(), 7), (Preparation(fill=False, smooth=None, centre=False, joints15=False), 2)],
)
def test_the_sheet_has_a_row_for_each_step(preparation: Preparation, rows: int) -> None:
    recording = flip()
    recording.keypoints[20:30, 4] = 0
    sheet = preparation_sheet(recording, preparation)
    head, line, row = 76, 44, 236
    assert sheet.dtype == np.uint8
    assert len(sheet) == head + rows * row + line
    for top in range(head, head + (rows - 1) * row, row):
        ink = (sheet[top : top + row] < 200).any(axis=2)
        assert ink[:, 320:1200].any()  # skeletons
        assert ink[:, 1300:].any()  # the joint over time


def test_a_sheet_of_nobody_is_refused() -> None:
    recording = flip()
    recording.keypoints[:] = 0
    with pytest.raises(ValueError, match="backflip-1-ann: nobody is seen"):
        preparation_sheet(recording, Preparation())
