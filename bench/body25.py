"""BODY_25's network on Keras beside OpenCV's: `python -m bench.body25`.

Frames per second at 656 x 368 with random weights (which cost what the official ones do), by
precision and batch, from uint8 pictures in memory to heat maps and fields in memory; how far 16
bits are from float32; and what the first call takes, which compiles the network. OpenCV 4 computes
the same network from the same file, on the CPU, in the same run. Decoding is measured by
`bench.decoding`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from bench.body25_weights import prototxt, random_blobs, write_caffemodel
from models.pose.body25.architecture import FIELDS, HEAT
from models.pose.body25.caffemodel import read_caffemodel
from models.pose.body25.estimator import NET_SIZE
from models.pose.body25.network import (
    Batch,
    Network,
    Precision,
    Tensor,
    disagreement,
    has_accelerator,
)

_MOST_CALLS = 200

Run = Callable[[Batch], Sequence[Tensor]]


@dataclass(frozen=True)
class Measured:
    """Frames per second (median call), processor time of each frame (whatever else the machine
    does meanwhile), the first call's time, and the largest difference from float32 on Keras as a
    share of the largest output."""

    what: str
    batch: int
    rate: float
    processor_s: float
    first_s: float
    apart: float


def pictures(count: int) -> Batch:
    width, height = NET_SIZE
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def measure(what: str, run: Run, batch: Batch, exact: Sequence[Tensor], seconds: float) -> Measured:
    """Call `run` for about `seconds`, at least once after the first. `exact` are the outputs for
    the first picture."""
    begin = time.perf_counter()
    outputs = [output[:1] for output in run(batch)]
    first_s = time.perf_counter() - begin
    calls: list[float] = []
    processor_s = -time.process_time()
    while not calls or (sum(calls) < seconds and len(calls) < _MOST_CALLS):
        begin = time.perf_counter()
        run(batch)
        calls.append(time.perf_counter() - begin)
    processor_s += time.process_time()
    return Measured(
        what,
        len(batch),
        rate=len(batch) / float(np.median(calls)),
        processor_s=processor_s / len(batch) / len(calls),
        first_s=first_s,
        apart=disagreement(exact, outputs),
    )


def opencv(caffemodel: Path) -> Run:
    """The network on OpenCV's importer of Caffe models, with its default backend: the CPU."""
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt") as text:
        text.write(prototxt())
        text.flush()
        caffe = cv2.dnn.readNetFromCaffe(text.name, str(caffemodel))

    def run(batch: Batch) -> list[Tensor]:
        caffe.setInput(cv2.dnn.blobFromImages(list(batch), 1 / 256, mean=(128, 128, 128)))
        outputs = caffe.forward((HEAT, FIELDS))
        return [np.asarray(np.moveaxis(output, 1, -1), np.float32) for output in outputs]

    return run


def device_name() -> str:
    """What networks run on, as its driver calls it where that can be asked."""
    if os.environ["KERAS_BACKEND"] == "jax":
        import jax  # noqa: PLC0415 (TensorFlow's users need not have it)

        return str(jax.devices()[0].device_kind)
    import keras  # noqa: PLC0415 (after `network` has chosen its backend)

    return str(keras.distribution.list_devices()[0])


def compare(caffemodel: Path, batches: Sequence[int], seconds: float) -> Iterator[Measured]:
    blobs, several = read_caffemodel(caffemodel).blobs, pictures(max(batches))
    network = Network(blobs)
    exact = network.run(several[:1])
    precisions: tuple[Precision, ...] = ("float32", "float16", "bfloat16")
    for precision in precisions:
        network = Network(blobs, precision)
        what = f"Keras ({os.environ['KERAS_BACKEND']}) on {device_name()}, {precision}"
        # Without an accelerator 16 bits gain nothing; only their agreement is of interest.
        agreement_only = precision != "float32" and not has_accelerator()
        for n in batches[:1] if agreement_only else batches:
            yield measure(what, network.run, several[:n], exact, seconds)
    peer = opencv(caffemodel)
    yield measure(f"OpenCV {cv2.__version__} on the CPU", peer, several[:1], exact, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=5.0, help="measured per row")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8])
    options = parser.parse_args()
    width, height = NET_SIZE
    table = Table(title=f"BODY_25 at {width}x{height}, {os.cpu_count()} processors")
    for column in ("network", "batch", "frames/s", "processor s/frame", "first call s", "off by %"):
        table.add_column(column, justify="left" if column == "network" else "right")
    with tempfile.TemporaryDirectory() as folder:
        caffemodel = write_caffemodel(Path(folder) / "random.caffemodel", random_blobs())
        for row in compare(caffemodel, options.batches, options.seconds):
            table.add_row(
                *(row.what, f"{row.batch}", f"{row.rate:.2f}", f"{row.processor_s:.3f}"),
                *(f"{row.first_s:.1f}", f"{100 * row.apart:.4f}"),
            )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
