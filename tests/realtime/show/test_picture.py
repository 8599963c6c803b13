from __future__ import annotations

import re
from xml.etree import ElementTree

from realtime.show.picture import dashboard_svg
from tests.realtime.show.example import example


def test_picture_is_xml_that_loads_nothing() -> None:
    svg = dashboard_svg(example(title="<rope> & co"))
    ElementTree.fromstring(svg)
    assert re.findall(r"https?://[^\"' )]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "@import" not in svg
    assert not re.search(r"url\((?!#)", svg)


def test_picture_has_the_words_of_the_dashboard() -> None:
    words = " ".join(ElementTree.fromstring(dashboard_svg(example())).itertext())
    assert "unofficial\N{NO-BREAK SPACE}count" in words
    assert "BACKFLIP" in words


def test_same_snapshot_same_picture() -> None:
    assert dashboard_svg(example()) == dashboard_svg(example())
    assert dashboard_svg(example()) != dashboard_svg(example(jumps=106))
