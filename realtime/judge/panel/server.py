"""The panel's web server: a thread of its own in the station's process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from aiohttp import web

from realtime.addresses import addresses
from realtime.judge.panel.clicks import TakeClick
from realtime.judge.panel.conversation import Conversations
from realtime.judge.panel.door import Door, new_code
from realtime.judge.panel.messages import PanelState
from realtime.judge.panel.notebook import Notebook, Notes
from realtime.judge.panel.roster import LARGE_ERROR_S
from realtime.judge.serving import PortError, Site, listen, page

PORT = 8770
EVERYWHERE = "0.0.0.0"


class PanelError(Exception):
    """The panel cannot be opened; one line."""


class JudgeStatus(NamedTuple):
    """`error_s` is how well his phone knows the station's clock: half its smallest round trip;
    None before it was measured."""

    name: str
    connected: bool
    error_s: float | None

    @property
    def uncertain(self) -> bool:
        """Whether the times of his clicks are to be doubted."""
        return self.error_s is not None and self.error_s > LARGE_ERROR_S


class PanelServer:
    """Serves the page and talks with the judges' phones between `start` and `stop`.

    `take` gets every Click once, in the order of each phone, and the head judge's Rulings, on the
    server's thread; it must return at once. The time is the moment of the touch on `clock`, of a
    ruling that of its coming. All methods may be called from any thread.
    """

    def __init__(
        self,
        take: TakeClick,
        *,
        port: int = PORT,
        host: str = EVERYWHERE,
        code: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        notebook: Notebook | None = None,
        before: Notes | None = None,
        received: Mapping[str, int] = {},
    ) -> None:
        """`port` 0 is any free one. The `notebook` is kept for a station that comes after this one;
        from what was noted `before` the panel goes on, code and judges, and `received` is the
        highest number of each judge's clicks that the session has. Raises PanelError for a port
        that is not free; nothing is noted then."""
        try:
            listening = listen(host, port)
        except PortError as error:
            raise PanelError(
                f"--panel-port {port}: {error}; expected a free port between 1024 and 65535, "
                f"such as {PORT + 1}"
            ) from None
        door = Door(code or new_code(), clock)
        talks = self._conversations = Conversations(
            door, take, clock, notebook=notebook, before=before, received=received
        )
        self.code = door.code
        self._site = Site(
            "Panel",
            listening,
            [*page("realtime.judge.panel"), web.get("/panel", talks.handle)],
            closing=talks.close,
        )
        self._host = host

    @property
    def port(self) -> int:
        return self._site.port

    @property
    def urls(self) -> list[str]:
        """Where the page is, the likeliest first."""
        hosts = addresses() if self._host == EVERYWHERE else [self._host]
        return [f"http://{host}:{self._site.port}/" for host in hosts]

    @property
    def judges(self) -> list[JudgeStatus]:
        """Whoever joined, in the order of joining."""
        talks = self._conversations
        return [
            JudgeStatus(judge.name, talks.is_connected(judge), judge.error_s)
            for judge in talks.roster.judges()
        ]

    def start(self) -> None:
        """Returns when the page can be loaded."""
        self._site.start()

    def stop(self) -> None:
        """Say goodbye and end thread and socket. Twice, or without a start, does no harm."""
        self._site.stop()

    def show(self, state: PanelState) -> None:
        """Tell all judges, and whoever joins later, the state of the attempt."""
        self._conversations.state = state
        self._site.submit(self._conversations.tell)

    def release(self, name: str) -> None:
        """Free a judge's name, so that he can join with another phone. His clicks stay."""
        self._site.submit(partial(self._conversations.release, name))
