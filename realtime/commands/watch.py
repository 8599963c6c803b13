"""`fliptally watch`: the dashboard of stations elsewhere."""

from __future__ import annotations

import argparse

from rich.console import Console

from realtime import exits
from realtime.options.arguments import each_once
from realtime.publishing.viewer import Viewer
from realtime.runs.keys import connection_keys
from realtime.show.display import choose_display
from realtime.show.several import choose_several
from realtime.stopping import stop_on_signals

_LOOK_S = 0.2


def watch(options: argparse.Namespace) -> int:
    """Until it is stopped, or nobody reads it any more: stations may come and go."""
    each_once(options.endpoint, "station")
    keys = connection_keys(options.endpoint, options.station_key)
    with stop_on_signals() as stop, Viewer(options.endpoint, keys) as viewer:
        snapshots = viewer.snapshots
        console = Console()
        if len(snapshots) == 1:
            display = choose_display(snapshots[0], console)
        else:
            display = choose_several(snapshots, console)
        with display:
            while display.alive and not stop.wait(_LOOK_S):
                pass
    return exits.DONE
