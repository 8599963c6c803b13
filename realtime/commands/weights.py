"""`fliptally weights`: fetch and list."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from models.pose import weights
from models.pose.blazepose.estimator import check_networks
from models.pose.download import download_wheel


def fetch(options: argparse.Namespace) -> int:
    """Make sure that the weights are in the cache; says where."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as progress:

        def download(folder: Path) -> Path:
            task = progress.add_task(f"mediapipe {weights.MEDIAPIPE_VERSION}", total=None)

            def update(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            return download_wheel(folder, update)

        found, fetched = weights.fetch(download, check_networks, options.given, force=options.force)
    done = "fetched" if fetched else "already here"
    sys.stdout.write(f"pose weights {done}: {found.detector.parent}\n")
    return 0


def show(options: argparse.Namespace) -> int:
    """Source, path and checksum of each file."""
    found = weights.load()
    sys.stdout.write(f"{found.name}, from {found.manifest.source}\n")
    for name, digest in found.manifest.sha256.items():
        kind = "pinned" if weights.PINNED[name] == digest else "as given by you"
        sys.stdout.write(f"{found.detector.parent / name}\n  SHA-256 {digest} ({kind})\n")
    return 0
