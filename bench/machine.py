"""The machine that a bench runs on: its processor cores, the memory of processes, free ports."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path


def work_on(cores: str) -> None:
    """From now on this process and what it starts have these cores ("0,1"; empty: all)."""
    if cores:
        os.sched_setaffinity(0, {int(core) for core in cores.split(",")})


def elsewhere(command: Sequence[str]) -> list[str]:
    """The command, on the cores that this process does not have; on its own where there are no
    others."""
    own = os.sched_getaffinity(0)
    free = sorted(set(range(os.cpu_count() or 1)) - own) or sorted(own)
    return ["taskset", "-c", ",".join(map(str, free)), *command]


def resident_bytes(pid: int | str = "self") -> int:
    """Of a process, in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def free_udp_port() -> int:
    """On the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
