"""Which quality the frames to another machine have: a link that is made up, without a clock."""

from __future__ import annotations

import pytest

from realtime.transport.quality import LEVELS, LinkQuality

PIXELS = 960 * 540


class Link:
    """A link of so many bits per second and so long a round trip, with frames at 60 per second."""

    def __init__(self, bits_per_s: float, round_trip_s: float = 0.001) -> None:
        self.bits_per_s, self.round_trip_s = bits_per_s, round_trip_s
        self.quality = LinkQuality(960)
        self.now = 100.0
        self.changes = 0

    def run(self, seconds: float, jitter: float = 0.0) -> str:
        """The level in the end."""
        for number in range(round(60 * seconds)):
            self.now += 1 / 60
            ping = self.quality.ping(self.now)
            if ping is not None:
                self.quality.ponged(self.now + self.round_trip_s, ping)
            size = round(PIXELS * self.quality.level.bytes_per_px)
            factor = 1 + jitter * (1 if number % 2 else -1)
            way_s = self.round_trip_s + factor * 8 * size / self.bits_per_s
            self.changes += self.quality.came(self.now, size, PIXELS, way_s)
        return str(self.quality.level)


@pytest.mark.parametrize(
    ("bits_per_s", "level"),
    [
        (20e6, "JPEG 60"),
        (100e6, "JPEG 85"),
        (200e6, "JPEG 85"),
        (600e6, "JPEG 95"),
        (9e9, "raw"),
    ],
)
@pytest.mark.parametrize("round_trip_s", [0.0003, 0.03])
def test_the_rate_of_the_link_decides_and_not_how_far_it_is(bits_per_s, level, round_trip_s):
    link = Link(bits_per_s, round_trip_s)
    assert link.run(15) == level
    assert link.quality.bits_per_s == pytest.approx(bits_per_s, rel=0.05)


def test_a_link_that_gets_worse_is_answered_within_a_second_and_forgiven_later():
    link = Link(600e6)
    assert link.run(10) == "JPEG 95"
    link.bits_per_s = 30e6
    link.run(1)
    assert str(link.quality.level) == "JPEG 60"
    link.bits_per_s = 600e6
    link.run(1)
    assert str(link.quality.level) == "JPEG 60"
    assert link.run(40) == "JPEG 95"


@pytest.mark.parametrize("bits_per_s", [60e6, 90e6, 120e6, 150e6, 230e6, 300e6, 450e6, 1.5e9, 2e9])
def test_it_does_not_go_to_and_fro(bits_per_s):
    link = Link(bits_per_s)
    link.run(15, jitter=0.4)
    link.changes = 0
    link.run(60, jitter=0.4)
    assert link.changes == 0


def test_a_level_that_never_holds_is_tried_ever_more_rarely():
    """As on a line that lets small frames through at once and throttles large ones."""
    link, changes = Link(5e9), []
    for _ in range(12):
        link.changes = 0
        for _ in range(20):
            link.bits_per_s = 100e6 if link.quality.level.jpeg is None else 5e9
            link.run(0.5)
        changes.append(link.changes)
    assert changes[0] > 2
    assert sum(changes[6:]) <= 2


@pytest.mark.parametrize(
    ("round_trip_s", "pose_s", "more"),
    [(0.0005, 0.012, 0), (0.0005, 0.05, 0), (0.03, 0.012, 2), (0.03, 0.05, 1), (1.0, 0.01, 4)],
)
def test_a_worker_far_away_has_more_frames_under_way(round_trip_s, pose_s, more):
    link = Link(1e9, round_trip_s)
    assert link.quality.more_at_once(pose_s) == 0  # nothing is known yet
    link.run(1)
    assert link.quality.more_at_once(pose_s) == more


def test_nothing_is_judged_before_a_round_trip_is_known():
    quality = LinkQuality(960)
    for number in range(100):
        assert not quality.came(number / 60, 100_000, PIXELS, 10.0)
    assert quality.level is LEVELS[2]
    assert quality.bits_per_s is None


@pytest.mark.parametrize(
    ("longest", "given", "sent"),
    [
        (960, (1280, 720), (960, 540)),
        (960, (1080, 1920), (540, 960)),
        (960, (640, 480), (640, 480)),
        (0, (1920, 1080), (1920, 1080)),
        (10, (16384, 1), (10, 1)),
    ],
)
def test_the_size_is_what_the_engine_needs(longest, given, sent):
    assert LinkQuality(longest).size(*given) == sent


def test_people_are_told_how():
    link = Link(200e6)
    link.run(5)
    assert link.quality.describe(1280, 720) == "frames 960x540 JPEG 85, link 200 Mbit/s"
