"""docs/events.md has every field with its type, and its examples are messages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from realtime.publishing.receiving import received
from realtime.publishing.schema import SCHEMA, to_line
from tests.realtime.publishing.documented import fields, objects

DOC = (Path(__file__).parents[3] / "docs" / "events.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", DOC, re.DOTALL)
SECTIONS = dict(re.findall(r"^### (.*?)\n\n(.*?)(?=^### |\Z)", DOC, re.DOTALL | re.MULTILINE))


def test_every_object_has_its_section_and_no_other_has_one() -> None:
    assert set(SECTIONS) == set(objects())


@pytest.mark.parametrize("heading", objects())
def test_every_field_is_in_its_table_with_its_type(heading: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| .*\|$", SECTIONS[heading], re.MULTILINE)
    assert dict(rows) == fields(objects()[heading])
    undescribed = re.findall(r"^\| `(\w+)` \| .*? \|\s*\|$", SECTIONS[heading], re.MULTILINE)
    assert undescribed in ([], ["type"])


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_examples_are_messages_with_every_field(line: str) -> None:
    topic = json.loads(line)["type"].encode()
    assert to_line(received([topic, line.encode()])) == line.encode()


def test_the_schema_is_named() -> None:
    assert len(EXAMPLES) == 4
    assert SCHEMA in DOC
