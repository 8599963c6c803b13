"""What judges' phones and the station rely on, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession, WSCloseCode, WSMsgType

from realtime.judge.panel.conversation import REPLACED
from realtime.judge.panel.messages import PanelState
from realtime.judge.panel.server import PanelError, PanelServer
from realtime.marks import Click, Ruling
from tests.realtime.judge.panel.phone import PATIENCE_S, Phone, phone, token_of, touch

HERE = "127.0.0.1"


class Panel:
    """A running server and the clicks that it gave."""

    def __init__(self) -> None:
        self.clicks: list[Click | Ruling] = []
        self.now_s = 1000.0
        self.server = PanelServer(
            self.clicks.append, port=0, host=HERE, code="ACD34", clock=lambda: self.now_s
        )
        self.url = self.server.urls[0]

    async def until(self, connected: list[bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while [judge.connected for judge in self.server.judges] != connected:
            assert time.monotonic() < deadline, self.server.judges
            await asyncio.sleep(0.01)


@pytest.fixture
def panel() -> Iterator[Panel]:
    panel = Panel()
    panel.server.start()
    yield panel
    panel.server.stop()


def test_judge_joins_and_his_clicks_arrive_with_their_own_times(panel: Panel) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna:
            welcome = await anna.join("  Anna   B. ", "acd 34")
            assert (welcome["type"], welcome["name"], welcome["received"]) == (
                "welcome",
                "Anna B.",
                0,
            )
            assert (await anna.hear())["phase"] == "waiting"
            panel.now_s = 1005.0
            assert await anna.click((1, 1001.25), (2, 1001.5), (3, 1001.75, -1)) == 3
            assert [judge[:2] for judge in panel.server.judges] == [("Anna B.", True)]

    asyncio.run(run())
    assert panel.clicks == [
        Click("Anna B.", 1001.25, 1, 1),
        Click("Anna B.", 1001.5, 1, 2),
        Click("Anna B.", 1001.75, -1, 3),
    ]


def test_click_is_never_later_than_now_nor_older_than_the_panel(panel: Panel) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna:
            await anna.join("Anna", "ACD34")
            panel.now_s = 1005.0
            await anna.click((1, 1005.02), (2, -7.0))

    asyncio.run(run())
    assert [click.time_s for click in panel.clicks] == [1005.0, 1000.0]


def test_repeats_are_taken_once(panel: Panel) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna:
            await anna.join("Anna", "ACD34")
            panel.now_s = 1010.0
            assert await anna.click((1, 1001.0), (2, 1002.0)) == 2
            assert await anna.click((1, 1001.0), (2, 1002.0), (3, 1003.0)) == 3
            assert await anna.click((2, 1002.0)) == 3

    asyncio.run(run())
    assert [click.time_s for click in panel.clicks] == [1001.0, 1002.0, 1003.0]


def test_who_comes_back_needs_no_code_and_goes_on(panel: Panel) -> None:
    async def run() -> None:
        panel.now_s = 1010.0
        async with phone(panel.url) as anna:
            first = await anna.join("Anna", "ACD34")
            await anna.click((1, 1001.0), (2, 1002.0))
            await anna.drop()
        await panel.until([False])
        async with phone(panel.url) as anna:
            again = await anna.join("Anna")
            assert again == {**first, "received": 2}
            await anna.click((2, 1002.0), (3, 1003.0))

    asyncio.run(run())
    assert [click.time_s for click in panel.clicks] == [1001.0, 1002.0, 1003.0]


def test_newer_connection_of_a_phone_replaces_the_older(panel: Panel) -> None:
    """A phone may notice a lost connection before the station does."""

    async def run() -> None:
        async with phone(panel.url) as old, phone(panel.url) as new:
            await old.join("Anna", "ACD34")
            await old.hear()
            assert (await new.join("Anna"))["type"] == "welcome"
            assert (await old.ended()).data == REPLACED
            assert await new.click((1, 1000.0)) == 1
            await panel.until([True])

    asyncio.run(run())


def test_wrong_codes_are_refused_and_slowed_down(panel: Panel) -> None:
    async def attempt(code: str) -> dict[str, object]:
        async with phone(panel.url) as eve:
            answer = await eve.join("Eve", code)
            if answer["type"] == "refused":
                assert (await eve.ended()).type in (WSMsgType.CLOSE, WSMsgType.CLOSING)
            return answer

    async def run() -> None:
        waits = [(await attempt("AAAAA"))["wait_s"] for _ in range(3)]
        assert waits == [0, 0, 1]
        early = await attempt("ACD34")  # the right one, but too early
        assert early == {"type": "refused", "why": "Too many wrong codes.", "wait_s": 1}
        panel.now_s += 1.0
        assert (await attempt("AAAAA"))["wait_s"] == 2
        assert (await attempt(""))["why"] == "Join again with the code that the station shows."
        panel.now_s += 2.0
        assert (await attempt("ACD34"))["type"] == "welcome"

    asyncio.run(run())


def test_two_judges_cannot_have_one_name(panel: Panel) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna, phone(panel.url) as other:
            await anna.join("Anna", "ACD34")
            answer = await other.join("ANNA ", "ACD34", token=token_of("other"))
            assert answer["why"].startswith("ANNA has joined on another phone.")

    asyncio.run(run())


@pytest.mark.parametrize("name", ["", "   ", "x" * 21, "a\x1b[2J"])
def test_names_that_no_screen_can_show_are_refused(panel: Panel, name: str) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna:
            answer = await anna.join(name, "ACD34")
            assert answer["why"] == "A name has 1 to 20 characters."

    asyncio.run(run())


def test_five_judges_at_once_and_no_sixth(panel: Panel) -> None:
    async def judge(one: Phone, name: str) -> None:
        for seq in range(1, 51):
            await one.click((seq, 1000.0))

    async def run() -> None:
        async with AsyncExitStack() as stack:
            names = ["Anna", "Ben", "Carl", "Dora", "Emil"]
            phones = [await stack.enter_async_context(phone(panel.url)) for _ in range(6)]
            for one, name in zip(phones, names, strict=False):
                assert (await one.join(name, "ACD34"))["type"] == "welcome"
            assert (await phones[5].join("Finn", "ACD34"))["why"] == "All 5 places are taken."
            await asyncio.gather(*map(judge, phones, names))
            assert [judge.name for judge in panel.server.judges] == names

    asyncio.run(run())
    counts = [sum(c.by for c in panel.clicks if c.judge == n) for n in ("Anna", "Ben", "Emil")]
    assert counts == [50, 50, 50]
    assert len(panel.clicks) == 250


def test_released_name_goes_to_a_new_phone_and_nothing_counts_twice(panel: Panel) -> None:
    """A judge's phone is dead; later it comes back under another name."""

    async def run() -> None:
        panel.now_s = 1010.0
        async with phone(panel.url) as old, phone(panel.url) as new, phone(panel.url) as back:
            await old.join("Anna", "ACD34")
            await old.click((1, 1001.0))
            panel.server.release("anna")
            assert (await old.ended()).data == REPLACED
            assert (await new.join("Anna", "ACD34", token=token_of("new")))["received"] == 1
            await new.click((2, 1002.0))
            assert (await back.join("Bea", "ACD34", token=token_of("Anna")))["received"] == 1
            await back.click((1, 1001.0), (2, 1003.0))

    asyncio.run(run())
    assert panel.clicks == [
        Click("Anna", 1001.0, 1, 1),
        Click("Anna", 1002.0, 1, 2),
        Click("Bea", 1003.0, 1, 2),
    ]


