"""How a judge gets to the page: its addresses on the local network, and a QR code of them."""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress

import segno
from rich.text import Text

if sys.platform == "linux":
    import fcntl

_ADDRESS_OF_INTERFACE = 0x8915  # SIOCGIFADDR of Linux
_ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation: nothing is sent there
_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
_DARK_ON_LIGHT = "black on white"


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


def invitation(urls: list[str], code: str) -> Text:
    """For the station's screen: QR code, addresses, join code. The QR code carries the join code
    behind a `#`, which a browser sends to nobody."""
    text = qr_code(f"{urls[0]}#{code}")
    text.append("\n\nJudges: open ")
    text.append(urls[0], style="bold")
    if len(urls) > 1:
        text.append(f" (or {', '.join(urls[1:])})")
    text.append(" on the same network; code ")
    text.append(code, style="bold")
    return text


def qr_code(content: str) -> Text:
    """A QR code in half blocks, dark on light in every terminal."""
    rows = [list(row) for row in segno.make(content, error="m", micro=False).matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    lines = Text("\n").join(
        Text("".join(_HALVES[pair] for pair in zip(*both, strict=True)), _DARK_ON_LIGHT)
        for both in zip(rows[::2], rows[1::2], strict=True)
    )
    lines.no_wrap = True
    return lines
