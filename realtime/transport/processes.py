"""Pose workers on this machine: started, watched, restarted within a budget, stopped."""

from __future__ import annotations

import secrets
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from realtime import exits
from realtime.logs import LOG
from realtime.supervision.budget import WINDOW_S, RestartBudget
from realtime.supervision.states import PartState, StateChange
from realtime.transport import names
from realtime.transport.worker_process import Command, WorkerProcess

_log = LOG.getChild("workers")

_STOP_S = 1.0


class WorkerError(Exception):
    """Pose workers cannot be kept running; the message is one line with the reason."""


class WorkerInputError(WorkerError):
    """A pose worker said that its input is bad, so that starting it again would not help."""


@dataclass(frozen=True, slots=True)
class Death:
    """A worker's process has ended: under which identity a station knows it, why (what follows its
    name), and what state that leaves it in."""

    identity: bytes
    why: str
    state: PartState


def worker_command(threads: int, engine: Sequence[str] = ()) -> Command:
    """The command of FlipTally's own worker with this many threads; `engine` are the arguments
    that choose its pose engine (`realtime.options.pose`)."""

    def command(endpoints: Sequence[str], identity: str) -> list[str]:
        module = [sys.executable, "-m", "realtime.worker", "--threads", str(threads)]
        connect = [part for endpoint in endpoints for part in ("--connect", endpoint)]
        return [*module, *connect, "--identity", identity, *engine]

    return command


@dataclass(slots=True, eq=False)
class _Worker:
    """One worker, however often it was started."""

    name: str
    budget: RestartBudget
    process: WorkerProcess | None = None
    starts: int = 0
    started_at: float = 0.0
    start_at: float | None = 0.0
    """When to start it; None while it runs."""
    failed: bool = False
    """The budget was spent, and since then it has not lived for as long as the budget's window."""

    @property
    def part(self) -> str:
        return names.part_of(self.name.encode())