def test_who_leaves_frees_his_place(panel: Panel) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna:
            await anna.join("Anna", "ACD34")
            await anna.say(type="leave")
            await panel.until([])

    asyncio.run(run())


def test_state_is_told_to_all_and_to_those_who_come_later(panel: Panel) -> None:
    """Nothing else is ever told: no count of the machine or of another judge."""
    state = PanelState("running", "Single rope speed sprint", 1001.0, None, 1031.0, false_starts=1)
    expected = {
        "type": "state",
        "phase": "running",
        "title": "Single rope speed sprint",
        "from_s": 1001.0,
        "until_s": None,
        "end_s": 1031.0,
        "switches": 0,
        "false_starts": 1,
        "false_switches": None,
    }

    async def run() -> None:
        async with phone(panel.url) as anna, phone(panel.url) as ben:
            await anna.join("Anna", "ACD34")
            await anna.hear()
            panel.server.show(state)
            assert await anna.hear() == expected
            await ben.join("Ben", "ACD34")
            assert await ben.hear() == expected
            await ben.click((1, 1000.0))
            await anna.say(type="ping", sent_ms=5.0)
            assert (await anna.hear())["type"] == "pong"  # and not Ben's click

    asyncio.run(run())


def test_clock_of_a_phone_is_found_to_half_the_round_trip() -> None:
    """The offset from the smallest of several round trips, against a clock that is 12345.678 s
    ahead."""
    skew_s = 12345.678
    server = PanelServer(lambda click: None, port=0, host=HERE, code="ACD34")
    server.start()

    async def run() -> None:
        async with phone(server.urls[0]) as anna:
            await anna.join("Anna", "ACD34")
            await anna.hear()
            found = []
            for _ in range(8):
                sent_s = time.monotonic() + skew_s
                await anna.say(type="ping", sent_ms=1000.0 * sent_s, error_s=0.07)
                pong = await anna.hear()
                received_s = time.monotonic() + skew_s
                assert pong["sent_ms"] == 1000.0 * sent_s
                offset_s = pong["time_s"] - (sent_s + received_s) / 2
                found.append(((received_s - sent_s) / 2, offset_s))
            error_s, offset_s = min(found)
            assert abs(offset_s + skew_s) <= error_s + 1e-6
            assert error_s < 0.05
            (judge,) = server.judges
            assert (judge.error_s, judge.uncertain) == (0.07, True)

    try:
        asyncio.run(run())
    finally:
        server.stop()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"type": "ping"}',
        '{"type": "join", "name": "Anna", "token": "short"}',
        '{"type": "clicks", "clicks": []}',
        "[" * 1000,
    ],
)
def test_garbage_instead_of_a_join_ends_that_connection_only(panel: Panel, text: str) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna, phone(panel.url) as eve:
            await anna.join("Anna", "ACD34")
            await eve._socket.send_str(text)
            assert (await eve.ended()).data == WSCloseCode.UNSUPPORTED_DATA
            assert await anna.click((1, 1000.0)) == 1

    asyncio.run(run())


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "clicks", "clicks": [{"seq": 0, "time_s": 1.0, "by": 1}]},
        {"type": "clicks", "clicks": [{"seq": 1, "time_s": 1.0, "by": 2}]},
        {"type": "clicks", "clicks": [touch(n, 1.0) for n in range(1, 258)]},
        {"type": "join", "name": "Anna", "token": token_of("Anna")},
    ],
)
def test_clicks_that_no_phone_of_ours_sends_are_not_taken(
    panel: Panel, bad: dict[str, object]
) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna:
            await anna.join("Anna", "ACD34")
            await anna.hear()
            await anna.say(**bad)
            assert (await anna.ended()).data == WSCloseCode.UNSUPPORTED_DATA

    asyncio.run(run())
    assert panel.clicks == []


