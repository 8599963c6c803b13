"""What the bench of faults says of one fault: what was promised, what was measured."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.live_station import LiveStation
from realtime.supervision.states import TROUBLE

BEFORE_S = 3.0
"""How long all is well before something goes wrong."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What was promised, in seconds; None: nothing, or it does not apply.

    `noticed_s` is from when it went wrong until it was said. `recovered_s` is until all is well
    again, from when the cause had passed, or, where nobody but the station can mend it, from when
    it went wrong. `silent_s` is the longest time without a pose.
    """

    noticed_s: float | None = None
    recovered_s: float | None = None
    silent_s: float | None = None

    def __str__(self) -> str:
        named = ("noticed", self.noticed_s), ("back", self.recovered_s), ("silent", self.silent_s)
        return ", ".join(f"{name} {value:g} s" for name, value in named if value is not None)


@dataclass(frozen=True, slots=True)
class Row:
    """One fault. `wrong` is what else was not as it should be."""

    fault: str
    limits: Limits
    noticed_s: float | None = None
    recovered_s: float | None = None
    silent_s: float | None = None
    dropped: int = 0
    lost: int = 0
    marks: int = 0
    marks_lost: int = 0
    said: str = ""
    wrong: Sequence[str] = ()

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        pairs = (
            ("noticed", self.noticed_s, self.limits.noticed_s),
            ("back", self.recovered_s, self.limits.recovered_s),
            ("silent", self.silent_s, self.limits.silent_s),
        )
        late = [
            f"{name} after {measured:.2f} s, not {limit:g}"
            if measured is not None
            else f"never {name}"
            for name, measured, limit in pairs
            if limit is not None and (measured is None or measured > limit)
        ]
        lost = [f"{self.marks_lost} marks lost"] if self.marks_lost else []
        return [*late, *lost, *self.wrong]

    def cells(self) -> tuple[str, ...]:
        def seconds(value: float | None) -> str:
            return "" if value is None else f"{value:.2f}"

        verdict = "kept" if not self.broken else f"[red]broken: {'; '.join(self.broken)}"
        return (
            self.fault,
            str(self.limits),
            *map(seconds, (self.noticed_s, self.recovered_s, self.silent_s)),
            *(str(self.dropped), str(self.lost)),
            f"{self.marks_lost} of {self.marks}",
            verdict,
        )


@contextmanager
def folder() -> Iterator[Path]:
    """For what one fault leaves."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        yield Path(name)


@dataclass(slots=True)
class Moment:
    """A fault in a station that runs: begun by making it, and over when `over` was called, if
    anything but the station ends it."""

    station: LiveStation
    begin: float
    dropped: int
    lost: int
    over_at: float | None = None

    @classmethod
    def of(cls, station: LiveStation, begin: float | None = None) -> Moment:
        begin = time.monotonic() if begin is None else begin
        return cls(station, begin, station.feed.dropped, len(station.timeline.lost))

    def over(self, at: float | None = None) -> None:
        self.over_at = time.monotonic() if at is None else at

    def row(
        self,
        fault: str,
        limits: Limits,
        *,
        part: str = "",
        settled: bool = False,
        ended: float,
        wrong: Sequence[str] = (),
    ) -> Row:
        """After the station has ended, at `ended`. With `settled` the part has to say that it is
        running before it counts as recovered; without, a new pose is enough."""
        timeline, board = self.station.timeline, self.station.board
        noticed = timeline.said_at(self.begin, *TROUBLE, part=part)
        said = [c.why for at, c in timeline.changes if at == noticed]
        mended = self.over_at if self.over_at is not None else self.begin
        back = [timeline.pose_at(mended)]
        if settled:
            back.append(timeline.said_at(mended, "running", part=part))
        recovered = None if None in back else max(at for at in back if at is not None) - mended
        replays = [] if self.station.replays() else ["a replay gives other marks"]
        return Row(
            fault,
            limits,
            noticed_s=None if noticed is None else noticed - self.begin,
            recovered_s=recovered,
            silent_s=timeline.longest_gap_s(self.begin, ended),
            dropped=self.station.feed.dropped - self.dropped,
            lost=len(timeline.lost) - self.lost,
            marks=len(board.marks),
            marks_lost=self.station.marks_lost(),
            said=said[0] if said else "",
            wrong=[*wrong, *replays],
        )