class WorkerProcesses:
    """`count` worker processes for the stations that join, each of them for all; kept alive.

    A worker that died is started again at once, then after ever longer waits. When its budget is
    spent that ends the stations with WorkerError, or, if they are to `go_on`, it is tried again
    each minute. Every method may be called from any thread.
    """

    def __init__(
        self,
        count: int,
        command: Command,
        clock: Callable[[], float] = time.monotonic,
        *,
        go_on: bool = False,
    ) -> None:
        # A part of their names that nobody from elsewhere can guess: he would take their place.
        self._secret = secrets.token_hex(8)
        self._command = command
        self._clock = clock
        self._go_on = go_on
        self._lock = threading.Lock()
        self._members: list[Member] = []
        self._workers = [_Worker(f"local-{i + 1}", RestartBudget()) for i in range(count)]
        self._started = False
        self._worked = False
        self._error: WorkerError | None = None

    @property
    def pids(self) -> list[int]:
        with self._lock:
            return [worker.process.pid for worker in self._workers if worker.process]

    def join(self, endpoint: str) -> Member:
        """Work for the station at `endpoint`, which takes part until it leaves. Processes that run
        already do not know of it: join before `start`."""
        member = Member(self, endpoint)
        with self._lock:
            self._members.append(member)
        return member

    def start(self) -> None:
        """Start the workers, for all that have joined. Twice does nothing."""
        with self._lock:
            self._started = True
            self._start_due()

    def stop(self) -> None:
        """End all processes. Twice does nothing."""
        with self._lock:
            self._started = False
            processes = [worker.process for worker in self._workers if worker.process]
            for worker in self._workers:
                worker.process = None
        for process in processes:
            process.release()
        deadline = time.monotonic() + _STOP_S
        for process in processes:
            process.end(max(deadline - time.monotonic(), 0.0))

    def _leave(self, member: Member) -> None:
        with self._lock:
            if member not in self._members:
                return
            self._members.remove(member)
            is_last = not self._members
        if is_last:
            self.stop()

    def _check(self, member: Member, worked: bool) -> list[Death]:
        with self._lock:
            self._worked |= worked
            if self._error is None and self._started:
                self._bury()
                self._start_due()
            if self._error is not None:
                raise self._error
            deaths, member.deaths = member.deaths, []
            return deaths

    def _take_changes(self, member: Member) -> list[StateChange]:
        with self._lock:
            changes, member.changes = member.changes, []
            return changes

    def _kill(self, endpoint: str, identity: bytes) -> None:
        with self._lock:
            for worker in self._workers:
                if worker.process and worker.process.serves(endpoint, identity):
                    worker.process.kill()

    def _bury(self) -> None:
        for worker in self._workers:
            process = worker.process
            code = process.exit_code() if process else None
            if process is None or code is None:
                continue
            words = process.last_words()
            fields = {"code": code, "stderr": process.words()}
            _log.warning("%s died (%s)", worker.part, words, extra={"fields": fields})
            worker.process = None
            process.end(0)
            if code == exits.BAD_INPUT and not self._worked:
                self._error = WorkerInputError(words)
                return
            self._failed(worker, words, process)

    def _failed(self, worker: _Worker, words: str, process: WorkerProcess | None = None) -> None:
        """Say when it is started again; `process` is the one that died, None if none came up."""
        now = self._clock()
        wait_s = worker.budget.failed(now)
        if now - worker.started_at > WINDOW_S:
            worker.failed = False
        if wait_s is None or worker.failed:
            often = f"failed {worker.budget.failures} times in {WINDOW_S:g} s"
            if not self._go_on:
                self._error = WorkerError(f"pose worker: {often}; the last time: {words}")
                return
            why = f"died ({words}); tried again in {WINDOW_S:g} s"
            if not worker.failed:
                why = f"{often}; tried again each {WINDOW_S:g} s; the last time: {words}"
            worker.failed, wait_s = True, WINDOW_S
        else:
            when = "restarted" if wait_s == 0 else f"started again in {wait_s:g} s"
            why = f"died ({words}); {when}"
        worker.start_at = now + wait_s
        state: PartState = "failed" if worker.failed else "degraded"
        for member in self._members:
            known = worker.name.encode()
            if process is not None and member.endpoint in process.endpoints:
                known = process.known_as(member.endpoint)
            member.deaths.append(Death(known, why, state))

    def _start_due(self) -> None:
        endpoints = [member.endpoint for member in self._members]
        for worker in self._workers:
            if worker.start_at is None or self._clock() < worker.start_at:
                continue
            worker.starts += 1
            worker.started_at, worker.start_at = self._clock(), None
            name = names.identity(worker.name, f"{worker.starts}-{self._secret}")
            try:
                worker.process = WorkerProcess(self._command, endpoints, name)
            except OSError as error:
                self._failed(worker, f"cannot be started: {error.strerror}")
                continue
            _log.info(
                "%s started", worker.part, extra={"fields": {"worker_pid": worker.process.pid}}
            )
            if not worker.failed:
                self._tell(StateChange(worker.part, "starting"))

    def _tell(self, change: StateChange) -> None:
        for member in self._members:
            member.changes.append(change)


class Member:
    """A station's part in `WorkerProcesses`: what one station hears of, all hear of once."""

    def __init__(self, pool: WorkerProcesses, endpoint: str) -> None:
        self._pool = pool
        self.endpoint = endpoint
        self.deaths: list[Death] = []
        self.changes: list[StateChange] = []

    @property
    def pids(self) -> list[int]:
        return self._pool.pids

    def take_changes(self) -> list[StateChange]:
        """Workers that were started since the last call."""
        return self._pool._take_changes(self)

    def check(self, *, worked: bool) -> list[Death]:
        """Start again what died; who died since the last call. `worked` says whether a worker has
        worked for this station yet: then its input was good.

        Raises WorkerInputError when a worker says that it is bad, WorkerError when the budget is
        spent and the stations are not to go on without.
        """
        return self._pool._check(self, worked)

    def kill(self, identity: bytes) -> None:
        """End a worker of this machine that failed; `check` replaces it."""
        self._pool._kill(self.endpoint, identity)

    def leave(self) -> None:
        """The station has ended; with the last one all processes end. Twice does nothing."""
        self._pool._leave(self)
