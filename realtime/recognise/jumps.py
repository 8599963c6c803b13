"""Counts jumps over a rope: speed steps and jumps with both feet, whichever is done.

Each kind has a counter of its own (`steps.py`, `bounces.py`), and both look at every frame. What
they ask for excludes each other, but for the moments in which one goes over into the other: then
the first to be sure is believed.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from typing import Literal

from models.rope.learned.network import Weights
from realtime.marks import SAME_CONTACT_S, Jump, Mark, Miss
from realtime.recognise.bounces import BOUNCE_LIMITS, BounceCounter
from realtime.recognise.evidence import Limits
from realtime.recognise.gait import LIMITS
from realtime.recognise.steps import StepCounter
from realtime.recognise.stillness import Stillness
from realtime.recognise.witnessed import WitnessedSteps
from realtime.stream.body import BodyPose

Mode = Literal["any", "steps", "bounces"]

STOPPED_S = 0.5
"""Certain jumps further apart than this, and than `STOPPED` of those before, have a stop between
them."""
STOPPED = 1.45
AT_ONCE = 0.5
"""In parts of the pace: what is sooner after a contact is that contact."""
RESUMED_S = 6.0
"""Who goes on within this time has missed; who stops for longer has ended."""
UNCERTAIN = 0.5
"""Jumps of less confidence are for a review."""
LEAST_RUN = 3
"""Who has jumped less often than this has not begun."""
CAUGHT_S = 0.5
"""Nobody jumps again sooner after the landing in which the rope was caught."""
SHORT_STOP_S = 1.8
"""A stop that is longer has the legs stand still."""
RESTED = 0.7
"""In parts of the pace: in a short stop the legs are level for so long on end, in a run for about a
third."""
HIDDEN_S = 0.25
"""A network that loses somebody for less has not hidden what he did."""
IN_RHYTHM = 0.6, 1.4
"""In parts of the usual distance: who takes each step as far as this from the last has not stopped,
whatever the network says of one of them."""
_CERTAIN_KEPT = 8
_PACE = 0.3  # how fast the usual distance of jumps follows
_UNTANGLING = 1  # certain jumps that are said at most of what is done in a short stop
_CHANGE_S = 0.25  # two jumps of different kinds that are nearer are one


class JumpCounter:
    """The `Recogniser` of jumps, for one athlete. `mode` says what is counted; `limits` are the
    checks on steps, `bounce_limits` those on jumps with both feet; `witness` is the network that is
    asked about steps, None for the rule alone."""

    def __init__(
        self,
        athlete: int = 1,
        mode: Mode = "any",
        limits: Limits = LIMITS,
        bounce_limits: Limits = BOUNCE_LIMITS,
        witness: Weights | None = None,
    ) -> None:
        self._athlete = athlete
        self._steps = (
            StepCounter(athlete, limits)
            if witness is None
            else WitnessedSteps(witness, athlete, limits)
        )
        self._counters: list[StepCounter | BounceCounter] = []
        if mode != "bounces":
            self._counters.append(self._steps)
        self._bounces = BounceCounter(athlete, bounce_limits)
        if mode != "steps":
            self._counters.append(self._bounces)
        self._last: Jump | None = None
        self._lately: deque[Jump] = deque(maxlen=_CERTAIN_KEPT)  # since the last miss
        self._certain: deque[Jump] = deque(maxlen=_CERTAIN_KEPT)
        self._in_run = 0  # certain jumps since the last stop
        self._apart_s = STOPPED_S
        self._seen_s = self._unseen_s = -math.inf
        self._stillness = Stillness()

    def update(self, pose: BodyPose) -> list[Mark]:
        """See `Recogniser.update`."""
        if pose.seen:
            self._seen_s = pose.t
        elif pose.t - self._seen_s > HIDDEN_S:
            self._unseen_s = pose.t
        self._stillness.update(pose)
        return self._said([jump for c in self._counters for jump in c.update(pose)])

    def finish(self) -> list[Mark]:
        """See `Recogniser.finish`."""
        return self._said([jump for c in self._counters for jump in c.finish()])

    def _said(self, jumps: list[Jump]) -> list[Mark]:
        """The jumps, and before the first one after a stop the miss that it is."""
        marks: list[Mark] = []
        for jump in jumps:
            if self._last is not None and _same(self._last, jump):
                continue
            self._last = jump
            if jump.confidence >= UNCERTAIN:
                marks = self._with_miss(marks, jump)
                self._certain.append(jump)
            marks.append(jump)
            self._lately.append(jump)
        return marks

    def _with_miss(self, marks: list[Mark], jump: Jump) -> list[Mark]:
        """`marks`, which are not said yet, with the miss before `jump` if he stopped there."""
        since = self._certain[-1].time_s if self._certain else -math.inf
        caught = self._caught(jump)
        if caught is not None:
            self._in_run = 1
            whole_s, spoilt_s = caught
            marks = [mark for mark in marks if not _between(mark, whole_s, spoilt_s + CAUGHT_S)]
        elif self._missed(since, jump):
            # What is said together with the jump after the stop was whole in hindsight.
            together = [mark for mark in marks if isinstance(mark, Jump)]
            certain = [one.time_s for one in together if one.confidence >= UNCERTAIN]
            whole_s = max([self._last_whole(), *certain])
        else:
            return marks
        self._lately.clear()
        return [*marks, Miss(self._athlete, whole_s, jump.emitted_s)]

    def _caught(self, jump: Jump) -> tuple[float, float] | None:
        """Contacts (seconds) of the last whole jump and of what was caught or untangling after it,
        if `jump` is the first one after a short stop."""
        said = list(self._lately) if self._in_run > LEAST_RUN else []
        untangling = 0
        for i in range(len(said) - 1, 0, -1):
            apart = jump.time_s - said[i].time_s
            if apart > SHORT_STOP_S or untangling > _UNTANGLING:
                return None
            if apart >= CAUGHT_S and self._stopped(said[i].time_s):
                if self._in_rhythm(said[i].time_s, jump):
                    return None
                caught = [self._steps.was_caught(one.time_s) for one in said[: i + 1]]
                whole = max((k for k in range(i) if not caught[k]), default=0)
                return said[whole].time_s, said[i].time_s
            untangling += said[i].confidence >= UNCERTAIN
        return None

    def _stopped(self, contact_s: float) -> bool:
        """Whether the rope was caught at `contact_s` and he stood on both feet then: where joints
        are misplaced, only one of the two looks like it."""
        if self._unseen_s > contact_s or not self._steps.was_caught(contact_s):
            return False
        return self._steps.rested_s(contact_s) >= RESTED * self._apart_s

    def _last_whole(self) -> float:
        """Contact of the last jump before the one in which the rope was caught."""
        past = list(self._certain)
        last = past[-1]
        if last.foot == "both" and self._landed(last.time_s):
            return last.time_s
        for before, caught in zip(past[-2::-1], past[:0:-1], strict=True):
            landed = caught.foot == "both" or self._steps.took_weight(caught.time_s)
            if landed or self._steps.was_whole(before.time_s):
                return before.time_s
        return past[-2].time_s

    def _landed(self, since: float) -> bool:
        """Whether there was another contact after the last jump, which so was whole."""
        soon = since + AT_ONCE * self._apart_s, since + STOPPED * self._apart_s
        return any(soon[0] < t < soon[1] for t in self._bounces.landings)

    def _in_rhythm(self, since: float, jump: Jump) -> bool:
        """Whether he went on after the contact `since` (seconds) as he had come to it."""
        contacts = [one.time_s for one in (*self._lately, jump)]
        apart = list(pairwise(contacts))
        usual = sorted(later - one for one, later in apart if later <= since)
        if not usual:
            return False
        low, high = (part * usual[len(usual) // 2] for part in IN_RHYTHM)
        return all(low < later - one < high for one, later in apart if one >= since)

    def _missed(self, since: float, jump: Jump) -> bool:
        """Whether he jumped, was seen to stand, and goes on; where he was hidden, nobody knows."""
        apart = jump.time_s - since
        pace_s = self._apart_s if self._in_run > 1 else apart
        self._in_run += 1
        if apart < max(STOPPED_S, STOPPED * pace_s) or self._in_rhythm(since, jump):
            self._apart_s = pace_s + _PACE * (apart - pace_s)
            return False
        jumped, self._in_run = self._in_run > LEAST_RUN, 1
        stood = self._unseen_s < since < self._stillness.last_s
        return jumped and stood and apart < RESUMED_S


def _same(last: Jump, jump: Jump) -> bool:
    """Whether the counters speak of the same jump, as one kind goes over into the other."""
    changed = (last.foot == "both") != (jump.foot == "both")
    return changed and jump.time_s - last.time_s < _CHANGE_S


def _between(mark: Mark, begin_s: float, end_s: float) -> bool:
    """Whether `mark` is a jump after the one at `begin_s` and before `end_s`."""
    return isinstance(mark, Jump) and begin_s + SAME_CONTACT_S < mark.time_s < end_s
