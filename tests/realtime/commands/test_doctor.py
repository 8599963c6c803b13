"""`fliptally doctor`: a line for each engine, and the one to use."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import pytest

from realtime.commands.doctor import LIVE_FPS, examine, recommended
from tests.models.pose.standin import write_standin
from tests.realtime.test_cli import fliptally


def lines(text: str) -> dict[str, str]:
    """What was found, by part; each part has one line here, and there is nothing else."""
    rows = [re.split(r"\s+", line, maxsplit=2) for line in text.splitlines()]
    assert {sign for sign, *_ in rows} <= {"ok", "none", "MISSING"}
    return {part: f"{sign} {words}" for sign, part, words in rows}


def doctor_without_weights(cache: Path, modules: Path) -> str:
    """What it says when there is no default engine to be measured, which takes seconds."""
    return fliptally("doctor", FLIPTALLY_CACHE=str(cache), PYTHONPATH=str(modules)).stdout


@pytest.fixture
def standin(tmp_path: Path) -> Path:
    return write_standin(tmp_path / "standin", "1.7")


def test_without_weights_the_default_is_missing_and_everything_else_is_said(tmp_path):
    done = fliptally("doctor", FLIPTALLY_CACHE=str(tmp_path))
    assert done.returncode == 1
    found = lines(done.stdout)
    assert found["blazepose"].startswith("MISSING pose weights: none in ")
    assert found["blazepose"].endswith("run: fliptally weights fetch")
    assert found["body25"].startswith("none needs OpenPose's official network; give --caffemodel")
    assert found["openpose"].startswith("none pyopenpose is not installed; build OpenPose with")
    assert {"system", "camera", "audio", "gpu", "zeromq"} <= set(found)


def test_what_is_here_is_measured_and_a_default_is_named(tmp_path, standin):
    broken = tmp_path / "broken.caffemodel"
    broken.write_bytes(b"no network")
    done = fliptally("doctor", "--caffemodel", broken, PYTHONPATH=str(standin))
    assert done.returncode == 0
    found = lines(done.stdout)
    assert re.match(r"ok \d+ fps with 1 thread, \d+ fps with 2 threads \(", found["blazepose"])
    assert re.match(r"ok \d+ fps with openpose \(1280x720", found["openpose"])
    assert "broken.caffemodel" in found["body25"]
    assert re.match(r"ok \w+ is recommended; ", found["engine"])
    assert "JAX" in found["gpu"]


BROKEN = {
    "aborts": ("import os; os.abort()", r"none its process ended with code -6$"),
    "ends like gflags": (
        "import os, sys; sys.stderr.write('ERROR: no such flag\\n'); os._exit(1)",
        r"none ERROR: no such flag$",
    ),
    "raises": ("raise TypeError('no VectorDatum\\nat all')", r"none at all$"),
    "cannot be loaded": ("import no_such_library", r"none pyopenpose cannot be imported \("),
}


@pytest.mark.parametrize(("source", "line"), BROKEN.values(), ids=BROKEN)
def test_an_engine_that_breaks_its_process_is_one_line_among_the_others(tmp_path, source, line):
    (tmp_path / "pyopenpose.py").write_text(source)
    found = lines(doctor_without_weights(tmp_path, tmp_path))
    assert re.match(line, found["openpose"])
    assert {"engine", "gpu", "zeromq"} <= set(found)


def test_an_engine_slower_than_a_speed_step_is_for_recordings_only(tmp_path, standin):
    with (standin / "pyopenpose.py").open("a") as module:
        module.write(
            "import time\n"
            "find = WrapperPython.find\n"
            f"slow = lambda self, image: (time.sleep({2 / LIVE_FPS}), find(self, image))[1]\n"
            "WrapperPython.find = slow\n"
        )
    found = lines(doctor_without_weights(tmp_path, standin))
    assert re.match(r"ok \d\.\d fps .*; too slow to count live: for recordings only$",
                    found["openpose"])  # fmt: skip


def test_the_engines_get_the_options_they_take(standin, monkeypatch, capsys):
    """The command hands on what it offers; here all of it."""
    monkeypatch.setenv("PYTHONPATH", str(standin))
    monkeypatch.syspath_prepend(str(standin))
    flags = [("model_folder", "nowhere")]
    given = argparse.Namespace(caffemodel=None, net_size=(64, 64), openpose=flags)
    assert examine(given) == 0
    found = lines(capsys.readouterr().out)
    assert found["openpose"] == "none The Caffe model is not there: nowhere"
    assert found["blazepose"].startswith("ok")  # it has neither of them
    assert "pyopenpose" not in sys.modules


@pytest.mark.parametrize("script", ["raise ImportError('no jaxlib')", "import os; os.abort()"])
def test_a_jax_that_does_not_start_is_said(tmp_path, script):
    (tmp_path / "jax.py").write_text(script)
    found = lines(doctor_without_weights(tmp_path, tmp_path))
    assert "; JAX does not start (" in found["gpu"]


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
    assert recommended(rates, gpu=gpu) == best
