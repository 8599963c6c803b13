"""A judge's phone as a WebSocket client, without a browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from aiohttp import ClientSession, ClientWebSocketResponse, WSMessage

Message = dict[str, Any]
PATIENCE_S = 20.0


class Phone:
    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket

    async def say(self, **message: object) -> None:
        await self._socket.send_str(json.dumps(message))

    async def hear(self) -> Message:
        """The next message of the station."""
        return json.loads(await self._socket.receive_str(timeout=PATIENCE_S))

    async def ended(self) -> WSMessage:
        """How the station ends the conversation."""
        return await self._socket.receive(timeout=PATIENCE_S)

    async def join(
        self, name: str, code: str = "", token: str | None = None, *, head: bool = False
    ) -> Message:
        joining = {"type": "join", "name": name, "token": token or token_of(name), "code": code}
        await self.say(**joining, **({"head": True} if head else {}))
        return await self.hear()

    async def click(self, *clicks: tuple[int, float] | tuple[int, float, Literal[1, -1]]) -> int:
        """Send (number, time[, by]); the number up to which the station has them."""
        touches = [touch(*one) for one in clicks]
        await self.say(type="clicks", clicks=touches)
        while (answer := await self.hear())["type"] != "received":
            pass
        return int(answer["seq"])

    async def drop(self) -> None:
        """Vanish without a word."""
        self._socket._response.close()


def touch(seq: int, time_s: float, by: int = 1) -> Message:
    return {"seq": seq, "time_s": time_s, "by": by}


def token_of(name: str) -> str:
    return f"token-of-{name}".ljust(16, "-")


@asynccontextmanager
async def phone(url: str) -> AsyncIterator[Phone]:
    async with ClientSession() as session, session.ws_connect(f"{url}panel") as socket:
        yield Phone(socket)
