"""The station's side of the conversations with all phones; runs in one event loop."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from realtime.judge.panel.clicks import TakeClick
from realtime.judge.panel.door import Door
from realtime.judge.panel.messages import (
    Join,
    Leave,
    PanelState,
    Ping,
    Pong,
    Received,
    Refused,
    Rule,
    ToPhone,
    Touches,
    Welcome,
    decode,
    encode,
)
from realtime.judge.panel.notebook import Notebook, Notes, Seat
from realtime.judge.panel.roster import JoinError, Judge, Roster
from realtime.marks import Ruling

REPLACED = 4001
"""Why a connection was closed: the same phone has a newer one, or its name was given away."""
_MOST_OPEN = 32  # connections; five judges, and some that are dying
_LARGEST = 1 << 16  # bytes of a message
_JOIN_S = 10.0  # for the first message
_HEARTBEAT_S = 5.0
_CLOSE_S = 0.5

Link = web.WebSocketResponse


class Conversations:
    """Lets judges in, takes their clicks, and tells them the state of the attempt."""

    def __init__(
        self,
        door: Door,
        take: TakeClick,
        clock: Callable[[], float],
        *,
        notebook: Notebook | None = None,
        before: Notes | None = None,
        received: Mapping[str, int] = {},
    ) -> None:
        """`notebook` is kept; what was `before` goes on; `received` is the highest number of each
        judge's clicks that the session has."""
        self._door = door
        self._take = take
        self._clock = clock
        self._notebook = notebook
        self._since_s, self._session = clock(), secrets.token_hex(8)
        if before is not None and before.since_s <= self._since_s:
            # Else the machine has been started anew: its clock began again, and nobody can say
            # when the clicks were made that phones still have. They drop them, and tell the judge.
            self._since_s, self._session = before.since_s, before.session
        self.state = None if before else PanelState()
        """What whoever joins is told; None: not known yet."""
        self.roster = Roster(take, self._since_s, self._note, received)
        self._open: set[Link] = set()
        self._links: dict[str, Link] = {}  # by token
        self._tasks: set[asyncio.Task[object]] = set()
        if before is not None:
            door.code = before.code
            for seat in before.seats:
                self.roster.seat(seat.token, seat.name, head=seat.head)
        self._note()

    def _note(self) -> None:
        if self._notebook is not None:
            judges = self.roster.judges()
            seats = tuple(Seat(judge.name, judge.token, judge.head) for judge in judges)
            self._notebook.write(Notes(self._door.code, self._session, self._since_s, seats))

    def is_connected(self, judge: Judge) -> bool:
        return judge.token in self._links

    async def handle(self, request: web.Request) -> Link:
        """One connection from its first message to its end."""
        if len(self._open) >= _MOST_OPEN:
            raise web.HTTPServiceUnavailable
        link = Link(heartbeat=_HEARTBEAT_S, max_msg_size=_LARGEST, timeout=_CLOSE_S)
        await link.prepare(request)
        self._open.add(link)
        try:
            judge = await self._admit(link, request.remote or "")
            if judge is not None:
                await self._follow(link, judge)
        except (msgspec.DecodeError, TypeError):  # no text, or not one that our page sends
            await link.close(code=WSCloseCode.UNSUPPORTED_DATA)
        except (TimeoutError, ConnectionError):
            pass  # he says nothing, or has gone
        finally:
            self._open.discard(link)
            self._links = {t: other for t, other in self._links.items() if other is not link}
            await link.close()
        return link

    def tell(self) -> None:
        """Everybody who is in sees the state."""
        if self.state is not None:
            for link in self._links.values():
                self._do(_send(link, self.state))

    def release(self, name: str) -> None:
        """Free a judge's name."""
        judge = self.roster.release(name)
        if judge is not None:
            self._hang_up(judge.token)

    def _do(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop alone would let it go
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all conversations."""
        links = list(self._open)
        await asyncio.gather(*(link.close(code=WSCloseCode.GOING_AWAY) for link in links))

    async def _admit(self, link: Link, address: str) -> Judge | None:
        message = decode(await link.receive_str(timeout=_JOIN_S))
        if not isinstance(message, Join):
            raise TypeError
        judge = self.roster.back(message.token, message.name)
        if judge is None:
            try:
                judge = self._new(message, address)
            except JoinError as error:
                await _send(link, Refused(str(error), math.ceil(self._door.wait_s(address))))
                return None
        self._hang_up(judge.token)
        self._links[judge.token] = link
        await _send(link, Welcome(judge.name, self._session, judge.inbox.received, judge.head))
        if self.state is not None:
            await _send(link, self.state)
        return judge

    def _new(self, message: Join, address: str) -> Judge:
        if not message.code:  # a phone of a session or a name that is gone
            raise JoinError("Join again with the code that the station shows.")
        if self._door.wait_s(address):
            raise JoinError("Too many wrong codes.")
        if not self._door.opens(address, message.code):
            raise JoinError("This is not the code that the station shows.")
        return self.roster.join(message.token, message.name, head=message.head)

    def _hang_up(self, token: str) -> None:
        """A phone has one connection: an older one ends, without anybody waiting for it."""
        older = self._links.pop(token, None)
        if older is not None:
            self._do(older.close(code=REPLACED))

    async def _follow(self, link: Link, judge: Judge) -> None:
        async for message in link:
            now_s = self._clock()  # before anything else is done: a ping is answered with it
            if message.type != WSMsgType.TEXT:
                raise TypeError
            answer = self._answer(judge, message.data, now_s)
            if answer is None:
                return
            await _send(link, answer)

    def _answer(self, judge: Judge, text: str, now_s: float) -> ToPhone | None:
        match decode(text):
            case Ping(sent_ms, error_s):
                judge.error_s = error_s
                return Pong(sent_ms, now_s)
            case Touches(touches):
                judge.inbox.put(judge.name, touches, now_s)
                return Received(judge.inbox.received)
            case Rule(what, count) if judge.head:
                self._take(Ruling(judge.name, now_s, what, count))
                return Received(judge.inbox.received)
            case Leave():
                self.roster.release(judge.name)
                return None
            case _:  # joins again, or rules without being the head judge
                raise TypeError


async def _send(link: Link, message: ToPhone) -> None:
    """What a phone that has gone misses it is told when it comes back."""
    if not link.closed:
        try:
            await link.send_str(encode(message))
        except ConnectionError:
            return
