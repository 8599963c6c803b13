"""Which pose workers a station has, who is free, and who has failed: without sockets or a clock."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator

from models.skeleton import SKELETONS
from realtime.messages import PROTOCOL, Hello
from realtime.supervision.states import POSE_WORKERS, PartState, StateChange
from realtime.transport.names import part_of
from realtime.transport.quality import LinkQuality
from realtime.transport.workers import (
    KEEP_S,
    KEPT_ROUNDS,
    MOST_WORKERS,
    WORTH_S,
    PoseWorker,
    Work,
)

NOBODY_S = 2.0
"""Another worker is started in less; only a longer absence is a fault of its own."""
TOLD_MOST, _TOLD_S = 32, 60.0
"""In so many seconds no more failures are told one by one: workers under ever new names must not
fill the session file."""
_GONE_S = 0.5
"""After a connection was lost the reason is waited for: the end of a process says more."""
_STEADY_S = 1.0
"""A worker that was late must be on time for so long to be as it should be."""
_BANNED_S = 10.0
_UNASKED_PER_S = 200
_CROWD_S = 10.0
_WORTH = 1.5
"""Of the time that a frame may be kept, when a slow engine makes that longer than usual."""

Orphan = tuple[Work, str]
"""A frame that nobody has any more, and why."""


class Roster:
    """Times are seconds of one monotonic clock; `changes` is what is to be told, `failed` the
    identities of those given up (their processes may live)."""

    def __init__(self, *, window: int, lossless: bool) -> None:
        self.changes: list[StateChange] = []
        self.failed: list[bytes] = []
        self._window = window
        self._lossless = lossless
        self._workers: dict[bytes, PoseWorker] = {}
        self._fallen: OrderedDict[bytes, None] = OrderedDict()  # told of, and not back
        self._gone: dict[bytes, float] = {}  # not told of yet
        self._banned: OrderedDict[bytes, float] = OrderedDict()
        self._arrivals: deque[float] = deque(maxlen=MOST_WORKERS)
        self._skeleton: str | None = None  # of the first worker; what follows must fit it
        self._nobody_since: float | None = None
        self._nobody_told = False
        self._worked_at = 0.0
        self._counted_at = 0.0
        self._told = 0
        self._told_since = 0.0
        self._many_told = False

    def __iter__(self) -> Iterator[PoseWorker]:
        return iter(tuple(self._workers.values()))

    @property
    def identities(self) -> list[bytes]:
        """Of all workers, with those that failed and may be there."""
        return [*self._workers, *self._fallen]

    def get(self, identity: bytes) -> PoseWorker | None:
        return self._workers.get(identity)

    @property
    def hello(self) -> Hello | None:
        return next((worker.hello for worker in self._workers.values()), None)

    def refuses(self, identity: bytes, hello: Hello, now: float) -> str | None:
        """Why somebody who says this cannot be used; None: he can."""
        if hello.protocol != PROTOCOL:
            return f"speaks protocol {hello.protocol}, expected {PROTOCOL}"
        if hello.skeleton not in SKELETONS:
            return f"gives the unknown skeleton {hello.skeleton!r}"
        if self._skeleton not in (None, hello.skeleton):
            return f"gives {hello.skeleton}, expected {self._skeleton}"
        if now < self._banned.get(identity, now):
            return f"is back too soon: it is not listened to for {_BANNED_S:g} s"
        arrivals = self._arrivals
        crowded = len(arrivals) == MOST_WORKERS and now - arrivals[0] < _CROWD_S
        if crowded or len(self._workers) == MOST_WORKERS:
            return f"is one too many: a station has at most {MOST_WORKERS} pose workers"
        return None

    def welcome(self, identity: bytes, hello: Hello, link: LinkQuality | None, now: float) -> None:
        """Somebody who is not refused is there, or back."""
        self._skeleton = hello.skeleton
        self._arrivals.append(now)
        self._gone.pop(identity, None)
        self._fallen.pop(identity, None)
        worker = self._workers[identity] = PoseWorker(identity, hello, now, link)
        self.changes.append(StateChange(worker.part, "running"))
        if self._nobody_told:
            gap_s = now - self._worked_at
            self.changes.append(
                StateChange(POSE_WORKERS, "running", f"{POSE_WORKERS}: there is one again", gap_s)
            )
        self._nobody_since, self._nobody_told = None, False

    def free(self) -> PoseWorker | None:
        """Who gets the next frame."""
        free = [worker for worker in self._workers.values() if worker.takes(self._window)]
        return min(free, key=lambda worker: worker.load, default=None)

    def gave(self, worker: PoseWorker, work: Work, now: float) -> None:
        """A frame is on its way to a worker."""
        work.sent_at = now
        work.first_at = now if work.first_at is None else work.first_at
        worker.held[work.header.seq] = work

    def answered(self, worker: PoseWorker, seq: int, now: float) -> Work | None:
        """The frame that a worker has answered; None when somebody else has it now, or nobody had
        asked."""
        worker.heard(now)
        work = worker.held.pop(seq, None)
        sent_at = work.sent_at if work else worker.late.pop(seq, None)
        if sent_at is None:
            worker.unasked += 1
            return None
        worker.answered(now - sent_at)
        self._worked_at = now
        if worker.state != "running" and not worker.late and now - worker.late_at > _STEADY_S:
            worker.state = "running"
            self.changes.append(StateChange(worker.part, "running"))
        return work

    def take_overdue(self, now: float) -> list[Orphan]:
        """Live: frames that their workers keep for too long while another is at hand."""
        if self._lossless:
            return []
        overdue = []
        for worker in self:
            others = any(other is not worker and not other.late for other in self)
            for seq, work in list(worker.held.items()) if others else ():
                if now > self._due_at(work):
                    del worker.held[seq]
                    worker.late[seq] = work.sent_at
                    worker.late_at = now
                    overdue.append((work, f"{worker.part} kept it too long"))
            if worker.late and worker.state == "running":
                worker.state = "degraded"
                why = f"{worker.part} keeps frames too long; others get them"
                self.changes.append(StateChange(worker.part, "degraded", why))
        return overdue

    def _due_at(self, work: Work) -> float:
        keep_s = self._keep_s()
        if work.first_at is None or work.first_at == work.sent_at:
            return work.sent_at + keep_s
        return work.first_at + max(WORTH_S, _WORTH * keep_s)

    def _keep_s(self) -> float:
        """For how long a worker may keep a frame that others wait behind: by the fastest of all, as
        a slow one, or one that says it is, must not hold up the others."""
        workers = self._workers.values()
        fastest_s = min(worker.round_s for worker in workers)
        announced_s = min(worker.announced_s(self._window) for worker in workers)
        return max(KEEP_S, KEPT_ROUNDS * fastest_s, announced_s)

    def worth(self, work: Work, now: float) -> PoseWorker | None:
        """Live: who works on a frame once more; None when nobody is free, or it is too late."""
        other = self.free()
        if other is None or work.first_at is None or work.first_at != work.sent_at:
            return None
        done_s = now - work.first_at + (other.load + 1) * other.round_s
        limit_s = max(WORTH_S, _WORTH * self._keep_s())
        return other if done_s <= limit_s else None

    def take_failed(self, now: float) -> list[Orphan]:
        """Give up who does not answer, and what these had."""
        orphans = []
        for worker in self:
            stall_s = worker.stall_s(self._window, lossless=self._lossless)
            silent_s = worker.silent_s(lossless=self._lossless)
            if now - worker.oldest_at(now) > stall_s:
                why = f"kept a frame for more than {stall_s:.3g} s"
            elif not worker.load and now - worker.heard_at > silent_s:
                why = f"said nothing for {silent_s:.3g} s"
            else:
                continue
            # It may be replaced here; from elsewhere it has to come back by itself.
            state: PartState = "degraded" if worker.link is None else "failed"
            if worker.state == state:  # and so it was told
                self._remember(worker.identity)
            orphans += self.fail(worker.identity, why, state)
        for identity, since in list(self._gone.items()):
            if now - since > _GONE_S:
                self.failed.append(identity)
                self.fail(identity, "went away", "failed")
        self._look_for_anybody(now)
        self._sum_up(now)
        return orphans

    def fail(self, identity: bytes, why: str, state: PartState) -> list[Orphan]:
        """Somebody has failed, or (stopped) has left: what is lost with him. A second reason for
        what was told already is not told."""
        worker = self._workers.pop(identity, None)
        if state != "degraded" or identity not in self._fallen:
            part = part_of(identity)
            self._told += 1
            if self._told <= TOLD_MOST:
                self.changes.append(StateChange(part, state, f"{part} {why}"))
            self._remember(identity)
        self._gone.pop(identity, None)
        if worker is not None:
            self.failed.append(identity)
        return self._orphans(worker, why)

    def lose_connection(self, identity: bytes, now: float) -> list[Orphan]:
        """Nobody is there any more who could be sent anything."""
        self._gone[identity] = now
        return self._orphans(self._workers.pop(identity, None), "went away")

    def reconnected(self, worker: PoseWorker) -> list[Orphan]:
        """It is back on a new connection: what was sent over the old one never came."""
        worker.late.clear()
        return self._orphans(worker, "was connected anew")

    def ban(self, identity: bytes, why: str, now: float) -> list[Orphan]:
        """A worker does what none does: it is not listened to for a while."""
        self._banned[identity] = now + _BANNED_S
        _keep_newest(self._banned)
        return self.fail(identity, why, "failed")

    def flooding(self, now: float) -> list[PoseWorker]:
        """Workers that send what nobody asked for, faster than any mistake would."""
        if now - self._counted_at < 1.0:
            return []
        self._counted_at = now
        found = [worker for worker in self if worker.unasked > _UNASKED_PER_S]
        for worker in self:
            worker.unasked = 0
        return found

    @staticmethod
    def _orphans(worker: PoseWorker | None, why: str) -> list[Orphan]:
        if worker is None:
            return []
        held = sorted(worker.held.values(), key=lambda work: work.header.seq)
        worker.held.clear()
        return [(work, f"{worker.part} {why}") for work in held]

    def _remember(self, identity: bytes) -> None:
        self._fallen[identity] = None
        _keep_newest(self._fallen)

    def _sum_up(self, now: float) -> None:
        """Say how many failures were not told one by one."""
        if now - self._told_since >= _TOLD_S:
            if self._told > TOLD_MOST:
                more = f"{self._told - TOLD_MOST} more failures of workers in {_TOLD_S:g} s"
                self.changes.append(
                    StateChange(POSE_WORKERS, "degraded", f"{POSE_WORKERS}: {more}")
                )
                self._many_told = True
            elif self._many_told and self._workers:
                self.changes.append(StateChange(POSE_WORKERS, "running"))
                self._many_told = False
            self._told, self._told_since = 0, now

    def _look_for_anybody(self, now: float) -> None:
        if self._workers or self._skeleton is None:  # at the start nobody is missed
            return
        if self._nobody_since is None:
            self._nobody_since = now
        if now - self._nobody_since >= NOBODY_S and not self._nobody_told:
            self._nobody_told = True
            self.changes.append(
                StateChange(POSE_WORKERS, "failed", f"{POSE_WORKERS}: there is none")
            )


def _keep_newest(names: OrderedDict[bytes, None] | OrderedDict[bytes, float]) -> None:
    while len(names) > MOST_WORKERS:
        names.popitem(last=False)
