"""The options of `fliptally calibrate`: a parser for each part."""

from __future__ import annotations

import argparse

from realtime.options.arguments import Commands, metres, number, pixel, target
from realtime.options.pose import add_options


def add_calibrate(commands: Commands) -> None:
    """The command and its parts."""
    parser = commands.add_parser("calibrate", help="measure this camera, its place and its timing")
    parts = parser.add_subparsers(required=True, metavar="PART")
    _add_camera(parts)
    _add_scale(parts)
    _add_timing(parts)
    _add_athlete(parts)


def _add_camera(parts: Commands) -> None:
    parser = parts.add_parser("camera", help="the lens, from views of a printed board")
    _add_source(parser, "video file or folder of images")
    parser.add_argument(
        "--board",
        choices=("charuco", "chessboard"),
        default="charuco",
        help="what is shown (default: charuco, which may reach out of the picture)",
    )
    parser.add_argument(
        "--save-board", type=target, metavar="PDF", help="write the board to print, and end"
    )
    _add_paper(parser)
    parser.set_defaults(command="realtime.commands.calibrate:camera")


def _add_scale(parts: Commands) -> None:
    parser = parts.add_parser("scale", help="floor and metres, from something of known size")
    _add_source(parser, "video file or folder of images")
    known = parser.add_mutually_exclusive_group(required=True)
    known.add_argument(
        "--corners",
        nargs=4,
        type=pixel,
        metavar="X,Y",
        help="the station's corners in pixels: near left, near right, far right, far left",
    )
    known.add_argument(
        "--marker",
        type=number(0.02, 5),
        metavar="METRES",
        help="side of an ArUco marker (4x4, of 50) that lies on the floor",
    )
    known.add_argument(
        "--athlete",
        type=number(0.5, 2.5),
        metavar="METRES",
        help="height of somebody who stands upright for two seconds; in a folder of images, in "
        "each at another place",
    )
    known.add_argument(
        "--picture", type=target, metavar="PNG", help="save a still to read corners off, and end"
    )
    known.add_argument(
        "--save-marker", type=target, metavar="PDF", help="write a marker to print, and end"
    )
    _add_paper(parser)
    parser.add_argument(
        "--station",
        type=metres,
        default=(5.0, 5.0),
        metavar="WxD",
        help="the station's width and depth in metres (default: 5x5)",
    )
    parser.set_defaults(command="realtime.commands.calibrate:scale")


def _add_timing(parts: Commands) -> None:
    parser = parts.add_parser(
        "timing", help="sound against picture (a recording), or how late a camera is"
    )
    _add_source(parser, "or video file with sound")
    parser.add_argument(
        "--play", action="store_true", help="flash and beep for a camera that records them, and end"
    )
    parser.add_argument(
        "--clap", action="store_true", help="the recording shows claps instead of flashes"
    )
    for what, text in (
        ("exposure", "how long each row of a picture is exposed"),
        ("readout", "how much later the last row is exposed than the first (rolling shutter)"),
    ):
        parser.add_argument(
            f"--{what}-ms", type=number(0, 100), default=0.0, metavar="MS", help=f"{text}, if known"
        )
    add_options(parser)
    parser.set_defaults(command="realtime.commands.calibrate_timing:timing")


def _add_athlete(parts: Commands) -> None:
    parser = parts.add_parser("athlete", help="three seconds of standing; optional")
    _add_source(parser, "video file or key-point .npz")
    add_options(parser)
    parser.set_defaults(command="realtime.commands.calibrate_athlete:athlete")


def _add_paper(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--paper", choices=("a4", "letter"), default="a4", help="to print on (default: a4)"
    )


def _add_source(parser: argparse.ArgumentParser, files: str) -> None:
    """What every part is asked for; `files` are those that this one reads."""
    parser.add_argument(
        "source",
        nargs="?",
        default="0",
        metavar="SOURCE",
        help=f"camera index, device path, URL, {files} (default: camera 0)",
    )
    parser.add_argument(
        "--camera",
        metavar="NAME",
        help="name under which the calibration is kept (default: the camera's own, if it has one)",
    )
    parser.add_argument(
        "--file", type=target, metavar="TOML", help="where (default: the user's settings folder)"
    )
