"""The capture thread: frames and what happens to their source, in order, each accounted for."""

from __future__ import annotations

import numpy as np
import pytest
import zmq

from realtime.messages import EndOfStream, FrameHeader, decode_from_capture
from realtime.sources.protocol import Frame, SourceInfo
from realtime.supervision.states import StateChange
from realtime.transport.capture import CaptureThread

BACK = StateChange("camera 0", "running", "camera 0: back after 2.0 s", 2.0)


class Source:
    live = True
    info = SourceInfo("camera:0", 8, 8)

    def __init__(self, *seen: Frame | StateChange | Exception) -> None:
        self._seen = list(seen)

    def read(self) -> Frame | StateChange | None:
        if not self._seen:
            return None
        seen = self._seen.pop(0)
        if isinstance(seen, Exception):
            raise seen
        return seen

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


def frame(t: float, skipped: int = 0) -> Frame:
    return Frame(t, np.zeros((8, 8, 3), np.uint8), t, skipped=skipped)


@pytest.fixture
def capture():
    """Runs a source to its end; the messages, and the thread."""
    context = zmq.Context()
    sockets, threads = [], []

    def run(source: Source):
        socket = context.socket(zmq.PULL)
        sockets.append(socket)
        socket.bind("inproc://frames")
        thread = CaptureThread(context, source, "inproc://frames", None)
        threads.append(thread)
        thread.start()
        messages = []
        while not messages or not isinstance(messages[-1], EndOfStream):
            assert socket.poll(2000)
            messages.append(decode_from_capture(socket.recv_multipart()[0]))
        return messages, thread

    yield run
    for thread in threads:
        thread.close()
    for socket in sockets:
        socket.close(0)
    context.term()


def test_what_happens_to_a_source_comes_between_its_frames(capture):
    messages, _ = capture(Source(frame(0), BACK, frame(2)))
    assert [type(message) for message in messages] == [
        FrameHeader, StateChange, FrameHeader, EndOfStream,
    ]  # fmt: skip
    assert messages[1] == BACK
    assert messages[-1].error is None


def test_frames_that_the_source_gave_up_are_captured_and_dropped(capture):
    messages, thread = capture(Source(frame(0), frame(0.1, skipped=5), frame(0.2)))
    assert [message.seq for message in messages[:-1]] == [0, 6, 7]
    assert (thread.captured, thread.dropped) == (8, 5)


def test_a_fault_of_a_driver_ends_as_one_line(capture):
    messages, _ = capture(Source(frame(0), RuntimeError("bad\ncable")))
    assert messages[-1].error == "camera:0: RuntimeError: bad cable"
