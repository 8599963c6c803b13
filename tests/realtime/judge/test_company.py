"""Beeps and clicks on their way into a session, and what is shown of the attempt."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator

import pytest

from models.rope.rules import RULES
from realtime.judge.company import Company
from realtime.judge.panel.keys import KeyPanel, parse_keys
from realtime.judge.referee import Referee, describe
from realtime.judge.sound.tones import Pitch, Tone
from realtime.judge.timing import Heard, Keyed, Played
from realtime.marks import Beep, Click, FromOutside, Jump, Mark, Ruling
from realtime.scoreboard import Scoreboard
from realtime.sources.errors import SourceError
from realtime.sources.protocol import SourceInfo

ORIGIN_S = 100.0
SRSS = RULES.events["SRSS"]


class Room:
    """Of a station, what the company uses."""

    def __init__(self) -> None:
        self.origin_s: float | None = ORIGIN_S
        self.marks: list[FromOutside] = []

    def add(self, mark: FromOutside) -> None:
        self.marks.append(mark)


class Clock:
    def __init__(self, now: float = ORIGIN_S) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def until(what: object) -> None:
    for _ in range(500):
        if what():  # type: ignore[operator]
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within 5 s")


def board() -> Scoreboard:
    return Scoreboard(SourceInfo("test", 640, 360, 30.0), "live")


def steps(first_s: float, count: int) -> list[Mark]:
    """Alternating steps, five a second, the right foot first."""
    feet = ("right", "left")
    times = [first_s + 0.2 * i for i in range(count)]
    return [Jump(1, i, t, feet[i % 2], t + 0.1) for i, t in enumerate(times)]


def beeps(start_s: float = 1.0) -> list[Mark]:
    return [Beep("start", start_s, "played"), Beep("stop", start_s + 30, "played")]


def test_keys_start_and_stop_at_the_time_they_are_pressed() -> None:
    room, clock, referee = Room(), Clock(), Referee(SRSS)
    with Company(room, board(), referee, timing=Keyed(clock), clock=clock) as company:
        clock.now = ORIGIN_S + 5
        assert company.press("s", clock.now)
        until(lambda: len(room.marks) == 1)
        clock.now = ORIGIN_S + 9
        assert company.press("x", clock.now)
        until(lambda: len(room.marks) == 2)
    assert room.marks == [Beep("start", 5.0, "by hand"), Beep("stop", 9.0, "by hand")]


def test_other_keys_have_no_meaning() -> None:
    with Company(Room(), board(), Referee(SRSS), timing=Keyed()) as company:
        assert not company.press("1", 0.0)
    with Company(Room(), board(), Referee(SRSS)) as company:
        assert not company.press("s", 0.0)


def test_judges_at_the_keyboard_and_on_phones_click_in_capture_time() -> None:
    room = Room()
    clicks: queue.SimpleQueue[Click | Ruling] = queue.SimpleQueue()
    keys = KeyPanel(parse_keys("f=Anna,j=Ben"))
    company = Company(room, board(), Referee(SRSS), timing=Keyed(), keys=keys, clicks=clicks)
    with company:
        assert company.press("f", ORIGIN_S + 1)
        assert company.press("j", ORIGIN_S + 2)
        clicks.put(Click("Cleo", ORIGIN_S + 3, -1))
        clicks.put(Ruling("Cleo", ORIGIN_S + 4, "false start", 1))
        until(lambda: len(room.marks) == 4)
    assert room.marks[:3] == [Click("Anna", 1.0), Click("Ben", 2.0), Click("Cleo", 3.0, -1)]
    assert room.marks[3] == Ruling("Cleo", 4.0, "false start", 1)


def test_the_head_judge_rules_at_the_keyboard_and_takes_it_back() -> None:
    room, scoreboard, relay = Room(), board(), RULES.events["SRDR"]
    with Company(room, scoreboard, Referee(relay), timing=Keyed()) as company:
        assert company.press("e", ORIGIN_S + 1)
        assert scoreboard.snapshot().notice == (
            "false start: no attempt has begun; say it after the start beep"
        )
        scoreboard.add([Beep("start", 1.0, "played")])
        for t, key in enumerate("eeEww", start=2):
            assert company.press(key, ORIGIN_S + t)
            scoreboard.add(room.marks[-1:])
    rulings = [
        Ruling("head judge", 2.0, "false start", 1),
        Ruling("head judge", 3.0, "false start", 1),
    ]
    rulings += [Ruling("head judge", 4.0, "false start", 0)]
    rulings += [Ruling("head judge", t, "false switch", 1) for t in (5.0, 6.0)]  # one at most
    assert room.marks == rulings
    shown = Referee(relay).judging([Beep("start", 1.0, "played"), *rulings], 40.0)
    assert shown.faults == ("no false start", "1 false switch")
    assert shown.machine_result == -10


@pytest.mark.parametrize(("now_s", "phase"), [(0.5, "armed"), (11.0, "running"), (40.0, "armed")])
def test_while_the_track_is_called_before_an_attempt_it_is_armed(now_s: float, phase: str) -> None:
    """The first attempt of a session, and the one after it; one that runs has its track, too."""
    marks = [mark for mark in beeps() if mark.time_s <= now_s]
    referee = Referee(SRSS)
    referee.armed = True
    assert referee.judging(marks, now_s).phase == phase
    assert referee.panel_state(marks, now_s, ORIGIN_S).phase == phase


def test_a_sprint_has_no_switches() -> None:
    with pytest.raises(ValueError, match="single rope speed sprint has no switches"):
        Referee(SRSS).ruling(beeps(), 5.0, "Ada", "false switch", 1)


def test_what_only_the_machine_thinks_is_asked() -> None:
    shown = Referee(SRSS).judging([*beeps(), *steps(0.9, 60)], 20.0)
    assert shown.faults == ("1 false start?",)


def test_nothing_is_lost_that_comes_before_the_first_frame() -> None:
    room = Room()
    room.origin_s = None
    keys = KeyPanel(parse_keys("f=Anna"))
    with Company(room, board(), Referee(SRSS), keys=keys) as company:
        company.press("f", ORIGIN_S + 1)
        time.sleep(0.15)
        assert not room.marks
        room.origin_s = ORIGIN_S
        until(lambda: room.marks)


def test_a_loudspeaker_that_is_missing_is_a_notice_and_no_end() -> None:
    def missing() -> object:
        raise SourceError("sound: no output device; plug in a loudspeaker")

    scoreboard = board()
    with Company(Room(), scoreboard, Referee(SRSS), timing=Played(missing)) as company:
        assert company.press("s", 0.0)
    assert scoreboard.snapshot().notice == "sound: no output device; plug in a loudspeaker"


class Player:
    """A track whose start beep is heard at once."""

    complaint = "sound: gaps"

    def __init__(self) -> None:
        self.playing = True
        self.told = False
        self.closed = False

    def play(self, onset_s: float | None = None) -> None:
        self.onset_s = onset_s

    def beeps(self, *, origin_s: float, offset_s: float) -> Iterator[Beep]:
        if not self.told:
            self.told = True
            yield Beep("start", 1.0 - offset_s, "played")

    def close(self) -> None:
        self.closed = True


def test_the_track_is_played_anew_for_each_attempt_and_its_gaps_are_told() -> None:
    players: list[Player] = []

    def player() -> Player:
        players.append(Player())
        return players[-1]

    room, referee = Room(), Referee(SRSS)
    company = Company(room, board(), referee, timing=Played(player, offset_s=-0.1), start_now=True)
    with company:
        until(lambda: room.marks)
        assert referee.armed
        company.press("s", 0.0)  # it is playing
        assert len(players) == 1
        players[0].playing = False
        company.press("s", 0.0)
        until(lambda: len(room.marks) == 2)
    assert room.marks == [Beep("start", 1.1, "played")] * 2
    assert [one.closed for one in players] == [True, True]
    assert company.complaints == ["sound: gaps"]


@pytest.mark.parametrize(("now_s", "onset_s"), [(12.0, ORIGIN_S + 0.9), (50.0, None)])
def test_a_track_that_was_cut_off_is_played_to_its_end(now_s: float, onset_s: float | None) -> None:
    """The station was started again; the session has the start beep at 1 s."""
    player = Player()
    player.told = True
    scoreboard = board()
    scoreboard.add([Beep("start", 1.0, "played")])
    clock = Clock(ORIGIN_S + now_s)
    timing = Played(lambda: player, offset_s=-0.1, clock=clock)
    referee = Referee(SRSS)
    with Company(Room(), scoreboard, referee, timing=timing, clock=clock):
        time.sleep(0.15)
        assert referee.armed == (onset_s is not None)
    if onset_s is not None:
        assert player.onset_s == pytest.approx(onset_s)


def test_a_track_that_goes_on_takes_the_place_of_one_that_was_started_meanwhile() -> None:
    players: list[Player] = []

    def player() -> Player:
        players.append(Player())
        return players[-1]

    timing = Played(player)
    timing.start()
    timing.go_on(ORIGIN_S)
    assert [one.closed for one in players] == [True, False]


class Hearsay:
    """A microphone that has heard these beeps: pitch and capture time."""

    overflows = 0

    def __init__(self, *heard: tuple[Pitch, float]) -> None:
        self._heard = [Tone(pitch, time_s, 0.9) for pitch, time_s in heard]

    def tones(self, *, origin_s: float) -> list[Tone]:
        heard, self._heard = self._heard, []
        return heard

    def close(self) -> None: ...


def test_after_a_restart_the_beeps_that_are_heard_belong_to_the_attempt_under_way() -> None:
    heard = Hearsay(("low", 60.0), ("low", 90.0), ("high", 120.0), ("high", 120.9))
    timing = Heard(heard, RULES.events["SRSR"])
    timing.go_on(ORIGIN_S)
    said = [(beep.kind, beep.time_s) for beep in timing.beeps(ORIGIN_S)]
    assert said == [("switch", 60.0), ("switch", 90.0), ("stop", 120.0)]


@pytest.mark.parametrize(
    ("now_s", "phase", "left"),
    [(0.5, "waiting", None), (11.0, "running", 20.0), (40.0, "ended", None)],
)
def test_the_phases_of_an_attempt(now_s: float, phase: str, left: float | None) -> None:
    marks = [mark for mark in beeps() if mark.time_s <= now_s]
    shown = Referee(SRSS).judging(marks, now_s)
    assert (shown.phase, shown.remaining_s) == (phase, left)


def test_the_dashboard_and_the_phones_are_told_the_same() -> None:
    marks = [*beeps(), *steps(1.5, 60), Click("Anna", 2.0), Click("Anna", 2.4)]
    referee = Referee(SRSS)
    shown = referee.judging(marks, 20.0)
    assert (shown.count, shown.steps, shown.counts) == (30, 60, "right foot")
    assert [(judge.name, judge.count) for judge in shown.judges] == [("Anna", 2)]
    told = referee.panel_state(marks, 20.0, ORIGIN_S)
    assert (told.phase, told.from_s, told.end_s) == ("running", 101.0, 131.0)


def test_the_machine_enters_the_mean_only_when_it_is_told_to() -> None:
    marks = [*beeps(), *steps(1.5, 60), *(Click("Anna", 2 + 0.4 * i) for i in range(28))]
    assert Referee(SRSS).judging(marks, 40.0).result == 28
    assert Referee(SRSS, machine_counts=True).judging(marks, 40.0).result == 29


def test_the_result_in_words_is_unofficial() -> None:
    [attempt] = Referee(SRSS).attempts([*beeps(), *steps(1.5, 60)])
    [line, *_] = describe(attempt, 1)
    assert line == (
        "SRSS, attempt 1: machine 30 right foot (60 steps, 0 misses), R 30 (unofficial)"
    )
