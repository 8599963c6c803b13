"""Connections that break while what came over them waits to be read: libzmq must not end the
process, as it does (4.3.5) where its own heartbeats are on."""

from __future__ import annotations

import socket as network
import struct
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from bench.endless import shake_hands, shaken_hands

STATION = """
import sys, zmq
from realtime.transport.channel import FrameChannel
with zmq.Context() as context:
    channel = FrameChannel(
        context,
        capture_address="inproc://frames",
        endpoint="tcp://127.0.0.1:*",
        lossless=False,
        window=2,
    )
    print(channel.endpoint, flush=True)
    sys.stdin.read()
    channel.close()
"""
WORKER = """
import sys, time, zmq
from realtime.messages import PROTOCOL, Hello
from realtime.transport.link import StationLink
with zmq.Context() as context:
    hello = Hello(PROTOCOL, "engine", "coco_17")
    link = StationLink(context, sys.argv[1], "worker", hello, time.monotonic)
    sys.stdin.read()
    link.close()
"""
MESSAGE = b"\x00\x01x"
MANY = 100_000
"""More messages than may wait at either end."""
BREAK = struct.pack("ii", 1, 0)  # linger for no time: what waits is dropped, and the other end told
DUE_S = 1.5
"""Until a heartbeat of libzmq was due when there were some."""


def breaks_unread(connection: network.socket) -> None:
    """Send what nobody reads, then break."""
    connection.settimeout(0.3)
    with suppress(OSError):
        connection.sendall(MESSAGE * MANY)
    connection.setsockopt(network.SOL_SOCKET, network.SO_LINGER, BREAK)
    connection.close()


@pytest.fixture
def started():
    processes = []

    def start(script: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.communicate()


def goes_on(process: subprocess.Popen[str]) -> bool:
    time.sleep(DUE_S)
    return process.poll() is None


def test_a_station_goes_on_when_a_worker_breaks_off(started):
    station = started(STATION)
    endpoint = station.stdout.readline().strip()
    for _ in range(3):
        breaks_unread(shaken_hands(endpoint))
    assert goes_on(station)


def test_a_worker_goes_on_when_its_station_breaks_off(started):
    with network.create_server(("127.0.0.1", 0)) as server:
        worker = started(WORKER, f"tcp://127.0.0.1:{server.getsockname()[1]}")
        connection, _ = server.accept()
        shake_hands(connection, b"ROUTER")
        breaks_unread(connection)
        assert goes_on(worker)
