"""The addresses of this machine on the local network."""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress

if sys.platform == "linux":
    import fcntl

_ADDRESS_OF_INTERFACE = 0x8915  # SIOCGIFADDR of Linux
_ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation: nothing is sent there


def addresses() -> list[str]:
    """IPv4 addresses of this machine that others may reach, the likeliest first; the machine's own
    127.0.0.1 where there is no network."""
    found = [*_towards_the_router(), *_of_the_name(), *_of_interfaces()]
    return [a for a in dict.fromkeys(found) if not a.startswith("127.")] or ["127.0.0.1"]


def _towards_the_router() -> list[str]:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ELSEWHERE)
        return [str(probe.getsockname()[0])]
    return []


def _of_the_name() -> list[str]:
    with suppress(OSError):
        return [str(a) for a in socket.gethostbyname_ex(socket.gethostname())[2]]
    return []


def _of_interfaces() -> list[str]:
    """Of a network without a router too, such as this machine's own hotspot. Linux only."""
    found = []
    if sys.platform == "linux":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for _, name in socket.if_nameindex():
                with suppress(OSError):  # it has none
                    question = struct.pack("256s", name.encode())
                    answer = fcntl.ioctl(probe, _ADDRESS_OF_INTERFACE, question)
                    found.append(socket.inet_ntoa(answer[20:24]))
    return found
