"""What a page may ask the station for, and what nobody may."""

from __future__ import annotations

import io
import json
import urllib.request
import wave
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError

import numpy as np
import pytest

from realtime.judge.attempt import attempts
from realtime.judge.edits import edits_of
from realtime.judge.export import pdf
from realtime.judge.review.book import Book
from realtime.judge.review.film import Film
from realtime.judge.review.recording import Recording, likely_event
from realtime.judge.review.server import ReviewServer
from realtime.judge.sound.soundtrack import SoundTrack
from realtime.marks import Beep, Jump, Ruling
from realtime.record.session import RecordedSession
from tests.realtime.judge.review.conftest import EVENT, UNSURE, WHEN, jumps_of
from tests.realtime.judge.sound.films import film, start_and_stop

NAME = "Ada"


def ask(
    server: ReviewServer, path: str, *, body: object = None, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    data = None if body is None else json.dumps(body).encode()
    named = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    request = urllib.request.Request(server.url + path, data, named)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def state(server: ReviewServer) -> dict:
    return json.loads(ask(server, "state")[1])


def edit(server: ReviewServer, **change: object) -> dict:
    status, body, _ = ask(server, "edit", body={"who": NAME, **change})
    assert status == HTTPStatus.OK, body
    return json.loads(body)


def unsure(server: ReviewServer) -> dict:
    (mark,) = (mark for mark in state(server)["marks"] if mark["confidence"] == UNSURE)
    assert mark["flagged"]
    return mark


def test_remove_undo_and_redo(server: ReviewServer, session: Path) -> None:
    before = state(server)
    mark = unsure(server)
    where = {key: mark[key] for key in ("athlete", "time_s", "foot")}
    after = edit(server, type="remove", **where)
    (gone,) = (mark for mark in after["marks"] if mark["standing"] == "removed")
    assert (gone["time_s"], gone["foot"]) == (mark["time_s"], mark["foot"])
    (kept,) = after["edits"]
    assert (kept["words"], kept["who"], kept["when"]) == (
        f"remove jump {mark['foot']}",
        NAME,
        WHEN,
    )
    assert after["attempts"][0]["steps"] == before["attempts"][0]["steps"] - 1
    assert after["attempts"][0]["machine"] == before["attempts"][0]["machine"]

    undone = edit(server, type="undo", place=kept["undoes"])
    assert undone["marks"] == before["marks"]
    again = edit(server, type="undo", place=undone["edits"][0]["undoes"])
    assert again["marks"] == after["marks"]
    last = edit(server, type="undo", place=again["edits"][0]["undoes"])
    assert last["marks"] == before["marks"]
    assert len(edits_of(list(RecordedSession(session).marks()))) == 4


def test_add_a_jump_and_a_miss(server: ReviewServer) -> None:
    jumps = [mark for mark in state(server)["marks"] if mark["verdict"] == "counted"]
    last = jumps[-1]
    machine = state(server)["attempts"][0]["machine"]
    missed = edit(server, type="add miss", athlete=1, time_s=last["time_s"])
    assert missed["attempts"][0]["misses"] == 1
    assert missed["attempts"][0]["reviewed"] == machine - 1
    assert missed["attempts"][0]["machine"] == machine
    added = edit(server, type="add jump", athlete=1, frame=2, foot="left")
    (mark,) = (m for m in added["marks"] if m["standing"] == "added" and m["kind"] == "jump")
    times = json.loads(ask(server, "session")[1])["times"]
    assert (mark["time_s"], mark["who"], mark["flagged"]) == (times[2], NAME, False)


def test_a_flagged_jump_that_was_seen_is_flagged_no_more(server: ReviewServer) -> None:
    before, mark = state(server), unsure(server)
    where = {key: mark[key] for key in ("athlete", "time_s", "foot")}
    after = edit(server, type="confirm", **where)
    (seen,) = (mark for mark in after["marks"] if mark["confidence"] == UNSURE)
    assert (seen["flagged"], seen["seen"], seen["count"]) == (False, NAME, mark["count"])
    was, now = before["attempts"][0], after["attempts"][0]
    assert (now["flagged"], now["open"]) == (was["flagged"], was["open"] - 1)
    assert (now["reviewed"], now["steps"]) == (was["reviewed"], was["steps"])
    sheet = ask(server, "export/sheet")[1].decode()
    assert f"{now['flagged']} flagged, 1 reviewed" in sheet
    assert f"☑ {NAME}" in sheet
    undone = edit(server, type="undo", place=after["edits"][0]["undoes"])
    assert undone["marks"] == before["marks"]


def test_a_head_judge_rules_and_takes_it_back(server: ReviewServer, session: Path) -> None:
    before = state(server)["attempts"][0]
    (fault,) = before["faults"]
    assert fault["ruled"] == ""
    told = {"type": "rule", "what": "false start", "time_s": 1.0}
    after = edit(server, **told, count=1)["attempts"][0]
    assert after["faults"] == [{"what": "false start", "count": 1, "most": 1, "ruled": NAME}]
    assert after["result"] == before["result"] + 10 * fault["count"] - 10
    assert edit(server, **told, count=None)["attempts"][0]["result"] == before["result"]
    rulings = [m for m in RecordedSession(session).marks() if isinstance(m, Ruling)]
    assert rulings == [
        Ruling(NAME, 1.0, "false start", 1),
        Ruling(NAME, 1.0, "false start", None),
    ]


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"type": "add jump", "athlete": 1, "frame": 9999, "foot": "left"}, 409, "no frame 9999"),
        ({"type": "add jump", "athlete": 1, "frame": 1, "foot": "hand"}, 400, "hand"),
        ({"type": "remove", "athlete": 1, "time_s": 0.01, "foot": "left"}, 409, "there is no jump"),
        ({"type": "undo", "place": 0}, 409, "expected the place of one of 0 edits"),
        ({"type": "undo", "place": 0, "who": " "}, 409, "expected the reviewer's name"),
        ({"type": "confirm", "athlete": 1, "time_s": 0.01, "foot": "left"}, 409, "no jump of"),
        (
            {"type": "rule", "what": "false start", "time_s": 1, "count": 1, "who": " "},
            409,
            "expected the head judge's name",
        ),
        ({"type": "rule", "what": "cheating", "time_s": 1, "count": 1}, 400, "cheating"),
        ({"type": "format the disk"}, 400, "format the disk"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    server: ReviewServer, session: Path, change: dict, status: int, why: str
) -> None:
    before = session.read_bytes()
    got, body, _ = ask(server, "edit", body={"who": NAME} | change)
    assert (got, session.read_bytes()) == (status, before)
    assert why in body.decode()


