"""The file of one camera: what is written is read, and a mistake is one line that can be mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.profile import (
    AthletePart,
    CameraPart,
    GroundPart,
    Profile,
    ProfileError,
    TimingPart,
    profile_path,
    read_profile,
    stable_id,
    update_profile,
    write_profile,
)

LENS = CameraPart(1280, 720, 900.5, 901.25, 640.125, 359.75, -0.25, 0.05, 1e-4, -2e-4, -0.0039)
GROUND = GroundPart(
    *(1280, 720, 900.0, 900.0, 640.0, 360.0, 3.0, -8.0, 0.5, -1.0, -6.0, 1.4),
    covariance=tuple(tuple(0.1 * (i == j) for j in range(7)) for i in range(7)),
    station_m=((0.0, 0.0), (5.0, 0.0), (5.0, 5.0), (0.0, 5.0)),
)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "cameras" / "desk.toml"


def test_what_is_written_is_read(path):
    profile = Profile(
        1, 'He said "1\\2" ä', LENS, GROUND, TimingPart(0.04, 0.08, 0.003), AthletePart(0.85)
    )
    write_profile(path, profile)
    assert read_profile(path) == profile


def test_writing_one_part_keeps_the_others(path):
    update_profile(path, "desk", camera=LENS)
    update_profile(path, "desk", timing=TimingPart(audio_offset_s=0.02))
    after = update_profile(path, "desk", camera=CameraPart(640, 480, 500, 500, 320, 240))
    assert read_profile(path) == after
    assert after.timing == TimingPart(audio_offset_s=0.02)
    assert after.camera is not None
    assert after.camera.fx == 500


def test_another_cameras_file_is_not_written_over(path):
    update_profile(path, "desk", camera=LENS)
    with pytest.raises(ProfileError, match=r"id: expected 'gym', got 'desk'"):
        update_profile(path, "gym", camera=LENS)


MISTAKES = {
    "no TOML": ("version = ", "no TOML"),
    "older": ('version = 0\nid = "a"', "version: expected 1, got 0"),
    "no version": ('id = "a"', "version: expected 1, got None"),
    "unknown key": ('version = 1\nid = "a"\n[camera]\nfocus = 3', "focus"),
    "text for number": ('version = 1\nid = "a"\n[timing]\nlatency_s = "late"', "'late'"),
    "out of range": ('version = 1\nid = "a"\n[athlete]\nsway = -1.0', "athlete.sway.*got -1.0"),
    "not a number": ('version = 1\nid = "a"\n[timing]\nfps = nan', "timing.fps.*got nan"),
    "missing": ('version = 1\nid = "a"\n[camera]\nwidth = 640', "camera.*height"),
    "no id": ('version = 1\nid = ""', "id: .*got ''"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_with_file_key_and_value(name, tmp_path):
    text, expected = MISTAKES[name]
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=expected) as error:
        read_profile(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_not_replaced(path):
    path.parent.mkdir()
    path.write_text("version = 7")
    with pytest.raises(ProfileError):
        update_profile(path, "desk", camera=LENS)
    assert path.read_text() == "version = 7"


def test_nothing_is_left_of_a_write_that_fails(path, monkeypatch):
    update_profile(path, "desk", camera=LENS)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ProfileError, match="cannot be written"):
        update_profile(path, "desk", timing=TimingPart())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_camera_is_found_by_the_name_that_stays(tmp_path):
    device = tmp_path / "video0"
    device.touch()
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-Maker_Webcam_123-video-index0").symlink_to(device)
    assert stable_id(str(device), by_id) == "usb-Maker_Webcam_123-video-index0"
    assert stable_id("7", by_id) == "/dev/video7"


def test_each_camera_has_its_own_file(tmp_path):
    names = ["gym", "gym/", "/gym", "gym 2", "gym-2", "../gym", "é", "è"]
    paths = {profile_path(name, tmp_path) for name in names}
    assert len(paths) == len(names)
    assert all(path.parent == tmp_path for path in paths)
