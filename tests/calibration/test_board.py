"""The printed board, the views of it and the lens that comes out, against known lenses."""

from __future__ import annotations

import re
from functools import cache

import cv2
import numpy as np
import pytest

from bench.boards import SWEEP, WHOLE, picture
from bench.calibration import LENSES, SIZE, missed
from calibration.board import Board, View, find_marker
from calibration.page import PAPERS, pdf_page
from calibration.views import ADVICE, calibrate, is_new, kinds, missing
from models.lens import LINEAR

SLOW = pytest.mark.slow


@cache
def views_of(name: str, kind: str = "charuco") -> tuple[View, ...]:
    rng = np.random.default_rng(1)
    holds = SWEEP if kind == "charuco" else WHOLE
    board = Board(kind)
    found = [board.find(picture(board, LENSES[name], hold, rng)) for hold in holds]
    return tuple(view for view in found if view is not None)


@pytest.mark.parametrize("name", ["linear", pytest.param("webcam", marks=SLOW), "wide"])
def test_a_lens_is_recovered_from_its_pictures(name):
    true, found = LENSES[name], calibrate(views_of(name))
    assert found.intrinsics.focal == pytest.approx(true.focal, rel=0.005)
    assert found.intrinsics.centre == pytest.approx(true.centre, abs=2.0)
    assert found.error_px < 0.25
    off = missed(found.intrinsics, true)
    assert np.mean(off) < 0.1
    assert np.quantile(off, 0.95) < 0.3
    assert off.max() < 0.5


@SLOW
def test_a_chessboard_does_too():
    found = calibrate(views_of("linear", "chessboard"))
    assert found.intrinsics.focal == pytest.approx(LENSES["linear"].focal, rel=0.005)


def test_terms_that_the_views_do_not_show_are_left_out():
    assert calibrate(views_of("linear")).intrinsics.lens == LINEAR


def test_guidance_asks_for_what_nobody_has_shown():
    views = views_of("linear")
    assert missing([]) == list(ADVICE)
    assert {"left", "right", "top", "bottom", "turned", "tilted"}.isdisjoint(missing(views))
    flat = views[0]
    assert not {"turned", "tilted", "left", "right"} & kinds(flat)
    assert "turned" in kinds(views[1])
    assert "tilted" not in kinds(views[1])
    assert "tilted" in kinds(views[3])
    assert "turned" not in kinds(views[3])
    assert "far" in kinds(views[13])


def test_the_same_view_twice_is_one():
    first, second = views_of("linear")[:2]
    again = View(first.size, first.points, first.pixels + 1.0)
    assert is_new(first, [])
    assert not is_new(again, [first])
    assert is_new(second, [first])


def test_too_few_too_alike_and_mixed_views_are_refused_in_one_line():
    views = views_of("linear")
    flat = [View(v.size, v.points, v.points * 1.5 + shift) for v in views[:1] for shift in SHIFTS]
    other = View((640, 480), views[0].points, views[0].pixels)
    for bad, expected in (
        (views[:5], r"at least 8 different views, got 5 of 5"),
        ([views[0]] * 20, r"got 1 of 20 .*; show it"),
        (flat, r"too alike; .*show it turned"),
        ([*views, other], r"one size"),
    ):
        with pytest.raises(ValueError, match=expected) as error:
            calibrate(bad)
        assert "\n" not in str(error.value)


SHIFTS = [np.array([x, y]) for x in (0.0, 200.0, 400.0, 690.0) for y in (0.0, 80.0, 160.0)]


def test_views_that_contradict_each_other_are_refused():
    rng = np.random.default_rng(0)
    views = [
        View(view.size, view.points, view.pixels + rng.normal(0, 4, view.pixels.shape))
        for view in views_of("linear")
    ]
    with pytest.raises(ValueError, match=r"reprojection error under 1\.0 px"):
        calibrate(views)


@pytest.mark.parametrize("kind", ["charuco", "chessboard"])
def test_what_is_printed_is_what_is_found(kind):
    """The page, drawn at 4 pixels for 1 mm, is found where the board's points say."""
    board = Board(kind)
    paper = np.full((1188, 840), 255, np.uint8)
    left, top = 21.0, 28.5
    for x, y, width, height in board.rectangles():
        rows = slice(round((top + y) * 4), round((top + y + height) * 4))
        paper[rows, round((left + x) * 4) : round((left + x + width) * 4)] = 0
    view = board.find(paper)
    assert view is not None
    assert len(view.points) == 54
    ours, seen = view.points, view.pixels / 4 - (left, top)
    turned = np.array(board.size_mm) - ours  # a chessboard looks the same upside down
    assert min(np.abs(seen - ours).max(), np.abs(seen - turned).max()) < 0.1
    assert (find_marker(paper) is not None) == (kind == "charuco")


def test_a_board_of_which_little_is_seen_is_none():
    assert Board().find(np.full((480, 640, 3), 200, np.uint8)) is None
    board = Board()
    half = picture(board, LENSES["linear"], SWEEP[0], np.random.default_rng(0))
    half[:, : SIZE[0] // 2 + 60] = 127
    view = board.find(cv2.cvtColor(half, cv2.COLOR_GRAY2BGR))
    assert view is None or len(view.points) < 30


@pytest.mark.parametrize("paper", PAPERS)
def test_the_page_is_a_pdf_true_to_scale(paper):
    board = Board()
    page = pdf_page(board.rectangles(), [(10.0, 10.0, "a (line)")], paper)
    assert page.startswith(b"%PDF-1.4\n")
    assert page.endswith(b"%%EOF\n")
    [box] = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page)
    assert np.allclose(np.array(box, float) * 25.4 / 72, PAPERS[paper], atol=0.01)
    drawn = np.array(re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re", page), float)
    assert len(drawn) == len(board.rectangles())
    area = drawn[:, 2] @ drawn[:, 3] * (25.4 / 72) ** 2
    assert area == pytest.approx(board.black.sum() * 9.0, rel=1e-3)  # modules of 3 mm
    assert rb"a \(line\)" in page
    for match in re.finditer(rb"(\d+) 0 obj", page):  # the table says where each object is
        entry = page.index(b"xref\n") + len(b"xref\n0 5\n") + 20 * int(match[1])
        assert int(page[entry : entry + 10]) == match.start()
    start = int(re.search(rb"startxref\n(\d+)", page)[1])
    assert page[start:].startswith(b"xref")
