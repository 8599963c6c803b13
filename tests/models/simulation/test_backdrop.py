"""The hall: from every side something is there, the same for the same seed, as the file says."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from models.simulation.film.backdrop import draw_backdrop
from models.simulation.film.camera import Camera
from models.simulation.film.hall import HallSettings
from models.simulation.script import Script, ScriptError, load_script
from models.simulation.staging import build_scene

SIZE = 160, 90
KINDS = ("gym", "sports_hall", "outdoor", "plain")
SCENE = """
title = "one"
seconds = 1.0
[hall]
{hall}
[[person]]
do = [ {{ move = "stand" }} ]
"""


def camera(orbit_deg: float = 0.0, height: float = 1.2, distance: float = 6.0) -> Camera:
    angle = np.radians(orbit_deg - 90)
    place = np.array([distance * np.cos(angle), distance * np.sin(angle), height])
    return Camera(place, np.array([0.0, 0.0, 1.0]), 133.0, SIZE)


def hall(seed: int = 0, view: Camera | None = None, **settings: object) -> NDArray[np.uint8]:
    asked = HallSettings(**settings)  # type: ignore[arg-type]
    return draw_backdrop(view or camera(), np.random.default_rng(seed), asked)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_is_the_same_hall(kind: str) -> None:
    first, again, other = (hall(seed, kind=kind, clutter=0.8, crowd=0.5) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orbit", [0, 70, 135, 180, 250])
@pytest.mark.parametrize(("height", "distance"), [(1.2, 6.0), (4.0, 40.0)])
def test_from_everywhere_there_is_a_floor_below_what_is_behind_it(
    kind: str, orbit: float, height: float, distance: float
) -> None:
    image = hall(view=camera(orbit, height, distance), kind=kind, clutter=0.5).astype(float)
    assert image.shape == (SIZE[1], SIZE[0], 3)
    top, bottom = (np.median(part.reshape(-1, 3), axis=0) for part in (image[:13], image[-13:]))
    if kind == "plain" or height > 3:  # wall and floor may be alike, or the floor is all there is
        return
    assert np.abs(top - bottom).max() > 15


def test_little_light_makes_a_dark_hall_with_dark_people() -> None:
    assert hall(light=0.0).mean() < 0.25 * hall(light=1.0).mean()
    bright, dark = (build_scene(_scene(light)) for light in (1.0, 0.1))
    at = tuple(int(v) for v in bright.joints(10)[0])[::-1]
    assert dark.render(10)[at].mean() < 0.5 * bright.render(10)[at].mean()


def _scene(light: float) -> Script:
    script = load_script("speed")
    return msgspec.structs.replace(script, hall=HallSettings(light=light))


def edges(image: NDArray[np.uint8]) -> float:
    return float(np.mean(np.abs(np.diff(image.astype(float), axis=1)) > 12))


def test_clutter_and_a_crowd_make_a_busy_picture() -> None:
    empty = edges(hall())
    assert edges(hall(clutter=1.0)) > 1.5 * empty
    assert edges(hall(crowd=1.0)) > 2 * empty
    assert edges(hall(kind="outdoor", crowd=1.0)) > edges(hall(kind="outdoor"))


@pytest.mark.parametrize("mat", ["strip", "spring_floor"])
def test_the_athlete_stands_on_the_mat(mat: str) -> None:
    x, y = camera().project(np.zeros(3))[0]
    blue, _, red = (int(v) for v in hall(mat=mat)[int(y), int(x)])
    assert blue > red + 40
    blue, _, red = (int(v) for v in hall()[int(y), int(x)])
    assert red > blue


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ('kind = "beach"', "beach"),
        ("light = 2.0", "light"),
        ("clutter = -0.1", "clutter"),
        ('mat = "grass"', "grass"),
        ("windows = 3", "windows"),
    ],
)
def test_bad_settings_are_one_line(tmp_path: Path, setting: str, reason: str) -> None:
    path = tmp_path / "scene.toml"
    path.write_text(SCENE.format(hall=setting))
    with pytest.raises(ScriptError, match=reason) as caught:
        load_script(path)
    assert "\n" not in str(caught.value)
    assert "hall" in str(caught.value)
