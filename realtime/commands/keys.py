"""`fliptally keys`: this machine's key pair, and the machines that it trusts."""

from __future__ import annotations

import argparse
import re
import socket
import sys

from realtime import exits
from realtime.transport.keys import KeyRing, check_name, from_text, to_text


def keys(_options: argparse.Namespace) -> int:
    """Make them if there are none; say what to do with them."""
    ring = KeyRing.make()
    _say(f"this machine's key: {to_text(ring.public)}")
    _say(f"another trusts it with: fliptally keys trust {_own_name()} {to_text(ring.public)}")
    return known(_options)


def make(options: argparse.Namespace) -> int:
    ring = KeyRing.make(replace=options.replace)
    _say(f"this machine's key: {to_text(ring.public)}")
    return exits.DONE


def show(_options: argparse.Namespace) -> int:
    _say(to_text(KeyRing.open().public))
    return exits.DONE


def trust(options: argparse.Namespace) -> int:
    """A machine that is trusted needs keys of its own to meet, so that they are made here too."""
    ring = KeyRing.make()
    before = ring.trust(check_name(options.name), from_text(options.key))
    _say(f"{options.name} is trusted" + (f", no more as {before}" if before else ""))
    return exits.DONE


def forget(options: argparse.Namespace) -> int:
    KeyRing.open().forget(options.name)
    _say(f"{options.name} is trusted no more")
    return exits.DONE


def known(_options: argparse.Namespace) -> int:
    machines = KeyRing.open().trusted()
    for name, key in machines.items():
        _say(f"trusted: {name} {to_text(key)}")
    if not machines:
        _say("trusted: nobody yet; fliptally keys trust NAME KEY")
    return exits.DONE


def _own_name() -> str:
    """This machine's name, as one to trust it by."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", socket.gethostname().partition(".")[0]).strip("-._")
    return name[:32] or "station"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
