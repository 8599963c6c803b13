"""Real videos through the real command: what a judge would see. Skipped without the recordings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SLACK_FRAMES = 3  # labels are read by eye
STEP_CLIPS = ["china_1", "hiro_1", "hiro_2", "jp_1", "us_3"]
ZONES = {"us_3": "460,40,440,480"}
NOBODY_JUMPS = ["squats.mp4", "handstand.mp4", "burpees.mp4", "BC3.MOV"]


def replay(video: Path, *options: str) -> dict:
    command = [sys.executable, "-m", "realtime", "replay", str(video), "--json", "-", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def score(data: Path, clip: str) -> tuple[int, int, int]:
    """(labelled steps, counts inside the labelled interval, counts outside it)."""
    labels = json.loads((data / "rope" / "labels.json").read_text())[f"{clip}.mp4"]["frames"]
    options = ["--zone", ZONES[clip]] if clip in ZONES else []
    document = replay(data / "rope" / "videos" / f"{clip}.mp4", *options)
    frames = [jump["frame"] for jump in document["jumps"]]
    first, last = labels[0] - SLACK_FRAMES, labels[-1] + SLACK_FRAMES
    inside = sum(first <= frame <= last for frame in frames)
    assert document["athletes"][0]["jumps"] == len(frames)  # nobody else jumps
    return len(labels), inside, len(frames) - inside


def test_a_speed_attempt_is_counted_as_labelled(data):
    labelled, inside, outside = score(data, "hiro_1")
    assert abs(inside - labelled) <= 1
    assert outside == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_labelled_speed_attempts_within_two_percent(data):
    scores = [score(data, clip) for clip in STEP_CLIPS]
    assert sum(abs(inside - labelled) for labelled, inside, _ in scores) <= 0.02 * sum(
        labelled for labelled, _, _ in scores
    )
    assert sum(outside for _, _, outside in scores) <= 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_jumper_is_found_among_judges_without_a_zone(data):
    labels = json.loads((data / "rope" / "labels.json").read_text())["us_3.mp4"]["frames"]
    document = replay(data / "rope" / "videos" / "us_3.mp4")
    assert document["athletes"][0]["jumps"] == pytest.approx(len(labels), abs=2)
    assert [lock["athlete"] for lock in document["locks"]][-1] == document["athletes"][0]["id"]


def test_a_real_backflip_is_seen(data):
    document = replay(data / "flips" / "videos" / "backflip_grass.mp4")
    [event] = document["events"]
    assert event["kind"] == "backflip"
    assert event["start_s"] == pytest.approx(30 / 30, abs=0.2)
    assert event["end_s"] == pytest.approx(47 / 30, abs=0.2)


@pytest.mark.parametrize("video", NOBODY_JUMPS)
@pytest.mark.slow
def test_other_exercise_gives_nothing(data, video):
    document = replay(data / "other" / "videos" / video)
    assert document["jumps"] == []
    assert document["events"] == []
    assert document["athletes"]


def test_a_video_that_lies_on_its_side_is_turned_upright(data):
    document = replay(data / "other" / "videos" / "BC3.MOV")
    assert (document["source"]["width"], document["source"]["height"]) == (1080, 1920)
    assert document["athletes"]
