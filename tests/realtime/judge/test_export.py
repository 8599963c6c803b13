"""What leaves the judge's tool says what was counted, and nobody's name can break it."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import datetime
from pathlib import Path

import pytest

from models.rope.rules import RULES, custom_event
from realtime.judge.attempt import Attempt, attempts
from realtime.judge.edits import edited
from realtime.judge.export import pdf
from realtime.judge.export.cadence import cadence, differences, machine_counts
from realtime.judge.export.document import build_document, json_text
from realtime.judge.export.drawing import drawing
from realtime.judge.export.ropescore import (
    RopeScoreSheet,
    competition_event,
    ropescore_sheets,
    ropescore_text,
)
from realtime.judge.export.sheet import Heading, sheet_html
from realtime.judge.export.table import COLUMNS, csv_text
from realtime.judge.export.wall import wall_of
from realtime.judge.results import write_results
from realtime.marks import Beep, Click, Edit, Jump, Mark, Miss, Ruling
from tests.realtime.judge.cases import jump, run

EVIL = '=<script>alert("1")</script>&'
RELAY = custom_event(2, 4.0)
EDIT = Edit("add", "Ada", "2026-11-21T15:04:05Z", 1, 13.0, what="miss")
MARKS: list[Mark] = [
    Beep("start", 10.0, "played"),
    jump(9.0, "left"),
    *run(10.3, 9, 0.2, "R", 1),
    Miss(1, 11.7, 12.4),
    *run(12.9, 5, 0.2, "R", 1),
    Beep("switch", 14.0, "played"),
    *run(14.3, 18, 0.2, "R", 2),
    jump(17.9, "right", 2, confidence=0.2),
    Miss(2, 17.9, 17.9),
    Beep("stop", 18.0, "played"),
    *(Click("Anna", 10.4 + 0.4 * n) for n in range(17)),
    Click("Anna", 17.3),
    Click("Anna", 17.4, -1),
    Click("Anna", 18.9),
    *(Click(EVIL, 10.5 + 0.4 * n) for n in range(12)),
]


def judged(**options: bool) -> Attempt:
    (attempt,) = attempts(MARKS, RELAY, **options)
    return attempt


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text([*MARKS, EDIT], [judged()]))))


def test_the_table_has_a_row_for_each_mark_in_order() -> None:
    assert list(rows()[0]) == list(COLUMNS)
    assert COLUMNS[:7] == ("time_s", "kind", "athlete", "foot", "counted", "confidence", "flagged")
    assert len(rows()) == len(MARKS) + 1
    times = [float(row["time_s"]) for row in rows()]
    assert times == sorted(times)


def test_what_the_table_says_is_counted_is_what_a_judge_would_have_clicked() -> None:
    attempt = judged()
    counted = [row for row in rows() if row["kind"] == "jump" and row["counted"] == "1"]
    assert len(counted) == sum(leg.tally.counted for leg in attempt.legs) == attempt.count + 1
    clicked = [r for r in rows() if (r["who"], r["kind"], r["counted"]) == ("Anna", "click", "1")]
    assert len(clicked) == 17
    assert rows()[0]["what"] == "outside"
    assert [row["time_s"] for row in rows() if row["flagged"] == "1"] == ["17.9000"]


def test_no_name_is_a_formula_in_the_table() -> None:
    assert {r["who"] for r in rows() if r["kind"] == "click"} == {"Anna", f"'{EVIL}"}


def test_the_document() -> None:
    document = json.loads(json_text([judged()], "a.fliptally"))
    assert document["schema"] == "fliptally/attempt@1"
    assert document["source"] == "a.fliptally"
    (attempt,) = document["attempts"]
    assert (attempt["status"], attempt["count"], attempt["steps"]) == ("unofficial", 16, 33)
    assert [leg["count"] for leg in attempt["legs"]] == [7, 9]
    assert attempt["legs"][0]["misses"] == [11.9]
    assert attempt["legs"][1]["flagged"] == [17.9]
    assert attempt["panel"]["agree"] is False
    assert attempt["panel"]["apart"] == 5
    assert [judge["count"] for judge in attempt["judges"]] == [17, 12]
    assert attempt["result"] == 14.5


def test_a_document_without_beeps_has_no_infinite_times() -> None:
    document = build_document(attempts([jump(1.0, "right")], RELAY))
    (attempt,) = document.attempts
    assert (attempt.start_s, attempt.stop_s, attempt.panel, attempt.result) == (None,) * 4
    assert "Infinity" not in json_text(attempts([jump(1.0, "right")], RELAY))


def total(sheet: RopeScoreSheet) -> int:
    """As RopeScore's reducer: steps that no later mark undoes."""
    standing: set[int] = set()
    for place, mark in enumerate(sheet.marks):
        assert mark.sequence == place
        if mark.schema == "step":
            standing.add(place)
        elif mark.schema == "undo":
            assert mark.target in standing
            standing.discard(mark.target)
    return len(standing)


