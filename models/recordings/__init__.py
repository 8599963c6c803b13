"""Recorded key points: a key-point `.npz`, OpenPose's JSON, the published CSV."""