def test_pages_of_other_sites_are_refused(server: ReviewServer, session: Path) -> None:
    before = session.read_bytes()
    assert ask(server, "state", Host="evil.example:80")[0] == HTTPStatus.FORBIDDEN
    change = {"who": NAME, "type": "add jump", "athlete": 1, "frame": 1, "foot": "left"}
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        status = ask(server, "edit", body=change, Content_Type=kind)[0]
        assert status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert session.read_bytes() == before
    assert server.url.startswith("http://127.0.0.1:")


def test_page_loads_nothing_from_elsewhere(server: ReviewServer) -> None:
    status, body, headers = ask(server, "")
    assert status == HTTPStatus.OK
    assert b"://" not in body
    assert "default-src 'self'" in headers["Content-Security-Policy"]


def test_exports_have_the_edits(server: ReviewServer) -> None:
    counted = [mark for mark in state(server)["marks"] if mark["verdict"] == "counted"]
    where = {key: counted[-1][key] for key in ("athlete", "time_s", "foot")}
    reviewed = edit(server, type="remove", **where)["attempts"][0]["reviewed"]
    assert reviewed == counted[-1]["count"] - 1
    files = {kind: ask(server, f"export/{kind}") for kind in ("csv", "json", "ropescore", "sheet")}
    assert {status for status, _, _ in files.values()} == {HTTPStatus.OK}
    assert json.loads(files["json"][1])["attempts"][0]["count"] == reviewed
    assert f"remove jump, {WHEN}" in files["csv"][1].decode()
    machine = json.loads(files["ropescore"][1])[-1]
    assert machine["meta"]["judgeId"] == "machine"
    assert len(machine["marks"]) == reviewed
    assert b"unofficial" in files["sheet"][1]
    assert 'filename="speed-marks.csv"' in files["csv"][2]["Content-Disposition"]
    for bad in ("doc", "csv?attempt=2", "csv?attempt=x"):
        assert ask(server, f"export/{bad}")[0] == HTTPStatus.NOT_FOUND


