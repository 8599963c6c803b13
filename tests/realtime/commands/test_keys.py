"""`fliptally keys`, and the keys of the commands that connect."""

from __future__ import annotations

import pytest

from realtime.cli import main
from realtime.runs.keys import connection_keys, invitation, station_ring
from realtime.transport.errors import KeysError
from realtime.transport.keys import KeyRing, to_text

KEY = to_text(b"k" * 32)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FLIPTALLY_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


def test_keys_are_made_and_said_with_what_to_do(capsys, folder):
    assert main(["keys"]) == 0
    lines = capsys.readouterr().out.splitlines()
    key = to_text(KeyRing.open(folder).public)
    assert lines[0] == f"this machine's key: {key}"
    assert lines[1].startswith("another trusts it with: fliptally keys trust ")
    assert lines[1].endswith(f" {key}")
    assert lines[2].startswith("trusted: nobody yet")
    assert main(["keys", "show"]) == 0
    assert capsys.readouterr().out == f"{key}\n"
    assert main(["keys", "make"]) == 0
    assert capsys.readouterr().out == f"this machine's key: {key}\n"
    assert main(["keys", "make", "--replace"]) == 0
    assert key not in capsys.readouterr().out


def test_machines_are_trusted_and_forgotten(capsys):
    assert main(["keys", "trust", "laptop", KEY]) == 0
    assert main(["keys", "trust", "tablet", KEY]) == 0
    assert "no more as laptop" in capsys.readouterr().out
    assert main(["keys", "list"]) == 0
    assert capsys.readouterr().out == f"trusted: tablet {KEY}\n"
    assert main(["keys", "forget", "tablet"]) == 0
    assert main(["keys", "forget", "tablet"]) == 2
    assert "no machine of this name" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["keys", "show"], ["keys", "list"], ["keys", "forget", "x"]])
def test_without_keys_the_mend_is_said(capsys, arguments):
    assert main(arguments) == 2
    assert capsys.readouterr().err == (
        "fliptally: this machine has no keys yet; make them with: fliptally keys\n"
    )


def test_a_station_that_others_can_reach_does_not_start_without_keys():
    with pytest.raises(KeysError, match=r"^--listen tcp://0\.0\.0\.0:5555: other machines can"):
        station_ring("--listen", "tcp://0.0.0.0:5555")
    assert station_ring("--listen", "tcp://127.0.0.1:5555") is None
    assert station_ring("--listen", None) is None


def test_what_to_type_on_the_other_machine_is_said_whole(folder):
    ring = KeyRing.make(folder)
    line = invitation("tcp://192.168.1.20:5555", "worker --connect", ring)
    assert line == (
        "on another machine: fliptally worker --connect tcp://192.168.1.20:5555 --station-key "
        + to_text(ring.public)
    )
    assert "0.0.0.0" not in invitation("tcp://0.0.0.0:5555", "worker --connect", ring)


def test_each_station_has_its_key_or_all_have_one(folder):
    ring = KeyRing.make(folder)
    ring.trust("hall", b"h" * 32)
    near, far = "tcp://127.0.0.1:1", "tcp://192.168.1.20:1"
    assert connection_keys([near], []) == [None]
    keys = connection_keys([near, far], [])
    assert [key and key.station for key in keys] == [None, b"h" * 32]
    keys = connection_keys([near, far], [KEY])
    assert [key and key.station for key in keys] == [b"k" * 32, b"k" * 32]
    keys = connection_keys([near, far], ["hall", KEY])
    assert [key and key.station for key in keys] == [b"h" * 32, b"k" * 32]
    with pytest.raises(KeysError, match="3 given for 2 stations"):
        connection_keys([near, far], ["hall"] * 3)
