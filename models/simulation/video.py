"""A scene as a video file."""

from __future__ import annotations

from pathlib import Path

import av

from models.simulation.scene import Scene


def write_scene(scene: Scene, path: Path) -> None:
    """Render the whole scene into an H.264 file, as cameras make it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=round(scene.fps), options={"preset": "fast"})
        stream.width, stream.height = scene.size
        stream.pix_fmt = "yuv420p"
        for i in range(scene.frames):
            frame = av.VideoFrame.from_ndarray(scene.render(i), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
