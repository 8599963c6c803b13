"""The virtual camera and the virtual stream do what the bench of faults takes for granted."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest

from bench.soak import same_by_chance
from bench.virtual_camera import LoopedFilm, VirtualCamera
from bench.virtual_stream import BITS, Numbers, paint, painted
from models.simulation.staging import build_scene
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame

SCENE = build_scene("speed", 4.5, fps=60.0, size=(320, 180))


@pytest.fixture(scope="module")
def film() -> LoopedFilm:
    return LoopedFilm(SCENE)


class Clock:
    """Time that passes when somebody waits."""

    now = 100.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def camera(film: LoopedFilm, clock: Clock) -> VirtualCamera:
    return VirtualCamera(film, clock=lambda: clock.now, wait=clock.wait)


def frames(source, count: int) -> list[Frame]:
    return [source.read() for _ in range(count)]


def test_the_film_shows_the_scene_again_and_again(film: LoopedFilm) -> None:
    for n in (0, 77, film.frames + 77):
        assert (film.picture(n) == SCENE.render(n % film.frames)).all()


def test_its_truth_goes_on_with_it(film: LoopedFilm) -> None:
    once = len(SCENE.truth.jumps)
    assert len(film.contacts(0, 10 * film.seconds)) == 10 * once > 0
    assert film.contacts(film.seconds, 2 * film.seconds)[0] == pytest.approx(
        film.seconds + SCENE.truth.jumps[0].time_s
    )


def test_it_films_at_its_own_pace(camera: VirtualCamera, clock: Clock) -> None:
    source = camera.open()
    seen = frames(source, 60)
    assert seen[0].t == 0
    assert np.diff([f.t for f in seen]) == pytest.approx(1 / 60)
    assert seen[-1].captured_at == pytest.approx(clock.now) == pytest.approx(100 + 59 / 60)
    source.close()
    assert source.read() is None


def test_who_reads_late_misses_pictures_and_no_time(camera: VirtualCamera, clock: Clock) -> None:
    source = camera.open()
    source.read()
    clock.now += 0.305
    assert source.read().t == pytest.approx(18 / 60)
    assert camera.missed == 17


def test_unplugged_it_cannot_be_read_or_opened_until_it_is_back(
    camera: VirtualCamera, clock: Clock
) -> None:
    source = camera.open()
    source.read()
    camera.strike("unplug", 3.0)
    with pytest.raises(SourceError, match="went away"):
        source.read()
    with pytest.raises(SourceError, match="not there"):
        camera.open()
    clock.now += 3.0
    assert camera.open().read() is not None
    assert camera.opened == 2


def test_a_driver_that_hangs_answers_when_it_is_over(camera: VirtualCamera, clock: Clock) -> None:
    source = camera.open()
    source.read()
    camera.strike("hang", 3.0)
    assert isinstance(source.read(), Frame)
    assert clock.now >= 103.0


def test_a_driver_that_hangs_is_ended_by_an_interrupt(film: LoopedFilm) -> None:
    camera = VirtualCamera(film)
    source = camera.open()
    camera.strike("hang")
    threading.Timer(0.05, source.interrupt).start()
    assert source.read() is None


def shown(camera: VirtualCamera, kind, seconds: float) -> list[np.ndarray]:
    """What it shows from one frame after something went wrong on."""
    source = camera.open()
    frames(source, 30)
    camera.strike(kind, seconds)
    return [f.image for f in frames(source, 61)[1:]]


def changes(pictures: list[np.ndarray]) -> int:
    return sum((a != b).any() for a, b in itertools.pairwise(pictures))


def test_the_same_picture_comes_again_and_again(camera: VirtualCamera) -> None:
    assert changes(shown(camera, "freeze", 2.0)) == 0


def test_every_picture_comes_twice(camera: VirtualCamera) -> None:
    assert 25 <= changes(shown(camera, "double", 2.0)) <= 30


def test_it_is_dark_and_light_again(camera: VirtualCamera) -> None:
    pictures = shown(camera, "dark", 0.5)
    assert pictures[10].max() <= 5
    assert pictures[-1].max() > 100


def test_half_the_rate_and_a_clock_that_jumps(camera: VirtualCamera) -> None:
    source = camera.open()
    frames(source, 10)
    camera.strike("half")
    assert np.diff([f.t for f in frames(source, 10)])[1:] == pytest.approx(2 / 60)
    camera.strike("jump", by_s=-5.0)
    assert frames(source, 2)[-1].t < 0


def test_a_number_is_read_from_a_picture_as_a_codec_leaves_it() -> None:
    rng = np.random.default_rng(1)
    picture = np.full((180, 320, 3), 90, np.uint8)
    for number in (0, 1, 719, 2**BITS - 1):
        paint(picture, number)
        noisy = np.clip(picture + rng.normal(0, 25, picture.shape), 0, 255).astype(np.uint8)
        assert painted(noisy) == number
    assert painted(np.full((180, 320, 3), 90, np.uint8)) is None


def test_numbers_of_a_film_become_numbers_of_the_stream() -> None:
    numbers = Numbers(720)
    read = (5, 300, 600, 719, 3, 2, 350)
    assert [numbers.update(n) for n in read] == [5, 300, 600, 719, 723, 722, 1070]


def test_the_permutation_test_tells_a_change_from_noise() -> None:
    assert same_by_chance([1, 2, 1, 2, 1], [2, 1, 2, 1, 2]) > 0.5
    assert same_by_chance([1, 2, 1, 2, 1], [9, 8, 9, 8, 9]) == pytest.approx(2 / 252)
    assert same_by_chance([3] * 5, [3] * 5) == 1
