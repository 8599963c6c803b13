"""A process that is guarded: real processes that die, hang and end as they should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import pytest

from realtime.supervision.budget import RestartBudget
from realtime.supervision.guard import Guard
from realtime.supervision.heartbeat import VARIABLE, Heart

PROGRAM = """
import os, signal, sys, time
from realtime.supervision.heartbeat import heart
pulse = heart().join()
pulse.beat()
{script}
pulse.leave()
heart().ended()
sys.exit({code})
"""
WELL = "time.sleep(0.05)"
DIES = "os.kill(os.getpid(), signal.SIGKILL)"
HANGS = "time.sleep(60)"
FAILS = "raise OSError('of no known kind')"


class Scripted:
    """Starts one script after another; the last one again and again."""

    def __init__(self, *scripts: str, code: int = 0) -> None:
        self._scripts = scripts
        self._code = code
        self.started: list[int] = []
        self.pids: list[int] = []

    def __call__(self, pipe: int, before: int) -> subprocess.Popen[bytes]:
        script = self._scripts[min(before, len(self._scripts) - 1)]
        program = PROGRAM.format(script=script, code=self._code)
        self.started.append(before)
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, VARIABLE: str(pipe)},
            pass_fds=[pipe],
            stderr=subprocess.DEVNULL,
        )
        self.pids.append(process.pid)
        return process


def run(start: Scripted, final: Sequence[int] = (), hang_s: float = 10.0) -> tuple[int, list[str]]:
    said: list[str] = []
    guard = Guard(
        start,
        final=lambda ended, _before: ended.code in final,
        say=lambda ended, _wait_s: said.append(ended.why),
        hang_s=hang_s,
        budget=RestartBudget(longest_wait_s=0.0),
    )
    return guard.run(), said


def test_what_ends_as_it_should_is_not_started_again():
    start = Scripted(WELL, code=3)
    assert run(start) == (3, [])
    assert start.started == [0]


def test_what_dies_is_started_again_until_it_ends_well():
    start = Scripted(DIES, DIES, WELL)
    assert run(start) == (0, ["was ended by SIGKILL", "was ended by SIGKILL"])
    assert start.started == [0, 1, 2]


def test_what_hangs_is_ended_and_started_again():
    begin = time.monotonic()
    assert run(Scripted(HANGS, WELL), hang_s=0.5) == (0, ["was silent for 0.5 s"])
    assert time.monotonic() - begin < 5


def test_an_error_that_nobody_foresaw_is_a_death_too():
    assert run(Scripted(FAILS, WELL)) == (0, ["ended with exit code 1"])


def test_what_is_final_is_not_tried_again():
    assert run(Scripted("sys.exit(2)"), final=[2]) == (2, [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_is_asked_to_end_asks_the_process(number):
    stopping = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); pulse.beat(); time.sleep(60)"
    start = Scripted(stopping)

    def ask() -> None:
        while not start.pids:
            time.sleep(0.01)
        time.sleep(0.4)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=ask)
    thread.start()
    code, said = run(start)
    thread.join()
    assert (code, said, len(start.pids)) == (5, [], 1)


def test_one_part_that_hangs_is_missed_however_the_others_beat():
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    heart = Heart(writing)
    one, other = heart.join(), heart.join()

    def heard() -> bytes:
        try:
            return os.read(reading, 100)
        except BlockingIOError:
            return b""

    one.beat()
    assert heard() == b""
    other.beat()
    assert heard() == b"."
    for _ in range(5):
        one.beat()
    assert heard() == b""
    other.leave()
    one.beat()
    assert heard() == b"."
    one.leave()
    heart.ended()
    assert heard() == b"se"
    os.close(reading)
    one.beat()  # nobody guards any more
    os.close(writing)


def test_a_guard_that_hangs_holds_nobody_up():
    reading, writing = os.pipe()
    pulse = Heart(writing).join()
    for _ in range(100_000):
        pulse.beat()
    os.close(reading)
    os.close(writing)


def test_it_says_how_long_it_waits():
    waits: list[float] = []
    Guard(
        Scripted(DIES, DIES, DIES, WELL),
        final=lambda *_: False,
        say=lambda _ended, wait_s: waits.append(wait_s),
        budget=RestartBudget(first_wait_s=0.02),
    ).run()
    assert waits == [0.0, 0.02, 0.04]
