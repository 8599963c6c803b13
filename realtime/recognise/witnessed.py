"""Counts speed steps with a network as a witness beside the rule.

The decoder of the stride (`switching.py`) proposes each change of the supporting foot. One that
comes when it is due needs hardly any support by the network (`models/rope/learned`), another one
more; what the network alone is sure of counts as well. So a foot that is put down at the end is no
jump, and where the decoder slips nothing is lost.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from models.rope.learned.events import AFTER, NEAR, Peak, StepWitness
from models.rope.learned.features import body_values, feet
from models.rope.learned.network import Weights
from realtime.marks import Foot, Jump
from realtime.recognise.evidence import Limits
from realtime.recognise.gait import COLUMNS, FOOT, KNEE, LIMITS, gait_values
from realtime.recognise.steps import (
    CONTACT_S,
    LONGEST_STEP_S,
    ROPE_S,
    Step,
    StepCounter,
)
from realtime.recognise.stillness import longest_level
from realtime.recognise.stride import PHASES, STEP_S
from realtime.recognise.switching import CENTRE_S, LEAST_TURN, Switch, SwitchDetector
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

ALONE = 0.5
"""Least weight of a step that only the network sees."""
ALONE_DUE = 0.3
"""The same where a step is due."""
ENOUGH = 0.7
"""Least weight of a step that is certain. With it a step that the decoder sees is one, whatever
else becomes known."""
SUPPORTED = 0.1
"""Least weight of a step that the decoder sees, unless a run goes on: there it is said in any case,
as no two athletes end a run alike; whoever goes on after a miss has it taken back."""
FIRST = 0.3
"""Least weight of a run's first step; the first support weighs less, which is not a jump."""
DOUBTFUL = 0.3
"""Confidence of an uncertain one."""
CONTACT = 0.9
"""What weighs this much is a landing, if not a whole jump; a foot that is put down weighs less."""
WHOLE = 0.45
"""Least weight in hindsight of a landing that was a whole jump; with less, the rope was caught."""
SEES = 0.85
"""Where steps lately weigh this much, the network clearly sees jumps. Some lift a foot as high at a
slow pace as runners with high knees, and misplaced joints hide the rhythm: both go unasked."""
SEES_LATE, LEAST_SEEN = 0.7, 4
"""The same in hindsight, in at least so many steps of a run."""

_LIFT, _RHYTHM = "foot_lift", "rhythm"
_BEFORE = 72  # steps, 1.2 s, that say how far apart the legs usually are
_ASKED = 8  # steps lately: if the network supports half of them no better than ...
_BLIND = 0.5  # ... this, it does not see how he jumps, and is not asked
_PACE = 6  # steps that say what the pace is
_DUE = (0.65, 1.3), (1.65, 2.35)  # of the pace; the second: one was lost
_GOES_ON = 2.35  # of the pace: a step further on is not of the run
_GOES_ON_STEPS = 21.0  # of the grid, 0.35 s: nor is one that nobody supports and comes so late
_LEAST = 4.0  # of the grid, between steps; record pace has 8
_LEAST_PACE = 0.5
_LONGEST = 30.0  # of the grid: a stop
_CONTACT_STEPS = CONTACT_S / STEP_S
_REMEMBERED = 64


class _Proposal(NamedTuple):
    """A switch of the decoder, with the grid step of its contact."""

    step: float
    switch: Switch


