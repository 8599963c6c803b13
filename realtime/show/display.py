"""Displays that follow a station by themselves: the dashboard, or plain lines without a terminal.

Each has a thread of its own that asks for snapshots. The pipeline never waits for it, and an
output that goes away ends the display and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event as Flag
from threading import Thread
from typing import IO, Generic, Protocol, Self, TypeVar

from rich.console import Console
from rich.live import Live

from realtime.show.choosing import Choose, Chooser, Press
from realtime.show.dashboard import render
from realtime.show.keys import MOUSE_OFF, MOUSE_ON, Click, Key, Keyboard, terminal_input
from realtime.show.lines import Lines
from realtime.show.rows import Rows
from realtime.show.snapshot import Snapshot

Source = Callable[[], Snapshot]
Shown = TypeVar("Shown")

_JOIN_S = 2.0  # a write can block for ever: Ctrl-S, a pipe that nobody reads
_LOOK_S = 0.1  # how often plain lines look for new marks


class Display(Protocol):
    """Shows snapshots between `start` and `stop`; also a context manager."""

    @property
    def alive(self) -> bool:
        """Whether it shows anything: not before the start, and not once its output has gone."""
        ...

    def start(self) -> None:
        """Begin to show. A display is started once: RuntimeError the second time."""
        ...

    def stop(self) -> None:
        """Show the last state, give the terminal back and end the thread. May be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Threaded(Generic[Shown]):
    """The life of a display: open, show every `period_s` and once more when stopped, close.

    `_show` returns what writes the frame, so that errors of the output, which end the display
    quietly, are told from errors in making the frame, which are defects.
    """

    def __init__(self, shown: Callable[[], Shown], period_s: float) -> None:
        self._shown = shown
        self._period_s = period_s
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name=type(self).__name__, daemon=True)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        if not _written(self._open):
            return
        alive = True
        try:
            while alive and not self._stopping.wait(self._period_s):
                alive = _written(self._show(self._shown(), last=False))
            if alive:
                _written(self._show(self._shown(), last=True))
        finally:
            _written(self._close)

    def _open(self) -> None: ...

    def _show(self, shown: Shown, last: bool) -> Callable[[], None]:
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


class Screen(Threaded[Shown]):
    """The alternate screen of `console`, drawn whole `rate_hz` times a second, so that it follows
    a change of size and covers what others write. At the end the result is left on the normal
    screen as plain lines. Raises ValueError when `rate_hz` is not positive.

    `keys` is the file descriptor of the terminal's input, where keys and clicks are taken.
    """

    def __init__(
        self, shown: Callable[[], Shown], console: Console, rate_hz: float, keys: int | None
    ) -> None:
        super().__init__(shown, 1 / _positive("rate_hz", rate_hz))
        self._keyboard = Keyboard(keys, self._take) if keys is not None else None
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

    def _take(self, key: Key | None, now: float) -> None:
        """A key or a click at `now`, or None for none until then."""
        raise NotImplementedError

    def _render(self, shown: Shown, width: int, height: int) -> Rows:
        raise NotImplementedError

    def _left(self, shown: Shown) -> list[str]:
        """The lines that are left at the end."""
        raise NotImplementedError

    def _athlete_at(self, click: Click) -> int | None:
        return self._frame.athlete_at(click.column, click.row)

    def _open(self) -> None:
        self._live.start()
        if self._keyboard is not None:
            self._write(MOUSE_ON)

    def _show(self, shown: Shown, last: bool) -> Callable[[], None]:
        if last:
            self._result = self._left(shown)
        frame = self._render(shown, *self._console.size)
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
        write_lines(self._console.file, self._result)


class Dashboard(Screen[Snapshot]):
    """The dashboard of one station. With `choose` and `keys`, number keys and clicks choose who is
    meant; `press` is asked first. Without `choose`, what is typed is swallowed.
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
        super().__init__(snapshot, console, rate_hz, keys)
        self._chooser: Chooser | None = None
        if choose is not None and keys is not None:
            self._chooser = Chooser(snapshot, self._athlete_at, choose, press)

    def _take(self, key: Key | None, now: float) -> None:
        if self._chooser is not None:
            self._chooser.take(key, now)

    def _render(self, shown: Snapshot, width: int, height: int) -> Rows:
        return render(shown, width, height, keys=self._chooser is not None)

    def _left(self, shown: Snapshot) -> list[str]:
        return last_lines(shown)


class PlainLines(Threaded[tuple[Snapshot, ...]]):
    """Lines for a pipe or a log: events, faults and warnings as they come, and every `every_s`
    seconds the state if it has changed; of several stations each line behind the number of its
    own. Raises ValueError when `every_s` is not positive.
    """

    def __init__(self, snapshots: Sequence[Source], stream: IO[str], every_s: float = 1.0) -> None:
        looks = max(round(_positive("every_s", every_s) / _LOOK_S), 1)
        super().__init__(every(snapshots), every_s / looks)
        self._stream = stream
        self._lines = [Lines() for _ in snapshots]
        self._looks = looks
        self._looked = 0

    def _show(self, shown: tuple[Snapshot, ...], last: bool) -> Callable[[], None]:
        said = []
        for number, (lines, snapshot) in enumerate(zip(self._lines, shown, strict=True), start=1):
            own = lines.news(snapshot)
            if last or self._looked % self._looks == 0:
                own += lines.state(snapshot)
            said += own if len(shown) == 1 else [f"{number}  {line}" for line in own]
        self._looked += 1
        return lambda: write_lines(self._stream, said)


def choose_display(
    snapshot: Source,
    console: Console,
    choose: Choose | None = None,
    press: Press | None = None,
) -> Display:
    """The dashboard on a terminal, plain lines anywhere else. The dashboard takes keys for
    `press` and `choose` where standard input is a terminal too.
    """
    if draws(console):
        return Dashboard(snapshot, console, choose=choose, press=press, keys=terminal_input())
    return PlainLines([snapshot], console.file)


def draws(console: Console) -> bool:
    """Whether a dashboard can be drawn there. The file itself is asked too: FORCE_COLOR makes rich
    take a pipe for a terminal."""
    return console.is_terminal and not console.is_dumb_terminal and console.file.isatty()


def every(snapshots: Sequence[Source]) -> Callable[[], tuple[Snapshot, ...]]:
    """What gives the snapshots of all of these stations."""
    return lambda: tuple(snapshot() for snapshot in snapshots)


def last_lines(snapshot: Snapshot) -> list[str]:
    """What is said of a station once its screen has gone."""
    lines = Lines()
    return [*lines.news(snapshot), *lines.state(snapshot)]


def write_lines(stream: IO[str], lines: Sequence[str]) -> None:
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