def test_ropescore_counts_the_same() -> None:
    attempt = judged()
    anna, evil, machine = ropescore_sheets(attempt, epoch_s=1_700_000_000.0)
    assert [total(sheet) for sheet in (anna, evil, machine)] == [17, 12, attempt.count]
    assert anna.marks[0].timestamp == 1_700_000_010_400
    assert [m.schema for m in anna.marks[-2:]] == ["step", "undo"]
    assert anna.marks[-1].target == anna.marks[-2].sequence
    assert machine.marks[-1].schema == "undo"  # the miss at the very end


def test_ropescore_s_head_judge_has_the_faults() -> None:
    rulings = [Ruling("Anna", 12.0, "false start", 1), Ruling("Anna", 18.9, "false switch", 2)]
    (attempt,) = attempts([*MARKS, *rulings], RELAY)
    anna, evil, _ = ropescore_sheets(attempt, epoch_s=0.0)
    assert (anna.meta.judge_type_id, evil.meta.judge_type_id) == ("Shj", "S")
    assert [m.schema for m in anna.marks[-3:]] == ["falseStart", "falseSwitch", "falseSwitch"]
    assert total(anna) == 17


def test_ropescore_s_names() -> None:
    sheets = json.loads(ropescore_text(ropescore_sheets(judged(), epoch_s=0.0, entry="7")))
    assert sheets[0]["meta"] == {
        "judgeId": "Anna",
        "judgeTypeId": "S",
        "entryId": "7",
        "participantId": "",
        "competitionEvent": "e.fliptally.sp.sr.custom.2.2x4",
    }
    assert "target" not in sheets[0]["marks"][0]
    assert {competition_event(event) for event in RULES.events.values()} == {
        "e.ijru.sp.sr.srss.1.30@1.0.0",
        "e.ijru.sp.sr.srse.1.180@1.0.0",
        "e.ijru.sp.sr.srsr.4.4x30@1.0.0",
        "e.ijru.sp.sr.srdr.2.2x30@1.0.0",
        "e.ijru.sp.dd.ddsr.4.4x30@1.0.0",
        "e.ijru.sp.dd.ddss.3.60@1.0.0",
        "e.ijru.sp.sr.srtu.1.0@1.0.0",
    }


def test_cadence_is_steps_per_second_and_stops_at_a_pause() -> None:
    times = [0.25 * n for n in range(9)] + [5.0 + 0.5 * n for n in range(6)]
    first, second = cadence(times)
    assert first == [(t, 4.0) for t in times[4:9]]
    assert [value for _, value in second] == [2.0, 2.0]


def test_a_late_finger_is_no_difference() -> None:
    machine = [(float(n), float(n + 1)) for n in range(60)]
    late = [n + 0.15 for n in range(60)]
    assert {off for _, off in differences(late, machine, 2.0)[:-1]} == {0.0}
    forgot = late[:30] + late[33:]
    assert differences(forgot, machine, 2.0)[-1][1] == -3


def test_the_machine_s_count_goes_on_over_legs() -> None:
    assert machine_counts(judged())[-1] == (17.9, 16.0)


def test_the_drawing_shows_misses_flags_and_judges() -> None:
    root = ET.fromstring(drawing(judged()))
    kinds = [element.get("class") for element in root.iter()]
    assert kinds.count("miss") == 2
    assert kinds.count("flag") == 1
    assert kinds.count("switch") == 1
    assert kinds.count("judge") == 2
    assert drawing(attempts([jump(1.0, "right")], RELAY)[0]) == ""


def test_the_sheet_says_what_counts_and_that_it_is_unofficial() -> None:
    html = sheet_html(judged(), Heading("Maria", "Open", "2", "today", "a.fliptally"))
    for words in ("unofficial", "14.5", "Maria", "5 apart, more than 3", "one jump does not"):
        assert words in html
    assert "http" not in html.replace("http-equiv", "")
    assert "Counts of 2 judges; the book has 3" in html
    alone = sheet_html(attempts(MARKS[:-32], RELAY)[0], Heading())
    assert "of the machine alone" in alone


