"""Frames to pose workers and poses back, over ZeroMQ."""
