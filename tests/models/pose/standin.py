"""The smallest pyopenpose: what the adapter uses, with the shapes and the manners of the real one.

It finds one person in every picture that is not of one colour: a line of joints from the top left
corner over the right edge of the picture, placed and trusted by the picture's brightness. Like
OpenPose it reads memory without looking at strides, prints, and fails with a list of functions.
"""

from __future__ import annotations

from pathlib import Path

_COMMON = """
import numpy as np

configured = []
stopped = []

class Datum:
    cvInputData = None
    poseKeypoints = None

class WrapperPython:
    def __init__(self):
        print("Starting OpenPose Python Wrapper...")

    def configure(self, params):
        assert all(isinstance(part, str) for item in params.items() for part in item)
        configured.append(params)

    def start(self):
        self.params = configured[-1]
        if self.params.get("model_folder") == "nowhere":
            raise RuntimeError("\\nError:\\nThe Caffe model is not there:\\nnowhere\\n\\n"
                               "Coming from:\\n- net.cpp:loadModel():76\\n- wrapper.hpp:start():9")

    def stop(self):
        stopped.append(True)

    def emplaceAndPop(self, datums):
        {check}
        for datum in datums:
            image = datum.cvInputData
            if image.dtype != np.uint8 or not image.flags.c_contiguous or image.ndim != 3:
                raise RuntimeError("garbage")
            if image.shape[1] == 4000:
                raise RuntimeError("Cuda check failed (2 vs. 0): out of memory")
            datum.poseKeypoints = self.find(image)
        return {done}

    def find(self, image):
        if image.min() == image.max():
            return {nobody}
        height, width = image.shape[:2]
        people = np.zeros((3, 25, 3), np.float32)
        people[..., 0] = np.linspace(0, 1.3 * width, 25)
        people[..., 1] = height * image.mean() / 256
        people[..., 2] = np.linspace(0.2, 1.02, 25)
        people[:, 3] = 0
        return people[:int(self.params["number_people_max"])]
"""

_CHECKS = {
    "1.6": "assert type(datums) is list, 'a list of Datum'",
    "1.7": "assert type(datums) is VectorDatum, 'a VectorDatum'",
}
_VECTOR = """
class VectorDatum(tuple):
    pass
"""


def write_standin(folder: Path, release: str) -> Path:
    """The module `pyopenpose` of this release in `folder`, which is to be put on the path."""
    # Before 1.7, nobody was an array without axes.
    nobody = {"1.6": "np.array(0, np.float32)", "1.7": "None"}[release]
    done = {"1.6": "None", "1.7": "True"}[release]
    source = _COMMON.format(check=_CHECKS[release], nobody=nobody, done=done)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyopenpose.py").write_text(source + (_VECTOR if release == "1.7" else ""))
    return folder