def test_pdf_where_no_browser_is(server: ReviewServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "browser", lambda: None)
    status, body, _ = ask(server, "export/pdf")
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert b"open the HTML sheet in any browser and print it" in body


def test_curves_follow_the_jumps(server: ReviewServer, session: Path) -> None:
    """At a contact the foot that lands is near the floor, and the other on its way up."""
    frames = len(json.loads(ask(server, "session")[1])["times"])
    body = ask(server, "track/1")[1]
    heights = np.frombuffer(body, "<f4", 3 * frames).reshape(3, frames)
    joints = np.frombuffer(body, "<i2", offset=12 * frames)
    assert joints.size == frames * 17 * 2
    jumps = [jump for jump in jumps_of(session) if jump.confidence > UNSURE]
    left, right = (
        np.array([heights[row, jump.frame] for jump in jumps if jump.foot == foot])
        for row, foot in enumerate(("left", "right"))
    )
    others = np.array([heights[int(j.foot == "left"), j.frame] for j in jumps])
    assert np.median(np.concatenate([left, right])) < 0.7 * np.median(others)
    assert ask(server, "track/99")[0] == HTTPStatus.NOT_FOUND


def test_frames_are_pictures_or_not_there(server: ReviewServer) -> None:
    status, body, headers = ask(server, "frame/100")
    assert (status, headers["Content-Type"]) == (HTTPStatus.OK, "image/jpeg")
    assert body.startswith(b"\xff\xd8")
    assert ask(server, "frame/9999")[0] == HTTPStatus.NOT_FOUND


def test_a_film_without_sound_says_so(server: ReviewServer) -> None:
    assert json.loads(ask(server, "session")[1])["silent"] == "the film has no sound"
    assert ask(server, "sound?from=0&seconds=2")[0] == HTTPStatus.NOT_FOUND


def test_the_sound_is_on_the_clock_of_the_session(session: Path, tmp_path: Path) -> None:
    """A film that began 0.25 s later, whose sound is 0.1 s later than its picture."""
    path = film(tmp_path / "a.mp4", start_and_stop(), codec="aac")
    sound = SoundTrack(path)
    recording = Recording(session, Film(path), 0.25, sound=sound, sound_late_s=0.1)
    server = ReviewServer(recording, Book(session), lambda marks: attempts(marks, EVENT))
    server.start()
    try:
        assert json.loads(ask(server, "session")[1])["silent"] == ""
        status, body, headers = ask(server, "sound?from=0.4&seconds=0.5")
        assert (status, headers["Content-Type"]) == (HTTPStatus.OK, "audio/wav")
        with wave.open(io.BytesIO(body)) as file:
            samples = np.frombuffer(file.readframes(10**6), "<i2")
            onset_s = np.flatnonzero(np.abs(samples) > 3000)[0] / file.getframerate()
        assert 0.4 + onset_s == pytest.approx(0.5 + 0.25 - 0.1, abs=0.003)
        for bad in ("from=0", "from=x&seconds=1", "from=0&seconds=31", "from=nan&seconds=1"):
            assert ask(server, f"sound?{bad}")[0] == HTTPStatus.BAD_REQUEST
    finally:
        server.stop()
        assert recording.film is not None
        recording.film.close()


def test_the_event_is_that_of_the_beeps() -> None:
    def beeps(*times: float) -> list:
        middle = [Beep("switch", t, "played") for t in times[1:-1]]
        return [Beep("start", times[0], "played"), *middle, Beep("stop", times[-1], "played")]

    assert likely_event(beeps(5, 35)).code == "SRSS"
    assert likely_event(beeps(5, 185)).code == "SRSE"
    assert likely_event(beeps(5, 35, 65)).code == "SRDR"
    assert likely_event(beeps(5, 35, 65, 95, 125)).code == "SRSR"
    alone = likely_event([Jump(1, n, float(n), "both", float(n)) for n in range(4)])
    assert (alone.leg_s, alone.counting) == (None, "double under")
