"""The gallery: a page that shows every built-in scene, and the pictures it shows."""

from pathlib import Path

import cv2
import numpy as np

from bench.gallery import COMMAND, Sheet, grid, over_time, write


def sheets() -> list[Sheet]:
    return [
        Sheet("one", "the first", np.full((40, 60, 3), 200, np.uint8)),
        Sheet("two", "the second", np.zeros((40, 60, 3), np.uint8)),
    ]


def test_the_page_shows_every_sheet_with_its_line_and_says_how_it_was_made(tmp_path: Path) -> None:
    size = write(tmp_path, lambda: iter(sheets()))
    page = (tmp_path / "gallery.md").read_text("utf-8")
    assert f"`{COMMAND}`" in page
    for sheet in sheets():
        assert f"![{sheet.name}](gallery/{sheet.name}.jpg)\n\n{sheet.says}" in page
        picture = cv2.imread(str(tmp_path / "gallery" / f"{sheet.name}.jpg"))
        assert np.abs(picture.astype(int) - sheet.picture).max() < 3
    assert size == sum(path.stat().st_size for path in (tmp_path / "gallery").iterdir())


def test_a_scene_is_shown_at_eight_different_moments() -> None:
    picture = over_time("speed")
    tiles = [tile for row in np.split(picture, 2) for tile in np.split(row, 4, axis=1)]
    assert len({tile.tobytes() for tile in tiles}) == 8


def test_tiles_are_set_row_by_row_and_the_last_row_is_filled() -> None:
    tiles = [np.full((2, 3, 3), value, np.uint8) for value in (1, 2, 3)]
    picture = grid(tiles, 2)
    assert picture.shape == (4, 6, 3)
    assert picture[0, 0, 0] == 1
    assert picture[0, 5, 0] == 2
    assert picture[3, 0, 0] == 3
    assert picture[3, 5, 0] == 0
