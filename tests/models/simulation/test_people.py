"""People: what a scene file asks of a body is what is built and drawn, the rest is random."""

from dataclasses import fields
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.simulation.figure import Build
from models.simulation.people import CLOTHES, HAIRS, SKINS, BodySettings, draw_person
from models.simulation.script import ScriptError, load_script

SCENE = """
title = "one"
seconds = 2.0
[[person]]
do = [ {{ move = "stand" }} ]
[person.body]
{body}
"""


def drawn(seed: int = 0, **settings: object) -> tuple[Build, object]:
    return draw_person(BodySettings(**settings), np.random.default_rng(seed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('skin = "brown"', "#"),
        ("girth = 3.0", "1.6"),
        ("stature_m = 0.1", "0.8"),
        ('hair_style = "mohawk"', "mohawk"),
        ('sleeves = "puffed"', "puffed"),
        ('legwear = "kilt"', "kilt"),
        ('shoes = "sandals"', "barefoot"),
        ('age = "teenager"', "teenager"),
        ('hat = "#ffffff"', "hat"),
    ],
)
def test_bad_settings_are_one_line_that_names_them(tmp_path: Path, body: str, reason: str) -> None:
    path = tmp_path / "scene.toml"
    path.write_text(SCENE.format(body=body))
    with pytest.raises(ScriptError, match=reason) as caught:
        load_script(path)
    assert "\n" not in str(caught.value)
    assert "body" in str(caught.value)


def test_all_settings_can_be_given_in_a_file_and_are_used(tmp_path: Path) -> None:
    body = """
age = "adult"
sex = "man"
stature_m = 1.9
girth = 1.4
skin = "#102030"
hair = "#203040"
hair_style = "bun"
shirt = "#304050"
sleeves = "long"
leotard = false
legs = "#405060"
legwear = "trousers"
shoes = "#506070"
"""
    path = tmp_path / "scene.toml"
    path.write_text(SCENE.format(body=body))
    settings = load_script(path).person[0].body
    assert all(getattr(settings, f.name) is not None for f in msgspec.structs.fields(settings))
    build, look = draw_person(settings, np.random.default_rng(0))
    assert (build.stature, build.girth) == (1.9, 1.4)
    assert look.skin == (0x30, 0x20, 0x10)
    assert (look.hair[2], look.shirt[2], look.legs[2], look.shoes[2]) == (0x20, 0x30, 0x40, 0x50)
    assert (look.hair_style, look.sleeves, look.legwear) == ("bun", "long", "trousers")
    assert not look.leotard
    assert not look.barefoot


@pytest.mark.parametrize(
    ("setting", "value"),
    [("skin", "#010203"), ("shirt", "#010203"), ("hair_style", "bald"), ("shoes", "#010203")],
)
def test_a_setting_changes_nothing_else(setting: str, value: str) -> None:
    free_build, free = drawn(3, shoes="#ffffff")
    build, look = drawn(3, **{"shoes": "#ffffff", setting: value})
    assert build == free_build
    changed = {f.name for f in fields(look) if getattr(look, f.name) != getattr(free, f.name)}  # type: ignore[arg-type]
    assert changed == {setting}


def test_a_leotard_leaves_the_legs_bare_unless_the_file_says_what_is_worn() -> None:
    assert drawn(leotard=True)[1].legwear == "bare"  # type: ignore[attr-defined]
    assert drawn(leotard=True, legwear="leggings")[1].legwear == "leggings"  # type: ignore[attr-defined]


def test_the_same_seed_is_the_same_person_and_others_differ() -> None:
    assert drawn(5) == drawn(5)
    assert drawn(5) != drawn(6)


def test_people_differ_over_the_whole_range_of_looks() -> None:
    looks = [drawn(seed)[1] for seed in range(300)]
    for name, choices in (("skin", SKINS), ("hair", HAIRS), ("shirt", CLOTHES)):
        assert len({getattr(look, name) for look in looks}) == len(choices)
    for name, count in (("hair_style", 5), ("sleeves", 3), ("legwear", 4), ("barefoot", 2)):
        assert len({getattr(look, name) for look in looks}) == count


def test_adults_are_as_tall_as_adults_are() -> None:
    women = [drawn(seed, sex="woman")[0].stature for seed in range(100)]
    men = [drawn(seed, sex="man")[0].stature for seed in range(100)]
    assert np.mean(women) == pytest.approx(1.632, abs=0.02)
    assert np.mean(men) == pytest.approx(1.765, abs=0.02)
    assert min(women) > 1.45
    assert max(men) < 1.95


def test_a_child_has_a_larger_head_and_shorter_legs_for_its_size_and_most_so_when_small() -> None:
    def mean(name: str, **settings: object) -> float:
        return float(np.mean([getattr(drawn(s, **settings)[0], name) for s in range(60)]))

    small, large = {"age": "child", "stature_m": 1.16}, {"age": "child", "stature_m": 1.6}
    assert mean("head", **small) > 1.2 > mean("head", **large) > 1.02 > mean("head")
    assert mean("legs", **small) < 0.96 < mean("legs", **large) < mean("legs")
    statures = [drawn(s, age="child")[0].stature for s in range(100)]
    assert 1.0 < min(statures) < 1.25
    assert 1.5 < max(statures) < 1.8


def test_everybody_is_as_tall_as_his_stature_says() -> None:
    for seed in range(30):
        build, _ = drawn(seed, age="child" if seed % 2 else "adult")
        crown = build.neck_to_head + 0.065 * build.head * build.stature
        trunk = build.lower_trunk + build.upper_trunk
        barefoot = build.ankle_height - 0.012 * build.stature
        assert barefoot + build.leg + trunk + crown == pytest.approx(build.stature, rel=0.01)
        assert trunk > 0.24 * build.stature
