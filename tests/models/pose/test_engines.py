"""The registry: what is refused before anything is opened, and what is imported for whom."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models.pose import engines
from models.pose.engines import check, open_engine
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


INSTALL = r"is not installed; run: pip install --upgrade 'fliptally\[body25\]'$"


@pytest.mark.parametrize("absent", ["keras", "jax", "jaxlib", "google.protobuf"])
@pytest.mark.parametrize("backend", ["jax", ""])  # empty counts as unset
def test_a_part_of_body25_that_is_not_installed_is_named(monkeypatch, absent, backend):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setitem(sys.modules, absent, None)  # it cannot be imported
    for refuse in (check, open_engine):
        with pytest.raises(EngineError, match=f"^engine body25: {absent} {INSTALL}"):
            refuse("body25", PoseOptions(caffemodel=Path("x")))


BACKENDS = {
    "tensorflow": "tensorflow is not installed; unset KERAS_BACKEND, or run: pip install tensor",
    "torch": "KERAS_BACKEND is torch, expected jax or tensorflow; unset KERAS_BACKEND",
    "abacus": "KERAS_BACKEND is abacus, expected jax or tensorflow; unset KERAS_BACKEND",
}


@pytest.mark.parametrize(("backend", "words"), BACKENDS.items())
def test_a_backend_of_keras_that_is_not_there_is_said_with_its_own_mend(
    monkeypatch, backend, words
):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setitem(sys.modules, backend, None)
    with pytest.raises(EngineError, match=f"^engine body25: {words}"):
        check("body25", PoseOptions(caffemodel=Path("x")))


OPEN = """
import sys
from pathlib import Path
from models.pose.engines import open_engine
from models.pose.errors import EngineError
from models.pose.options import PoseOptions
sys.path[:0] = sys.argv[2:]
try:
    open_engine("body25", PoseOptions(caffemodel=Path(sys.argv[1]), net_size=(16, 16))).close()
except EngineError as error:
    print(error)
"""


def opened(caffemodel: Path, *path: Path, **environment: str) -> str:
    """What is said when body25 is opened in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(caffemodel), *map(str, path)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_keras_that_cannot_be_imported_is_one_line(tmp_path):
    (tmp_path / "keras.py").write_text("raise ImportError('Keras needs\\nanother JAX')")
    said = opened(tmp_path / "x", tmp_path)
    assert re.fullmatch(r"engine body25: Keras needs another JAX; run: pip install .*", said)


def test_a_device_that_jax_cannot_use_is_one_line(tmp_path):
    """JAX fails with an AssertionError, without words."""
    said = opened(tmp_path / "x", JAX_PLATFORMS="cuda")
    assert re.fullmatch(r"engine body25: jax finds no device .*; unset JAX_PLATFORMS, .*", said)


def test_a_user_s_settings_of_keras_do_not_matter(tmp_path, random_caffemodel):
    settings = {"backend": "torch", "image_data_format": "channels_first", "floatx": "float16"}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    assert opened(random_caffemodel, KERAS_HOME=str(tmp_path), KERAS_BACKEND="") == ""


def test_the_caffemodel_is_not_read_in_full_beforehand(tmp_path, random_caffemodel):
    """A hundred megabytes: the worker reads them once. A file of that size which cannot be one is
    told by its first bytes."""
    check("body25", PoseOptions(caffemodel=random_caffemodel))
    film = tmp_path / "film.caffemodel"
    with film.open("wb") as file:
        file.write(bytes(4) + b"ftypisom")
        file.truncate(random_caffemodel.stat().st_size)
    with pytest.raises(WeightsError, match=r"film\.caffemodel is no Caffe model; expected"):
        check("body25", PoseOptions(caffemodel=film))
    with film.open("r+b") as file:
        file.write(b"\xa2\x06")  # looks like a layer; only reading tells
    check("body25", PoseOptions(caffemodel=film))


def test_the_default_engine_runs_without_keras_and_openpose():
    script = (
        "import sys; from models.pose.engines import open_engine; "
        "from models.pose.options import PoseOptions; import realtime.worker; "
        "open_engine('blazepose', PoseOptions()).close(); "
        "sys.exit(bool({'keras', 'jax', 'google.protobuf', 'pyopenpose'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_every_engine_says_what_it_is():
    assert engines.DEFAULT in engines.ENGINES
    assert all(engine.about for engine in engines.ENGINES.values())


@pytest.mark.parametrize(
    ("engine", "options", "side"),
    [
        ("blazepose", {}, 960),
        ("body25", {}, 656),
        ("body25", {"net_size": (320, 176)}, 320),
        ("openpose", {"net_size": (160, 288)}, 288),
        ("openpose", {"openpose": {"scale_number": "2"}}, 0),  # who knows
    ],
)
def test_no_larger_picture_is_asked_for_than_the_engine_looks_at(engine, options, side):
    assert engines.longest_side(engine, PoseOptions(**options)) == side
