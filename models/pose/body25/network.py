"""BODY_25 as a Keras 3 model on JAX or TensorFlow, compiled by XLA.

JAX unless KERAS_BACKEND says otherwise; empty counts as unset.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "jax"

import keras
import numpy as np
from numpy.typing import NDArray

from models.pose.body25.architecture import (
    FIELDS,
    HEAT,
    INPUT,
    INPUT_CHANNELS,
    LAYERS,
    SIZE_STEP,
    Activation,
    Convolution,
    Layer,
    Pooling,
)
from models.pose.errors import EngineError

Blobs = Mapping[str, Sequence[NDArray[np.float32]]]
"""Learned arrays by Caffe layer, of the shapes `architecture.BLOB_SHAPES`."""
Batch = NDArray[np.uint8]
"""(n, height, width, 3), BGR; both sides are multiples of 16."""
Tensor = NDArray[np.float32]
Precision = Literal["float32", "float16", "bfloat16"]

_DATA_FORMAT = "channels_last"  # said each time: the user's keras.json may say otherwise
_AGREEMENT = 0.05
_PROBE = (1, 64, 64, INPUT_CHANNELS)


class Network:
    """BODY_25 with the weights of a `.caffemodel`. A run with an input of a new shape compiles the
    network for that shape first, which takes seconds."""

    def __init__(
        self,
        blobs: Blobs,
        precision: Precision = "float32",
        outputs: Sequence[str] = (HEAT, FIELDS),
    ) -> None:
        """`outputs` names the layers whose (activated) output `run` gives; weights, activations and
        products are of type `precision`. Raises EngineError when the accelerator's memory is used
        up."""
        with _engine_errors("its weights"):
            self._forward = _compiled(_build(blobs, precision, outputs))

    def run(self, batch: Batch) -> list[Tensor]:
        """The outputs as float32 (n, height/8, width/8, channels); by default 26 heat maps, and
        52 channels of part-affinity fields.

        Raises ValueError when a side is no multiple of 16, and EngineError when the accelerator's
        memory is used up or it fails.
        """
        n, height, width, _ = batch.shape
        if height % SIZE_STEP or width % SIZE_STEP:
            raise ValueError(
                f"network input: expected sides in multiples of {SIZE_STEP} px, "
                f"got {width}x{height}"
            )
        with _engine_errors(f"a batch of {n} at {width}x{height}"):
            return [np.asarray(output, np.float32) for output in self._forward(batch)]


def has_accelerator() -> bool:
    """Whether networks run on a GPU or TPU. Raises EngineError when the backend finds no device
    that it may use."""
    try:
        devices = keras.distribution.list_devices()
    except Exception as error:
        # Whatever it is: JAX fails with an AssertionError where JAX_PLATFORMS names a kind of
        # device that the installed jaxlib was not built for, else with a RuntimeError.
        raise EngineError(
            f"engine body25: {keras.backend.backend()} finds no device to run on "
            f"({_first_line(error)}); unset JAX_PLATFORMS, or install it for your GPU"
        ) from error
    return not devices[0].startswith("cpu")


def choose_precision(blobs: Blobs) -> Precision:
    """The 16-bit type that an accelerator may compute in: float16, else bfloat16, which never
    overflows but is coarser; float32 when both disagree with it by more than 5 % of the largest
    output, for a picture of noise."""
    noise = np.random.default_rng(0).integers(0, 256, _PROBE, dtype=np.uint8)
    exact = Network(blobs).run(noise)
    candidates: tuple[Precision, ...] = ("float16", "bfloat16")
    for precision in candidates:
        if disagreement(exact, Network(blobs, precision).run(noise)) < _AGREEMENT:
            return precision
    return "float32"


def disagreement(expected: Sequence[Tensor], got: Sequence[Tensor]) -> float:
    """The largest difference, as a share of the largest value of its output; infinite where a
    value is not finite."""
    with np.errstate(invalid="ignore"):
        shares = [abs(e - g).max() / abs(e).max() for e, g in zip(expected, got, strict=True)]
    return max(float(share) if np.isfinite(share) else np.inf for share in shares)


def _build(blobs: Blobs, precision: Precision, outputs: Sequence[str]) -> Any:
    policy = keras.DTypePolicy(precision)
    image = keras.Input((None, None, INPUT_CHANNELS), dtype="uint8")
    tensors = {INPUT: keras.layers.Rescaling(1 / 256, -0.5, dtype=policy)(image)}
    for layer in LAYERS:
        tensor = _layer(layer, policy)([tensors[name] for name in layer.inputs])
        if isinstance(layer, Convolution) and layer.activation:
            tensor = _activation(layer.activation, policy)(tensor)
        tensors[layer.name] = tensor
    model = keras.Model(image, [tensors[name] for name in outputs])
    with np.errstate(over="ignore"):  # `choose_precision` sees it
        for built in model.layers:
            if built.name in blobs:
                built.set_weights(_keras_layout(blobs[built.name]))
    return model


def _layer(layer: Layer, policy: Any) -> Callable[[list[Any]], Any]:
    """The Keras layer, as a function of all inputs."""
    if isinstance(layer, Convolution):
        convolution = keras.layers.Conv2D(
            layer.channels,
            layer.kernel,
            padding="same",
            data_format=_DATA_FORMAT,
            kernel_initializer=_zeros,
            bias_initializer=_zeros,
            name=layer.name,
            dtype=policy,
        )
        return lambda inputs: convolution(inputs[0])
    if isinstance(layer, Pooling):
        pooling = keras.layers.MaxPooling2D(
            2, data_format=_DATA_FORMAT, name=layer.name, dtype=policy
        )
        return lambda inputs: pooling(inputs[0])
    concatenation: Callable[[list[Any]], Any] = keras.layers.Concatenate(
        name=layer.name, dtype=policy
    )
    return concatenation


def _activation(activation: Activation, policy: Any) -> Any:
    if activation.learned:
        return keras.layers.PReLU(
            alpha_initializer=_zeros, shared_axes=(1, 2), name=activation.name, dtype=policy
        )
    return keras.layers.ReLU(name=activation.name, dtype=policy)


def _zeros(shape: tuple[int, ...], dtype: str) -> Tensor:
    """Keras' own initial values are computed on the device, each shape compiled, for seconds."""
    return np.zeros(shape, np.float32)


