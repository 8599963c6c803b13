"""`fliptally watch`, as it is typed: on a terminal, into a pipe, with mistakes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from realtime.cli import main
from realtime.publishing.publisher import Publisher
from realtime.show.snapshot import Snapshot
from tests.realtime.show.example import crowd, example
from tests.realtime.show.terminals import Shell, opened_pair, until

WATCH = ["-m", "realtime", "watch"]


@pytest.fixture
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("e")
    return [f"ipc://{folder}/{number}" for number in (1, 2)]


@pytest.fixture
def stations(endpoints: list[str]) -> Iterator[list[Publisher]]:
    shown: list[Snapshot] = [example(title="first"), crowd(title="second", jumps=41)]
    with ExitStack() as stack:
        started = []
        for endpoint, snapshot in zip(endpoints, shown, strict=True):
            publisher = Publisher(endpoint)
            stack.callback(publisher.close)
            publisher.start(lambda snapshot=snapshot: snapshot)
            started.append(publisher)
        yield started


@pytest.mark.usefixtures("stations")
def test_a_station_is_shown_until_ctrl_c(endpoints: list[str]) -> None:
    with opened_pair() as pair:
        shell = Shell(pair, [*WATCH, endpoints[0]])
        shell.shows("FlipTally  first")
        shell.types(b"5\x03")
        assert shell.ends() == 0
        shell.shows("105 jumps (R 53, L 52)")


@pytest.mark.usefixtures("stations")
def test_several_have_a_row_each_and_tab_shows_the_next(endpoints: list[str]) -> None:
    with opened_pair() as pair:
        shell = Shell(pair, [*WATCH, *endpoints])
        shell.shows("FlipTally  first")
        shell.shows("2  second")
        shell.types(b"\t")
        shell.shows("FlipTally  second")
        shell.types(b"1\x03")
        assert shell.ends() == 0


def test_into_a_pipe_it_says_that_it_waits_what_it_sees_and_ends_with_its_reader(
    endpoints: list[str],
) -> None:
    command = [sys.executable, *WATCH, endpoints[0]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        heard = [watch.stdout.readline() for _ in range(3)]
        assert any(f"waiting for the station at {endpoints[0]}" in line for line in heard)
        publisher = Publisher(endpoints[0])
        publisher.start(lambda: example(title="late"))
        until(lambda: "source: late" in watch.stdout.readline())
        watch.stdout.close()
        shown = [example(jumps=count) for count in range(200, 400)]
        publisher.close()
        again = Publisher(endpoints[0])
        again.start(shown.pop)
        assert watch.wait(20) == 0
        again.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["http://localhost:1"], "expected tcp://address:port"),
        (["tcp://localhost:70000"], "expected tcp://address:port"),
        (["ipc://" + "x" * 200], "of at most 100 characters"),
        (["tcp://hall.invalid:5570"], "no address is known for hall.invalid"),
        (["tcp://127.0.0.1:5570", "tcp://127.0.0.1:5570"], "given twice"),
        ([], "ENDPOINT"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["watch", *arguments])
    except SystemExit as end:
        code = end.code
    assert code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert words in said


def test_another_machine_needs_keys(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLIPTALLY_KEYS", str(tmp_path / "none"))
    assert main(["watch", "tcp://192.0.2.77:5570"]) == 2
    assert "fliptally keys" in capsys.readouterr().err
