"""The gallery: a page that shows every built-in scene, and the pictures it shows."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench import gallery
from bench.gallery import COMMAND, NOT_YET, ROPE, TUMBLING, Sheet, over_time, write
from bench.moments import scene_moments, skill_moments
from bench.tiles import grid, headed, labelled
from models.simulation.script import SCENES, load_script
from models.simulation.staging import build_scene

DOCS = Path(__file__).parents[2] / "docs"
MOST_BYTES = 2_000_000


def sheets() -> list[Sheet]:
    return [
        Sheet("one", "the first", np.full((40, 60, 3), 200, np.uint8)),
        Sheet("two", "the second", np.zeros((40, 60, 3), np.uint8)),
    ]


def named_files(folder: Path) -> list[Path]:
    page = (folder / "gallery.md").read_text("utf-8")
    return [folder / name for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page)]


def check_complete(folder: Path) -> None:
    files = named_files(folder)
    assert set(files) == set((folder / "gallery").iterdir())
    assert all(cv2.imread(str(file)) is not None for file in files)
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
    page = (folder / "gallery.md").read_text("utf-8")
    for name in SCENES:
        assert f"`{name}`: {load_script(name).title}" in page
    for name in (*TUMBLING, *ROPE):
        assert f"\n`{name}`\n" in page


def test_the_page_shows_every_sheet_with_its_line_and_says_how_it_was_made(tmp_path: Path) -> None:
    size = write(tmp_path, lambda: iter(sheets()))
    page = (tmp_path / "gallery.md").read_text("utf-8")
    assert f"`{COMMAND}`" in page
    for sheet in sheets():
        assert f"![{sheet.name}](gallery/{sheet.name}.jpg)\n\n{sheet.says}" in page
        picture = cv2.imread(str(tmp_path / "gallery" / f"{sheet.name}.jpg"))
        assert np.abs(picture.astype(int) - sheet.picture).max() < 3
    assert size == sum(path.stat().st_size for path in (tmp_path / "gallery").iterdir())


def test_the_gallery_of_the_docs_shows_every_scene_and_skill_and_no_file_is_missing() -> None:
    check_complete(DOCS)


@pytest.mark.slow
def test_the_command_writes_every_file_that_the_page_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["gallery", "--docs", str(tmp_path)])
    gallery.main()
    assert str(tmp_path) in capsys.readouterr().out
    check_complete(tmp_path)


def test_what_is_not_recognised_yet_is_said_of_scenes_that_exist() -> None:
    assert set(NOT_YET) <= set(SCENES)


def test_a_scene_is_shown_at_eight_different_moments() -> None:
    picture = over_time("speed")
    tiles = [tile for row in np.split(picture, 2) for tile in np.split(row, 4, axis=1)]
    assert len({tile.tobytes() for tile in tiles}) == 8


@pytest.mark.parametrize("name", SCENES)
def test_every_skill_and_miss_of_a_scene_is_shown(name: str) -> None:
    scene = build_scene(name)
    moments = scene_moments(scene)
    times = [moment.t for moment in moments]
    assert times == sorted(times)
    assert len(moments) == 8 or len(scene.truth.events) > 2
    for event in scene.truth.events:
        assert any(event.takeoff_s < t < event.landing_s for t in times) or (
            event.takeoff_s == event.landing_s
            and any(event.start_s < t < event.end_s for t in times)
        )
    for miss in scene.truth.misses:
        assert {miss.time_s, miss.resumed_s} <= set(times)


def test_a_skill_is_shown_from_its_start_over_take_off_and_landing_to_its_end() -> None:
    truth = build_scene("backflip").truth
    event = truth.events[0]
    times = [moment.t for moment in skill_moments(truth)]
    assert len(times) == 8
    assert times == sorted(times)
    assert {event.start_s, event.takeoff_s, event.landing_s, event.end_s} <= set(times)


def test_somebody_before_the_athlete_is_shown_there_and_somebody_behind_him_too() -> None:
    says = {moment.says: moment.t for moment in scene_moments(build_scene("crossing"))}
    assert says["comes"] < says["in front"] < says["leaves"]
    assert "behind" in says


def test_a_fall_is_shown_on_the_floor() -> None:
    scene = build_scene("neither")
    floor = next(m.t for m in scene_moments(scene) if m.says == "floor")
    down = [c for c in scene.truth.contacts if c.limb in ("body", "left_hand", "right_hand")]
    assert any(c.begin_s < floor < c.end_s for c in down)


def test_tiles_are_set_row_by_row_and_the_last_row_is_filled() -> None:
    tiles = [np.full((2, 3, 3), value, np.uint8) for value in (1, 2, 3)]
    picture = grid(tiles, 2)
    assert picture.shape == (4, 6, 3)
    assert picture[0, 0, 0] == 1
    assert picture[0, 5, 0] == 2
    assert picture[3, 0, 0] == 3
    assert picture[3, 5, 0] == 0


def test_a_label_is_below_its_tile_and_a_heading_above_the_picture() -> None:
    tile = np.full((40, 120, 3), 77, np.uint8)
    below, above = labelled(tile, "1.50 s"), headed(tile, "bounce")
    assert (below[:40] == 77).all()
    assert (above[-40:] == 77).all()
    assert below[40:].max() > 150
    assert above[:-40].max() > 150
