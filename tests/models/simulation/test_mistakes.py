"""Each mistake in a scene file is one line that says where it is and how it is mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.simulation.script import ScriptError, load_script
from models.simulation.staging import build_scene

HEAD = 'title = "a"\nseconds = 6.0\n'
MOVE = "[[person]]\ndo = [{ %s }]\n"
STAND = MOVE % 'move = "stand"'
GOOD = HEAD + STAND


def move(text: str) -> str:
    return HEAD + MOVE % text


MISTAKES = {
    HEAD + MOVE % 'move = "backflp"': 'person 1, move 1: move "backflp": expected one of aborted, '
    'backflip, .*, walk; did you mean "backflip"\\?',
    move("x = 1.0"): "person 1, move 1: move is missing; expected one of aborted",
    move("move = 3"): "person 1, move 1: move 3: expected one of aborted",
    move('move = "stand", secnds = 1'): r"person 1, move 1 \(stand\): secnds: there is no such "
    'key; expected one of move, seconds; did you mean "seconds"',
    GOOD + STAND + 'role = "jugde"': 'person 2: role "jugde": expected one of athlete, judge, '
    'spectator, spotter; did you mean "judge"',
    GOOD + "[camera]\nfpss = 1": 'camera: fpss: .* one of fps, width, .*; did you mean "fps"',
    GOOD + 'body = { shirt = "red" }': 'person 1, body: shirt "red": expected a colour "#rrggbb"$',
    GOOD + 'body = { shoes = "no" }': 'shoes "no": expected a colour "#rrggbb" or "barefoot"',
    GOOD + 'x = "left"': 'person 1: x "left": expected a number -50 to 50',
    GOOD + "loop = 1": "person 1: loop 1: expected true or false",
    "camera = 3\n" + GOOD: "camera 3: expected a table$",
    HEAD + '[person]\ndo = [{ move = "stand" }]': r"expected a list .*; write \[\[person\]\]",
    'title = "a"\n' + STAND: "scene.toml: seconds is missing; expected a number above 0 at most",
    'title = 1\nseconds = 6.0\n' + STAND: "title 1: expected a text$",
    'title = "a"\nseconds = nan\n' + STAND: "seconds NaN: expected a number above 0",
    "seed = 1.5\n" + GOOD: "seed 1.5: expected a whole number 0 to 4294967296",
    HEAD + "person = []": r"person \[\]: expected a list of 1 to 30 tables",
    move('move = "speed_step", misses = "a"'): r"\(speed_step\): misses \"a\": expected a whole "
    "number 0 to 100 or a list of numbers above 0",
    move('move = "speed_step", steps_per_30_s = [100]'): r"steps_per_30_s \[100\]: expected a "
    "number 30 to 230 or a list of 2 numbers 30 to 230",
    move('move = "speed_step", steps_per_30_s = [1, 2]'): "steps_per_30_s, entry 1: 1: expected a",
    move('move = "rope_routine", parts = [{ skill = "swim" }]'): r"person 1, move 1 "
    r'\(rope_routine\), part 1: skill "swim": expected one of bounce',
    move('move = "series", skills = ["handspring", "round_off"]'): r"person 1, move 1 \(series\): "
    "skills: expected round_off only",
    GOOD + '[sound]\nevent = "SRTU"': 'sound: event "SRTU": expected one of DDSR',
    GOOD + '[sound]\nnoise = ["hal"]': 'noise, entry 1: "hal": .*; did you mean "hall"',
    HEAD + "[[person]]\nx = 1.0": "person 1: expected either `do` with moves or `puppet`",
    "title = ": "no TOML text: Invalid value",
    # What only shows when it is played:
    move('move = "speed_step", seconds = 2.9, misses = [1.0]'): r"person 1, move 1 "
    r"\(speed_step\): misses: expected none in 2.9 s, which is too short for one",
    HEAD + '[[person]]\ndo = [{ move = "stand" }, { move = "wait" }]': r"person 1: move 1 "
    r"\(stand\) and move 2 \(wait\) without seconds; only one may be without",
    GOOD + "loop = true": r"person 1: move 1 \(stand\) without seconds; with loop each needs",
    GOOD + STAND + MOVE % 'move = "walk", x = 50.0, y = 0.0, facing_deg = 0.0': "scene.toml: "
    "seconds: expected at least [3-9][0-9]",
    GOOD + "[camera]\nfps = 30\nslow_fps = 30": "camera: slow_fps: expected less than fps = 30",
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), MISTAKES.items())
def test_a_mistake_is_said_so_that_it_can_be_mended(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "scene.toml"
    path.write_text(text)
    with pytest.raises(ScriptError, match=said) as refused:
        build_scene(path, size=(64, 36))
    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith(f"scene {path}")
    assert not [word for word in ("`str`", "object", "array", "enum", "$.") if word in line]


def test_without_a_mistake_it_can_be_played(tmp_path: Path) -> None:
    path = tmp_path / "scene.toml"
    path.write_text(GOOD)
    assert build_scene(path, size=(64, 36)).duration_s == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is a folder; expected a scene file"),
        ("none.toml", r"there is no such file; expected a scene file \(.toml\) or one of backflip"),
        ("bytes.toml", "no TOML text; expected a scene file"),
    ],
)
def test_what_is_no_scene_file_is_said(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScriptError, match=said):
        load_script(tmp_path / name)


def test_the_longest_person_says_how_long_the_scene_has_to_be(tmp_path: Path) -> None:
    path = tmp_path / "scene.toml"
    waits = [MOVE % f'move = "wait", seconds = {seconds}' for seconds in (7.0, 9.01, 8.0)]
    path.write_text(HEAD + "".join(waits))
    with pytest.raises(ScriptError, match=r"seconds: expected at least 9\.1 .* got 6"):
        build_scene(path)