class WitnessedSwitches(SwitchDetector):
    """Gait rows with body rows (14 + 18,) in, switches out."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._witness = StepWitness(weights)
        self._proposals: deque[_Proposal] = deque()
        self._aside: deque[_Proposal] = deque(maxlen=_ASKED)
        self._last_contact = -math.inf
        self._last_certain = -math.inf
        self._apart_lately: deque[float] = deque(maxlen=_PACE)
        self._ready: deque[Switch] = deque()
        self._switches: deque[Switch] = deque(maxlen=_REMEMBERED)
        self.support: deque[float] = deque(maxlen=_ASKED)
        """The weights of the last steps in which the feet turned over."""
        self._t = 0.0
        self.doubtful: deque[Switch] = deque(maxlen=_REMEMBERED)
        """Switches that the network is not certain of."""

    def update(self, t: float, row: Floats) -> Switch | None:
        """Take the row at `t` seconds, `STEP_S` after the last."""
        self._t = t
        peak = self._witness.update(row[COLUMNS:])
        proposed = super().update(t, row[:COLUMNS])
        if proposed is not None:
            self._propose(proposed)
        if not self._supported() and peak:
            self._seen(peak)
        return self._ready.popleft() if self._ready else None

    def flush(self) -> list[Switch]:
        """See `CycleDetector.flush`."""
        for switch in super().flush():
            self._propose(switch)
        while self._supported():
            pass
        ready, self._ready = list(self._ready), deque()
        return ready

    def weight(self, contact_s: float) -> float:
        """How clearly a foot took the weight at `contact_s` (seconds)."""
        return self._witness.weight(self._step_at(contact_s))

    def hindsight(self, contact_s: float) -> float:
        """The same by how he went on; NaN where that is not known yet."""
        step = self._step_at(contact_s)
        return self._witness.hindsight(step) if step + AFTER < self._witness.taken else math.nan

    def level_steps(self, since_s: float) -> int:
        """For how many steps on end the legs were level since the contact at `since_s` (seconds),
        as far as what came before it is remembered."""
        since = max(round((self._t - since_s) / STEP_S), 1)
        rows = self._rows.latest(since + _BEFORE)[1][:, [FOOT, KNEE]]
        return longest_level(rows[:-since], rows[-since:]) if len(rows) > since else 0

    def window(self, begin: int, end: int) -> tuple[Floats, Floats]:
        """As `CycleDetector.window`, with the phases of the switches that were said."""
        rows = self._between(begin, end)[1][:, :COLUMNS]
        first, to = end + 1 - len(rows), end + 1
        until = max(to, self._switches[-1].step + 1)
        phases: list[float] = []  # from the last one back
        for switch in reversed(self._switches):
            since = max(switch.step, first)
            phases += (_phase(switch, step, until) for step in range(to - 1, since - 1, -1))
            until, to = switch.step, min(since, to)
            if to <= first:
                break
        phases += [_phase(switch, first, until)] * (len(rows) - len(phases))
        return rows, np.array(phases[::-1])

    @property
    def blind(self) -> bool:
        """Whether the network does not see how he jumps, as where there are few frames for a step:
        then the decoder is alone."""
        support = sorted(self.support)
        return len(support) == _ASKED and support[_ASKED // 2] < _BLIND

    def _propose(self, switch: Switch) -> None:
        self._proposals.append(_Proposal(self._step_at(switch.t + CONTACT_S), switch))

    def _supported(self) -> bool:
        """Say the oldest proposal that the network supports by now; False where there is none."""
        while self._proposals:
            step, switch = proposal = self._proposals[0]
            apart, weight = self._apart(step), self._witness.weight(step)
            if apart < self._least_apart():
                self._proposals.popleft()
                continue
            if weight < ENOUGH and not self._witness.is_known(step):
                return False
            self._proposals.popleft()
            if self.blind or weight >= ENOUGH:
                self._say(step, switch, certain=True)
                return True
            if self._hurried(apart):
                continue
            if weight >= SUPPORTED or apart < min(_GOES_ON * self._pace(), _GOES_ON_STEPS):
                self._say(step, switch, certain=False)
                return True
            self._put_aside(proposal, weight)
        return False

    def _put_aside(self, proposal: _Proposal, weight: float) -> None:
        """Leave a proposal out, until it turns out that the network sees none of them."""
        if proposal.switch.turn < LEAST_TURN:
            return
        self.support.append(weight)
        self._aside.append(proposal)
        if self.blind:
            self._proposals.extendleft(reversed(self._aside))
            self._aside.clear()

    def _seen(self, peak: Peak) -> None:
        """Say the switch at a peak, unless it was said."""
        apart = self._apart(peak.step)
        if apart < self._least_apart():
            return
        if peak.weight < (ALONE_DUE if self._due(apart) else ALONE):
            return
        switch = self._described(peak)
        if peak.weight < ENOUGH and self._stands(switch.foot) and not self._lost_one(apart):
            return
        while self._proposals and self._proposals[0].step < peak.step + NEAR:
            self._proposals.popleft()
        self._say(peak.step, switch, certain=peak.weight >= ENOUGH)

    def _stands(self, foot: Foot) -> bool:
        """Whether that foot took the weight last: who ends so lifts no foot any more."""
        return bool(self._switches) and self._switches[-1].foot == foot

    def _say(self, step: float, switch: Switch, *, certain: bool) -> None:
        self._aside.clear()
        if certain:
            self._fill(step, switch)
            if self._last_certain == self._last_contact and step - self._last_contact < _LONGEST:
                self._apart_lately.append(step - self._last_contact)
            self._last_certain = step
        else:
            self.doubtful.append(switch)
        self._last_contact = step
        self._switches.append(switch)
        self._ready.append(switch)

    def _fill(self, step: float, switch: Switch) -> None:
        """Say the step that was lost between two certain ones which are two steps apart."""
        last = self._last_certain
        if last != self._last_contact or not self._lost_one(step - last) or self.blind:
            return
        between = self._described(Peak((last + step) / 2, 0.0))
        foot: Foot = "left" if switch.foot == "right" else "right"
        between = replace(between, foot=foot, turn=switch.turn)
        self.doubtful.append(between)
        self._switches.append(between)
        self._ready.append(between)

    def _described(self, peak: Peak) -> Switch:
        """What the decoder would say of a switch there."""
        step = max(round(peak.step - _CONTACT_STEPS), 0)
        last = min(self._switches[-1].step, step) if self._switches else 0
        times, rows = self._between(last, self._taken - 1)
        feet, here = rows[:, FOOT], len(rows) - (self._taken - step)
        before, after = feet[: here + 1], feet[here:]
        sign = 1 if before.mean() > after.mean() else -1
        centre = float(np.median(self._rows.window(CENTRE_S)[1][:, FOOT]))
        top = float((sign * before).max())
        t = float(times[-1]) - (self._taken - 1 - peak.step) * STEP_S - CONTACT_S
        foot: Foot = "left" if sign > 0 else "right"
        return Switch(step, t, foot, top - sign * centre, top - float((sign * after).min()))

    def _step_at(self, t: float) -> float:
        return self._witness.taken - 1 - (self._t - t) / STEP_S

    def _apart(self, step: float) -> float:
        return step - self._last_contact

    def _pace(self) -> float:
        """Usual steps of the grid from contact to contact; 0: not known."""
        apart = sorted(self._apart_lately)
        return apart[len(apart) // 2] if len(apart) >= _PACE // 2 else 0.0

    def _least_apart(self) -> float:
        return max(_LEAST, _LEAST_PACE * self._pace())

    def _hurried(self, apart: float) -> bool:
        """Whether a step so soon after the last is before its time."""
        return apart < _DUE[0][0] * self._pace()

    def _lost_one(self, apart: float) -> bool:
        pace, (low, high) = self._pace(), _DUE[1]
        return low * pace < apart < min(high * pace, _LONGEST)

    def _due(self, apart: float) -> bool:
        pace = self._pace()
        return pace > 0 and any(low < apart / pace < high for low, high in _DUE)


def _phase(switch: Switch, step: int, until: int) -> float:
    """Of a `step` between a switch and the next one, at step `until`."""
    part = min(max((step - switch.step) / max(until - switch.step, 1), 0.0), 1 - 1 / PHASES)
    return math.floor(((switch.foot == "left") + part) * (PHASES // 2))


class WitnessedSteps(StepCounter):
    """`StepCounter` with a witness."""

    def __init__(self, weights: Weights, athlete: int = 1, limits: Limits = LIMITS) -> None:
        self._weights = weights
        super().__init__(athlete, limits)

    def took_weight(self, contact_s: float) -> bool:
        return self._weight(contact_s) >= CONTACT

    def was_caught(self, contact_s: float) -> bool:
        return self.took_weight(contact_s) and self._witnessed.hindsight(contact_s) < WHOLE

    def was_whole(self, contact_s: float) -> bool:
        return not (self.took_weight(contact_s) or self._witnessed.hindsight(contact_s) < WHOLE)

    def rested_s(self, since_s: float) -> float:
        return self._witnessed.level_steps(since_s) * STEP_S

    def _weight(self, contact_s: float) -> float:
        """How clearly a foot took the weight at `contact_s` (seconds)."""
        return self._witnessed.weight(contact_s)

    def _row(self, pose: BodyPose) -> Floats | None:
        joints: list[list[float]] = pose.points.tolist()
        (hip_x, hip_y), leg = pose.hip.tolist(), pose.leg_length
        where = feet(joints)
        row = gait_values(joints, where, hip_x, leg)
        if not math.isfinite(row[FOOT]):
            return None
        return np.array((*row, *body_values(joints, where, hip_x, hip_y, leg)))

    def _new_detector(self) -> WitnessedSwitches:
        self._witnessed = WitnessedSwitches(self._weights)
        return self._witnessed

    def _judge(self, switch: Switch) -> list[Jump]:
        if switch.turn >= LEAST_TURN:
            self._witnessed.support.append(self._weight(switch.t + CONTACT_S))
        return super()._judge(switch)

    def _confidence(self, switch: Switch) -> float:
        return DOUBTFUL if switch in self._witnessed.doubtful else 1.0

    def _begun_before(self) -> list[Step]:
        """Two steps or more that the network supports at once and in hindsight, up to `ROPE_S`
        before: the rope was caught in one of the first jumps."""
        since = self._unsaid[0].switch.t - ROPE_S
        sure = [step for step in self._left if step.switch.t > since and self._supports(step)]
        times = [step.switch.t for step in sure]
        return [
            step
            for step in sure
            if any(0 < abs(step.switch.t - other) < LONGEST_STEP_S for other in times)
        ]

    def _supports(self, step: Step) -> bool:
        contact_s = step.switch.t + CONTACT_S
        late = self._witnessed.hindsight(contact_s)
        return self._weight(contact_s) >= ENOUGH and not late < WHOLE

    def _asked(self, limits: Limits) -> Limits:
        support = sorted(self._witnessed.support)
        if len(support) < _ASKED or support[_ASKED // 2] < SEES:
            return limits
        if self._begun:
            seen = {_LIFT, _RHYTHM}
        elif self._sees_in_hindsight():
            seen = {_LIFT}
        else:
            return limits
        return {name: limits[name] for name in limits if name not in seen}

    def _sees_in_hindsight(self) -> bool:
        """Whether the network sees jumps of this run by how he went on, too: high knees take it in
        for a moment."""
        late = [self._witnessed.hindsight(step.t + CONTACT_S) for step in self._run]
        known = sorted(weight for weight in late if not math.isnan(weight))
        return (
            len(known) >= LEAST_SEEN and known[0] >= WHOLE and known[len(known) // 2] >= SEES_LATE
        )

    def _drop_first_support(self, least_lift: float) -> None:
        """Begin a run with a switch that the network supports."""
        weights = [self._weight(step.switch.t + CONTACT_S) for step in self._unsaid]
        if max(weights) < FIRST:  # the network sees nothing of this
            super()._drop_first_support(least_lift)
            return
        for weight in weights:
            if weight >= FIRST:
                return
            self._drop_first()
