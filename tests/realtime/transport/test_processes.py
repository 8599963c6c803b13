"""Worker processes that several stations share: real processes, a virtual clock."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from realtime.supervision.budget import RESTARTS, WINDOW_S, RestartBudget
from realtime.supervision.states import StateChange
from realtime.transport import processes
from realtime.transport.names import part_of
from realtime.transport.processes import (
    Death,
    Member,
    WorkerError,
    WorkerInputError,
    WorkerProcesses,
)

LIVES = "sys.stdin.read()"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
SECRET = "abc"


@pytest.fixture(autouse=True)
def no_secret(monkeypatch):
    monkeypatch.setattr(processes.secrets, "token_hex", lambda _: SECRET)


def command(script: str):
    program = f"import os, signal, sys, time; {script}"
    return lambda endpoints, identity: [sys.executable, "-c", program, identity, *endpoints]


@contextmanager
def pool(script: str = LIVES, count: int = 1, **options: object) -> Iterator[WorkerProcesses]:
    made = WorkerProcesses(count, command(script), **options)
    yield made
    made.stop()


def deaths_of(member: Member, least: int = 1, *, worked: bool = True) -> list[Death]:
    found: list[Death] = []
    deadline = time.monotonic() + 10
    while len(found) < least:
        assert time.monotonic() < deadline
        found += member.check(worked=worked)
        time.sleep(0.005)
    return found


def test_each_station_hears_of_a_death_once_and_by_its_own_name():
    with pool() as workers:
        members = [workers.join(f"ipc://{name}") for name in "abc"]
        workers.start()
        os.kill(workers.pids[0], signal.SIGKILL)
        for number, member in enumerate(members, start=1):
            [death] = deaths_of(member)
            at = f"#{number}" if number > 1 else ""
            name = f"local-1:1-{SECRET}{at}".encode()
            assert death == Death(name, "died (exit code -9); restarted", "degraded")
            assert part_of(death.identity) == "pose worker local-1"
            assert member.take_changes() == [StateChange("pose worker local-1", "starting")] * 2
        assert [member.check(worked=True) for member in members] == [[], [], []]
        assert len(workers.pids) == 1


def test_what_was_started_again_has_a_new_identity_and_the_old_name(tmp_path):
    say = f"open({str(tmp_path)!r} + '/' + sys.argv[1], 'w'); sys.exit(1)"
    with pool(say) as workers:
        member = workers.join("ipc://a")
        workers.start()
        found = deaths_of(member, least=2)
    identities = [f"local-1:{start}-{SECRET}" for start in (1, 2)]
    assert [death.identity.decode() for death in found] == identities
    assert {part_of(death.identity) for death in found} == {"pose worker local-1"}
    assert set(identities) <= {path.name for path in tmp_path.iterdir()}


def test_a_station_that_has_left_is_forgotten_and_the_last_ends_all(tmp_path):
    with pool(f"open({str(tmp_path / 'served')!r}, 'a').write(sys.argv[2] + '\\n'); {LIVES}") as w:
        first, second = w.join("ipc://a"), w.join("ipc://b")
        w.start()
        first.leave()
        first.leave()
        os.kill(w.pids[0], signal.SIGKILL)
        deaths_of(second)
        assert first.check(worked=True) == []
        second.leave()
        assert w.pids == []
        assert second.check(worked=True) == []


def test_many_stations_in_their_own_threads_start_no_worker_twice():
    with pool(count=3) as workers:
        members = [workers.join(f"ipc://{i}") for i in range(4)]
        workers.start()
        heard: dict[int, list[Death]] = {i: [] for i in range(4)}

        def watch(i: int) -> None:
            until = time.monotonic() + 5
            while len(heard[i]) < 3 and time.monotonic() < until:
                heard[i] += members[i].check(worked=True)

        threads = [threading.Thread(target=watch, args=(i,)) for i in range(4)]
        for pid in workers.pids:
            os.kill(pid, signal.SIGKILL)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        names = [sorted(part_of(death.identity) for death in heard[i]) for i in range(4)]
        assert names == [[f"pose worker local-{i}" for i in (1, 2, 3)]] * 4
        assert len(set(workers.pids)) == 3


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_waits_ever_longer_between_starts():
    clock = Clock()
    with pool("sys.exit('out of memory')", clock=clock) as workers:
        member = workers.join("ipc://a")
        workers.start()
        whys = []
        for wait_s in (0.0, 0.25, 0.5):
            whys += [death.why for death in deaths_of(member)]
            if wait_s:
                assert workers.pids == []
                clock.now += wait_s - 0.01
                assert member.check(worked=True) == []
                assert workers.pids == []
                clock.now += 0.02
    assert whys == [
        "died (out of memory); restarted",
        "died (out of memory); started again in 0.25 s",
        "died (out of memory); started again in 0.5 s",
    ]


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(processes, "RestartBudget", partial(RestartBudget, longest_wait_s=0.0))


@pytest.mark.usefixtures("at_once")
def test_a_station_that_goes_on_tries_each_minute_until_a_worker_lives():
    clock = Clock()
    with pool(LIVES, clock=clock, go_on=True) as workers:
        lives, workers._command = workers._command, command("sys.exit('no memory')")
        member = workers.join("ipc://a")
        workers.start()
        found = deaths_of(member, least=RESTARTS + 1)
        assert [death.state for death in found] == ["degraded"] * RESTARTS + ["failed"]
        assert found[-1].why == (
            "failed 6 times in 60 s; tried again each 60 s; the last time: no memory"
        )
        for _ in range(2):
            clock.now += WINDOW_S + 0.1
            [death] = deaths_of(member)
            assert death.state == "failed"
            assert death.why == "died (no memory); tried again in 60 s"
        workers._command = lives
        clock.now += WINDOW_S + 0.1
        member.check(worked=True)
        [pid] = workers.pids
        clock.now += WINDOW_S + 0.1  # it lives: what was before is forgiven
        os.kill(pid, signal.SIGKILL)
        [death] = deaths_of(member)
        assert (death.state, death.why) == ("degraded", "died (exit code -9); restarted")


@pytest.mark.usefixtures("at_once")
def test_a_spent_budget_ends_every_station_that_is_not_to_go_on():
    with pool("sys.exit('no memory')") as workers:
        members = [workers.join(f"ipc://{name}") for name in "ab"]
        workers.start()
        with pytest.raises(WorkerError, match=r"failed 6 times in 60 s; the last time: no memory"):
            deaths_of(members[0], least=99)
        with pytest.raises(WorkerError, match="failed 6 times"):
            members[1].check(worked=True)


BAD = "sys.stderr.write('fliptally: no weights\\n'); sys.exit(2)"


def test_bad_input_ends_it_but_not_once_a_worker_has_worked():
    with pool(BAD, go_on=True) as workers:
        member = workers.join("ipc://a")
        workers.start()
        with pytest.raises(WorkerInputError, match=r"^no weights$"):
            deaths_of(member, worked=False)
    with pool(BAD, go_on=True) as workers:
        member = workers.join("ipc://a")
        workers.start()
        assert deaths_of(member, worked=True)[0].why == "died (no weights); restarted"


def test_what_cannot_be_started_is_a_failure_and_no_traceback():
    with pool() as workers:
        workers._command = lambda *_: ["/no/such/program"]
        member = workers.join("ipc://a")
        workers.start()
        assert "cannot be started: No such file" in deaths_of(member)[0].why


def test_kills_only_the_worker_that_the_station_means():
    with pool(count=2) as workers:
        one, two = workers.join("ipc://a"), workers.join("ipc://b")
        workers.start()
        one.kill(f"local-1:1-{SECRET}#2".encode())  # the name at the other station
        two.kill(b"elsewhere-77")
        time.sleep(0.05)
        assert one.check(worked=True) == []
        two.kill(f"local-2:1-{SECRET}#2".encode())
        assert [part_of(death.identity) for death in deaths_of(one)] == ["pose worker local-2"]


def test_stops_all_together_even_those_that_do_not_listen():
    with pool(STUBBORN, count=3) as workers:
        member = workers.join("ipc://a")
        workers.start()
        pids = workers.pids
        time.sleep(0.1)
        begin = time.monotonic()
        member.leave()
        assert time.monotonic() - begin < 2.5  # not a second for each
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


def test_endless_complaints_of_a_worker_fill_no_disk():
    chatter = "[sys.stderr.write('x' * 10_000 + '\\n') for _ in range(200)]; " + LIVES
    with pool(chatter) as workers:
        member = workers.join("ipc://a")
        workers.start()
        [worker] = workers._workers
        size = peak = 0
        deadline = time.monotonic() + 10
        while peak < 1 << 16 or size:
            assert time.monotonic() < deadline
            size = os.fstat(worker.process._stderr.fileno()).st_size
            peak = max(peak, size)
            member.check(worked=True)
            time.sleep(0.02)
