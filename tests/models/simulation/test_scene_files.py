"""docs/scene-files.md knows every table, key, move and choice, and its examples can be played."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec import inspect

from models.simulation.script import Script
from models.simulation.staging import build_scene

DOC = (Path(__file__).parents[3] / "docs" / "scene-files.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)


def parts(kind: inspect.Type) -> Iterator[inspect.Type]:
    """The types that `kind` is made of, itself included."""
    yield kind
    inner = [getattr(kind, "item_type", None), getattr(kind, "type", None)]
    for part in (*inner, *getattr(kind, "types", ()), *getattr(kind, "item_types", ())):
        if isinstance(part, inspect.Type):
            yield from parts(part)


def tables(kind: inspect.Type) -> dict[str, inspect.StructType]:
    """Every struct of a scene file by the name of its class."""
    found: dict[str, inspect.StructType] = {}
    waiting = [kind]
    while waiting:
        for part in parts(waiting.pop()):
            if isinstance(part, inspect.StructType) and part.cls.__name__ not in found:
                found[part.cls.__name__] = part
                waiting += [field.type for field in part.fields]
    return found


TABLES = tables(inspect.type_info(Script))
SECTIONS = {
    "Script": "## The file",
    "Person": "## `person`",
    "BodySettings": "## `body`",
    "CameraSettings": "## `camera`",
    "HallSettings": "## `hall`",
    "SoundSettings": "## `sound`",
    "RoutinePart": "### Routine parts",
}


def words(table: inspect.StructType) -> Iterator[str]:
    """What the document has to name: the keys, and the choices of each."""
    for field in table.fields:
        yield field.encode_name
        for part in parts(field.type):
            if isinstance(part, inspect.LiteralType):
                yield from map(str, part.values)


def section(heading: str) -> str:
    """The text from a heading to the next one."""
    assert heading in DOC.splitlines(), f"docs/scene-files.md: no heading {heading}"
    return DOC.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]


def row(move: str) -> str:
    rows = [line for line in DOC.splitlines() if line.startswith(f"| `{move}` |")]
    assert len(rows) == 1, f"docs/scene-files.md: expected one row for the move {move}"
    return rows[0]


@pytest.mark.parametrize("name", TABLES)
def test_the_document_names_each_key_and_choice(name: str) -> None:
    table = TABLES[name]
    text = row(str(table.tag)) if table.tag else section(SECTIONS[name])
    named = set(re.findall(r"[\w.]+", " ".join(re.findall(r"`(.*?)`", text))))
    assert set(words(table)) - named == set()


def test_the_document_has_no_move_that_is_none() -> None:
    moves = {str(table.tag) for table in TABLES.values() if table.tag}
    listed = section("## Moves")
    assert set(re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE)) == moves


def test_examples_can_be_played() -> None:
    assert len(EXAMPLES) >= 2
    for text in EXAMPLES:
        scene = build_scene(msgspec.convert(tomllib.loads(text), Script))
        assert scene.truth.jumps or scene.truth.events


def test_the_attempt_in_the_document_is_one() -> None:
    """No false start, all of the 30 s, one miss."""
    scene = build_scene(msgspec.convert(tomllib.loads(EXAMPLES[1]), Script))
    assert scene.sound is not None
    start, stop = (beep.picture_s for beep in scene.sound.truth.beeps)
    assert start < scene.truth.jumps[0].time_s < start + 1.5
    assert scene.truth.jumps[-1].time_s > stop - 1
    assert len(scene.truth.misses) == 1
