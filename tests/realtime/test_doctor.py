"""`fliptally doctor`: a line for each engine, and the one to use."""

from __future__ import annotations

import re

from tests.models.pose.standin import write_standin
from tests.realtime.test_cli import fliptally


def lines(text: str) -> dict[str, str]:
    """What was found, by part; each part has one line here."""
    rows = [re.split(r"\s+", line, maxsplit=2) for line in text.splitlines()]
    return {part: f"{sign} {words}" for sign, part, words in rows}


def test_without_weights_the_default_is_missing_and_everything_else_is_said(tmp_path):
    done = fliptally("doctor", FLIPTALLY_CACHE=str(tmp_path))
    assert done.returncode == 1
    found = lines(done.stdout)
    assert found["blazepose"].startswith("MISSING pose weights: none in ")
    assert found["blazepose"].endswith("run: fliptally weights fetch")
    assert found["body25"].startswith("none needs OpenPose's official network; give --caffemodel")
    assert found["openpose"].startswith("none pyopenpose is not installed; build OpenPose with")
    assert {"system", "camera", "audio", "gpu", "zeromq"} <= set(found)


def test_what_is_here_is_measured_and_a_default_is_named(tmp_path):
    standin = write_standin(tmp_path / "standin", "1.7")
    broken = tmp_path / "broken.caffemodel"
    broken.write_bytes(b"no network")
    done = fliptally("doctor", "--caffemodel", broken, PYTHONPATH=str(standin))
    assert done.returncode == 0
    found = lines(done.stdout.replace("Starting OpenPose Python Wrapper...\n", ""))
    assert re.match(r"ok \d+ fps with 1 thread, \d+ fps with 2 threads \(", found["blazepose"])
    assert re.match(r"ok \d+ fps with openpose \(1280x720", found["openpose"])
    assert "broken.caffemodel" in found["body25"]
    assert re.match(r"ok \w+ is recommended; ", found["engine"])
    assert "JAX" in found["gpu"]
