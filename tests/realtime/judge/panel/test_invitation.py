from __future__ import annotations

import ipaddress
from io import StringIO

import cv2
import numpy as np
from rich.console import Console
from rich.text import Text

from realtime.addresses import addresses
from realtime.judge.panel.invitation import invitation, qr_code

_PIXELS = 4  # per module
_HALVES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def read(code: Text) -> str:
    """What a phone's camera reads from the terminal."""
    modules = [
        [_HALVES[cell][half] for cell in line] for line in code.plain.split("\n") for half in (0, 1)
    ]
    image = 255 * (1 - np.array(modules, np.uint8))
    image = np.kron(image, np.ones((_PIXELS, _PIXELS), np.uint8))
    image = cv2.copyMakeBorder(image, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255)
    return cv2.QRCodeDetector().detectAndDecode(image)[0]


def test_qr_code_can_be_read() -> None:
    url = "http://192.168.178.101:8770/#ACD34"
    assert read(qr_code(url)) == url


def test_invitation_says_where_and_with_which_code() -> None:
    urls = ["http://192.168.1.5:8770/", "http://10.42.0.1:8770/"]
    text = invitation(urls, "ACD34")
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system="standard")
    console.print(text)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, text.plain.split("\n")[:-1])) <= 40
    assert text.plain.endswith(
        "\n\nJudges: open http://192.168.1.5:8770/ (or http://10.42.0.1:8770/) on the same "
        "network; code ACD34"
    )
    assert "\x1b[30;47m" in shown  # dark on light in dark terminals too


def test_addresses_are_of_this_machine_and_not_only_for_itself() -> None:
    found = [ipaddress.IPv4Address(address) for address in addresses()]
    assert found
    assert len(set(found)) == len(found)
    assert all(not a.is_loopback for a in found) or [str(a) for a in found] == ["127.0.0.1"]
