"""The page in a real browser: what judges rely on when they count."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from realtime.judge.panel.messages import PanelState
from realtime.judge.panel.notebook import Notebook
from realtime.judge.panel.server import PanelServer
from realtime.marks import Click, Ruling

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
THUMB = (280, 700)
TITLE = "Single rope speed sprint"
PATIENCE_S = 20.0


class Panel:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.clicks: list[Click | Ruling] = []
        self.server = PanelServer(self.clicks.append, port=0, host="127.0.0.1", code="ACD34")
        self.url = self.server.urls[0]
        self.faults: list[str] = []
        self.contexts: list[BrowserContext] = []

    def phone(self, script: str | None = None) -> Page:
        """A phone of its own with an empty storage."""
        context = self._browser.new_context(**PHONE)
        context.set_default_timeout(1000 * PATIENCE_S)
        self.contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        return page

    def join(self, name: str, script: str | None = None) -> Page:
        page = self.phone(script)
        page.goto(f"{self.url}#ACD34")
        page.fill("#name", name)
        page.tap("#enter")
        ready(page)
        return page

    def count(self, name: str) -> int:
        return sum(c.by for c in self.clicks if isinstance(c, Click) and c.judge == name)


@pytest.fixture
def panel(browser: Browser) -> Iterator[Panel]:
    panel = Panel(browser)
    panel.server.start()
    yield panel
    for context in panel.contexts:
        context.close()
    panel.server.stop()
    assert panel.faults == []


def ready(page: Page) -> None:
    page.wait_for_selector("#click:enabled")
    page.wait_for_selector("#link[data-state=good]")


def touch(page: Page, times: int = 1) -> None:
    together([page], times)


def together(pages: Sequence[Page], times: int) -> None:
    """Touches on all phones, quicker than any judge's."""
    for _ in range(times):
        for page in pages:
            page.touchscreen.tap(*THUMB)
        pages[0].wait_for_timeout(55)


def until(happened: Callable[[], bool], page: Page) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        page.wait_for_timeout(10)


def phase(panel: Panel, page: Page, state: PanelState) -> None:
    panel.server.show(state)
    page.wait_for_selector(f"#panel[data-phase={state.phase}]")


def test_three_judges_one_of_them_offline_for_a_while(panel: Panel) -> None:
    """Each count at the station is exact, and so are the times of what was counted offline."""
    anna, ben, carl = (panel.join(name) for name in ("Anna", "Ben", "Carl"))
    now_s = time.monotonic()
    phase(panel, anna, PanelState("running", TITLE, now_s, None, now_s + 30))
    together([anna, ben, carl], 4)
    until(lambda: panel.count("Ben") == 4, ben)

    ben.context.set_offline(True)
    ben.wait_for_selector("#link[data-state=lost]")
    offline_s = time.monotonic()
    together([anna, ben, carl], 3)
    ben.tap("#undo")
    touch(ben, 2)
    back_s = time.monotonic()
    assert ben.inner_text("#link") == "No connection · 6 not sent yet"
    assert ben.inner_text("#count") == "8"
    assert panel.count("Ben") == 4
    ben.context.set_offline(False)
    ready(ben)
    touch(ben)
    until(lambda: panel.count("Ben") == 9, ben)

    assert (panel.count("Anna"), panel.count("Carl")) == (7, 7)
    assert [page.inner_text("#count") for page in (anna, ben, carl)] == ["7", "9", "7"]
    times_s = [click.time_s for click in panel.clicks if click.judge == "Ben"]
    assert len(times_s) == 11
    assert times_s == sorted(times_s)
    assert offline_s - 0.01 < times_s[4] < times_s[9] < back_s + 0.01


def test_reload_keeps_everything(panel: Panel) -> None:
    """With a connection and without one; what was not sent is sent after it, once."""
    anna = panel.join("Anna")
    now_s = time.monotonic()
    phase(panel, anna, PanelState("running", TITLE, now_s, None, now_s + 30))
    touch(anna, 3)
    until(lambda: panel.count("Anna") == 3, anna)
    anna.reload()
    ready(anna)
    assert anna.inner_text("#count") == "3"

    anna.context.set_offline(True)
    anna.wait_for_selector("#link[data-state=lost]")
    touch(anna, 2)
    anna.goto("about:blank")  # the page is gone before the connection is back
    anna.context.set_offline(False)
    assert panel.count("Anna") == 3
    anna.goto(panel.url)
    ready(anna)
    touch(anna)
    until(lambda: panel.count("Anna") == 6, anna)
    assert len(panel.clicks) == 6
    assert anna.inner_text("#count") == "6"


