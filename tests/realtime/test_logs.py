"""The log: one line for each fault, whoever says it, whatever the disk does."""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from realtime import logs
from realtime.logs import LOG, LogError, LogPlace, log_change, logged, logging_to
from realtime.options.log import log_place
from realtime.supervision.states import StateChange


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_says_when_how_bad_where_from_and_what(tmp_path):
    path = tmp_path / "deep" / "log.jsonl"
    with logging_to(LogPlace(path=path)):
        log_change(StateChange("camera 0", "degraded", "camera 0: frozen", 1.5), "camera:0")
        LOG.debug("too small to be told")
    [line] = lines_of(path)
    assert (line["level"], line["from"], line["what"]) == (
        "warning",
        "fliptally.station",
        "camera 0: frozen",
    )
    assert (line["source"], line["part"], line["state"]) == ("camera:0", "camera 0", "degraded")
    assert line["gap_s"] == 1.5
    assert "T" in line["time"]
    assert "+" in line["time"] or "-" in line["time"][10:]


def test_what_repeats_is_two_lines_the_second_with_the_count(tmp_path):
    path = tmp_path / "log.jsonl"
    with logging_to(LogPlace(path=path)):
        for _ in range(500):
            LOG.warning("wrong key from %s", "10.0.0.7")
        LOG.warning("another")
    first, other, rest = lines_of(path)
    assert (first["what"], "count" in first) == ("wrong key from 10.0.0.7", False)
    assert other["what"] == "another"
    assert (rest["what"], rest["count"]) == (first["what"], 499)


def test_many_threads_write_whole_lines(tmp_path):
    path = tmp_path / "log.jsonl"
    with logging_to(LogPlace(path=path)):
        threads = [
            threading.Thread(target=lambda n=n: [LOG.info("%d of %d", i, n) for i in range(20)])
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    said = {line["what"] for line in lines_of(path)}
    assert said == {f"{i} of {n}" for i in range(20) for n in range(8)}


def test_it_rotates(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_MAX_BYTES", 2000)
    path = tmp_path / "log.jsonl"
    with logging_to(LogPlace(path=path)):
        for i in range(250):
            LOG.info("line %d", i)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 6
    assert all(file.stat().st_size <= 2000 for file in files)
    assert lines_of(path)[-1]["what"] == "line 249"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_quiet_and_stops_nobody(capfd):
    with logging_to(LogPlace(path=Path("/dev/full"))):
        for i in range(50):
            LOG.error("line %d", i)
    assert capfd.readouterr() == ("", "")


def test_a_disk_that_does_not_answer_holds_nobody_up(tmp_path, monkeypatch):
    stuck = threading.Event()
    monkeypatch.setattr(logs._File, "emit", lambda *_: stuck.wait(20))
    monkeypatch.setattr(logs, "_PATIENCE_S", 0.1)
    begin = time.monotonic()
    with logging_to(LogPlace(path=tmp_path / "log.jsonl")):
        for i in range(5000):
            LOG.error("line %d", i)
    took = time.monotonic() - begin
    stuck.set()
    assert took < 2.0


def test_a_place_that_cannot_be_written_is_one_line_and_the_users_folder_is_not_needed(
    tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("in the way")
    place = LogPlace(path=tmp_path / "file" / "log.jsonl")
    with pytest.raises(LogError, match="expected a file that can be written"), logging_to(place):
        pass
    monkeypatch.setattr(logs.platformdirs, "user_log_dir", lambda _: str(tmp_path / "file"))
    with logging_to(LogPlace()):
        LOG.error("nowhere")


def test_a_command_is_logged_from_start_to_end_without_secrets(tmp_path):
    path = tmp_path / "log.jsonl"
    options = argparse.Namespace(
        command="realtime.commands.stations:live",
        source="rtsp://ann:hunter2@hall/1",
        lock=None,
        log=None,
    )
    with logged(LogPlace(path=path), options):
        LOG.warning("cannot open %s", options.source)
    with pytest.raises(ValueError, match="no"), logged(LogPlace(path=path), options):
        raise ValueError(f"no stream at {options.source}")
    start, said, end, _, failed = lines_of(path)
    assert (start["what"], end["what"]) == ("live: started", "live: ended")
    assert start["options"] == {"source": "rtsp://hall/1"}
    assert start["version"]
    assert said["what"] == "cannot open rtsp://hall/1"
    assert failed["what"] == "live: ended by ValueError"
    assert "Traceback" in failed["trace"]
    assert "hunter2" not in path.read_text()


@pytest.mark.parametrize(
    ("text", "level", "name"),
    [("debug", logging.DEBUG, None), ("{}/a", logging.INFO, "a"), ("error:{}/a", 40, "a")],
)
def test_level_and_place(tmp_path, text, level, name):
    place = log_place(text.format(tmp_path))
    assert place == LogPlace(level, tmp_path / name if name else None)


def test_off_and_nonsense():
    assert log_place("off") is None
    with pytest.raises(argparse.ArgumentTypeError, match="expected a file"):
        log_place("debug:")


def test_without_a_log_nothing_comes_to_the_screen():
    program = "from realtime.logs import LOG; LOG.error('gone')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
