"""Several stations at once: real videos, real pose workers, one command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from realtime.cli import main
from realtime.record.document import SessionDocument
from realtime.record.session import RecordedSession


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    paths = []
    for name, seconds in (("speed", 5.0), ("backflip", 5.0)):
        path = folder / f"{name}.mp4"
        write_scene(build_scene(name, seconds, fps=30.0, size=(640, 360)), path)
        paths.append(path)
    return paths


def document(path: Path) -> SessionDocument:
    return msgspec.json.decode(path.read_bytes(), type=SessionDocument)


def test_each_station_has_its_own_camera_session_and_document(films, tmp_path):
    command = [sys.executable, "-m", "realtime", "live", *map(str, films)]
    places = ["--record", str(tmp_path / "rec"), "--json", str(tmp_path / "json")]
    done = subprocess.run(
        [*command, *places], capture_output=True, text=True, timeout=90, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    ropes, flips = (document(tmp_path / "json" / f"station-{n}.json") for n in (1, 2))
    assert not flips.jumps
    assert not ropes.events
    for found, number in ((ropes, 1), (flips, 2)):
        assert found.source.uri == str(films[number - 1])
        assert found.frames.processed > 10  # how many it can be is the machine's
        session = RecordedSession(tmp_path / "rec" / f"station-{number}.fliptally")
        assert [m for m in session.marks() if m in found.jumps] == found.jumps
    for number in (1, 2):
        assert f"station {number}, {films[number - 1]}" in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["a.mp4", "a.mp4"], "a.mp4: given twice"),
        (["a.mp4", "b.mp4", "--zone", "0,0,10,10"], "--zone: belongs to one camera"),
        (["a.mp4", "b.mp4", "--calibration", "x.toml"], "--calibration: belongs to one camera"),
        (["a.mp4", "b.mp4", "--json", "-"], "--json -: expected a folder"),
        (
            ["a.mp4", "b.mp4", "--publish", "tcp://127.0.0.1:65535"],
            "--publish tcp://127.0.0.1:65535: station 2 would need port 65536, and 65535",
        ),
        (
            ["a", "b", "--listen", "tcp://127.0.0.1:8", "--publish", "tcp://127.0.0.1:9"],
            "--publish tcp://127.0.0.1:9: station 1 would need port 9, and --listen of",
        ),
        (["a.mp4", "b.mp4", "--json", "one"], "a.mp4: no such file"),
    ],
)
def test_what_several_cannot_share_is_one_line(options, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["live", *options, "--no-record"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"fliptally: {said}")
    assert error.count("\n") == 1


def test_a_source_that_cannot_be_opened_leaves_no_session_of_the_others(films, tmp_path, capsys):
    record = tmp_path / "rec"
    assert main(["live", str(films[0]), "gone.mp4", "--record", str(record)]) == 2
    assert "gone.mp4: no such file" in capsys.readouterr().err
    assert not list(record.iterdir())
