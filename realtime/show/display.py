"""Displays that follow a station by themselves: the dashboard, or plain lines without a terminal.

Each has a thread of its own that asks for snapshots. The pipeline never waits for it, and an
output that goes away ends the display and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event as Flag
from threading import Thread
from types import TracebackType
from typing import IO, Protocol, Self

from rich.console import Console
from rich.live import Live

from realtime.show.choosing import Choose, Chooser, Press
from realtime.show.dashboard import render
from realtime.show.keys import MOUSE_OFF, MOUSE_ON, Click, Keyboard, terminal_input
from realtime.show.lines import Lines
from realtime.show.rows import Rows
from realtime.show.snapshot import Snapshot

Source = Callable[[], Snapshot]

_JOIN_S = 2.0  # a write can block for ever: Ctrl-S, a pipe that nobody reads
_LOOK_S = 0.1  # how often plain lines look for new marks


class Display(Protocol):
    """Shows snapshots between `start` and `stop`; also a context manager."""

    def start(self) -> None:
        """Begin to show. A display is started once: RuntimeError the second time."""
        ...

    def stop(self) -> None:
        """Show the last state, give the terminal back and end the thread. May be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class _Threaded:
    """The life of a display: open, show every `period_s` and once more when stopped, close.

    `_show` returns what writes the frame, so that errors of the output, which end the display
    quietly, are told from errors in making the frame, which are defects.
    """

    def __init__(self, snapshot: Source, period_s: float) -> None:
        self._snapshot = snapshot
        self._period_s = period_s
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name=type(self).__name__, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        if not _written(self._open):
            return
        alive = True
        try:
            while alive and not self._stopping.wait(self._period_s):
                alive = _written(self._show(self._snapshot(), last=False))
            if alive:
                _written(self._show(self._snapshot(), last=True))
        finally:
            _written(self._close)

    def _open(self) -> None: ...

    def _show(self, snapshot: Snapshot, last: bool) -> Callable[[], None]:
        raise NotImplementedError

    def _close(self) -> None: ...


def _written(write: Callable[[], None]) -> bool:
    """Whether the output took it: False after a hang-up, a closed file or a broken pipe (which
    rich answers with SystemExit)."""
    try:
        write()
    except (OSError, ValueError, SystemExit):
        return False
    return True


class Dashboard(_Threaded):
    """The dashboard on the alternate screen of `console`, drawn whole `rate_hz` times a second, so
    that it follows a change of size and covers what others write. At the end the result is left
    on the normal screen as plain lines. Raises ValueError when `rate_hz` is not positive.

    With `choose` and `keys`, the file descriptor of the terminal's input, number keys and clicks
    choose who is meant.
    """

    def __init__(
        self,
        snapshot: Source,
        console: Console,
        rate_hz: float = 20.0,
        *,
        choose: Choose | None = None,
        press: Press | None = None,
        keys: int | None = None,
    ) -> None:
        super().__init__(snapshot, 1 / _positive("rate_hz", rate_hz))
        self._keyboard: Keyboard | None = None
        if choose is not None and keys is not None:
            self._keyboard = Keyboard(keys, Chooser(snapshot, self._athlete_at, choose, press).take)
        self._frame = Rows(())
        self._console = console
        self._result: list[str] = []
        self._live = Live(
            console=console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def start(self) -> None:
        super().start()
        if self._keyboard is not None:
            self._keyboard.start()

    def stop(self) -> None:
        try:
            super().stop()
        finally:
            if self._keyboard is not None:
                self._keyboard.stop()  # last: what the mouse still said is thrown away

    def _athlete_at(self, click: Click) -> int | None:
        return self._frame.athlete_at(click.column, click.row)

    def _open(self) -> None:
        self._live.start()
        if self._keyboard is not None:
            self._write(MOUSE_ON)

    def _show(self, snapshot: Snapshot, last: bool) -> Callable[[], None]:
        if last:
            lines = Lines()
            self._result = [*lines.news(snapshot), *lines.state(snapshot)]
        frame = render(snapshot, *self._console.size, keys=self._keyboard is not None)
        return lambda: self._draw(frame)

    def _draw(self, frame: Rows) -> None:
        if not self._console.is_terminal:
            raise OSError("the terminal has gone")  # rich would go on without writing
        self._live.update(frame, refresh=True)
        self._frame = frame

    def _write(self, control: str) -> None:
        self._console.file.write(control)
        self._console.file.flush()

    def _close(self) -> None:
        try:
            if self._keyboard is not None:
                self._write(MOUSE_OFF)
        finally:
            self._live.stop()
        _write_lines(self._console.file, self._result)


class PlainLines(_Threaded):
    """Lines for a pipe or a log: events, faults and warnings as they come, and every `every_s`
    seconds the state if it has changed. Raises ValueError when `every_s` is not positive.
    """

    def __init__(self, snapshot: Source, stream: IO[str], every_s: float = 1.0) -> None:
        looks = max(round(_positive("every_s", every_s) / _LOOK_S), 1)
        super().__init__(snapshot, every_s / looks)
        self._stream = stream
        self._lines = Lines()
        self._looks = looks
        self._looked = 0

    def _show(self, snapshot: Snapshot, last: bool) -> Callable[[], None]:
        lines = self._lines.news(snapshot)
        if last or self._looked % self._looks == 0:
            lines += self._lines.state(snapshot)
        self._looked += 1
        return lambda: _write_lines(self._stream, lines)


def choose_display(
    snapshot: Source,
    console: Console,
    choose: Choose | None = None,
    press: Press | None = None,
) -> Display:
    """The dashboard on a terminal, plain lines anywhere else. The dashboard takes keys for
    `press` and `choose` where standard input is a terminal too.

    The file itself is asked too: FORCE_COLOR makes rich take a pipe for a terminal.
    """
    if console.is_terminal and not console.is_dumb_terminal and console.file.isatty():
        return Dashboard(snapshot, console, choose=choose, press=press, keys=terminal_input())
    return PlainLines(snapshot, console.file)


def _write_lines(stream: IO[str], lines: Sequence[str]) -> None:
    """One write for all lines; characters the stream cannot encode become question marks."""
    if not lines:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    text = "".join(f"{line}\n" for line in lines)
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def _positive(name: str, value: float) -> float:
    if not value > 0:
        raise ValueError(f"{name} of the display: expected more than 0, got {value}")
    return value
