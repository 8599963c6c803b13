"""What was published is what is in the session file: every mark, in order, exactly."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.simulation.staging import build_scene
from models.skeleton import BODY, COCO_17, convert
from realtime.opening import open_recording
from realtime.publishing.publisher import Publisher
from realtime.record.session import RecordedSession
from realtime.runs.station_run import Session, StationRun
from tests.realtime.publishing.listening import of, subscribed

FLIPTALLY = [sys.executable, "-m", "realtime"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key points of jumps, a backflip and a handspring."""
    path = tmp_path_factory.mktemp("p") / "mixed.npz"
    scene = build_scene("mixed", None, fps=30.0)
    seen = np.ones((scene.frames, len(BODY), 3), np.float32)
    seen[..., :2] = [scene.joints(frame) for frame in range(scene.frames)]
    keypoints = [convert(each, BODY, COCO_17) for each in seen]
    np.savez(path, keypoints=np.array(keypoints), skeleton="coco_17", fps=30.0)
    return path


def test_what_is_published_is_what_is_written(recorded: Path, tmp_path: Path) -> None:
    endpoint, again = f"ipc://{tmp_path}/e", tmp_path / "again.fliptally"
    feed = open_recording(str(recorded), None, realtime=False)
    assert feed is not None
    publisher = Publisher(endpoint, high_water=10_000)
    run = StationRun(feed, Session("replay", record=again), threading.Event(), publisher=publisher)
    with subscribed(endpoint, high_water=10_000) as subscriber:
        subscriber.one()
        run.run()
        publisher.close()
        heard = subscriber.rest()
    written = [msgspec.to_builtins(mark) for mark in RecordedSession(again).marks()]
    assert [said["mark"] for said in of(heard, "mark")] == written
    assert {mark["type"] for mark in written} >= {"jump", "lock", "event", "expected"}
    assert [said["seq"] for said in of(heard, "mark")] == list(range(len(written)))
    assert heard[-1]["marks"] == len(written)
    assert heard[-2]["station"]["state"] == "ended"
    assert heard[-2]["station"]["jumps"] == run.outcome().document.athletes[0].jumps


def test_the_command_publishes_and_ends_as_without(recorded: Path, tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/e"
    with subscribed(endpoint) as subscriber:
        command = [*FLIPTALLY, "replay", str(recorded), "--publish", endpoint, "--json", "-"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        heard = subscriber.rest()
    assert of(heard, "end")[0]["marks"] > 0
    parts = of(heard, "state")[-1]["station"]["parts"]
    assert [(part["part"], part["state"]) for part in parts] == [("publishing", "running")]
    plain = subprocess.run(
        [*FLIPTALLY, "replay", str(recorded), "--json", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    with_publishing, without = json.loads(done.stdout), json.loads(plain.stdout)
    assert with_publishing["jumps"] == without["jumps"]
