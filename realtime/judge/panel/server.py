"""The panel's web server: a thread of its own in the station's process."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event as Flag
from threading import Thread
from typing import NamedTuple

from aiohttp import web

from realtime.judge.panel.clicks import TakeClick
from realtime.judge.panel.conversation import Conversations
from realtime.judge.panel.door import Door, new_code
from realtime.judge.panel.invitation import addresses
from realtime.judge.panel.messages import PanelState
from realtime.judge.panel.pages import routes
from realtime.judge.panel.roster import LARGE_ERROR_S

PORT = 8770
EVERYWHERE = "0.0.0.0"
_SHUTDOWN_S = 0.5


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

    `take` gets every Click once, in the order of each phone, on the server's thread; it must return
    at once. Its time is the moment of the touch on `clock`. All methods may be called from any
    thread.
    """

    def __init__(
        self,
        take: TakeClick,
        *,
        port: int = PORT,
        host: str = EVERYWHERE,
        code: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`port` 0 is any free one. Raises PanelError for a port that is not free."""
        self.code = code or new_code()
        self._conversations = Conversations(Door(self.code, clock), take, clock)
        self._socket = _listen(host, port)
        self._host = host
        self._port: int = self._socket.getsockname()[1]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()
        self._ready = Flag()
        self._thread = Thread(target=self._run, name="Panel", daemon=True)

    @property
    def port(self) -> int:
        return self._port

    @property
    def urls(self) -> list[str]:
        """Where the page is, the likeliest first."""
        hosts = addresses() if self._host == EVERYWHERE else [self._host]
        return [f"http://{host}:{self._port}/" for host in hosts]

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
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Say goodbye and end thread and socket. Twice, or without a start, does no harm."""
        if self._thread.ident is not None:
            self._submit(self._ending.set)
            self._thread.join()
        self._socket.close()

    def show(self, state: PanelState) -> None:
        """Tell all judges, and whoever joins later, the state of the attempt."""
        self._conversations.state = state
        self._submit(self._conversations.tell)

    def release(self, name: str) -> None:
        """Free a judge's name, so that he can join with another phone. His clicks stay."""
        self._submit(partial(self._conversations.release, name))

    def _submit(self, work: Callable[[], None]) -> None:
        """Have it done in the loop; nothing where there is none."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(work)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        application = web.Application()
        application.add_routes([*routes(), web.get("/panel", self._conversations.handle)])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        site = web.SockSite(runner, self._socket)
        await site.start()
        self._ready.set()
        await self._ending.wait()
        await site.stop()
        await self._conversations.close()
        await runner.cleanup()


def _listen(host: str, port: int) -> socket.socket:
    reason = "no port"
    if 0 <= port < 1 << 16:
        try:
            return socket.create_server((host, port))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
    raise PanelError(
        f"--panel-port {port}: {reason}; expected a free port between 1024 and 65535, "
        f"such as {PORT + 1}"
    )
