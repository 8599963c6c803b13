"""The dashboard as a picture, for documents."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from realtime.show.dashboard import render
from realtime.show.snapshot import Snapshot

# Rich's own template loads fonts from the network. This one takes the monospaced font of the
# system, in a size at which block characters of neighbouring rows touch.
_ASPECT = 0.602 * 21.4 / 20  # the usual advance of such a font, over rich's cell height of 20
_TEMPLATE = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
  font-size: 21.4px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def dashboard_svg(snapshot: Snapshot, width: int = 80, height: int = 24) -> str:
    """The dashboard of `width` by `height` cells as an SVG document that loads nothing."""
    console = Console(
        file=StringIO(),
        record=True,
        width=width,
        height=height,
        force_terminal=True,
        color_system="truecolor",
        _environ={},
    )
    console.print(render(snapshot, width, height), end="")
    return console.export_svg(title="FlipTally", code_format=_TEMPLATE, font_aspect_ratio=_ASPECT)
