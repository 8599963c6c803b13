"""`fliptally review` as a person types it."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from realtime.cli import main
from realtime.record.session import RecordedSession
from tests.videos import write_video


def review(*arguments: object) -> tuple[str, int]:
    """What is said, and the exit code, when it is ended by Ctrl-C after the first picture came."""
    command = [sys.executable, "-m", "realtime", "review", "--no-browser", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if url := re.search(r"http://127\.0\.0\.1:\d+/", line):
                with urllib.request.urlopen(f"{url[0]}frame/0", timeout=10) as answer:
                    assert answer.headers["Content-Type"] == "image/jpeg"
                process.send_signal(signal.SIGINT)
        code = process.wait(20)
    return "".join(said), code


def test_a_session_finds_its_film(session: Path, attempt: tuple[Path, Path]) -> None:
    """Where it was, or beside the session."""
    said, code = review(session)
    assert code == 0
    assert f"{session}: 0 edits in it" in said


def test_a_video_that_was_counted_before_is_not_counted_again(
    session: Path, attempt: tuple[Path, Path]
) -> None:
    film = shutil.copy(attempt[0], session.parent)
    before = session.read_bytes()
    said, code = review(film)
    assert code == 0
    assert f"{session}: is there already, and not counted again" in said
    assert session.read_bytes() == before


def test_a_video_alone_is_counted_first(tmp_path: Path) -> None:
    film = write_video(tmp_path / "nobody.mp4", [n / 30 for n in range(10)])
    said, code = review(film)
    assert code == 0
    assert "10 of 10 frames processed" in said
    session = RecordedSession(tmp_path / "nobody.fliptally")
    assert session.header.uri == str(film)
    assert list(session.marks()) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["none.mp4"], "no such file; expected a session or a video"),
        (["text.fliptally"], "no FlipTally session; expected one made by live, or a video"),
        (["SESSION", "--video", "text.fliptally"], "cannot be opened"),
        (["SESSION", "--event", "custom"], "how long? give --leg-seconds S"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    why: str,
    session: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(session.parent)
    Path("text.fliptally").write_text("hello")
    given = [str(session) if each == "SESSION" else each for each in arguments]
    assert main(["review", *given, "--no-browser"]) == 2
    error = capsys.readouterr().err
    assert why in error
    assert error.count("\n") == 1


def test_a_port_that_is_taken(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["review", str(session), "--no-browser", "--port", str(port)]) == 2
    assert f"--port {port}: " in capsys.readouterr().err
