"""Writing a Keras model as a LiteRT file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.gym.live.features import FEATURES
from models.gym.live.inference import WEIGHTS, LiveNetwork
from models.litert import ExportError, export
from models.pose.modules import is_installed

STEP = "models.gym.live.network:step"

pytestmark = pytest.mark.slow


@pytest.mark.skipif(not is_installed("tensorflow"), reason="TensorFlow is not installed")
def test_the_shipped_file_is_what_is_written_again(tmp_path: Path) -> None:
    export(STEP, WEIGHTS.with_suffix(".npz"), tmp_path / "flips.tflite")
    again, shipped = LiveNetwork(tmp_path / "flips.tflite"), LiveNetwork.shipped()
    seen = np.random.default_rng(0).normal(size=FEATURES).astype(np.float32)
    for one, other in zip(
        again.step(seen, again.start()), shipped.step(seen, shipped.start()), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_what_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"^export of .*fliptally\[train\]'$"):
        export(STEP, tmp_path / "absent.npz", tmp_path / "flips.tflite")
