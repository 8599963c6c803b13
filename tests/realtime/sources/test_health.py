"""What is wrong with a camera's pictures, each fault noticed within a second, and over again."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.sources.health import Health
from realtime.sources.protocol import CameraMode, Frame

NOTICED_S = 1.0


class Camera:
    """Gives noisy pictures to a `Health` at its own rate on a virtual clock, and notes what is
    said when."""

    def __init__(self, fps: float = 60.0, **options) -> None:
        self.health = Health(**options)
        self.fps = fps
        self.now = 1000.0
        self.stamp = 5.0
        self.level = 120
        self.frozen = False
        self.repeat = 1
        self.said: list[tuple[float, str]] = []
        self._rng = np.random.default_rng(1)
        self._count = 0
        self._image = self._picture()

    def _picture(self):
        noise = self._rng.integers(0, 5, (64, 96, 3))
        return (noise + self.level).clip(0, 255).astype(np.uint8)

    def run(self, seconds: float) -> Camera:
        self.said = []
        begin = self.now
        while self.now < begin + seconds:
            self.now += 1 / self.fps
            self.stamp += 1 / self.fps
            if not self.frozen and self._count % self.repeat == 0:
                self._image = self._picture()
            self._count += 1
            frame = Frame(self.stamp, self._image, self.now)
            ailment = self.health.see(frame, self.now)
            kind = ailment.kind if ailment else ""
            if not self.said or self.said[-1][1] != kind:
                self.said.append((self.now - begin, kind))
            self.text = ailment.text if ailment else ""
        return self

    @property
    def kinds(self) -> list[str]:
        return [kind for _, kind in self.said]


def test_a_good_camera_has_nothing():
    camera = Camera(asked=CameraMode(fps=60))
    assert camera.run(60).kinds == [""]
    assert camera.health.rate == pytest.approx(60, rel=0.02)


def make_frozen(camera):
    camera.frozen = True


def make_dark(camera):
    camera.level = 2


def make_half(camera):
    camera.fps /= 2


def make_twice(camera):
    camera.repeat = 2


def make_good(camera):
    camera.frozen, camera.level, camera.repeat = False, 120, 1


@pytest.mark.parametrize("fps", [60.0, 30.0, 15.0])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [(make_frozen, "frozen"), (make_dark, "dark"), (make_half, "slow"), (make_twice, "slow")],
)
def test_a_fault_is_noticed_within_a_second_and_its_end_too(fault, kind, fps):
    camera = Camera(fps)
    camera.run(5)
    fault(camera)
    camera.run(5)
    assert camera.kinds == ["", kind]
    assert camera.said[1][0] <= NOTICED_S
    make_good(camera)
    camera.fps = fps
    camera.run(5)
    assert camera.kinds in ([kind, ""], [""])
    assert camera.said[-1][0] <= NOTICED_S


@pytest.mark.parametrize("jump", [-3600.0, -0.2, 0.8, 3600.0])
def test_a_clock_that_jumps_is_said_at_once_and_then_is_the_clock(jump):
    camera = Camera()
    camera.run(3)
    camera.stamp += jump
    camera.run(3)
    assert camera.kinds == ["jump", ""]
    assert camera.said[0][0] <= 2 / 60
    assert camera.said[1][0] == pytest.approx(1, abs=0.1)


def test_a_network_that_holds_pictures_back_and_sends_them_at_once_is_no_jump():
    camera = Camera(still=True)
    camera.run(3)
    camera.now += 0.6
    camera.run(1 / 60)
    camera.now -= 0.5
    assert "jump" not in camera.run(3).kinds


@given(
    st.lists(
        st.tuples(st.integers(1, 120), st.floats(0, 2), st.integers(0, 40)),
        min_size=1,
        max_size=6,
    )
)
def test_no_stall_burst_or_loss_on_the_way_is_a_jump_of_the_clock(stalls):
    """After each so many pictures nothing comes for a while; some are lost, others come at once."""
    health = Health(still=True)
    image = np.full((64, 96, 3), 90, np.uint8)
    taken, now = 0.0, 100.0
    for count, stall_s, lost in stalls:
        for _ in range(count):
            taken += 1 / 60
            now = max(now, 100 + taken)
            ailment = health.see(Frame(taken, image, now), now)
            assert ailment is None or ailment.kind != "jump"
        now += stall_s
        taken += min(lost / 60, stall_s)


def test_clocks_may_drift_apart_for_hours():
    health = Health(still=True)
    image = np.full((64, 96, 3), 90, np.uint8)
    for i in range(4 * 3600):
        image[0, 0] = i % 200
        ailment = health.see(Frame(i * (1 + 1e-4), image, float(i)), float(i))
        assert ailment is None or ailment.kind != "jump"


def test_a_camera_that_gives_less_than_asked_is_said_with_the_mend():
    camera = Camera(30, asked=CameraMode(fps=60), pixel_format="YUYV")
    camera.run(10)
    assert camera.kinds == ["", "below"]
    assert camera.said[1][0] <= 2.0
    assert camera.text == (
        "30 pictures a second, asked for 60: YUYV is too much for USB 2, it needs MJPG"
    )
    camera = Camera(30, asked=CameraMode(fps=60), pixel_format="MJPG")
    camera.run(10)
    assert camera.text == "30 pictures a second, asked for 60: more light, or another camera"


def test_a_rate_that_halves_again_is_told_from_one_that_was_never_reached():
    camera = Camera(30, asked=CameraMode(fps=60))
    camera.run(5)
    camera.fps = 15
    assert camera.run(5).kinds == ["below", "slow"]
    camera.fps = 60
    camera.run(5)
    assert camera.kinds[-1] == ""


def test_a_driver_that_gives_each_picture_twice_is_not_told_to_have_more_light():
    camera = Camera()
    camera.run(3)
    camera.repeat = 2
    camera.run(3)
    assert re.fullmatch(r"(29|3\d) new pictures a second of 60: it repeats itself", camera.text)


def test_a_still_scene_in_a_compressed_stream_is_no_lower_rate():
    camera = Camera(still=True)
    camera.run(3)
    camera.repeat = 12
    assert camera.run(5).kinds == [""]


def test_a_dark_hall_with_a_bright_window_is_not_dark():
    health = Health()
    image = np.full((240, 320, 3), 6, np.uint8)
    image[:40, :60] = 200
    for i in range(120):
        image[200, i] = i
        image[0, 0] = i
        assert health.see(Frame(i / 60, image, i / 60), i / 60) is None


def test_what_is_said_fits_beside_a_name_in_80_columns():
    for fault in (make_frozen, make_dark, make_half):
        camera = Camera(asked=CameraMode(fps=60), pixel_format="YUYV")
        camera.run(3)
        fault(camera)
        camera.run(2)
        assert 0 < len(camera.text) <= 70