def test_click_has_the_time_of_the_touch(panel: Panel) -> None:
    """On a phone whose clock is an hour ahead and whose page is slow to notice the touch."""
    ahead = "const now = performance.now.bind(performance); performance.now = () => now() + 3.6e6;"
    for name, script in (("Anna", None), ("Ben", ahead)):
        page = panel.join(name, script)
        page.wait_for_timeout(200)  # for some round trips
        before_s = time.monotonic()
        page.tap("#click")
        after_s = time.monotonic()
        until(lambda name=name: panel.count(name) == 1, page)
        error_s = panel.server.judges[-1].error_s
        assert error_s is not None
        assert error_s < 0.02
        assert before_s - error_s <= panel.clicks[-1].time_s <= after_s + error_s


def test_touch_counts_when_it_begins_and_ghosts_do_not(panel: Panel) -> None:
    anna = panel.join("Anna")
    button = anna.locator("#click")
    button.dispatch_event("pointerdown", {"button": 0})
    until(lambda: panel.count("Anna") == 1, anna)  # the finger is still down
    anna.wait_for_timeout(60)
    button.evaluate(
        """button => {
            for (const pointerId of [1, 2, 3]) {
                button.dispatchEvent(new PointerEvent("pointerdown", {button: 0, pointerId}));
            }
        }"""
    )
    anna.wait_for_timeout(100)
    anna.locator("#click").dispatch_event("pointerdown", {"button": 2})
    anna.keyboard.press("Space")
    until(lambda: anna.inner_text("#count") == "3", anna)
    until(lambda: panel.count("Anna") == 3, anna)


def test_judge_sees_the_attempt_and_his_own_count_in_it(panel: Panel) -> None:
    anna = panel.join("Anna")
    assert anna.inner_text("#phase") == "Waiting"
    touch(anna, 2)
    assert (anna.inner_text("#count"), anna.inner_text("#unit")) == ("2", "practice clicks")
    now_s = time.monotonic()
    phase(panel, anna, PanelState("armed", TITLE, now_s))
    assert anna.inner_text("#count") == "0"
    assert anna.locator("#undo").is_disabled()  # practice is over
    now_s = time.monotonic()
    phase(panel, anna, PanelState("running", TITLE, now_s, None, now_s + 30))
    assert anna.inner_text("#left") in ("0:30", "0:29", "0:28")
    assert not anna.locator("#leave").is_visible()
    touch(anna, 2)
    end_s = time.monotonic() + 1
    panel.server.show(PanelState("running", TITLE, now_s, None, end_s))
    until(lambda: anna.inner_text("#left") in ("0:01", ""), anna)
    anna.context.set_offline(True)
    anna.wait_for_selector("#panel[data-phase=ended]")  # the phone knows by itself
    anna.context.set_offline(False)
    ready(anna)
    phase(panel, anna, PanelState("ended", TITLE, now_s, end_s, end_s))
    touch(anna)
    assert (anna.inner_text("#count"), anna.inner_text("#unit")) == ("2", "your count")


def test_wrong_code_and_a_free_place(panel: Panel) -> None:
    anna = panel.phone()
    anna.goto(panel.url)
    anna.fill("#name", "Anna")
    anna.fill("#code", "AAAAA")
    anna.tap("#enter")
    anna.wait_for_selector("#why:not(:empty)")
    assert anna.inner_text("#why") == "This is not the code that the station shows."
    anna.fill("#code", "acd34")
    anna.tap("#enter")
    ready(anna)
    anna.tap("#leave")
    until(lambda: panel.server.judges == [], anna)
    assert anna.is_visible("#join")


def test_second_window_of_one_phone_takes_over(panel: Panel) -> None:
    first = panel.join("Anna")
    touch(first)
    until(lambda: panel.count("Anna") == 1, first)
    second = first.context.new_page()
    second.goto(panel.url)
    ready(second)
    first.wait_for_selector("#elsewhere")
    touch(second)
    until(lambda: panel.count("Anna") == 2, second)
    first.bring_to_front()
    first.tap("#here")
    ready(first)
    touch(first)
    until(lambda: panel.count("Anna") == 3, first)
    assert second.is_visible("#elsewhere")


def test_slow_network_is_said(panel: Panel) -> None:
    """Half of the smallest round trip is what the times can be wrong by."""
    slow = """
        const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (text) {
            setTimeout(() => send.call(this, text), 150);
        };
    """
    anna = panel.phone(slow)
    anna.goto(f"{panel.url}#ACD34")
    anna.fill("#name", "Anna")
    anna.tap("#enter")
    anna.wait_for_selector("#link[data-state=slow]")
    assert anna.inner_text("#link").startswith("Slow network · times ±")
    until(lambda: panel.server.judges[0].uncertain, anna)
    assert 0.07 < (panel.server.judges[0].error_s or 0) < 0.2


