"""A folder of pictures, as a source and for replay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.opening import open_recording, open_video
from realtime.sources.errors import SourceError
from realtime.sources.images import ImageFolderSource
from tests.videos import number_in, picture


@pytest.fixture
def folder(tmp_path):
    for i in range(12):
        cv2.imwrite(str(tmp_path / f"frame{i}.png"), picture(i))
    (tmp_path / "notes.txt").write_text("of no interest")
    (tmp_path / "more.png").mkdir()
    return tmp_path


def test_pictures_come_by_the_numbers_in_their_names(folder):
    source = ImageFolderSource(folder, 25)
    frames = list(iter(source.read, None))
    assert [number_in(frame.image) for frame in frames] == list(range(12))
    np.testing.assert_allclose([frame.t for frame in frames], np.arange(12) / 25)
    info = source.info
    assert (info.fps, info.frames, info.duration_s) == (25, 12, 12 / 25)


def test_a_picture_of_another_size_is_named(folder):
    cv2.imwrite(str(folder / "frame3.png"), picture(3, width=80))
    source = ImageFolderSource(folder, 25)
    for _ in range(3):
        source.read()
    with pytest.raises(SourceError, match=r"frame3\.png: 80x120, expected 160x120 .*take it out"):
        source.read()


def test_a_folder_of_pictures_is_replayed_at_the_rate_that_was_given(folder):
    assert open_recording(str(folder), None, realtime=False) is None
    source = open_video(str(folder), realtime=False, fps=50)
    assert source.info.fps == 50
    with pytest.raises(SourceError, match="a folder of pictures; give --fps"):
        open_video(str(folder), realtime=False)


def test_key_points_beside_pictures_are_what_is_replayed(folder):
    (folder / "clip_000000000000_keypoints.json").write_text('{"people": []}')
    feed = open_recording(str(folder), 30, realtime=False)
    assert feed is not None
    assert feed.backend == "recorded body_25"


def test_an_empty_folder_is_neither(tmp_path):
    with pytest.raises(SourceError, match=r"no OpenPose files"):
        open_recording(str(tmp_path), 30, realtime=False)
