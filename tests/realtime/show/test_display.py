"""The displays on real pipes and pseudo-terminals."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
from rich.console import Console

from realtime.show import display
from realtime.show.display import Dashboard, Display, PlainLines, choose_display
from realtime.show.snapshot import Snapshot
from tests.realtime.show.example import BACKFLIP, STALL, example

ALONE = threading.active_count()
"""The threads of whoever runs the tests."""
ENTER_SCREEN, LEAVE_SCREEN, SHOW_CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.005)


class Terminal:
    """A pseudo-terminal of 24 rows by 80 columns and a thread that collects what it is sent."""

    def __init__(self) -> None:
        self.far, self.near = pty.openpty()
        self.resize(24, 80)
        self.output = ""
        self._hung_up = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def resize(self, rows: int, columns: int) -> None:
        termios.tcsetwinsize(self.near, (rows, columns))

    def console(self) -> Console:
        return Console(
            file=os.fdopen(self.near, "w", encoding="utf-8", closefd=False),
            width=80,
            height=24,
            _environ={"TERM": "xterm-256color"},
        )

    def hang_up(self) -> None:
        if not self._hung_up.is_set():
            self._hung_up.set()
            self._reader.join()
            os.close(self.far)

    def _read(self) -> None:
        while not self._hung_up.is_set():
            if select.select([self.far], [], [], 0.01)[0]:
                self.output += os.read(self.far, 65536).decode(errors="replace")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.hang_up()
    os.close(made.near)


def test_dashboard_takes_the_screen_follows_and_gives_it_back(terminal: Terminal) -> None:
    shown = example(title="before")
    with Dashboard(lambda: shown, terminal.console(), rate_hz=100):
        until(lambda: "before" in terminal.output)
        shown = example(title="after", jumps=106)
        until(lambda: "after" in terminal.output)
        shown = example(title="the last", state="ended", expected="scene: 106 jumps")
    until(lambda: "expected: scene: 106 jumps" in terminal.output)
    start, _, rest = terminal.output.partition(ENTER_SCREEN)
    screen, _, left = rest.partition(LEAVE_SCREEN)
    assert start == ""
    assert "FlipTally  the last" in screen
    assert SHOW_CURSOR in screen + left
    assert "105 jumps (R 53, L 52)" in left
    assert ENTER_SCREEN not in left


def test_dashboard_never_scrolls(terminal: Terminal) -> None:
    with Dashboard(example, terminal.console(), rate_hz=100):
        until(lambda: terminal.output.count("FlipTally") > 3)
    until(lambda: LEAVE_SCREEN in terminal.output)  # what was written is read a little later
    frames = terminal.output.partition(LEAVE_SCREEN)[0].split("\x1b[H")[1:]
    assert {frame.count("\n") for frame in frames if "FlipTally" in frame} == {23}


def test_dashboard_survives_a_terminal_that_goes_away(terminal: Terminal) -> None:
    dashboard = Dashboard(example, terminal.console(), rate_hz=100)
    dashboard.start()
    until(lambda: "FlipTally" in terminal.output)
    terminal.hang_up()
    until(lambda: threading.active_count() == ALONE)
    dashboard.stop()
    dashboard.stop()


def test_a_defect_in_a_snapshot_gives_the_terminal_back(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)

    def broken() -> Snapshot:
        raise OSError("not the terminal")

    with Dashboard(broken, terminal.console(), rate_hz=100):
        until(lambda: LEAVE_SCREEN in terminal.output)
    assert [str(error.exc_value) for error in raised] == ["not the terminal"]


class Attempt:
    """A source that moves on by 0.25 s and two jumps with every look, and counts the looks."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> Snapshot:
        self.looks += 1
        now = self.looks / 4
        marks = [mark for at, mark in ((4, BACKFLIP), (5, STALL)) if self.looks >= at]
        events = (BACKFLIP,) if self.looks >= 4 else ()
        return example(elapsed_s=now, jumps=2 * self.looks, marks=tuple(marks), events=events)


def test_plain_lines_say_every_event_once_and_end_with_the_last_state() -> None:
    attempt, stream = Attempt(), io.StringIO()
    with PlainLines([attempt], stream, every_s=0.02):
        until(lambda: attempt.looks > 8)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "source: speed step · camera 0 (unofficial count)"
    assert sum("BACKFLIP" in line for line in lines) == 1
    assert sum("camera stopped" in line for line in lines) == 1
    states = [line for line in lines if " jumps (R " in line]
    assert len(states) == attempt.looks
    assert f" {2 * attempt.looks} jumps " in lines[-1]


