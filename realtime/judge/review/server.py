"""The review's page on this machine: pictures, marks and edits between browser and session."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import msgspec
from aiohttp import web

from realtime.judge.export.pdf import PdfError, browser
from realtime.judge.review.book import Book
from realtime.judge.review.exports import export
from realtime.judge.review.recording import Recording
from realtime.judge.review.state import Judge, state_of
from realtime.judge.serving import Site, listen, page
from realtime.marks import Foot, Jump, Miss, Offence, Ruling
from realtime.record.session import RecordingError
from realtime.sources.errors import SourceError

PORT = 8771
HOST = "127.0.0.1"
_JSON = "application/json"
_LONGEST_SOUND_S = 30.0
# A score sheet has its style within.
_SHEET_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Who = Annotated[str, msgspec.Meta(max_length=60)]


class AddJump(msgspec.Struct, tag="add jump"):
    """A contact in the picture `frame`."""

    who: _Who
    athlete: int
    frame: int
    foot: Foot


class AddMiss(msgspec.Struct, tag="add miss"):
    """The jump at `time_s` was missed."""

    who: _Who
    athlete: int
    time_s: float


class Remove(msgspec.Struct, tag="remove"):
    """The jump or (without foot) the miss at `time_s`."""

    who: _Who
    athlete: int
    time_s: float
    foot: Foot | None


class Confirm(msgspec.Struct, tag="confirm"):
    """The flagged jump at `time_s` is right."""

    who: _Who
    athlete: int
    time_s: float
    foot: Foot


class Rule(msgspec.Struct, tag="rule"):
    """`who`, as the head judge, says that the attempt in which `time_s` lies had `count` of a
    fault; None: as the machine says."""

    who: _Who
    time_s: float
    what: Offence
    count: Annotated[int, msgspec.Meta(ge=0, le=99)] | None


class Undo(msgspec.Struct, tag="undo"):
    """Of the edit at `place` among those of the session."""

    who: _Who
    place: int


Change = AddJump | AddMiss | Remove | Confirm | Rule | Undo
_decode = msgspec.json.Decoder(Change).decode


class ReviewServer:
    """Serves one session to a browser on this machine between `start` and `stop`. Nobody else may
    ask: the address is this machine's own, and pages of other sites are refused."""

    def __init__(self, recording: Recording, book: Book, judge: Judge, port: int = 0) -> None:
        """`port` 0 is any free one. Raises PortError."""
        self._recording = recording
        self._book = book
        self._judge = judge
        self._decoding = ThreadPoolExecutor(1, "Film")
        routes = [
            *page("realtime.judge.review"),
            web.get("/session", self._session),
            web.get("/state", self._state),
            web.get(r"/track/{athlete:\d+}", self._track),
            web.get(r"/frame/{number:\d+}", self._frame),
            web.get("/sound", self._sound),
            web.get("/export/{kind}", self._export),
            web.post("/edit", self._edit),
        ]
        self._site = Site("Review", listen(HOST, port), routes, middlewares=[self._only_here])

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._site.port}/"

    def start(self) -> None:
        """Returns when the page can be loaded."""
        self._site.start()

    def stop(self) -> None:
        """End the server and let go of the session."""
        self._site.stop()
        self._decoding.shutdown()
        self._book.close()

    @web.middleware
    async def _only_here(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A page of another site can neither read (by a name of its own that leads here) nor write
        (a form sends no JSON)."""
        if request.host not in {f"{name}:{self._site.port}" for name in (HOST, "localhost")}:
            raise web.HTTPForbidden(text="FlipTally's review answers to this machine only")
        if request.method == "POST" and request.content_type != _JSON:
            raise web.HTTPUnsupportedMediaType
        return await handler(request)

    async def _session(self, _request: web.Request) -> web.Response:
        event = self._judge(self._book.marks)[0].event
        pdf = browser() is not None
        return _json(self._recording.described(event, pdf=pdf))

    async def _state(self, _request: web.Request) -> web.Response:
        return _json(state_of(self._book.marks, self._judge))

    async def _track(self, request: web.Request) -> web.Response:
        try:
            body = self._recording.track(int(request.match_info["athlete"]))
        except KeyError:
            raise web.HTTPNotFound from None
        return web.Response(body=body, content_type="application/octet-stream")

    async def _frame(self, request: web.Request) -> web.Response:
        film, number = self._recording.film, int(request.match_info["number"])
        if film is None:
            raise web.HTTPNotFound
        loop = asyncio.get_running_loop()
        try:
            body = await loop.run_in_executor(self._decoding, film.jpeg, number)
        except (IndexError, SourceError) as error:
            raise web.HTTPNotFound(text=str(error)) from None
        kept = {"Cache-Control": "no-store"}  # the page keeps what it needs
        return web.Response(body=body, content_type="image/jpeg", headers=kept)

    async def _sound(self, request: web.Request) -> web.Response:
        try:
            begin_s, seconds = (float(request.query[name]) for name in ("from", "seconds"))
            if not (math.isfinite(begin_s) and 0 < seconds <= _LONGEST_SOUND_S):
                raise ValueError
        except (KeyError, ValueError):
            raise web.HTTPBadRequest(text="expected from=S and seconds=S") from None
        try:
            body = await asyncio.to_thread(self._recording.sound, begin_s, seconds)
        except (KeyError, SourceError):
            raise web.HTTPNotFound from None
        kept = {"Cache-Control": "no-store"}  # the page keeps what it needs
        return web.Response(body=body, content_type="audio/wav", headers=kept)

    async def _export(self, request: web.Request) -> web.Response:
        asked = request.query.get("attempt", "1")
        try:
            made = await asyncio.to_thread(
                export,
                request.match_info["kind"],
                self._book.marks,
                self._judge,
                number=int(asked) if asked.isdecimal() else 0,
                source=self._recording.source,
                stem=self._recording.path.stem,
                began=self._recording.began,
            )
        except KeyError:
            raise web.HTTPNotFound from None
        except PdfError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        place = "inline" if made.content_type == "text/html" else "attachment"
        name = made.name.encode("ascii", "replace").decode().replace('"', "_")
        return web.Response(
            body=made.body,
            content_type=made.content_type,
            charset="utf-8",
            headers={
                "Content-Disposition": f'{place}; filename="{name}"',
                "Content-Security-Policy": _SHEET_POLICY,
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _edit(self, request: web.Request) -> web.Response:
        """The new state; 409 with a line for what makes no sense or could not be written."""
        try:
            change = _decode(await request.read())
        except msgspec.DecodeError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        try:
            await asyncio.to_thread(self._take, change)
        except (ValueError, RecordingError) as error:
            raise web.HTTPConflict(text=str(error)) from None
        return await self._state(request)

    def _take(self, change: Change) -> None:
        book = self._book
        match change:
            case AddJump(who, athlete, frame, foot):
                if not 0 <= frame < len(self._recording.times):
                    raise ValueError(f"there is no frame {frame}")
                t = self._recording.times[frame]
                book.add(who, Jump(athlete, frame, t, foot, t))
            case AddMiss(who, athlete, time_s):
                book.add(who, Miss(athlete, time_s, time_s))
            case Remove(who, athlete, t, foot):
                miss = Miss(athlete, t, t)
                book.remove(who, miss if foot is None else Jump(athlete, -1, t, foot, t))
            case Confirm(who, athlete, t, foot):
                book.confirm(who, Jump(athlete, -1, t, foot, t))
            case Rule(who, t, what, count):
                book.rule(Ruling(who, t, what, count))
            case Undo(who, place):
                book.undo(who, place)


def _json(value: msgspec.Struct) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value),
        content_type=_JSON,
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )
