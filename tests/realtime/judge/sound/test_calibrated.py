"""A camera's calibration file, as the judge's station uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.profile import VERSION, Profile, TimingPart, write_profile
from realtime.judge.sound.calibrated import picture_calibration, sound_late_s
from realtime.sources.errors import SourceError

TIMING = TimingPart(audio_offset_s=0.137)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "camera.toml"


def test_a_file_with_the_timing_alone_is_no_lens_and_gives_the_offset(path: Path) -> None:
    write_profile(path, Profile(VERSION, "hall", timing=TIMING))
    assert picture_calibration(path, station=False) is None
    assert sound_late_s(Path("film.mp4"), path) == 0.137


def test_whoever_asks_for_the_station_needs_the_file(path: Path) -> None:
    write_profile(path, Profile(VERSION, "hall", timing=TIMING))
    assert picture_calibration(path, station=True) == path


def test_a_file_of_no_use_is_left_to_be_refused(path: Path) -> None:
    write_profile(path, Profile(VERSION, "hall"))
    assert picture_calibration(path, station=False) == path
    assert picture_calibration(None, station=False) is None
    path.write_text("version = ")
    with pytest.raises(SourceError):
        picture_calibration(path, station=False)
