"""Who is meant, and that it is said whenever it changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.skeleton import COCO_17
from realtime.marks import BY_HAND, Lock
from realtime.stream.lock import (
    COUNTED_S,
    GONE_S,
    LOCK_RULES,
    MOST_FOR_S,
    MOST_LEAST,
    AthleteLock,
    LockRule,
)
from realtime.stream.tracking import Tracked
from tests.realtime.stream.people import figure

SIZES = {1: 300.0, 2: 400.0, 3: 200.0}
DT = 1 / 30
STILL = dict.fromkeys(SIZES, 0.5)
FIRST_JUMPS = {1: 15.0, 2: 0.5, 3: 0.5}
SECOND_JUMPS = {1: 0.5, 2: 15.0, 3: 0.5}


def people(*numbers: int) -> list[Tracked]:
    return [Tracked(n, figure(COCO_17), SIZES[n]) for n in numbers]


def after(lock: AthleteLock, begin: float, seconds: float, motion: dict[int, float]) -> list[Lock]:
    """The changes while 1, 2 and 3 are in view and move like that."""
    frames = (begin + i * DT for i in range(round(seconds / DT)))
    changes = [lock.update(t, people(1, 2, 3), [], motion) for t in frames]
    return [change for change in changes if change]


class TestByHand:
    def test_the_chosen_one_is_meant_whatever_the_others_do(self) -> None:
        lock = AthleteLock()
        lock.update(0.0, people(1, 2, 3), [])
        change = lock.choose(1.0, 3)
        assert change == Lock(3, 1.0, BY_HAND)
        assert change.by_hand
        assert lock.update(1.1, people(1, 2, 3), [1, 2]) is None
        assert lock.athlete == 3

    def test_he_is_meant_however_long_he_is_away(self) -> None:
        lock = AthleteLock()
        lock.update(0.0, people(1, 2), [])
        lock.choose(0.0, 1)
        assert lock.update(GONE_S + 600, people(2), [2]) is None
        assert lock.athlete == 1

    def test_the_rule_goes_on_from_him_when_it_is_automatic_again(self) -> None:
        lock = AthleteLock()
        lock.update(0.0, people(1, 2), [2])
        lock.choose(5.0, 1)
        assert lock.choose(6.0, None) == Lock(1, 6.0, "automatic again")
        assert lock.update(6.1, people(1, 2), []) == Lock(2, 6.1, "does something")

    def test_who_was_meant_already_is_held_and_that_is_said_once(self) -> None:
        lock = AthleteLock()
        lock.update(0.0, people(1, 2), [])
        assert lock.choose(1.0, 2) == Lock(2, 1.0, BY_HAND)
        assert lock.choose(2.0, 2) is None

    def test_automatic_while_it_is_automatic_changes_nothing(self) -> None:
        lock = AthleteLock()
        assert lock.choose(0.0, None) is None
        lock.update(0.0, people(1, 2), [])
        assert lock.choose(1.0, None) is None


class TestMotion:
    def lock(self) -> AthleteLock:
        lock = AthleteLock("motion")
        assert [change.athlete for change in after(lock, 0.0, 1.0, STILL)] == [2]
        return lock

    def test_whoever_moves_most_for_a_while_is_meant_and_those_who_stand_change_nothing(
        self,
    ) -> None:
        lock = self.lock()
        changes = after(lock, 1.0, 4.0, FIRST_JUMPS)
        assert [(c.athlete, c.why) for c in changes] == [(1, "moves most")]
        assert MOST_FOR_S <= changes[0].time_s - 1.0 < MOST_FOR_S + 2 * DT
        assert after(lock, 5.0, 4.0, STILL) == []
        assert [c.athlete for c in after(lock, 9.0, 2.0, SECOND_JUMPS)] == [2]

    def test_it_does_not_pass_for_a_moment_or_a_little_more(self) -> None:
        lock = self.lock()
        assert after(lock, 1.0, MOST_FOR_S - 0.1, FIRST_JUMPS) == []
        assert after(lock, 2.0, 0.1, STILL) == []
        assert after(lock, 2.1, MOST_FOR_S - 0.1, FIRST_JUMPS) == []
        assert after(lock, 4.0, 5.0, {1: 15.0, 2: 9.0, 3: 0.0}) == []

    def test_it_does_not_pass_to_somebody_who_hardly_moves(self) -> None:
        assert after(self.lock(), 1.0, 5.0, {1: 0.9 * MOST_LEAST, 2: 0.0, 3: 0.0}) == []

    def test_who_is_counted_stays_until_somebody_else_is(self) -> None:
        lock = self.lock()
        for i in range(10):
            t = 1.0 + i
            lock.update(t, people(1, 2, 3), [2], FIRST_JUMPS)
            assert after(lock, t + DT, 0.9, FIRST_JUMPS) == []
        assert lock.update(10.95, people(1, 2, 3), [1], FIRST_JUMPS) == Lock(1, 10.95, "moves most")

    def test_who_was_counted_lets_go_when_he_has_stopped(self) -> None:
        lock = self.lock()
        lock.update(1.0, people(1, 2, 3), [2], STILL)
        changes = after(lock, 1.1, 5.0, FIRST_JUMPS)
        assert [c.athlete for c in changes] == [1]
        assert changes[0].time_s > 1.0 + COUNTED_S

    def test_when_he_is_gone_it_passes_to_the_one_who_moves_else_to_the_largest(self) -> None:
        for motion, heir in ({3: 9.0, 1: 3.0}, 3), ({3: 1.0, 1: 0.5}, 1):
            lock = self.lock()
            assert lock.update(1.0 + GONE_S, people(1, 3), [], motion) is not None
            assert lock.athlete == heir


steps = st.lists(
    st.tuples(
        st.sets(st.sampled_from([1, 2, 3])),
        st.sets(st.sampled_from([1, 2, 3]), max_size=1),
        st.dictionaries(st.sampled_from([1, 2, 3]), st.floats(0, 30)),
        st.sampled_from([0.03, 0.3, 1.2, 3.5]),
        st.none() | st.tuples(st.sampled_from([None, 1, 2, 3])),
    ),
    max_size=30,
)


@given(st.sampled_from(LOCK_RULES), steps)
def test_it_never_changes_without_a_word(rule: LockRule, steps) -> None:
    lock, t = AthleteLock(rule), 0.0
    for view, acting, motion, dt, choice in steps:
        before = lock.athlete
        change = lock.update(t, people(*sorted(view)), acting, motion)
        assert (change is not None) == (lock.athlete != before)
        assert change is None or (change.athlete, change.time_s) == (lock.athlete, t)
        if choice is not None:
            before = lock.athlete
            said = lock.choose(t, *choice)
            assert said is not None or lock.athlete == before
            assert said is None or said.athlete == lock.athlete
        t += dt
