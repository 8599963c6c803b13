"""Who of the hand-labelled people is found and followed: the scores count what they say."""

from __future__ import annotations

import numpy as np
import pytest

from bench.labelled_people import Clip, Found, Labelled, clips, false_people, follow
from models.skeleton import BODY, Keypoints

FPS = 10.0
HEIGHT = 100.0


def person(letter: str, x: float, *frames: int) -> Labelled:
    places = np.tile([x, 200.0], (len(frames), 1))
    return Labelled(letter, np.array(frames, float), places, np.full(len(frames), HEIGHT))


def clip(*people: Labelled, unlabelled: list[list[int]] | None = None) -> Clip:
    return Clip("hall.mp4", "other", list(people), unlabelled or [], {})


def skeletons(*xs: float) -> Keypoints:
    people = np.ones((len(xs), len(BODY), 3), np.float32)
    people[:, :, 0] = np.array(xs, np.float32)[:, None]
    people[:, :, 1] = 200.0
    return people


def found(*frames: tuple[float, ...]) -> Found:
    return Found(BODY, np.arange(len(frames)) / FPS, [skeletons(*xs) for xs in frames], 400)


def test_each_label_gets_the_identity_of_the_skeleton_on_it() -> None:
    hall = clip(person("A", 100, 0, 2), person("B", 300, 0, 2))
    seen = found((310, 95), (), (100,))
    one, other = follow(hall, seen, [[7, 8], [], [8]])
    assert one.ids == {0: 8, 2: 8}
    assert other.ids == {0: 7, 2: None}
    assert (other.found, other.on_main) == (1, 1)


def test_one_skeleton_is_on_one_person_only() -> None:
    hall = clip(person("A", 100, 0), person("B", 115, 0))
    one, other = follow(hall, found((112,), (112,)), [[1], [1]])
    assert (one.ids[0], other.ids[0]) == (None, 1)


def test_an_exchange_of_identities_is_a_switch_of_each() -> None:
    hall = clip(person("A", 100, 0, 1, 2), person("B", 300, 0, 1, 2))
    seen = found((100, 300), (100, 300), (100, 300))
    followed = follow(hall, seen, [[1, 2], [1, 2], [2, 1]])
    assert [p.switches for p in followed] == [1, 1]
    assert [p.main for p in followed] == [1, 2]
    assert [p.on_main for p in followed] == [2, 2]


def test_found_again_under_the_old_identity_is_no_switch() -> None:
    hall = clip(person("A", 100, 0, 1, 2))
    [one] = follow(hall, found((100,), (), (100,)), [[1], [], [1]])
    assert (one.switches, one.found) == (0, 2)


def test_time_in_which_somebody_is_away_does_not_count() -> None:
    hall = clip(person("A", 100, 0, 30, 200, 230))
    [one] = follow(hall, found(*[(100,)] * 231), [[1]] * 231)
    assert one.minutes == pytest.approx(6 / 60)


def test_a_skeleton_on_nobody_is_false_when_it_lasts() -> None:
    hall = clip(person("A", 100, 0, 19))
    lasting = [(100, 300) if 3 <= i <= 12 else (100,) for i in range(20)]
    ids = [[1, 2][: len(xs)] for xs in lasting]
    [one] = false_people(hall, found(*lasting), ids)
    assert (one.identity, one.first, one.last, one.twice, one.x) == (2, 3, 12, False, 300)
    short = [xs if i < 7 else (100,) for i, xs in enumerate(lasting)]
    assert not false_people(
        hall, found(*short), [row[: len(xs)] for row, xs in zip(ids, short, strict=True)]
    )


def test_a_second_skeleton_on_somebody_is_told_apart() -> None:
    hall = clip(person("A", 100, 0, 19))
    [one] = false_people(hall, found(*[(100, 110)] * 20), [[1, 2]] * 20)
    assert (one.identity, one.twice) == (2, True)


def test_those_in_the_boxes_of_the_unlabelled_are_not_false() -> None:
    hall = clip(person("A", 100, 0, 19), unlabelled=[[250, 0, 400, 400, 0, 99]])
    assert not false_people(hall, found(*[(100, 300)] * 20), [[1, 2]] * 20)


def test_the_labels_can_be_used() -> None:
    known = clips()
    assert sum(len(p.frames) for one in known for p in one.people) > 500
    for one in known:
        for p in one.people:
            assert (np.diff(p.frames) > 0).all(), (one.name, p.letter)
            assert (p.heights > 0).all(), (one.name, p.letter)
        assert set(one.counted) <= {p.letter for p in one.people}
