"""The adapter to pyopenpose, held against a stand-in of both releases' interfaces."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest

from models.pose.errors import EngineError
from models.pose.openpose import FLAGS, OpenPose, flags_of, missing
from models.pose.options import PoseOptions
from models.pose.protocol import estimate_one
from tests.models.pose.standin import write_standin

PICTURE = np.full((90, 160, 3), 64, np.uint8)
PICTURE[40:50] = 192


@pytest.fixture(autouse=True)
def nothing_stays_imported():
    """Each test has its own stand-in, or none, however the one before it ended."""
    yield
    for name in ("pyopenpose", "openpose.pyopenpose", "openpose"):
        sys.modules.pop(name, None)


@pytest.fixture(params=["1.6", "1.7"])
def pyopenpose(request, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(write_standin(tmp_path, request.param)))
    return importlib.import_module("pyopenpose")


def test_its_flags_are_ours_and_then_the_users(pyopenpose):
    options = PoseOptions(people=3, net_size=(320, 176), openpose={"model_folder": "/models"})
    OpenPose(options).close()
    assert pyopenpose.configured == [
        {
            "net_resolution": "320x176",
            "logging_level": "255",
            "model_folder": "/models",
            "model_pose": "BODY_25",
            "keypoint_scale": "0",
            "render_pose": "0",
            "number_people_max": "3",
        }
    ]


def test_the_network_keeps_the_aspect_unless_the_user_chooses():
    assert flags_of(PoseOptions())["net_resolution"] == "-1x368"
    chosen = PoseOptions(openpose={"net_resolution": "-1x256"})
    assert flags_of(chosen)["net_resolution"] == "-1x256"


@pytest.mark.parametrize(
    "flag", ["model_pose", "keypoint_scale", "render_pose", "number_people_max", "body", "face",
             "hand", "write_json", "write_video", "3d", "modelfolder", ""]
)  # fmt: skip
def test_a_flag_that_would_change_what_comes_back_is_refused(flag):
    assert flag not in FLAGS
    with pytest.raises(EngineError, match=rf"^--openpose {flag}: .* expected one of .*scale_gap"):
        flags_of(PoseOptions(openpose={flag: "1"}))


def test_two_network_sizes_are_one_too_many():
    options = PoseOptions(net_size=(320, 176), openpose={"net_resolution": "-1x256"})
    with pytest.raises(EngineError, match="two sizes; give one"):
        flags_of(options)


def test_joints_are_pixels_and_those_outside_are_not_seen(pyopenpose):
    engine = OpenPose(PoseOptions(people=1))
    [person] = estimate_one(engine, PICTURE).keypoints
    seen = person[:, 2] > 0
    assert seen.tolist() == [i not in (3, *range(19, 25)) for i in range(25)]
    assert not person[~seen].any()
    np.testing.assert_allclose(person[1, :2], [1.3 * 160 / 24, 90 * PICTURE.mean() / 256], 1e-5)


def test_a_peak_that_overshoots_is_as_sure_as_can_be(pyopenpose, monkeypatch):
    found = np.full((1, 25, 3), 1.01, np.float32)
    monkeypatch.setattr(pyopenpose.WrapperPython, "find", lambda self, image: found)
    assert estimate_one(OpenPose(PoseOptions()), PICTURE).keypoints[..., 2].max() == 1.0


def test_what_comes_back_is_a_copy(pyopenpose, monkeypatch):
    found = np.ones((1, 25, 3), np.float32)
    monkeypatch.setattr(pyopenpose.WrapperPython, "find", lambda self, image: found)
    keypoints = estimate_one(OpenPose(PoseOptions()), PICTURE).keypoints
    found[:] = 7
    assert keypoints.max() == 1


def test_who_is_outside_the_picture_altogether_is_nobody(pyopenpose, monkeypatch):
    found = np.ones((2, 25, 3), np.float32)
    found[0, :, 0] = 161
    monkeypatch.setattr(pyopenpose.WrapperPython, "find", lambda self, image: found)
    keypoints = estimate_one(OpenPose(PoseOptions(people=2)), PICTURE).keypoints
    np.testing.assert_array_equal(keypoints, found[1:])


def test_an_openpose_that_has_stopped_is_said(pyopenpose, monkeypatch):
    """The newer binding's emplaceAndPop says whether OpenPose is still running."""
    engine = OpenPose(PoseOptions())
    monkeypatch.setattr(pyopenpose.WrapperPython, "emplaceAndPop", lambda self, datums: False)
    with pytest.raises(EngineError, match=r"^engine openpose: OpenPose has stopped; start"):
        estimate_one(engine, PICTURE)


def test_as_many_people_as_were_asked_for(pyopenpose):
    for people in (1, 2, 3):
        engine = OpenPose(PoseOptions(people=people))
        assert len(estimate_one(engine, PICTURE).keypoints) == people


def test_out_of_memory_is_one_line_with_the_mend(pyopenpose):
    wide = np.zeros((2, 4000, 3), np.uint8)
    with pytest.raises(EngineError, match=r"^engine openpose: Cuda.*out of memory; give a smaller"):
        estimate_one(OpenPose(PoseOptions()), wide)


def test_openposes_own_words_are_one_line(pyopenpose):
    with pytest.raises(EngineError) as failure:
        OpenPose(PoseOptions(openpose={"model_folder": "nowhere"}))
    assert str(failure.value) == "engine openpose: The Caffe model is not there: nowhere"


def test_it_is_stopped_once_and_does_not_work_after_it(pyopenpose):
    engine = OpenPose(PoseOptions())
    engine.close()
    engine.close()
    assert pyopenpose.stopped == [True]
    with pytest.raises(EngineError, match="closed"):
        estimate_one(engine, PICTURE)


def test_an_installed_openpose_is_found_in_its_package(tmp_path, monkeypatch):
    write_standin(tmp_path / "openpose", "1.7")
    (tmp_path / "openpose" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert missing() is None
    assert estimate_one(OpenPose(PoseOptions()), PICTURE).keypoints.any()


def test_where_it_is_not_installed_the_mend_is_said():
    with pytest.raises(EngineError, match=r"pyopenpose is not installed; build .*BUILD_PYTHON=ON"):
        OpenPose(PoseOptions())


def test_a_module_for_another_python_is_said_so(tmp_path, monkeypatch):
    (tmp_path / "pyopenpose.py").write_text("import libopenpose_that_is_not_there")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EngineError, match=r"pyopenpose cannot be imported .*LD_LIBRARY_PATH"):
        OpenPose(PoseOptions())


BROKEN = {
    "a library": "raise ImportError('libopenpose.so: cannot open shared object file')",
    "a module": "import a_module_that_is_not_there",
    "its own module": "from . import pyopenpose_for_another_python",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_a_package_that_lacks_something_is_installed_and_cannot_be_imported(
    tmp_path, monkeypatch, source
):
    (tmp_path / "openpose").mkdir()
    (tmp_path / "openpose" / "__init__.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert missing() is None
    with pytest.raises(EngineError, match=r"openpose\.pyopenpose cannot be .*LD_LIBRARY_PATH"):
        OpenPose(PoseOptions())
