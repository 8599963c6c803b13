"""A subscriber as others would write one: no code of ours."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import zmq

Said = dict[str, Any]


class Subscriber:
    def __init__(self, endpoint: str, *topics: str, high_water: int = 1000) -> None:
        self._context = zmq.Context()
        self.socket = self._context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.RCVHWM, high_water)
        self.socket.connect(endpoint)
        for topic in topics or ("",):
            self.socket.subscribe(topic)

    def one(self, timeout_s: float = 5.0) -> Said:
        assert self.socket.poll(int(timeout_s * 1000)), "nothing came"
        topic, line = self.socket.recv_multipart()
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        said: Said = json.loads(line)
        assert said["type"] == topic.decode()
        return said

    def until(self, true: Callable[[Said], bool], timeout_s: float = 5.0) -> list[Said]:
        """Everything up to the first that is so."""
        deadline = time.monotonic() + timeout_s
        heard = [self.one(timeout_s)]
        while not true(heard[-1]):
            assert time.monotonic() < deadline, "did not come"
            heard.append(self.one(timeout_s))
        return heard

    def rest(self, quiet_s: float = 0.3) -> list[Said]:
        """All that has come, until it is quiet."""
        heard = []
        while self.socket.poll(int(quiet_s * 1000)):
            heard.append(self.one())
        return heard

    def close(self) -> None:
        self.socket.close(0)
        self._context.term()


@contextmanager
def subscribed(endpoint: str, *topics: str, high_water: int = 1000) -> Iterator[Subscriber]:
    subscriber = Subscriber(endpoint, *topics, high_water=high_water)
    try:
        yield subscriber
    finally:
        subscriber.close()


def of(heard: list[Said], kind: str) -> list[Said]:
    return [said for said in heard if said["type"] == kind]
