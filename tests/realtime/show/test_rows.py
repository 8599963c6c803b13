from __future__ import annotations

import pytest
from rich.cells import cell_len

from realtime.show.rows import Row, fit, flow, heading, row, shorten


def text_of(line: Row) -> str:
    return "".join(segment.text for segment in line)


def test_flow_leaves_out_what_does_not_fit_rather_than_cut_it() -> None:
    pieces = [("30.0 fps", None), ("latency p50 42 ms", None), ("12 dropped", None)]
    assert [text_of(line) for line in flow(pieces, 24, 1)] == [" 30.0 fps   12 dropped"]
    assert [text_of(line) for line in flow(pieces, 24, 3)] == [
        " 30.0 fps   12 dropped",
        " latency p50 42 ms",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("speed step", 10, "speed step"),
        ("speed step", 9, "speed st…"),
        ("speed step", 7, "speed…"),
        ("縄跳び", 5, "縄跳…"),
        ("縄跳び", 4, "縄…"),
        ("lost\x1b[2Jcamera\n", 20, "lost [2Jcamera "),
        ("speed", 1, "…"),
        ("speed", 0, ""),
    ],
)
def test_shorten(text: str, width: int, expected: str) -> None:
    assert shorten(text, width) == expected


def test_fit_counts_cells_not_characters() -> None:
    assert text_of(fit(row("縄跳び", " rope"), 8)) == "縄跳び r"
    assert cell_len(text_of(fit(row("縄跳び"), 5))) == 5


def test_heading_gives_up_its_note_before_its_title() -> None:
    assert text_of(heading("STEPS", 20, "last left")) == " STEPS ── last left "
    assert text_of(heading("STEPS", 12, "last left")) == " STEPS ──── "
