"""One page to print, true to scale: a PDF of black rectangles and lines of text."""

from __future__ import annotations

from collections.abc import Sequence

Rectangle = tuple[float, float, float, float]
"""Left, top, width, height in mm."""

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
_POINTS_PER_MM = 72 / 25.4
_TEXT_POINTS = 9


def pdf_page(
    rectangles: Sequence[Rectangle], text: Sequence[tuple[float, float, str]], paper: str
) -> bytes:
    """A PDF 1.4 with one page: `rectangles` and `text` (left, base line, ASCII) in mm from the
    upper left corner. All rectangles are one path, so that no seam shows between them."""
    width, height = (side * _POINTS_PER_MM for side in PAPERS[paper])
    path = " ".join(
        f"{x * _POINTS_PER_MM:.4f} {height - (y + h) * _POINTS_PER_MM:.4f} "
        f"{w * _POINTS_PER_MM:.4f} {h * _POINTS_PER_MM:.4f} re"
        for x, y, w, h in rectangles
    )
    lines = [
        f"BT /F {_TEXT_POINTS} Tf {x * _POINTS_PER_MM:.4f} {height - y * _POINTS_PER_MM:.4f} Td "
        f"({_escaped(words)}) Tj ET"
        for x, y, words in text
    ]
    content = "\n".join([f"{path} f", *lines])
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.4f} {height:.4f}] /Contents 4 0 R "
        "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
    ]
    body, offsets = "%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    tail = f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {count}\n0000000000 65535 f \n{table}{tail}".encode("ascii")


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
