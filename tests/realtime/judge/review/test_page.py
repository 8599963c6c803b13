"""The page in a real browser: what a judge with three seconds relies on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from realtime.judge.edits import edits_of
from realtime.marks import Edit
from realtime.record.session import RecordedSession
from tests.realtime.judge.review.conftest import UNSURE, Desk
from tests.realtime.judge.sound.films import film, start_and_stop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PATIENCE_S = 20.0
NAME = "Ada Byron"


class Reviewer:
    """Somebody at the keyboard. What is in the page is looked up, never what it should be."""

    def __init__(self, context: BrowserContext, desk: Desk, faults: list[str]) -> None:
        self.desk = desk
        self.server = desk.open()
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda fault: faults.append(str(fault)))
        self.page.on("request", lambda request: self._asked(request.url, faults))
        self.load()

    def _asked(self, url: str, faults: list[str]) -> None:
        if not url.startswith((self.server.url, "blob:")):
            faults.append(f"asked elsewhere: {url}")

    def load(self) -> None:
        self.page.goto(self.server.url)
        self.page.wait_for_selector("body[data-ready] #screen[data-frame]")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def frame(self) -> int:
        """The number of the frame whose picture is on the screen, when it has come."""
        shown = -1

        def come() -> bool:
            nonlocal shown
            shown = int(self.text("#frame").split()[1])
            return self.page.get_attribute("#screen", "data-frame") == str(shown)

        self.until(come)
        return shown

    def until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < deadline
            self.page.wait_for_timeout(10)

    def edits(self) -> list[Edit]:
        """As they are in the file."""
        return edits_of(list(RecordedSession(self.desk.session).marks()))

    def go_to_unsure(self) -> None:
        """The counter may have doubts of its own."""
        unsure = f"{UNSURE:.0%}".replace("%", " %")
        for _ in range(10):
            before = self.text("#here")
            self.press("f")
            self.until(lambda before=before: self.text("#here") != before)
            if unsure in self.text("#here"):
                return
        raise AssertionError(self.text("#here"))

    def say_who(self, name: str = NAME) -> None:
        self.page.wait_for_selector("#ask[open]")
        self.page.fill("#name", name)
        self.page.keyboard.press("Enter")


@pytest.fixture
def reviewer(browser: Browser, desk: Desk) -> Iterator[Reviewer]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(1000 * PATIENCE_S)
    faults: list[str] = []
    reviewer = Reviewer(context, desk, faults)
    yield reviewer
    context.close()
    reviewer.server.stop()
    assert faults == []


def test_steps_are_single_frames(reviewer: Reviewer) -> None:
    first = reviewer.frame()
    reviewer.press("ArrowRight")
    reviewer.until(lambda: reviewer.frame() == first + 1)
    reviewer.press("ArrowRight", "ArrowRight", "ArrowLeft")
    reviewer.until(lambda: reviewer.frame() == first + 2)
    reviewer.press("Shift+ArrowLeft")
    reviewer.until(lambda: reviewer.frame() == first - 8)
    reviewer.press("Home")
    reviewer.until(lambda: reviewer.frame() == 0)
    reviewer.press("End")
    reviewer.until(lambda: reviewer.frame() == 179)


def test_from_mark_to_mark(reviewer: Reviewer) -> None:
    """Every mark is gone to once, in order, and back."""
    marks = json.loads(reviewer.page.request.get(f"{reviewer.server.url}state").text())["marks"]
    times = [f"{mark['time_s']:.3f} s" for mark in marks]
    for time_s in times:
        reviewer.press("n")
        reviewer.until(lambda time_s=time_s: f" {time_s}" in reviewer.text("#here"))
    reviewer.press("p", "p")
    reviewer.until(lambda: times[-3] in reviewer.text("#here"))


def test_play_slowly_and_stop(reviewer: Reviewer) -> None:
    begin = reviewer.frame()
    reviewer.press("4", " ")
    reviewer.until(lambda: reviewer.frame() > begin)
    reviewer.press(" ")
    at = reviewer.frame()
    reviewer.page.wait_for_timeout(200)
    assert reviewer.frame() == at


def test_remove_undo_and_add(reviewer: Reviewer) -> None:
    """Who is asked once; each edit is in the file when it is on the page."""
    machine = reviewer.text("#machine")
    reviewer.go_to_unsure()
    at = reviewer.frame()
    reviewer.press("x")
    reviewer.say_who()
    reviewer.until(lambda: "removed" in reviewer.text("#here"))
    (removed,) = reviewer.edits()
    assert (removed.action, removed.who) == ("remove", NAME)

    reviewer.press("u")
    reviewer.until(lambda: "sure" in reviewer.text("#here"))
    assert reviewer.frame() == at
    reviewer.press("Home", "l")
    reviewer.until(lambda: "added by Ada Byron" in reviewer.text("#here"))
    undone, added = reviewer.edits()[1:]
    assert (undone.action, undone.edit) == ("undo", 0)
    assert (added.action, added.foot, added.frame, added.time_s) == ("add", "left", 0, 0.0)
    assert reviewer.text("#machine") == machine
    assert not reviewer.page.is_visible("#ask")


def test_a_flagged_jump_is_looked_at_and_is_right(reviewer: Reviewer) -> None:
    reviewer.go_to_unsure()
    facts, reviewed = reviewer.text("#facts"), reviewer.text("#reviewed")
    reviewer.press("c")
    reviewer.say_who()
    reviewer.until(lambda: f"✓ {NAME}" in reviewer.text("#here"))
    assert reviewer.text("#facts") == f"{facts}, 1 seen"
    assert reviewer.text("#reviewed") == reviewed
    assert [edit.action for edit in reviewer.edits()] == ["confirm"]
    reviewer.press("u")
    reviewer.until(lambda: reviewer.text("#facts") == facts)
    reviewer.press("Home", "c")
    reviewer.page.wait_for_selector("#said:has-text('go to a flagged jump')")


def test_a_false_start_is_ruled_on_the_page(reviewer: Reviewer) -> None:
    machine = reviewer.text("#faults span")
    more, less = ("more", "less") if machine.startswith("no") else ("less", "more")
    reviewer.page.click(f"#faults button[title$={more}]")
    reviewer.say_who()
    reviewer.page.wait_for_selector("#faults small:has-text('ruled')")
    assert reviewer.text("#faults span") != machine
    reviewer.page.click(f"#faults button[title$={less}]")
    reviewer.page.click("#faults button:has-text('↶')")
    reviewer.until(lambda: reviewer.text("#faults span") == machine)


def test_a_miss_changes_the_reviewed_count_and_not_the_machines(reviewer: Reviewer) -> None:
    reviewer.press("End")
    for _ in range(10):
        reviewer.press("p")
        reviewer.frame()
        if "counted: " in reviewer.text("#here"):
            break
    machine = int(reviewer.text("#machine"))
    reviewer.press("m")
    reviewer.say_who()
    reviewer.until(lambda: reviewer.text("#reviewed") == str(machine - 1))
    assert reviewer.text("#machine") == str(machine)
    assert "unofficial" in reviewer.text("#result")
    reviewer.page.click("#edits button")
    reviewer.until(lambda: reviewer.text("#reviewed") == str(machine))
    assert reviewer.text("#edits button") == "redo"


def test_reload_and_restart_keep_everything(reviewer: Reviewer, desk: Desk) -> None:
    reviewer.press("Home", "l")
    reviewer.say_who()
    reviewer.until(lambda: reviewer.text("#kept").startswith("1"))
    reviewer.load()
    assert reviewer.text("#kept") == "1, all kept"
    assert reviewer.text("#who") == f"Reviewer: {NAME}"

    reviewer.server.stop()
    reviewer.press("ArrowRight", "ArrowRight", "ArrowRight", "r")
    reviewer.page.wait_for_selector("#said:has-text('not kept')")
    assert len(reviewer.edits()) == 1
    reviewer.server = desk.open()
    reviewer.load()
    reviewer.press("Home")
    reviewer.until(lambda: "added by Ada Byron" in reviewer.text("#here"))


def test_what_is_not_written(reviewer: Reviewer) -> None:
    """An edit without a name, and a second jump at one contact."""
    reviewer.press("Home", "l")
    reviewer.page.wait_for_selector("#ask[open]")
    reviewer.press("Escape")
    reviewer.page.wait_for_timeout(100)
    assert reviewer.edits() == []
    reviewer.press("l")
    reviewer.say_who()
    reviewer.until(lambda: len(reviewer.edits()) == 1)
    reviewer.press("r")
    reviewer.page.wait_for_selector("#said:has-text('a left jump is at 0.00 s already')")
    assert len(reviewer.edits()) == 1


def test_the_film_is_heard_while_it_plays(browser: Browser, desk: Desk, tmp_path: Path) -> None:
    """At half speed too; s turns it off. Without sound the button says why."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    faults: list[str] = []
    deaf = Reviewer(context, desk, faults)
    assert deaf.page.is_disabled("#sound")
    assert deaf.page.get_attribute("#sound", "title") == "the film has no sound"
    deaf.server.stop()
    desk.film = film(tmp_path / "sound.mp4", start_and_stop(), codec="aac")
    reviewer = Reviewer(context, desk, faults)

    def sounds(what: str) -> None:
        reviewer.page.wait_for_selector(f"#screen[data-sound={what}]")

    with reviewer.page.expect_request("**/sound?from=0&seconds=*"):
        reviewer.press("Home", "2", " ")
    sounds("playing")
    reviewer.press("s")
    sounds("silent")
    reviewer.press("s")
    sounds("playing")
    reviewer.press(" ")
    sounds("silent")
    context.close()
    reviewer.server.stop()
    assert faults == []


