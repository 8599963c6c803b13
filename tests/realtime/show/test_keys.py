"""Keys and clicks, decoded and from real pseudo-terminals."""

from __future__ import annotations

import os
import signal
import termios
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.show.dashboard import render
from realtime.show.keys import Click, Key, Keyboard, KeyDecoder
from tests.realtime.show.example import crowd
from tests.realtime.show.terminals import Shell, opened_pair, until

ALONE = threading.active_count()
"""The threads of whoever runs the tests."""
SENT: list[tuple[bytes, list[Key]]] = [
    (b"2", ["2"]),
    (b"a0", ["a", "0"]),
    (b"\x1b[<0;5;17M", [Click(4, 16)]),
    (b"\x1b[<0;5;17m", []),  # let go
    (b"\x1b[<2;5;17M", []),  # the right button
    (b"\x1b[<64;5;17M", []),  # the wheel
    (b"\x1b[<0;205;17M", [Click(204, 16)]),
    (b"\x1b[M 1!", [Click(16, 0)]),  # the old form, in which places look like keys
    (b"\x1b[M#12", []),
    (b"\x1b[A\x1b[15~\x1bOP\x1b[1;5C", []),
    (b"\x1b[5~3", ["3"]),
    (b"\x1b4", ["4"]),  # with Alt
    (b"\r\n\t\x04\x7f", ["\r", "\r", "\t"]),  # Enter, however it comes
    ("é５".encode(), []),
]


@pytest.mark.parametrize(("data", "keys"), SENT)
def test_what_a_terminal_sends(data: bytes, keys: list[Key]) -> None:
    assert KeyDecoder().feed(data) == keys


@given(st.lists(st.sampled_from(SENT)), st.data())
def test_it_does_not_matter_in_which_pieces_it_comes(
    sent: list[tuple[bytes, list[Key]]], data: st.DataObject
) -> None:
    everything = b"".join(each for each, _ in sent)
    expected = [key for _, keys in sent for key in keys]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(everything)))))
    decoder = KeyDecoder()
    pieces = [everything[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
    assert [key for piece in pieces for key in decoder.feed(piece)] == expected


@given(st.binary(max_size=300))
def test_noise_is_no_error_and_is_soon_forgotten(noise: bytes) -> None:
    decoder = KeyDecoder()
    decoder.feed(noise)
    decoder.pause()
    assert decoder.feed(b"7") == ["7"]


@pytest.fixture
def pair() -> Iterator[tuple[int, int]]:
    with opened_pair() as ends:
        yield ends


def test_keys_come_at_once_unseen_and_the_terminal_is_as_before(pair: tuple[int, int]) -> None:
    far, near = pair
    before, taken = termios.tcgetattr(near), []
    keyboard = Keyboard(near, lambda key, now: taken.append(key))
    keyboard.start()
    os.write(far, b"3\x1b[<0;1;1M")
    until(lambda: len(taken) > 2 and taken[-1] is None)
    assert [key for key in taken if key] == ["3", Click(0, 0)]
    os.set_blocking(far, False)
    with pytest.raises(BlockingIOError):
        os.read(far, 10)  # no echo
    keyboard.stop()
    keyboard.stop()
    assert termios.tcgetattr(near) == before
    assert threading.active_count() == ALONE


def test_a_terminal_that_goes_away_ends_it(pair: tuple[int, int]) -> None:
    far, near = pair
    keyboard = Keyboard(near, lambda key, now: None)
    keyboard.start()
    os.close(far)
    until(lambda: threading.active_count() == ALONE)
    keyboard.stop()


def test_what_is_no_terminal_gives_no_keys() -> None:
    reader, writer = os.pipe()
    keyboard = Keyboard(reader, lambda key, now: None)
    keyboard.start()
    assert threading.active_count() == ALONE
    keyboard.stop()
    os.close(reader)
    os.close(writer)


PROGRAM = """
from rich.console import Console
from realtime.show.display import choose_display
from realtime.stopping import stop_on_signals
from tests.realtime.show.example import crowd
from tests.realtime.show.terminals import Shell, opened_pair, until

chosen = []
with stop_on_signals() as stop, choose_display(crowd, Console(), chosen.append):
    while not stop.wait(0.02):
        if 3 in chosen:
            raise ValueError("a defect")
print("chosen", chosen)
"""


IN_BACKGROUND = """
import os
from realtime.show.keys import terminal_input
if os.fork():
    os._exit(bool(os.wait()[1]))
os.setpgid(0, 0)
print("on", terminal_input())
"""


def test_keys_and_clicks_choose_and_ctrl_c_gives_the_terminal_back(pair: tuple[int, int]) -> None:
    shell = Shell(pair, ["-c", PROGRAM])
    shell.shows("1-9 or click chooses")
    assert termios.tcgetattr(shell.near) != shell.before
    shell.types(b"2a")
    screen = render(crowd(), 80, 24, keys=True)
    row = next(i for i in range(24) if screen.athlete_at(8, i) == 4) + 1
    shell.types(b"\x1b[<0;9;%dM\x1b[<0;9;%dm" % (row, row))
    time.sleep(0.5)
    shell.types(b"\x03")
    assert shell.ends() == 0
    shell.shows("chosen [2, None, 4]")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_give_the_terminal_back(pair: tuple[int, int], number: signal.Signals) -> None:
    shell = Shell(pair, ["-c", PROGRAM])
    shell.shows("1-9 or click chooses")
    shell.process.send_signal(number)
    assert shell.ends() == 0


def test_a_defect_gives_the_terminal_back(pair: tuple[int, int]) -> None:
    shell = Shell(pair, ["-c", PROGRAM])
    shell.shows("1-9 or click chooses")
    shell.types(b"3")
    assert shell.ends() == 1


def test_in_the_background_the_terminal_is_left_alone(pair: tuple[int, int]) -> None:
    shell = Shell(pair, ["-c", IN_BACKGROUND])
    shell.shows("on None")
    assert shell.process.wait(10) == 0
