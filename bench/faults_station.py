"""The station itself is killed (SIGKILL) in mid-session and started again with `--resume`; a
network camera goes away and comes back. Real `fliptally live` processes, a real stream over UDP.

What counts as made is what a subscriber has received: every mark of it must be in the file.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import zmq

from bench.faults_rows import Limits, Row, folder
from bench.machine import free_udp_port
from bench.virtual_camera import LoopedFilm
from bench.virtual_stream import Sender, film
from realtime.marks import Fault, Jump, Mark
from realtime.publishing.receiving import received
from realtime.publishing.schema import MarkSaid, PartChanged, StateShown
from realtime.record.session import RecordedSession
from realtime.supervision.states import TROUBLE

KILLED = "station killed (SIGKILL), started again"
_BEFORE_S = 8.0  # of the session: into the athlete's run
_AFTER_S = 5.0
_START_S = 60.0
_STOP_S = 20.0

_STREAMS = (
    ("network camera killed, back after 3 s", signal.SIGKILL, Limits(1.0, 4.0)),
    ("network camera suspended for 3 s", signal.SIGSTOP, Limits(1.0, 4.0)),
)


def rows(_film: LoopedFilm, chosen: str) -> Iterator[Row]:
    cases: list[tuple[str, Callable[[Path], Row]]] = [(KILLED, _killed)]
    cases += [
        (name, partial(_stream, name=name, how=how, limits=limits))
        for name, how, limits in _STREAMS
    ]
    if any(chosen in name for name, _ in cases):
        with folder() as films:
            path = film(films)
            for name, measure in cases:
                if chosen in name:
                    yield measure(path)


@dataclass
class Heard:
    """What a subscriber receives, in a thread, with the time."""

    endpoint: str
    marks: list[Mark] = field(default_factory=list)
    parts: list[tuple[float, PartChanged]] = field(default_factory=list)
    states: list[tuple[float, StateShown]] = field(default_factory=list)

    def __enter__(self) -> Heard:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._hear)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _hear(self) -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as link:
            for topic in (b"mark", b"part", b"state"):
                link.setsockopt(zmq.SUBSCRIBE, topic)
            link.connect(self.endpoint)
            while not self._stop.is_set():
                if link.poll(50):
                    self._take(link.recv_multipart())

    def _take(self, parts: list[bytes]) -> None:
        now, message = time.monotonic(), received(parts)
        if isinstance(message, MarkSaid):
            self.marks.append(message.mark)
        elif isinstance(message, PartChanged):
            self.parts.append((now, message))
        elif isinstance(message, StateShown):
            self.states.append((now, message))

    @property
    def elapsed_s(self) -> float:
        """Capture time of the last frame that is known of."""
        return self.states[-1][1].station.elapsed_s if self.states else 0.0

    def beyond(self, elapsed_s: float, after: float) -> float | None:
        """When a frame later than a capture time was first heard of, after a moment."""
        for at, shown in list(self.states):
            if at > after and shown.station.elapsed_s > elapsed_s:
                return at
        return None


@dataclass
class Live:
    """A `fliptally live` process."""

    url: str
    place: Path
    endpoint: str

    @property
    def session(self) -> Path:
        return self.place / "killed.fliptally"

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "realtime", "live", self.url, *options]
        output = (self.place / "output.txt").open("ab")
        with output:
            return subprocess.Popen(
                [*command, "--publish", self.endpoint, "--json", str(self.place / "document.json")],
                stdout=output,
                stderr=output,
                env={**os.environ, "XDG_DATA_HOME": str(self.place)},
            )

    def last_words(self) -> str:
        lines = (self.place / "output.txt").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing said"


@contextlib.contextmanager
def _place() -> Iterator[Live]:
    with folder() as path:
        yield Live(f"udp://127.0.0.1:{free_udp_port()}", path, f"ipc://{path / 'events'}")


def _until(reached: Callable[[], object], seconds: float, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end or process.poll() is not None:
            return False
        time.sleep(0.005)
    return True


def _killed(path: Path) -> Row:
    limits = Limits(None, 5.0)
    with _place() as live, Sender(live.url, path), Heard(live.endpoint) as heard:
        first = live.start("--record", str(live.session))
        if not _until(lambda: heard.elapsed_s > _BEFORE_S, _START_S, first):
            first.kill()
            first.wait()
            return Row(KILLED, limits, wrong=[f"did not start: {live.last_words()}"])
        first.kill()
        killed, before, elapsed = time.monotonic(), list(heard.marks), heard.elapsed_s
        first.wait()
        written = list(RecordedSession(live.session).marks())
        second = live.start("--resume", str(live.session))
        _until(lambda: heard.beyond(elapsed + 0.5, killed), _START_S, second)
        back = heard.beyond(elapsed + 0.5, killed)
        _until(lambda: False, _AFTER_S, second)
        code = _stop(second)
        whole = list(RecordedSession(live.session).marks())
        wrong = [] if code == 0 else [f"exit code {code}: {live.last_words()}"]
        wrong += [] if whole[: len(written)] == written else ["marks have changed"]
        wrong += _other_jumps(live, whole)
        gone_on = sum(isinstance(mark, Jump) for mark in whole[len(written) :])
        wrong += [] if gone_on else ["no jump after the start"]
        return Row(
            KILLED,
            limits,
            recovered_s=None if back is None else back - killed,
            marks=len(heard.marks),
            marks_lost=_missing(before, written) + _missing(heard.marks, whole),
            wrong=wrong,
            said=next((m.what for m in whole[len(written) :] if isinstance(m, Fault)), ""),
        )


def _missing(heard: list[Mark], written: list[Mark]) -> int:
    """How many marks that were heard are not in the file."""
    return (Counter(map(repr, heard)) - Counter(map(repr, written))).total()


def _stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _other_jumps(live: Live, marks: list[Mark]) -> list[str]:
    """Whether the document, or a replay of the file, has other jumps than the file."""
    in_file = sorted(m.time_s for m in marks if isinstance(m, Jump))
    again = live.place / "again.json"
    command = [sys.executable, "-m", "realtime", "replay", str(live.session), "--json", str(again)]
    subprocess.run(command, check=False, capture_output=True)
    wrong = []
    for name, document in (("the document", live.place / "document.json"), ("a replay", again)):
        jumps = json.loads(document.read_text())["jumps"] if document.exists() else []
        if sorted(jump["time_s"] for jump in jumps) != in_file:
            wrong.append(f"{name} has {len(jumps)} jumps, the file {len(in_file)}")
    return wrong


def _stream(path: Path, name: str, how: signal.Signals, limits: Limits) -> Row:
    """The sender of the stream goes away for three seconds."""
    with _place() as live, Sender(live.url, path) as sender, Heard(live.endpoint) as heard:
        station = live.start("--record", str(live.session))
        if not _until(lambda: heard.elapsed_s > _BEFORE_S, _START_S, station):
            station.kill()
            station.wait()
            return Row(name, limits, wrong=[f"did not start: {live.last_words()}"])
        gone, elapsed = time.monotonic(), heard.elapsed_s
        sender.signal(how)
        time.sleep(3.0)
        if how == signal.SIGKILL:
            sender.kill()
            sender.start()
        else:
            sender.signal(signal.SIGCONT)
        over = time.monotonic()
        _until(lambda: heard.beyond(elapsed + 2.0, over), _START_S, station)
        back = heard.beyond(elapsed + 2.0, over)
        _until(lambda: False, _AFTER_S, station)
        code = _stop(station)
        marks = list(RecordedSession(live.session).marks())
        faulty = [(at, p) for at, p in heard.parts if at > gone and p.state in TROUBLE]
        wrong = [] if code == 0 else [f"exit code {code}: {live.last_words()}"]
        return Row(
            name,
            limits,
            noticed_s=faulty[0][0] - gone if faulty else None,
            recovered_s=None if back is None else back - over,
            marks=len(heard.marks),
            marks_lost=_missing(heard.marks, marks),
            said=faulty[0][1].why if faulty else "",
            wrong=[*wrong, *_other_jumps(live, marks)],
        )