def test_station_that_was_started_again_asks_for_the_code(panel: Panel) -> None:
    anna = panel.join("Anna")
    port = panel.server.port
    panel.server.stop()
    anna.wait_for_selector("#link[data-state=lost]")
    touch(anna, 2)  # nobody is there who could have them
    panel.server = PanelServer(panel.clicks.append, port=port, host="127.0.0.1", code="ACD34")
    panel.server.start()
    anna.wait_for_selector("#why:not(:empty)")
    assert anna.inner_text("#why") == "Join again with the code that the station shows."
    anna.fill("#code", "ACD34")
    anna.tap("#enter")
    ready(anna)
    assert anna.inner_text("#note").startswith("2 clicks of an earlier session were not sent")
    touch(anna)
    until(lambda: panel.count("Anna") == 1, anna)


def test_station_that_comes_back_to_its_session_has_every_click_once(
    panel: Panel, tmp_path: Path
) -> None:
    notebook, port = Notebook(tmp_path / "a.fliptally"), panel.server.port

    def start(received: dict[str, int]) -> None:
        panel.server.stop()
        panel.server = PanelServer(
            panel.clicks.append,
            port=port,
            host="127.0.0.1",
            code="ACD34",
            notebook=notebook,
            before=notebook.read(),
            received=received,
        )
        panel.server.start()

    start({})
    anna = panel.join("Anna")
    now_s = time.monotonic()
    running = PanelState("running", TITLE, now_s, None, now_s + 30)
    phase(panel, anna, running)
    touch(anna, 3)
    until(lambda: panel.count("Anna") == 3, anna)
    panel.server.stop()
    anna.wait_for_selector("#link[data-state=lost]")
    touch(anna, 2)
    del panel.clicks[2:]  # the third was confirmed, and is not in the session
    start({"Anna": 2})
    panel.server.show(running)
    ready(anna)
    until(lambda: panel.count("Anna") == 5, anna)
    assert [click.seq for click in panel.clicks if isinstance(click, Click)] == [1, 2, 3, 4, 5]
    assert anna.inner_text("#count") == "5"


def test_the_head_judge_has_two_more_buttons(panel: Panel) -> None:
    """Each touch is one more, after the most none again; what is shown is what the station has."""
    ada = panel.phone()
    ada.goto(f"{panel.url}#ACD34")
    ada.fill("#name", "Ada")
    ada.check("#head")
    ada.tap("#enter")
    ready(ada)
    ben = panel.join("Ben")
    now_s = time.monotonic()
    running = PanelState("running", TITLE, now_s, None, now_s + 30, switches=3)
    phase(panel, ada, running)
    assert not ben.is_visible("#faults")
    said = []
    for count in (1, 0):
        ada.tap("#start")
        until(lambda: len(panel.clicks) > len(said), ada)
        said.append(panel.clicks[-1])
        panel.server.show(replace(running, false_starts=count))
        ada.wait_for_selector(f"#start:has-text('False start {count}')")
    assert [(r.who, r.what, r.count) for r in said] == [
        ("Ada", "false start", 1),
        ("Ada", "false start", 0),
    ]
    panel.server.show(replace(running, false_switches=3))
    ada.wait_for_selector("#switch:has-text('False switch 3')")
    for width, height in ((320, 568), (390, 844), (844, 390)):
        ada.set_viewport_size({"width": width, "height": height})
        boxes = [ada.locator(name).bounding_box() for name in ("#start", "#switch", "#click")]
        for box in boxes:
            assert box is not None
            assert box["y"] + box["height"] <= height
    ada.reload()
    ready(ada)
    assert ada.is_visible("#switch")


def test_nothing_scrolls_or_zooms_on_small_phones(panel: Panel) -> None:
    anna = panel.join("Anna")
    for width, height in ((320, 568), (390, 844), (844, 390)):
        anna.set_viewport_size({"width": width, "height": height})
        box = anna.locator("#click").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert box["width"] * box["height"] > 0.3 * width * height
        undo = anna.locator("#undo").bounding_box()
        assert undo is not None
        assert undo["y"] + undo["height"] < box["y"] + 0.2 * height
    style = "element => getComputedStyle(element).touchAction"
    assert anna.locator("#click").evaluate(style) == "none"
    assert anna.locator("html").evaluate(style) == "manipulation"
