"""A small web server in a thread of its own, and the plain files of its page."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from importlib.resources import files
from threading import Event as Flag
from threading import Thread

from aiohttp import web
from aiohttp.typedefs import Middleware

_SHUTDOWN_S = 0.5
_TYPES = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


class PortError(Exception):
    """A port that cannot be listened on: why, in few words."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; `port` 0 is any free one. Raises PortError."""
    if not 0 <= port < 1 << 16:
        raise PortError("no port")
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise PortError(os.strerror(error.errno or 0)) from None


class Site:
    """Serves on a listening socket between `start` and `stop`, which may be called from any
    thread. `closing` is awaited in the loop before connections are cut."""

    def __init__(
        self,
        name: str,
        listening: socket.socket,
        routes: Iterable[web.AbstractRouteDef],
        *,
        middlewares: Iterable[Middleware] = (),
        closing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.port: int = listening.getsockname()[1]
        self._socket = listening
        self._routes = list(routes)
        self._middlewares = list(middlewares)
        self._closing = closing
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()
        self._ready = Flag()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Returns when the page can be loaded."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """End thread and socket. Twice, or without a start, does no harm."""
        if self._thread.ident is not None:
            self.submit(self._ending.set)
            self._thread.join()
        self._socket.close()

    def submit(self, work: Callable[[], None]) -> None:
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
        application = web.Application(middlewares=self._middlewares)
        application.add_routes(self._routes)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        site = web.SockSite(runner, self._socket)
        await site.start()
        self._ready.set()
        await self._ending.wait()
        await site.stop()
        if self._closing is not None:
            await self._closing()
        await runner.cleanup()


def page(package: str) -> list[web.RouteDef]:
    """`/` and what it loads: the files in the folder "page" of a package, kept in memory; nothing
    comes from elsewhere."""
    found = []
    for file in (files(package) / "page").iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            path = "/" if file.name == "index.html" else f"/{file.name}"
            found.append(_route(path, file.read_bytes(), kind))
    return found


def _route(path: str, body: bytes, kind: str) -> web.RouteDef:
    async def give(request: web.Request) -> web.Response:
        return web.Response(
            body=body,
            content_type=kind,
            charset="utf-8",
            headers={
                "Cache-Control": "no-cache",
                # Older Safari does not count a WebSocket as 'self'.
                "Content-Security-Policy": (
                    f"default-src 'self'; connect-src 'self' ws://{request.host}; "
                    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                ),
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            },
        )

    return web.get(path, give)
