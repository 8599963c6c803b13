"""The drawn person: where the truth is, as the look says, and only what the camera can see."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import POINT, Build, assemble
from models.simulation.film.camera import Camera
from models.simulation.film.render import Painter
from models.simulation.film.shape import Colour, Look
from models.simulation.motion import NO_ROPE
from models.simulation.sagittal import STANDING, sagittal_posture, standing_pelvis
from models.simulation.staging import build_scene

Image = NDArray[np.uint8]

SKIN: Colour = (40.0, 90.0, 200.0)
HAIR: Colour = (10.0, 200.0, 220.0)
SHIRT: Colour = (200.0, 40.0, 30.0)
LEGS: Colour = (40.0, 180.0, 40.0)
SHOES: Colour = (200.0, 60.0, 200.0)
LOOK = Look(SKIN, HAIR, SHIRT, LEGS, SHOES)
GREY = 128


def camera(azimuth_deg: float = 0.0, distance: float = 5.0) -> Camera:
    """Seen from ahead of somebody who faces +x at 0, from his left at 90."""
    angle = np.radians(azimuth_deg)
    place = np.array([distance * np.cos(angle), distance * np.sin(angle), 1.1])
    return Camera(place, np.array([0.0, 0.0, 0.9]), 700.0, (400, 400))


def standing(build: Build) -> Floats:
    posture = sagittal_posture(build, STANDING[None], standing_pelvis(build)[None])
    points: Floats = assemble(build, posture)[0]
    return points


def painted(
    look: Look = LOOK,
    build: Build | None = None,
    view: Camera | None = None,
    points: Floats | None = None,
    rope: Floats = NO_ROPE,
) -> Image:
    build, view = build or Build(1.7), view or camera()
    image = np.full((*view.size[::-1], 3), GREY, np.uint8)
    painter = Painter(build, look)
    painter.paint(image, view, standing(build) if points is None else points, rope)
    return image


def looks_like(pixel: NDArray[np.uint8], colour: Colour) -> bool:
    """The same hue: pixels are shaded."""
    a, b = (np.array(c, float) / np.linalg.norm(c) for c in (pixel, colour))
    return bool(a @ b > 0.985)


def at(image: Image, point: Floats, view: Camera | None = None) -> NDArray[np.uint8]:
    x, y = (view or camera()).project(point)[0]
    pixel: NDArray[np.uint8] = image[int(y), int(x)]
    return pixel


def middle(points: Floats, a: str, b: str) -> Floats:
    between: Floats = (points[POINT[a]] + points[POINT[b]]) / 2
    return between


def test_painting_depends_on_its_arguments_only() -> None:
    painter, points = Painter(Build(1.7), LOOK), standing(Build(1.7))
    images = [np.full((400, 400, 3), GREY, np.uint8) for _ in range(3)]
    for image, azimuth in zip(images, (0.0, 70.0, 0.0), strict=True):
        painter.paint(image, camera(azimuth), points, NO_ROPE)
    assert np.array_equal(images[0], images[2])
    assert not np.array_equal(images[0], images[1])


@pytest.mark.parametrize("scene", ["speed", "backflip", "handspring"])
def test_everybody_is_drawn_where_the_truth_is(scene: str) -> None:
    for seed in range(2):
        film = build_scene(scene, seed=seed)
        for i in range(90, film.frames, 60):
            drawn = np.any(film.render(i) != film.backdrop, axis=2)
            for x, y in film.joints(i):
                assert drawn[int(y), int(x)]


@pytest.mark.parametrize(
    ("look", "a", "b", "colour"),
    [
        (LOOK, "left_hip", "right_shoulder", SHIRT),
        (LOOK, "left_hip", "left_hip", LEGS),
        (replace(LOOK, leotard=True, legwear="bare"), "left_hip", "right_hip", SHIRT),
        (replace(LOOK, legwear="bare"), "left_hip", "left_knee", SKIN),
        (LOOK, "left_knee", "left_ankle", SKIN),
        (replace(LOOK, legwear="trousers"), "left_knee", "left_ankle", LEGS),
        (replace(LOOK, legwear="leggings"), "left_knee", "left_ankle", LEGS),
        (replace(LOOK, sleeves="none"), "left_shoulder", "left_elbow", SKIN),
        (LOOK, "left_shoulder", "left_shoulder", SHIRT),
        (LOOK, "left_elbow", "left_wrist", SKIN),
        (replace(LOOK, sleeves="long"), "left_elbow", "left_wrist", SHIRT),
        (LOOK, "left_toe", "left_heel", SHOES),
        (replace(LOOK, barefoot=True), "left_toe", "left_heel", SKIN),
    ],
)
def test_clothes_are_where_they_are_worn(look: Look, a: str, b: str, colour: Colour) -> None:
    points = standing(Build(1.7))
    assert looks_like(at(painted(look), middle(points, a, b)), colour)


@pytest.mark.parametrize("style", ["short", "long", "ponytail", "bun"])
def test_hair_is_seen_from_behind_and_a_bald_head_has_none(style: str) -> None:
    behind = camera(180.0)
    head = standing(Build(1.7))[POINT["head"]]
    hairy = painted(replace(LOOK, hair_style=style), view=behind)  # type: ignore[arg-type]
    assert looks_like(at(hairy, head, behind), HAIR)
    bald = painted(replace(LOOK, hair_style="bald"), view=behind)
    assert looks_like(at(bald, head, behind), SKIN)
    other = painted(LOOK, view=behind)
    assert (style == "short") == np.array_equal(hairy, other)


def test_the_face_is_seen_from_ahead_only() -> None:
    points = standing(Build(1.7))
    cheek = points[POINT["head"]] - np.array([0.0, 0.0, 0.035])
    assert looks_like(at(painted(), cheek), SKIN)
    assert looks_like(at(painted(view=camera(180.0)), cheek, camera(180.0)), HAIR)


def covered(image: Image) -> int:
    return int(np.count_nonzero(np.any(image != GREY, axis=2)))


def test_girth_makes_the_body_wider_and_leaves_the_joints() -> None:
    thin, stout = (painted(build=Build(1.7, girth=girth)) for girth in (0.8, 1.4))
    assert covered(stout) > 1.1 * covered(thin)
    np.testing.assert_array_equal(standing(Build(1.7, girth=0.8)), standing(Build(1.7, girth=1.4)))


def test_a_hand_before_the_chest_hides_it_from_ahead_and_is_hidden_from_behind() -> None:
    points = standing(Build(1.7)).copy()
    chest = middle(points, "waist", "neck")
    points[POINT["left_elbow"]] = chest + np.array([0.20, 0.15, 0.0])
    points[POINT["left_wrist"]] = chest + np.array([0.28, 0.0, 0.0])
    points[POINT["left_hand"]] = chest + np.array([0.28, -0.08, 0.0])
    for azimuth, colour in ((0.0, SKIN), (180.0, SHIRT)):
        view = camera(azimuth)
        seen = at(painted(view=view, points=points), points[POINT["left_wrist"]], view)
        assert looks_like(seen, colour)


OUTSIDE = {
    "far to the side": (0.0, 60.0, 0.0),
    "behind the camera": (8.0, 0.0, 0.0),
    "in the camera's plane": (5.0, 3.0, 0.0),
    "above": (0.0, 0.0, 40.0),
}


@pytest.mark.parametrize("where", OUTSIDE)
def test_who_is_outside_the_picture_is_left_out(where: str) -> None:
    points = standing(Build(1.7)) + np.array(OUTSIDE[where])
    image = painted(points=points, rope=np.array([0.3, 0.0]))
    if where == "above":  # his shadow is on the floor
        image = image[:200]
    assert (image == GREY).all()


def test_who_is_partly_in_the_picture_is_cut_at_its_border() -> None:
    beside = standing(Build(1.7)) + np.array([0.0, 1.35, 0.0])
    assert 200 < covered(painted(points=beside)) < 0.7 * covered(painted())


@pytest.mark.parametrize("ahead", np.arange(4.0, 5.6, 0.1))
def test_somebody_walking_through_the_camera_is_no_error(ahead: float) -> None:
    image = painted(
        points=standing(Build(1.7)) + np.array([ahead, 0.0, 0.0]), rope=np.array([0.0, 0.0])
    )
    assert image.shape == (400, 400, 3)


def test_small_people_are_drawn_too() -> None:
    view = camera(distance=60.0)
    image = painted(view=view)
    assert 15 < covered(image) < 400
    points = standing(Build(1.7))
    assert looks_like(at(image, middle(points, "waist", "neck"), view), SHIRT)


def rope_pixels(rope: Floats, view: Camera | None = None) -> Floats:
    without, with_rope = (painted(rope=r, view=view) for r in (NO_ROPE, rope))
    changed = np.argwhere(np.any(without != with_rope, axis=2))
    columns: Floats = changed[:, ::-1].astype(np.float64)
    return columns


def test_the_rope_goes_under_the_feet_and_over_the_head() -> None:
    points = standing(Build(1.7))
    feet = camera().project(points[POINT["left_toe"]])[0][1]
    neck = camera().project(points[POINT["neck"]])[0][1]
    assert rope_pixels(np.array([0.0, 0.0]))[:, 1].max() > feet - 12
    assert rope_pixels(np.array([0.5, 0.0]))[:, 1].min() < neck
    assert len(rope_pixels(NO_ROPE)) == 0


def test_a_side_swing_is_beside_the_body() -> None:
    left = camera().project(standing(Build(1.7))[POINT["left_hip"]])[0][0]
    # Seen from ahead, the athlete's left is to the right of the picture.
    around, beside = (rope_pixels(np.array([0.0, side])) for side in (0.0, 1.0))
    assert beside[:, 0].mean() > around[:, 0].mean() + 15
    assert beside[:, 0].max() > left + 20


def test_a_shadow_lies_on_the_floor_below() -> None:
    floor = np.array([0.0, 0.3, 0.0])
    assert at(painted(), floor).mean() < GREY - 5
