"""The registry: what is refused before anything is opened, and what is imported for whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.pose import engines
from models.pose.engines import check, choose, open_engine
from models.pose.errors import EngineError, WeightsError
from models.pose.options import PoseOptions

HAVE_NOT = {
    "no caffemodel": ("body25", PoseOptions(), "body25: needs .* give --caffemodel"),
    "caffemodel": (
        "blazepose",
        PoseOptions(caffemodel=Path("x")),
        "^--caffemodel: .* --engine body25$",
    ),
    "openpose's": (
        "openpose",
        PoseOptions(caffemodel=Path("x")),
        "^--caffemodel: .* --engine body25$",
    ),
    "size": ("blazepose", PoseOptions(net_size=(16, 16)), "^--net-size: .*body25 or openpose$"),
    "flags": ("body25", PoseOptions(openpose={"a": "b"}), "^--openpose: engine body25 has no such"),
    "not installed": ("openpose", PoseOptions(), "^engine openpose: pyopenpose is not installed"),
}


@pytest.mark.parametrize(("name", "options", "words"), HAVE_NOT.values(), ids=HAVE_NOT)
def test_what_cannot_run_is_said_beforehand(name, options, words):
    for refuse in (check, open_engine):
        with pytest.raises(EngineError, match=words):
            refuse(name, options)


def test_a_wrong_caffemodel_is_said_beforehand(tmp_path):
    path = tmp_path / "a.caffemodel"
    for content in (None, b"", b"no network"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(WeightsError, match=r"a\.caffemodel"):
            check("body25", PoseOptions(caffemodel=path))


def test_missing_weights_are_said_beforehand(tmp_path, monkeypatch):
    monkeypatch.setenv("FLIPTALLY_CACHE", str(tmp_path))
    with pytest.raises(EngineError, match=r"weights: none in .*; run: fliptally weights fetch"):
        check("blazepose", PoseOptions())


def test_a_missing_keras_is_said_with_the_mend(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")  # not installed with FlipTally
    with pytest.raises(EngineError, match=r"tensorflow is not installed; .*'fliptally\[body25\]'"):
        check("body25", PoseOptions(caffemodel=Path("x")))


def test_the_default_engine_runs_without_keras_and_openpose():
    script = (
        "import sys; from models.pose.engines import open_engine; "
        "from models.pose.options import PoseOptions; import realtime.worker; "
        "open_engine('blazepose', PoseOptions()).close(); "
        "sys.exit(bool({'keras', 'jax', 'google.protobuf', 'pyopenpose'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    ("rates", "gpu", "best"),
    [
        ({"blazepose": 90}, False, "blazepose"),
        ({"blazepose": 90, "body25": 400}, False, "blazepose"),
        ({"blazepose": 90, "body25": 61}, True, "body25"),
        ({"blazepose": 90, "body25": 59}, True, "blazepose"),
        ({"blazepose": 90, "body25": 61, "openpose": 80}, True, "openpose"),
        ({}, True, "blazepose"),
    ],
)
def test_the_default_is_left_only_for_a_gpu_that_keeps_up(rates, gpu, best):
    assert choose(rates, gpu=gpu) == best


def test_every_engine_says_what_it_is():
    assert engines.DEFAULT in engines.ENGINES
    assert all(engine.about for engine in engines.ENGINES.values())