def test_export(reviewer: Reviewer, tmp_path: Path) -> None:
    with reviewer.page.expect_download() as download:
        reviewer.page.click("#exports >> text=CSV")
    assert download.value.suggested_filename == "speed-marks.csv"
    path = tmp_path / "marks.csv"
    download.value.save_as(path)
    assert path.read_text().startswith("time_s,kind,athlete,foot,counted")
    with reviewer.page.expect_popup() as popup:
        reviewer.page.click("#exports >> text=Sheet")
    assert "unofficial" in popup.value.inner_text("header").lower()


def test_click_on_the_curves_goes_there(reviewer: Reviewer) -> None:
    """The wheel and the keys + and - show another part; the frame stays."""
    begin = reviewer.frame()
    box = reviewer.page.locator("#plot").bounding_box()
    assert box is not None
    reviewer.page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 100)
    reviewer.until(lambda: reviewer.frame() > begin + 20)
    reviewer.page.mouse.click(box["x"] + 80, box["y"] + box["height"] - 15)
    reviewer.until(lambda: reviewer.frame() < 5)
    at = reviewer.frame()
    reviewer.press("+", "-")
    reviewer.page.mouse.wheel(0, 300)
    reviewer.page.wait_for_timeout(50)
    assert reviewer.frame() == at


def test_everything_is_in_view(reviewer: Reviewer) -> None:
    for width, height in ((1280, 800), (1024, 768)):
        reviewer.page.set_viewport_size({"width": width, "height": height})
        reviewer.page.wait_for_timeout(50)
        parts = ("#picture", "#plot", "#result", "#history", "#exports")
        buttons = reviewer.page.locator("#keys button").all()
        for each in (*map(reviewer.page.locator, parts), *buttons):
            box = each.bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
            assert 0 <= box["y"] <= box["y"] + box["height"] <= height
        assert reviewer.page.evaluate("document.documentElement.scrollHeight") <= height
