"""The ways to film a clip otherwise change what they say they change, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.counting import Score
from bench.filmed_otherwise import Answer, expected, jumping_table
from bench.filmed_otherwise_film import (
    AS_FILMED,
    WAYS,
    Film,
    Image,
    Shot,
    barred,
    every_other,
    hand_held,
    mirrored,
    overexposed,
    repeated,
    tilted,
)
from bench.filmed_otherwise_tracks import Clip, Company

FPS = 30.0
BOX = Shot((60.0, 20.0, 100.0, 100.0))
KEEPING_TIME = [way for way in WAYS if way not in ("half rate", "60 fps, repeated")]


def picture(x: int = 80) -> Image:
    image = np.full((120, 160, 3), 90, np.uint8)
    cv2.rectangle(image, (x - 10, 30), (x + 10, 90), (200, 120, 40), -1)
    return image


def film(frames: int = 12) -> Film:
    return ((picture(60 + 3 * i), i / FPS) for i in range(frames))


@pytest.mark.parametrize("way", KEEPING_TIME)
def test_every_picture_keeps_its_time(way: str) -> None:
    found = list(WAYS[way](film(), BOX))
    assert [t for _, t in found] == [t for _, t in film()]
    assert all(image.dtype == np.uint8 and image.flags.c_contiguous for image, _ in found)


@pytest.mark.parametrize("way", [way for way in WAYS if way != AS_FILMED])
def test_the_same_film_comes_out_the_same_and_not_as_it_was(way: str) -> None:
    once, again, before = (
        [image for image, _ in f] for f in (WAYS[way](film(), BOX), WAYS[way](film(), BOX), film())
    )
    assert all(np.array_equal(one, other) for one, other in zip(once, again, strict=True))
    assert len(once) != len(before) or not np.array_equal(once[-1], before[-1])


def test_mirrored_twice_is_as_it_was() -> None:
    assert np.array_equal(mirrored(mirrored(picture(50))), picture(50))


def test_tilted_left_turns_what_is_above_the_middle_to_the_left() -> None:
    image = np.zeros((101, 101, 3), np.uint8)
    image[10, 50] = 255
    assert np.argmax(tilted(image, 8.0)[..., 0].max(axis=0)) < 48


def test_more_light_only_makes_brighter() -> None:
    ramp = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)
    brighter = overexposed(ramp, 4.0)
    assert (brighter >= ramp).all()
    assert (brighter[0, 140:] == 255).all()


@pytest.mark.parametrize(("shape", "expected"), [((90, 160), (284, 160)), ((160, 90), (160, 284))])
def test_bars_make_the_other_orientation(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    found = barred(np.full((*shape, 3), 255, np.uint8))
    assert found.shape[:2] == expected
    assert np.count_nonzero(found) == 3 * shape[0] * shape[1]


def test_a_cut_leaves_a_tenth_of_the_margins() -> None:
    left, _ = next(WAYS["cut, to the left"](film(), BOX))
    right, _ = next(WAYS["cut, to the right"](film(), BOX))
    assert left.shape[:2] == (102, 160 - 54)
    assert right.shape[:2] == (102, 106)
    assert np.array_equal(left, picture(60)[:102, 54:])


def test_a_cut_without_an_athlete_says_what_is_missing() -> None:
    with pytest.raises(ValueError, match="cut: no box of the athlete; film the clip as it is"):
        next(WAYS["cut, to the left"](film(), Shot()))


def test_a_shaking_hand_moves_all_of_the_picture_by_so_much() -> None:
    places = [
        float(np.argwhere(image[..., 0] > 150).mean(axis=0)[1])
        for image, _ in hand_held(((picture(), i / FPS) for i in range(600)), Shot(), 0.02, 0.0)
    ]
    assert np.std(places) == pytest.approx(0.02 * 160, rel=0.5)


def test_half_the_frames_and_frames_twice() -> None:
    assert [t for _, t in every_other(film(5), Shot())] == [0.0, 2 / FPS, 4 / FPS]
    twice = list(repeated(film(4), Shot(), 60.0))
    assert [t for _, t in twice] == pytest.approx([i / 60 for i in range(7)])
    for i, (image, _) in enumerate(twice):
        assert np.array_equal(image, picture(60 + 3 * (i // 2)))


def test_what_moves_is_blurred_and_what_stands_is_not() -> None:
    sharp = WAYS["motion blur"]
    still = list(sharp(((picture(), i / FPS) for i in range(3)), Shot()))
    assert np.array_equal(still[-1][0], picture())
    moving = list(sharp(((picture(60 + 8 * i), i / FPS) for i in range(3)), Shot()))
    assert not np.array_equal(moving[-1][0], picture(76))


def test_labels_have_the_times_at_which_the_clip_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLIPTALLY_DATA", str(tmp_path))
    (tmp_path / "rope").mkdir()
    labels = {"one.mp4": {"kind": "speed_step", "frames": [30, 36]}}
    (tmp_path / "rope" / "labels.json").write_text(json.dumps(labels))
    half = Company(np.zeros((30, 1, 33, 3), np.float32), np.arange(30) / 15, np.arange(60) / FPS)
    track = expected(Clip("rope", "one.mp4"), half.played(2.0))
    assert track.labels == pytest.approx([0.5, 0.6])
    assert track.frame_s == pytest.approx(1 / 60)


def test_the_table_says_what_went_wrong() -> None:
    def said(way: str, error: int, outside: int, meant: bool) -> Answer:
        score = Score("one", 10, 10 + error, outside, 0.9, (0.0, 0.0))
        return Answer(Clip("rope", "one.mp4"), way, score, True, meant, 2, 3)

    table = jumping_table([said("dark", -4, 0, False), said("grey", 1, 2, True)])
    cells = [list(column.cells) for column in table.columns]
    assert cells[1][:2] == ["-4\n0.900\nanother meant", "+1 (2)\n0.900"]
    assert [column[-1] for column in cells[2:]] == ["5", "0 of 2", "2", "4", "6", "0.900"]
