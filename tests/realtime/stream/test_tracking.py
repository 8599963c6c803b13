"""Who is who: crossings, occlusion, leaving and coming back, and who is meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.poses import Poses
from models.skeleton import COCO_17, Keypoints
from realtime.stream.lock import GONE_S, AthleteLock
from realtime.stream.tracking import ALONE_S, RETURN_S, Tracker
from tests.realtime.stream.people import figure

FPS = 30


def poses(*people: Keypoints | None) -> Poses:
    seen = [person for person in people if person is not None]
    return Poses(COCO_17, np.array(seen, np.float32).reshape(-1, 17, 3))


def identities(frames: list[list[Keypoints | None]], fps: float = FPS) -> list[list[int | None]]:
    """The identity that each listed person gets in each frame, None where he is not in it."""
    tracker, found = Tracker(COCO_17), []
    for i, people in enumerate(frames):
        tracked = tracker.update(i / fps, poses(*people))
        who = {person.keypoints.tobytes(): person.id for person in tracked}
        found.append([None if p is None else who[np.float32(p).tobytes()] for p in people])
    return found


def walking(begin: float, end: float, n: int, **figure_settings: float) -> list[Keypoints]:
    return [figure(COCO_17, x=x, **figure_settings) for x in np.linspace(begin, end, n)]


def test_two_who_cross_keep_their_identities() -> None:
    ways = walking(200, 1000, 90), walking(1000, 200, 90, size=1.1)
    found = identities([list(pair) for pair in zip(*ways, strict=True)])
    assert all(pair == [1, 2] for pair in found)


@pytest.mark.parametrize("order", [0, 1])
def test_who_is_hidden_for_a_second_while_crossing_is_the_same_again(order: int) -> None:
    ways = walking(200, 1000, 120), walking(1000, 200, 120, size=1.1)
    frames: list[list[Keypoints | None]] = [list(pair) for pair in zip(*ways, strict=True)]
    for frame in frames[45:75]:
        frame[order] = None
    found = identities(frames)
    assert all(pair == [1, 2] for pair in (*found[:45], *found[75:]))


def test_who_stands_behind_and_comes_out_again_is_the_same() -> None:
    athlete, passer = figure(COCO_17, x=640), walking(200, 1100, 120, size=1.2)
    frames: list[list[Keypoints | None]] = [[athlete, other] for other in passer]
    for frame in frames[50:80]:
        frame[0] = None
    found = identities(frames)
    assert {pair[0] for pair in found} == {1, None}
    assert {pair[1] for pair in found} == {2}


def test_who_leaves_and_comes_back_to_the_same_place_is_the_same() -> None:
    one, other = figure(COCO_17, x=300), figure(COCO_17, x=900)
    frames = [[one, other]] * 30 + [[None, other]] * FPS * 5 + [[one, other]] * 30
    assert {pair[0] for pair in identities(frames)} == {1, None}


def test_who_comes_elsewhere_while_another_is_there_is_somebody_new() -> None:
    one, other, third = (figure(COCO_17, x=x) for x in (300, 900, 640))
    frames = [[one, other, None]] * 30 + [[None, other, None]] * FPS * 5 + [[None, other, third]]
    assert identities(frames)[-1] == [None, 2, 3]


def alone(lost_s: float, *, away: float, size: float = 1.0) -> int | None:
    """Who somebody is who appears `away` body sizes from where the only other one was lost."""
    here = figure(COCO_17, x=300)
    apart = away * float(np.hypot(*np.ptp(here[here[:, 2] > 0, :2], axis=0)))
    there = figure(COCO_17, x=300 + apart, size=size)
    return identities([[here]] * 30 + [[None]] * round(lost_s * FPS) + [[there]])[-1][0]


def test_the_only_one_who_is_lost_and_found_close_by_is_the_same() -> None:
    assert alone(ALONE_S - 0.5, away=0.8) == 1
    assert alone(0.1, away=0.8) == 1


def test_a_skeleton_of_a_few_joints_is_still_the_only_one() -> None:
    assert alone(0.1, away=0.3, size=0.25) == 1


@pytest.mark.parametrize(
    ("lost_s", "away", "size"),
    [(ALONE_S + 0.5, 0.8, 1.0), (0.3, 1.4, 1.0), (2.0, 1.4, 1.0), (1.0, 0.3, 0.3)],
)
def test_another_one_who_comes_alone_is_another(lost_s: float, away: float, size: float) -> None:
    assert alone(lost_s, away=away, size=size) == 2


def test_an_identity_is_not_kept_for_ever() -> None:
    tracker = Tracker(COCO_17)
    tracker.update(0.0, poses(figure(COCO_17)))
    assert tracker.known == {1}
    tracker.update(RETURN_S + 0.1, poses())
    assert tracker.known == set()
    assert tracker.update(RETURN_S + 0.2, poses(figure(COCO_17)))[0].id == 2


@given(seed=st.integers(0, 1000), people=st.integers(1, 6), fps=st.sampled_from([15, 30, 60]))
@settings(max_examples=30, deadline=None)
def test_everybody_has_one_identity_at_any_time(seed: int, people: int, fps: int) -> None:
    rng = np.random.default_rng(seed)
    tracker = Tracker(COCO_17)
    for i in range(20):
        found = [
            figure(COCO_17, x=float(rng.uniform(0, 1280)), size=float(rng.uniform(0.5, 1.5)))
            for _ in range(rng.integers(0, people + 1))
        ]
        tracked = tracker.update(i / fps, poses(*found))
        assert len({person.id for person in tracked}) == len(tracked) == len(found)
        assert [person.id for person in tracked] == sorted(person.id for person in tracked)


def test_the_order_of_the_people_in_a_frame_changes_nothing() -> None:
    ways = walking(200, 1000, 60), walking(1000, 200, 60, size=1.1)
    there = [list(pair) for pair in zip(*ways, strict=True)]
    back = [pair[::-1] if i % 2 else pair for i, pair in enumerate(there)]
    expected = [pair[::-1] if i % 2 else pair for i, pair in enumerate(identities(there))]
    assert identities(back) == expected


def test_nobody_and_empty_people_are_nobody() -> None:
    tracker = Tracker(COCO_17)
    assert tracker.update(0.0, poses()) == []
    assert tracker.update(0.1, poses(np.zeros((17, 3), np.float32))) == []


class TestLock:
    """Who is meant."""

    ATHLETE, JUDGE = figure(COCO_17, x=300), figure(COCO_17, x=900, size=1.5)

    def people(self, t: float, tracker: Tracker, *people: Keypoints):
        return tracker.update(t, poses(*people))

    def test_the_largest_until_somebody_else_acts(self) -> None:
        tracker, lock = Tracker(COCO_17), AthleteLock()
        both = self.people(0.0, tracker, self.ATHLETE, self.JUDGE)
        first = lock.update(0.0, both, [])
        assert first is not None
        assert (first.athlete, first.why) == (2, "largest in view")
        assert lock.update(0.1, both, []) is None
        change = lock.update(0.2, both, [1])
        assert change is not None
        assert (change.athlete, change.time_s) == (1, 0.2)
        assert lock.update(5.0, both, [2]) is None
        assert lock.athlete == 1

    def test_of_two_who_begin_together_the_larger(self) -> None:
        tracker, lock = Tracker(COCO_17), AthleteLock()
        both = self.people(0.0, tracker, self.ATHLETE, self.JUDGE)
        for t, acting, expected in ((0.0, [], 2), (1.0, [1], 1), (1.5, [1, 2], 2), (9.0, [1], 2)):
            lock.update(t, both, acting)
            assert lock.athlete == expected

    def test_it_passes_on_when_the_athlete_is_gone(self) -> None:
        tracker, lock = Tracker(COCO_17), AthleteLock("largest")
        both = self.people(0.0, tracker, self.ATHLETE, self.JUDGE)
        lock.update(0.0, both, [])
        alone = [both[0]]
        assert lock.update(GONE_S, alone, []) is None
        change = lock.update(GONE_S + 0.1, alone, [])
        assert change is not None
        assert change.athlete == 1
        assert lock.update(GONE_S + 0.2, both, []) is None

    def test_who_has_acted_and_left_is_followed_only_by_the_next_who_acts(self) -> None:
        tracker, lock = Tracker(COCO_17), AthleteLock()
        both = self.people(0.0, tracker, self.ATHLETE, self.JUDGE)
        lock.update(0.0, both, [1])
        alone = [both[1]]
        assert lock.update(GONE_S + 5.0, alone, []) is None
        change = lock.update(GONE_S + 6.0, alone, [2])
        assert change is not None
        assert (change.athlete, change.why) == (2, "does something")

    def test_by_size_alone_acting_does_not_matter(self) -> None:
        tracker, lock = Tracker(COCO_17), AthleteLock("largest")
        both = self.people(0.0, tracker, self.ATHLETE, self.JUDGE)
        lock.update(0.0, both, [])
        assert lock.update(0.5, both, [1]) is None