def test_plain_lines_say_the_state_less_often_than_they_look() -> None:
    attempt, stream = Attempt(), io.StringIO()
    with PlainLines([attempt], stream, every_s=0.4):
        until(lambda: attempt.looks >= 5)
    states = [line.split()[0] for line in stream.getvalue().splitlines() if " jumps (R " in line]
    assert states[:2] == ["0.25", "1.25"]


def test_plain_lines_survive_a_reader_that_goes_away() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        lines = PlainLines([Attempt()], stream, every_s=0.01)
        lines.start()
        assert os.read(reader, 10)
        os.close(reader)
        until(lambda: threading.active_count() == ALONE)
        lines.stop()
        with suppress(BrokenPipeError):
            stream.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), writer)


def test_stop_does_not_wait_for_a_reader_that_never_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_JOIN_S", 0.05)
    reader, writer = os.pipe()
    long = "x" * 1_000_000
    with suppress(BrokenPipeError), os.fdopen(writer, "w") as stream:
        with PlainLines([lambda: example(title=long)], stream, every_s=0.01):
            until(lambda: bool(select.select([reader], [], [], 0)[0]))
        assert threading.active_count() == ALONE + 1
        os.close(reader)


def test_plain_lines_survive_a_closed_file() -> None:
    stream = io.StringIO()
    with PlainLines([Attempt()], stream, every_s=0.01):
        until(lambda: bool(stream.getvalue()))
        stream.close()


def test_plain_lines_write_what_the_stream_can_encode() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    with PlainLines([example], stream, every_s=0.01):
        until(lambda: b"jumps" in raw.getvalue())
    assert b"source: speed step ? camera 0 (unofficial count)\n" in raw.getvalue()


def test_a_display_that_never_started_can_be_stopped() -> None:
    PlainLines([example], io.StringIO()).stop()


def test_rates_are_checked() -> None:
    with pytest.raises(ValueError, match=r"rate_hz of the display: expected more than 0, got 0"):
        Dashboard(example, Console(file=io.StringIO()), rate_hz=0)
    with pytest.raises(ValueError, match=r"every_s of the display: expected more than 0, got -1"):
        PlainLines([example], io.StringIO(), every_s=-1)


def chosen(file: IO[str], **environ: str) -> type[Display]:
    return type(choose_display(example, Console(file=file, _environ=environ)))


def test_dashboard_is_for_terminals(terminal: Terminal) -> None:
    with os.fdopen(terminal.near, "w", closefd=False) as file:
        assert chosen(file, TERM="xterm") is Dashboard
        assert chosen(file, TERM="dumb") is PlainLines
    assert chosen(io.StringIO(), TERM="xterm") is PlainLines
    assert chosen(io.StringIO(), TERM="xterm", FORCE_COLOR="1") is PlainLines


PROGRAM = """
import sys
from rich.console import Console
from realtime.show.display import Dashboard
from tests.realtime.show.example import example

with Dashboard(example, Console(force_terminal=True), rate_hz=50):
    sys.stdin.readline()
"""


def run_program(stdin: int, stdout: int, stderr: int) -> subprocess.Popen[str]:
    # A size that is said by the environment would hold for every terminal.
    inherited = {name: os.environ[name] for name in os.environ.keys() - {"COLUMNS", "LINES"}}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[3],
        env={**inherited, "TERM": "xterm"},
        text=True,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )


def test_dashboard_follows_the_size_of_its_terminal(terminal: Terminal) -> None:
    near = terminal.near
    program = run_program(stdin=near, stdout=near, stderr=near)
    until(lambda: "analysis 0 of 513" in terminal.output)
    terminal.resize(20, 60)
    until(lambda: "dropped capture 0, pose 12" in terminal.output)
    terminal.resize(40, 120)
    until(lambda: "recording attempt.fts" in terminal.output)
    os.write(terminal.far, b"\n")
    assert program.wait(10) == 0
    until(lambda: "105 jumps (R 53, L 52)" in terminal.output.partition(LEAVE_SCREEN)[2])


@pytest.mark.parametrize("last_words", [b"\x1b", b"FlipTally"])
def test_a_broken_pipe_ends_the_dashboard_and_nothing_else(last_words: bytes) -> None:
    reader, writer = os.pipe()
    program = run_program(stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    seen = b""
    while last_words not in seen:
        seen += os.read(reader, 10)
    os.close(reader)
    time.sleep(0.2)
    assert program.poll() is None
    _, complaint = program.communicate("\n", timeout=10)
    assert (program.returncode, complaint) == (0, "")
