"""`kill -9` of a real `fliptally judge --guard` in the middle of an attempt."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from aiohttp import ClientError

from bench.virtual_stream import FPS, Sender
from realtime.judge.panel.notebook import Notebook
from realtime.marks import Click
from realtime.record.session import RecordedSession
from realtime.sources.errors import SourceError
from tests.realtime.judge.panel.phone import Phone, phone, token_of

PATIENCE_S = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[str]:
    """A stream in which nobody is: clicks and times need no athlete."""
    path = tmp_path / "hall.ts"
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 320, 240, "yuv420p", 30
        for n in range(120):
            picture = np.full((240, 320, 3), n, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    with Sender(f"http://127.0.0.1:{free_port()}", path) as sender:
        yield sender.url


async def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def clicks(session: Path) -> list[Click]:
    try:
        return [mark for mark in RecordedSession(session).marks() if isinstance(mark, Click)]
    except SourceError:
        return []  # nothing is recorded yet


@asynccontextmanager
async def again(url: str):
    """A phone that tries until the station is back."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            async with phone(url) as one:
                yield one
                return
        except ClientError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


async def running(anna: Phone) -> None:
    while (await anna.hear()).get("phase") != "running":
        pass


def kill_the_station(guard: subprocess.Popen[bytes]) -> None:
    children = Path(f"/proc/{guard.pid}/task/{guard.pid}/children")
    os.kill(int(children.read_text().split()[0]), signal.SIGKILL)


@pytest.mark.slow
def test_no_click_is_lost_nor_counts_twice_and_the_attempt_goes_on(
    camera: str, tmp_path: Path
) -> None:
    session, out, port = tmp_path / "a.fliptally", tmp_path / "out", free_port()
    notebook, url = Notebook(session), f"http://127.0.0.1:{port}/"
    asked = ["--event", "custom", "--leg-seconds", "90", "--sound", "none", "--start-now"]
    asked += ["--guard", "--panel", "--panel-port", str(port), "--record", str(session)]
    command = [sys.executable, "-m", "realtime", "judge", *asked, "--out", str(out), camera]
    made: list[float] = []

    async def click(anna: Phone, seq: int) -> None:
        made.append(time.monotonic())
        assert await anna.click((seq, made[-1])) == seq

    async def judge(guard: subprocess.Popen[bytes]) -> None:
        await until(notebook.read)
        notes = notebook.read()
        assert notes is not None
        async with phone(url) as anna:
            await anna.join("Anna", notes.code)
            await running(anna)
            for seq in (1, 2, 3):
                await click(anna, seq)
            await until(lambda: len(clicks(session)) == 3)
            await click(anna, 4)  # confirmed, and perhaps not yet in the session
            kill_the_station(guard)
        made.append(time.monotonic())  # the fifth, while nobody is there
        async with again(url) as anna:
            received = (await anna.join("Anna", token=token_of("Anna")))["received"]
            assert received in (3, 4)
            await running(anna)
            late = [(seq, made[seq - 1]) for seq in range(received + 1, 6)]
            assert await anna.click(*late) == 5
            await click(anna, 6)
        await until(lambda: len(clicks(session)) == 6)

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **quiet) as guard:
        try:
            asyncio.run(judge(guard))
        finally:
            guard.send_signal(signal.SIGTERM)
        _, errors = guard.communicate(timeout=PATIENCE_S)
    assert errors.decode() == "fliptally: the station was ended by SIGKILL; started again\n"
    (attempt,) = json.loads((out / "attempts.json").read_text())["attempts"]
    assert [(one["name"], one["count"]) for one in attempt["judges"]] == [("Anna", 6)]
    times = np.array([click.time_s for click in clicks(session)])
    assert np.abs(np.diff(times) - np.diff(made)).max() < 0.05
    assert any(note.startswith("no picture from ") for note in attempt["notes"])
    assert not notebook.path.exists()
