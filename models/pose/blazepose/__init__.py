"""BlazePose Full on LiteRT: our own small runtime for MediaPipe's two networks.

The constants follow MediaPipe 0.10.21's published pose graphs (`pose_detection`,
`pose_landmark_by_roi`); `bench/pose.py` measures the parity.
"""
