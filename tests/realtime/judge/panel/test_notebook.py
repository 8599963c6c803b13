"""A station is started again: the panel goes on as it was, and no click is lost or counts twice."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from realtime.judge.panel.messages import PanelState
from realtime.judge.panel.notebook import Notebook
from realtime.judge.panel.server import PanelError, PanelServer
from realtime.marks import Click, Ruling
from tests.realtime.judge.panel.phone import Phone, phone, token_of

Start = Callable[..., tuple[PanelServer, list[Click | Ruling]]]
AT_S = 1010.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a station's panel on the same session each time."""
    started: list[PanelServer] = []

    def again(
        received: dict[str, int] | None = None, began_s: float = 1000.0
    ) -> tuple[PanelServer, list[Click | Ruling]]:
        for server in started:
            server.stop()
        now = iter([began_s])
        taken: list[Click | Ruling] = []
        notebook = Notebook(tmp_path / "a.fliptally")
        server = PanelServer(
            taken.append,
            port=0,
            host="127.0.0.1",
            clock=lambda: next(now, AT_S),
            notebook=notebook,
            before=notebook.read(),
            received=received or {},
        )
        server.start()
        started.append(server)
        return server, taken

    yield again
    for server in started:
        server.stop()


def talk(server: PanelServer, say: Callable[[Phone], Awaitable[None]]) -> None:
    async def run() -> None:
        async with phone(server.urls[0]) as one:
            await say(one)

    asyncio.run(run())


def test_code_judges_and_clicks_survive_a_station_that_was_killed(start: Start) -> None:
    first, taken = start()
    session = ""

    async def before(anna: Phone) -> None:
        nonlocal session
        session = (await anna.join("Anna", first.code, head=True))["session"]
        assert await anna.click((1, 1001.0), (2, 1002.0), (3, 1003.0)) == 3

    talk(first, before)
    assert [click.seq for click in taken] == [1, 2, 3]

    # The third was confirmed and not yet in the session when the station was killed.
    second, taken = start({"Anna": 2}, began_s=1004.0)
    assert second.code == first.code
    assert [judge.name for judge in second.judges] == ["Anna"]

    async def after(anna: Phone) -> None:
        welcome = await anna.join("Anna", "", token=token_of("Anna"))
        assert welcome == {
            "type": "welcome", "name": "Anna", "session": session, "received": 2, "head": True,
        }  # fmt: skip
        await anna.click((3, 1003.0), (4, 1005.0))

    talk(second, after)
    assert taken == [Click("Anna", 1003.0, 1, 3), Click("Anna", 1005.0, 1, 4)]


def test_state_is_not_told_before_it_is_known_again(start: Start) -> None:
    """A phone in the middle of an attempt must not be told that it waits."""
    first, _ = start()

    async def before(anna: Phone) -> None:
        await anna.join("Anna", first.code)
        assert (await anna.hear())["phase"] == "waiting"

    talk(first, before)
    second, _ = start()

    async def after(anna: Phone) -> None:
        await anna.join("Anna")
        second.show(PanelState("running", "SRSS", 1001.0, 1031.5, 1031.0))
        assert (await anna.hear())["phase"] == "running"

    talk(second, after)


def test_stranger_still_needs_the_code(start: Start) -> None:
    start()
    second, _ = start()

    async def after(stranger: Phone) -> None:
        refused = await stranger.join("Anna", "", token=token_of("Anna"))
        assert refused["type"] == "refused"

    talk(second, after)


def test_who_left_is_not_let_in_again(start: Start) -> None:
    first, _ = start()

    async def before(anna: Phone) -> None:
        await anna.join("Anna", first.code)
        await anna.say(type="leave")
        await anna.ended()

    talk(first, before)
    assert start()[0].judges == []


def test_only_the_user_reads_it_and_it_goes_with_the_session(start: Start, tmp_path: Path) -> None:
    start()
    path = tmp_path / "a.fliptally.panel"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "a.fliptally.panel-new").write_bytes(b"{")  # the disk was full
    Notebook(tmp_path / "a.fliptally").remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["hall.left", "hall.right", "hall", "hall.panel"])
def test_each_session_has_its_own_beside_it(tmp_path: Path, name: str) -> None:
    others = {"hall.left", "hall.right", "hall", "hall.panel"} - {name}
    path = Notebook(tmp_path / name).path
    assert path.parent == tmp_path
    assert path != tmp_path / name
    assert path not in {Notebook(tmp_path / other).path for other in others}


@pytest.mark.skipif(sys.platform == "win32", reason="files have no owner's number there")
def test_what_another_user_wrote_is_not_taken(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start()
    notebook = Notebook(tmp_path / "a.fliptally")
    assert notebook.read() is not None
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert notebook.read() is None


def test_new_session_takes_nothing_that_lies_there(start: Start, tmp_path: Path) -> None:
    """A file in a folder that others may write to must not say the code, nor who is let in."""
    first, _ = start()
    notebook = Notebook(tmp_path / "a.fliptally")
    other = PanelServer(lambda _: None, port=0, host="127.0.0.1", notebook=notebook)
    other.stop()
    assert other.code != first.code
    notes = notebook.read()
    assert notes is not None
    assert notes.code == other.code


def test_port_that_is_taken_leaves_no_secret(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PanelError):
        PanelServer(
            lambda _: None,
            port=taken.getsockname()[1],
            host="127.0.0.1",
            notebook=Notebook(tmp_path / "a.fliptally"),
        )
    assert list(tmp_path.iterdir()) == []


def test_phone_that_is_new_after_a_restart_goes_on_where_the_name_was(start: Start) -> None:
    """The old phone left with 50 clicks; the new one is as safe through a second restart."""
    first, _ = start()
    second, taken = start({"ANNA": 20, "Anna": 50})

    async def new(anna: Phone) -> None:
        welcome = await anna.join("Anna", first.code, token=token_of("new"))
        assert welcome["received"] == 50
        await anna.click(*((seq, 1005.0) for seq in range(51, 61)))

    talk(second, new)
    assert len(taken) == 10
    third, taken = start({"Anna": 60})

    async def again(anna: Phone) -> None:
        assert (await anna.join("Anna", token=token_of("new")))["received"] == 60
        await anna.click(*((seq, 1006.0) for seq in range(51, 71)))

    talk(third, again)
    assert [click.seq for click in taken if isinstance(click, Click)] == list(range(61, 71))


def test_after_another_boot_phones_are_told_that_their_clicks_are_of_another_session(
    start: Start,
) -> None:
    """The clock has begun again: their times are the old one's, and mean nothing now."""
    first, _ = start()
    session = ""

    async def before(anna: Phone) -> None:
        nonlocal session
        session = (await anna.join("Anna", first.code))["session"]

    talk(first, before)
    second, _ = start({"Anna": 7}, began_s=30.0)
    assert second.code == first.code

    async def after(anna: Phone) -> None:
        welcome = await anna.join("Anna", token=token_of("Anna"))
        assert welcome["type"] == "welcome"
        assert welcome["session"] != session
        assert welcome["received"] == 7

    talk(second, after)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"code":1}', b"\xff", b'{"code":"\xff\xfe"}'])
def test_damaged_one_is_none(start: Start, tmp_path: Path, damage: bytes) -> None:
    first, _ = start()
    (tmp_path / "a.fliptally.panel").write_bytes(damage)
    second, _ = start()
    assert second.code != first.code


def test_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path / "none" / "a.fliptally")
    server = PanelServer(lambda _: None, port=0, host="127.0.0.1", notebook=notebook)
    assert server.code
    server.stop()
