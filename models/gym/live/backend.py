"""Keras on its backend: JAX unless KERAS_BACKEND says otherwise; empty counts as unset."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "jax"

import keras

__all__ = ["keras"]