def test_no_name_is_html_in_the_sheet() -> None:
    html = sheet_html(judged(), Heading(EVIL, EVIL, EVIL, EVIL, EVIL))
    assert "<script" not in html


def test_the_sheet_of_a_recount_has_the_edits() -> None:
    (attempt,) = attempts(edited(MARKS, [EDIT]), RELAY)
    assert "Misses (3)" in sheet_html(attempt, Heading())


SEEN = Edit("confirm", "Ada", "2026-11-21T15:04:05Z", 2, 17.9, foot="right")


def test_what_was_seen_is_said_everywhere_and_changes_no_count() -> None:
    assert "1 flagged, 0 reviewed" in sheet_html(judged(), Heading())
    marks = [*MARKS, SEEN]
    (attempt,) = attempts(marks, RELAY)
    html = sheet_html(attempt, Heading())
    assert "1 flagged, 1 reviewed" in html
    assert "☑ Ada" in html
    assert attempt.count == judged().count
    (leg,) = (leg for leg in build_document([attempt]).attempts[0].legs if leg.flagged)
    assert leg.seen == leg.flagged
    table = list(csv.DictReader(io.StringIO(csv_text(marks, [attempt]))))
    assert [row["flagged"] for row in table if row["seen"] == "Ada"] == ["1"]
    assert 'class="flag"' not in drawing(attempt)


def test_who_said_that_it_was_a_false_start_is_on_the_sheet() -> None:
    marks = [*MARKS, Ruling("Ada", 17.0, "false switch", 1)]
    (attempt,) = attempts(marks, RELAY)
    assert "1 false switch, by head judge Ada" in sheet_html(attempt, Heading())
    (ruled,) = build_document([attempt]).attempts[0].ruled
    assert (ruled.what, ruled.count, ruled.who) == ("false switch", 1, "Ada")
    assert "ruling,,,,,,,,Ada,false switch: 1" in csv_text(marks, [attempt])
    # he clicked nothing, and has a sheet of his own
    assert [m.schema for m in ropescore_sheets(attempt, epoch_s=0)[2].marks] == ["falseSwitch"]


def test_date_and_time_are_those_of_the_start_beep_where_the_session_began(tmp_path: Path) -> None:
    began = datetime.fromisoformat("2026-11-21T15:04:05.250+01:00")
    assert write_results(tmp_path, MARKS, [judged()], "a.fliptally", began=began) == []
    assert "2026-11-21 15:04:15" in (tmp_path / "sheet-1.html").read_text()
    attempt = json.loads((tmp_path / "attempts.json").read_text())["attempts"][0]
    assert attempt["began"] == "2026-11-21T15:04:15.250+01:00"
    anna = json.loads((tmp_path / "ropescore-1.json").read_text())[0]
    assert anna["marks"][0]["timestamp"] == round((began.timestamp() + 10.4) * 1000)
    assert wall_of("2026-11-21T15:04:05") is wall_of(None) is wall_of("noon") is None


def five_judges() -> Attempt:
    relay = RULES.events["SRSR"]
    jumps: list[Jump] = []
    for leg in range(4):
        jumps += [
            jump(j.time_s, j.foot, j.athlete, 0.3 if n % 9 == 0 else 1.0)
            for n, j in enumerate(run(0.3 + 30 * leg, 200, 0.149, "R", leg + 1))
        ]
    clicks = [Click(f"Judge {j}", 0.4 + 0.3 * n) for j in range(5) for n in range(370 - 8 * j)]
    return attempts([Beep("start", 0.0, "played"), *jumps, *clicks], relay)[0]


@pytest.mark.skipif(pdf.browser() is None, reason="no Chrome, Chromium or Edge here")
def test_a_relay_before_five_judges_is_one_page(tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    pdf.write_pdf(sheet_html(five_judges(), Heading("Team", "Open", "1", "today")), path)
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page") - content.count(b"/Type /Pages") == 1


def test_without_a_browser_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "browser", lambda: None)
    with pytest.raises(pdf.PdfError, match="open the HTML sheet in any browser and print it"):
        pdf.write_pdf("<p>", tmp_path / "sheet.pdf")


def test_a_browser_that_fails_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "browser", lambda: "/bin/false")
    with pytest.raises(pdf.PdfError, match="false wrote no PDF"):
        pdf.write_pdf("<p>", tmp_path / "sheet.pdf")
    assert not list(tmp_path.iterdir())