def test_page_loads_nothing_from_elsewhere(panel: Panel) -> None:
    async def run() -> None:
        async with ClientSession() as session:
            for path in ("", "app.js", "clock.js", "ledger.js", "link.js", "style.css", "icon.svg"):
                async with session.get(panel.url + path) as answer:
                    assert answer.status == 200, path
                    text = (await answer.text()).replace("http://www.w3.org/2000/svg", "")
                    assert "http://" not in text, path
                    assert "https://" not in text, path
                    assert answer.headers["Content-Security-Policy"].startswith(
                        "default-src 'self'"
                    )
            async with session.get(panel.url + "conversation.py") as answer:
                assert answer.status == 404

    asyncio.run(run())


def test_stop_says_goodbye_and_frees_the_port(panel: Panel) -> None:
    async def run() -> None:
        async with phone(panel.url) as anna, phone(panel.url) as stranger:
            await anna.join("Anna", "ACD34")
            await anna.hear()
            await asyncio.to_thread(panel.server.stop)
            assert (await anna.ended()).data == WSCloseCode.GOING_AWAY
            assert (await stranger.ended()).data == WSCloseCode.GOING_AWAY

    asyncio.run(run())
    panel.server.stop()  # a second time
    panel.server.show(PanelState())  # reaches nobody
    PanelServer(panel.clicks.append, port=panel.server.port, host=HERE).stop()  # without a start


def test_port_that_is_taken_is_one_clear_line() -> None:
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PanelError) as failure:
            PanelServer(lambda click: None, port=port, host=HERE)
    assert str(failure.value) == (
        f"--panel-port {port}: Address already in use; expected a free port between 1024 and "
        "65535, such as 8771"
    )
    with pytest.raises(PanelError, match=r"^--panel-port 70000: no port; expected"):
        PanelServer(lambda click: None, port=70000, host=HERE)


def test_one_of_them_is_the_head_judge_and_he_alone_rules(panel: Panel) -> None:
    async def run() -> None:
        async with phone(panel.url) as ada, phone(panel.url) as ben, phone(panel.url) as carl:
            assert (await ada.join("Ada", "ACD34", head=True))["head"] is True
            await ada.hear()
            refused = await ben.join("Ben", "ACD34", head=True)
            assert refused["why"] == "Ada is the head judge already. Join as a judge."
            panel.now_s = 1007.0
            await ada.say(type="rule", what="false start", count=1)
            assert (await ada.hear())["type"] == "received"
            await carl.join("Carl", "ACD34")
            await carl.hear()
            await carl.say(type="rule", what="false start", count=1)
            assert (await carl.ended()).type == WSMsgType.CLOSE
        async with phone(panel.url) as ada:  # the phone is back, and still his
            assert (await ada.join("Ada"))["head"] is True

    asyncio.run(run())
    assert panel.clicks == [Ruling("Ada", 1007.0, "false start", 1)]
