"""Neurons as pictures and as a page: what is drawn is what was measured, and the page is whole."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models.gym.dataset import LABELS
from models.gym.explain.activations import Neurons, Shown, Watched
from models.gym.explain.page import page
from models.gym.explain.strips import colours, picture
from models.gym.preparation import Preparation, padded, prepare
from models.gym.thesis import DESIGNS, PARTS
from tests.models.gym.recordings import flip
from tests.realtime.judge.conftest import browser  # noqa: F401

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FRAMES = 64
NAMES = ("backflip-1-ann", "backflip-2-ann", "flack-3-</script>ann")


@pytest.fixture
def shown() -> Shown:
    recordings = [flip(name, 50, seed) for seed, name in enumerate(NAMES)]
    clips = prepare(recordings, Preparation()).clips
    inputs, labels, _ = padded(clips, FRAMES)
    return Shown("</script>ann", 7, recordings, clips, inputs, labels)


def watched(name: str, shown: Shown) -> Watched:
    rng = np.random.default_rng(4)
    design = DESIGNS[name]
    parts = design.parts or (("body", ()),)
    neurons = [
        Neurons(
            part,
            "right arm" if joints == PARTS["right arm"] else part,
            rng.uniform(-1, 1, (len(shown.labels), FRAMES, 2)).astype(np.float32),
        )
        for part, joints in parts
    ]
    probabilities = np.float32([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    return Watched(design, neurons, probabilities, 2)


def test_colours_are_those_of_the_thesis_s_appendix() -> None:
    """Low is red, high green, blue always 128 (appendix A.1); OpenCV has blue first."""
    assert colours(np.array([-1.0, 1.0, 0.0, 2.0])).tolist() == [
        [128, 0, 255],
        [128, 255, 0],
        [128, 127, 127],
        [128, 255, 0],
    ]


def found(image: Any, bgr: list[int]) -> bool:
    return bool((image == np.array(bgr)).all(axis=-1).any())


@pytest.mark.parametrize("name", DESIGNS)
def test_every_network_is_drawn_with_each_neuron(name: str, shown: Shown) -> None:
    network = watched(name, shown)
    for i, neurons in enumerate(network.neurons):
        neurons.states[0, 7, 1] = -0.9 + 0.1 * i  # in the first sample's first line
    image = picture(network, shown)
    assert image.dtype == np.uint8
    for neurons in network.neurons:
        assert found(image, colours(neurons.states[0, 7, 1]).tolist())
    rows = 2 * len(network.neurons)
    assert image.shape[0] > 3 * (rows * 10)  # two samples and what is common to all


def test_a_kind_that_the_athlete_never_did_is_left_out(shown: Shown) -> None:
    backflips = Shown(
        shown.athlete,
        shown.others,
        shown.recordings[:2],
        shown.clips[:2],
        shown.inputs[:2],
        shown.labels[:2],
    )
    whole = picture(watched("simple", shown), shown)
    alone = picture(watched("simple", backflips), backflips)
    assert alone.shape[1] < 0.6 * whole.shape[1]


def contents(text: str) -> dict[str, Any]:
    """What the page holds, as its script reads it."""
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert match
    parsed: dict[str, Any] = json.loads(match[1])
    return parsed


def test_the_page_needs_nothing_from_elsewhere(shown: Shown) -> None:
    text = page([watched(name, shown) for name in DESIGNS], shown)
    assert not re.search(r"\b(src|href)\s*=|@import|url\(|fetch\(|import\s*\(", text)
    assert set(re.findall(r"https?://[^\"' ]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert "{{" not in text
    assert text.count("</script>") == text.count("<script") == 2
    assert "&lt;/script&gt;ann</title>" in text


def test_the_page_holds_what_was_measured(shown: Shown) -> None:
    network = watched("hierarchical", shown)
    data = contents(page([network], shown))
    assert data["labels"] == list(LABELS)
    assert [recording["name"] for recording in data["recordings"]] == list(NAMES)
    points = np.frombuffer(base64.b64decode(data["recordings"][1]["points"]), "<i2")
    assert np.abs(points.reshape(FRAMES, 30) - shown.inputs[1]).max() <= 0.5
    parts = data["networks"][0]["parts"]
    assert [part["part"] for part in parts] == list(PARTS)
    assert {part["sees"] for part in parts} == {"right arm"}
    for part, neurons in zip(parts, network.neurons, strict=True):
        states = np.frombuffer(base64.b64decode(part["states"]), "i1") / 127
        assert np.abs(states.reshape(neurons.states.shape) - neurons.states).max() <= 0.5 / 127
    limbs = {(near, far) for near, far, _ in data["limbs"]}
    assert len(limbs) == 14
    assert {part for _, _, part in data["limbs"]} == set(PARTS)


@pytest.mark.slow
def test_the_page_opens_offline(browser: Browser, shown: Shown, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "activations.html"
    networks = [watched(name, shown) for name in ("simple", "hierarchical")]
    path.write_text(page(networks, shown), encoding="utf-8")
    opened = browser.new_context(offline=True).new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda asked: wrong.append(asked.url) if asked.url[:4] == "http" else None)
    opened.goto(path.as_uri())
    assert opened.locator("#strips polyline").count() == 2
    opened.get_by_role("radio", name="hierarchical, as coded").click()
    assert opened.locator("#strips polyline").count() == 10
    opened.keyboard.press("ArrowDown")
    assert "says handspring (0.80): wrong" in opened.locator("#said").inner_text()
    opened.keyboard.press("ArrowRight")
    assert opened.locator("#at").inner_text() == "frame 1 · 0.02 s"
    opened.get_by_label("blue and orange").check()
    assert "Orange is -1" in opened.locator("#legend").inner_text()
    assert not wrong
    opened.context.close()
