"""What a message that does not end costs: `python -m bench.endless`.

A process connects to a socket as a pose worker would, without keys, and sends parts that all say
that more will follow, for some seconds. To a socket with libzmq's own limits (the largest part, the
high-water mark), and to one that is guarded as a station's are.
"""

from __future__ import annotations

import socket as network
import subprocess
import sys
import time
from contextlib import suppress

import zmq
from rich.console import Console
from rich.table import Table

from bench.machine import resident_bytes
from realtime.transport.curve import Doorkeeper, limit

_SECONDS = 2.0
_LARGEST = 1 << 16
_HIGH_WATER = 16
_SIZES = (0, 255, 60_000)


def shaken_hands(endpoint: str) -> network.socket:
    """A connection to `endpoint` of a DEALER without keys."""
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    raw = network.create_connection((host, int(port)), 2)
    shake_hands(raw, b"DEALER")
    return raw


def shake_hands(raw: network.socket, kind: bytes) -> None:
    """As ZMTP 3.0 wants it (RFC 23), of a socket of this kind without keys."""
    raw.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
    length = len(kind).to_bytes(4, "big")
    ready = b"\x05READY\x0bSocket-Type" + length + kind + b"\x08Identity\x00\x00\x00\x00"
    raw.sendall(b"\x04" + bytes([len(ready)]) + ready)
    heard = b""
    while b"READY" not in heard and (more := raw.recv(1000)):
        heard += more


def part(size: int) -> bytes:
    """A part of `size` bytes, with more to follow."""
    head = b"\x01" + bytes([size]) if size < 256 else b"\x03" + size.to_bytes(8, "big")
    return head + bytes(size)


def attack(endpoint: str, size: int) -> int:
    """Bytes that were sent before the time was over, or the connection was."""
    block = part(size) * max(1, 10_000 // (size + 2))
    sent, end = 0, time.monotonic() + _SECONDS
    with suppress(OSError), shaken_hands(endpoint) as raw:
        while time.monotonic() < end:
            sent += raw.send(block)
    return sent


def _measure(size: int, guarded: bool) -> tuple[float, float, str]:
    """MB sent, MB more memory at the most, and what was said."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        doorkeeper = Doorkeeper(context) if guarded else None
        limit(socket, _LARGEST)
        socket.setsockopt(zmq.RCVHWM, _HIGH_WATER)
        if doorkeeper is not None:
            doorkeeper.secure(socket, "tcp://127.0.0.1:*")
        socket.bind("tcp://127.0.0.1:*")
        endpoint = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        before = most = resident_bytes()
        command = [sys.executable, "-m", "bench.endless", endpoint, str(size)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as attacker:
            while attacker.poll() is None:
                socket.poll(0)
                most = max(most, resident_bytes())
                time.sleep(0.005)
            sent = int(attacker.communicate()[0])
        said = "; ".join(change.why for change in doorkeeper.take_changes()) if doorkeeper else ""
        if doorkeeper is not None:
            doorkeeper.close()
        return sent / 1e6, (most - before) / 1e6, said


def main() -> int:
    if len(sys.argv) == 3:
        print(attack(sys.argv[1], int(sys.argv[2])))
        return 0
    table = Table(title=f"a message that does not end, {_SECONDS:g} s")
    for name in ("bytes in each part", "guarded", "MB sent", "MB of memory", "said"):
        table.add_column(name, justify="left" if name == "said" else "right")
    for guarded in (True, False):  # memory that was freed may not be given back at once
        for size in _SIZES:
            sent, memory, said = _measure(size, guarded)
            row = (str(size), "yes" if guarded else "no", f"{sent:.0f}", f"{memory:.0f}", said)
            table.add_row(*row)
    Console(width=110).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
