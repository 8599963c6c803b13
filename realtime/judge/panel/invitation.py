"""How a judge gets to the page: a QR code of its addresses on the local network."""

from __future__ import annotations

import segno
from rich.text import Text

_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
_DARK_ON_LIGHT = "black on white"


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
