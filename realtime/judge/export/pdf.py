"""The score sheet as PDF, printed by a browser that is installed: it lays the sheet out as it shows
it. Without one, the HTML file is printed from any browser by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
    "microsoft-edge", "brave-browser",
)  # fmt: skip
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
_PRINTED_S = 60.0


class PdfError(Exception):
    """No PDF was written; says why, in one line, and what to do."""


def browser() -> str | None:
    """A Chromium of whatever name, or None."""
    found = (shutil.which(name) for name in BROWSERS)
    return next((path for path in found if path), None) or next(
        (place for place in _PLACES if Path(place).is_file()), None
    )


def write_pdf(html: str, path: Path) -> None:
    """Print a self-contained HTML document to `path`, which is replaced. Raises PdfError."""
    program = browser()
    if program is None:
        raise PdfError(
            f"{path}: no Chrome, Chromium or Edge is here to write a PDF with; open the HTML sheet "
            "in any browser and print it"
        )
    with tempfile.TemporaryDirectory(prefix="sheet-", ignore_cleanup_errors=True) as folder:
        source, printed = Path(folder) / "sheet.html", Path(folder) / "sheet.pdf"
        source.write_text(html, "utf-8")
        command = [
            program, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", source.as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses root with one
        try:
            subprocess.run(command, capture_output=True, timeout=_PRINTED_S, check=True)
            shutil.copyfile(printed, path)
        except (OSError, subprocess.SubprocessError) as error:
            raise PdfError(
                f"{path}: {Path(program).name} wrote no PDF ({type(error).__name__}); open the "
                "HTML sheet in any browser and print it"
            ) from None