def _keras_layout(blobs: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Caffe's (out, in, kernel, kernel) and (out,) as (kernel, kernel, in, out) and (out,); the
    (channels,) slopes of a PReLU as (1, 1, channels). Neither library flips the kernel."""
    if len(blobs) == 1:
        return [blobs[0][None, None]]
    return [blobs[0].transpose(2, 3, 1, 0), blobs[1]]


def _compiled(model: Any) -> Callable[[Batch], Sequence[Any]]:
    """The model as a function which XLA compiles for each shape of its input."""
    if keras.backend.backend() != "jax":
        model.jit_compile = True
        forward: Callable[[Batch], Sequence[Any]] = model.predict_on_batch
        return forward
    import jax  # noqa: PLC0415 (only where it is Keras' backend)

    # Keras' own predict_on_batch gives its weights away to each call (a call that fails has then
    # lost them) and assigns all 327 of them again afterwards.
    weights = [variable.value for variable in model.variables]
    stateless = jax.jit(lambda weights, batch: model.stateless_call(weights, [], batch)[0])
    return lambda batch: stateless(weights, batch)


@contextmanager
def _engine_errors(what: str) -> Iterator[None]:
    """What the backend says about the accelerator, in one line."""
    try:
        yield
    except Exception as error:
        reason = _first_line(error)
        # JAX raises a RuntimeError, TensorFlow an exception of its own.
        if "RESOURCE_EXHAUSTED" in reason or type(error).__name__ == "ResourceExhaustedError":
            raise EngineError(
                f"engine body25: too little memory for {what}; give a smaller --net-size or "
                "serve fewer cameras (fewer --people do not help)"
            ) from error
        if isinstance(error, RuntimeError):
            raise EngineError(f"engine body25: {what}: {reason}") from error
        raise


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
