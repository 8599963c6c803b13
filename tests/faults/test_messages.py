"""Whatever comes over a socket: nobody crashes, grows or executes anything, and what is said of it
is a few clean lines."""

from __future__ import annotations

import ast
import time
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import numpy as np
import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from bench import fuzz
from bench.endless import part, shaken_hands
from bench.fuzz_attackers import to_station, to_worker
from bench.fuzz_messages import Fuzzer
from bench.machine import resident_bytes
from models.poses import Poses
from models.skeleton import COCO_17
from realtime.feed import FrameFeed
from realtime.messages import (
    MAX_NAME,
    MAX_TEXT,
    PROTOCOL,
    Hello,
    Refused,
    Result,
    decode_from_capture,
    decode_to_station,
    decode_to_worker,
    encode,
    possible,
)
from realtime.printable import LONGEST, printable
from realtime.transport.curve import Doorkeeper, limit
from realtime.transport.packing import unpack
from realtime.transport.roster import TOLD_MOST, Roster
from realtime.transport.visitors import MOST_OF_ONE, MOST_UNREAD
from tests.conftest import ROOT

DECODERS = (decode_to_station, decode_to_worker, decode_from_capture)
MESSAGES = 2000


@pytest.mark.parametrize("attacked", fuzz.SOCKETS, ids=lambda attacked: attacked.__name__)
@pytest.mark.slow
def test_messages_of_any_kind_neither_stop_a_socket_nor_make_it_grow(attacked):
    outcome = attacked(20_000, 1)
    assert outcome.sent >= 20_000
    assert not outcome.broke


def test_a_station_goes_on_under_a_hail_of_messages(monkeypatch):
    monkeypatch.setattr(fuzz, "SHORT_S", 0.5)
    monkeypatch.setattr(fuzz, "HEALED_S", 0.0)
    outcome = fuzz.station(MESSAGES, 2)
    assert outcome.sent >= MESSAGES
    assert outcome.rate > outcome.normal / 4
    assert not outcome.broke


@given(st.binary(max_size=400))
def test_bytes_are_a_message_or_a_decoding_error(content):
    for decode in DECODERS:
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            decode(content)


@given(st.integers(0, 2**32 - 1))
def test_mutated_messages_are_within_their_bounds_or_a_decoding_error(seed):
    fuzzer = Fuzzer([*to_station(), *to_worker()], seed)
    for _ in range(20):
        for content in fuzzer.message():
            for decode in DECODERS:
                with suppress(msgspec.DecodeError, UnicodeDecodeError):
                    check(decode(content))


def check(message) -> None:
    for name in message.__struct_fields__:
        value = getattr(message, name)
        if isinstance(value, str) and name == "skeleton":
            assert len(value) <= MAX_NAME
            assert value.isprintable()
        if isinstance(message, Hello | Refused) and isinstance(value, str):
            assert len(value) <= MAX_TEXT
        if isinstance(value, int):
            assert abs(value) < 1 << 64


class Part:
    """A message part as ZeroMQ gives it."""

    def __init__(self, content: bytes) -> None:
        self.buffer = memoryview(content)


@given(st.integers(0, 2**32 - 1))
def test_a_frame_is_a_picture_of_the_size_that_it_says_or_a_value_error(seed):
    fuzzer = Fuzzer(to_worker()[:3], seed)
    for _ in range(20):
        header, *pixels = fuzzer.message()
        with suppress(msgspec.DecodeError, UnicodeDecodeError, ValueError, AttributeError):
            message = decode_to_worker(header)
            image = unpack(message, [Part(content) for content in pixels])
            assert image.shape == (message.height, message.width, 3)


@pytest.mark.parametrize(
    "message",
    [
        Hello(PROTOCOL, "x" * (MAX_TEXT + 1), "coco_17"),
        Hello(PROTOCOL, "nobody", "x" * (MAX_NAME + 1)),
        Hello(PROTOCOL, "nobody", "\x1b[2J"),
        Hello(PROTOCOL, "nobody", ""),
        Hello(2**16, "nobody", "coco_17"),
        Hello(PROTOCOL, "nobody", "coco_17", -1.0),
        Hello(PROTOCOL, "nobody", "coco_17", float("nan")),
        Result(-1, 1, b"", 0),
        Result(2**48, 1, b"", 0),
        Result(0, 1, bytes(1 << 16), 0),
        Result(0, 1, b"", -1),
        Refused(0, "x" * (MAX_TEXT + 1)),
    ],
    ids=lambda message: repr(message)[:60],
)
def test_a_value_out_of_its_bounds_is_no_message(message):
    with pytest.raises(msgspec.DecodeError):
        decode_to_station(encode(message))


@given(st.text(max_size=300))
def test_text_from_elsewhere_is_one_short_line_that_moves_no_cursor(text):
    clean = printable(text)
    assert clean.isprintable()
    assert len(clean) <= LONGEST
    assert printable(clean) == clean


def test_joints_that_are_nowhere_are_not_seen():
    keypoints = np.full((2, 17, 3), 0.5, np.float32)
    keypoints[0, 0] = np.nan, 1, 1
    keypoints[0, 1] = 1, np.inf, 1
    keypoints[0, 2] = 1, 1, -1
    keypoints[0, 3] = 3e38, 1, 1
    keypoints[0, 4] = 1, 1, np.nan
    clean = possible(Poses(COCO_17, keypoints)).keypoints
    assert not clean[0, :5].any()
    np.testing.assert_array_equal(clean[0, 5:], keypoints[0, 5:])
    np.testing.assert_array_equal(clean[1], keypoints[1])
    assert clean.dtype == np.float32


def guarded():
    """A ROUTER on loopback with its doorkeeper."""
    context = zmq.Context()
    doorkeeper = Doorkeeper(context)
    socket = context.socket(zmq.ROUTER)
    limit(socket, 1 << 16)
    socket.setsockopt(zmq.RCVHWM, 16)
    doorkeeper.secure(socket, "tcp://127.0.0.1:*")
    socket.bind("tcp://127.0.0.1:*")
    return context, doorkeeper, socket, socket.getsockopt_string(zmq.LAST_ENDPOINT)


def told(doorkeeper: Doorkeeper, seconds: float = 5.0) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for change in doorkeeper.take_changes():
            return change.why
        time.sleep(0.01)
    return ""


@pytest.mark.skipif(not Path("/proc").exists(), reason="Linux alone says what came over it")
def test_a_message_that_does_not_end_is_cut_off_before_it_fills_the_memory():
    context, doorkeeper, socket, endpoint = guarded()
    before, sent = resident_bytes(), 0
    with shaken_hands(endpoint) as attacker, suppress(OSError):
        while sent < 100 * MOST_UNREAD:
            sent += attacker.send(part(255) * 200)
            time.sleep(0.001)  # the doorkeeper has the same processor
    assert sent < 100 * MOST_UNREAD
    assert told(doorkeeper) == "network: 127.0.0.1 was refused: it sent what never became a message"
    assert not socket.poll(0)
    doorkeeper.close()
    socket.close(0)
    context.term()
    assert resident_bytes() - before < 100 * MOST_UNREAD


def test_who_sends_much_that_is_read_stays():
    context, doorkeeper, socket, endpoint = guarded()
    with closing(context.socket(zmq.DEALER)) as worker:
        worker.setsockopt(zmq.LINGER, 0)
        worker.connect(endpoint)
        for _ in range(4 * MOST_UNREAD // 50_000):
            worker.send(bytes(50_000))
            assert socket.poll(5000)
            doorkeeper.took(socket, socket.recv_multipart(copy=False))
        assert told(doorkeeper, 0.2) == ""
    doorkeeper.close()
    socket.close(0)
    context.term()


def test_one_machine_cannot_open_connections_without_end():
    context, doorkeeper, socket, endpoint = guarded()
    other = zmq.Context()
    crowd = []
    for _ in range(MOST_OF_ONE + 8):
        one = other.socket(zmq.DEALER)
        one.setsockopt(zmq.LINGER, 0)
        one.setsockopt(zmq.RECONNECT_IVL, -1)
        one.connect(endpoint)
        one.send(b"hello")
        crowd.append(one)
    assert told(doorkeeper) == "network: 127.0.0.1 was refused: too many connections"
    heard = set()
    while socket.poll(300):
        heard.add(socket.recv_multipart()[0])
    assert len(heard) <= MOST_OF_ONE + 8
    for one in crowd:
        one.close(0)
    other.term()
    doorkeeper.close()
    socket.close(0)
    context.term()


EXECUTES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}


def test_nothing_that_is_read_can_be_executed():
    """No module that unpickles, no `eval` or `exec`, no NumPy file with objects."""
    found = []
    for package in ("realtime", "models", "calibration"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                found += [f"{path.relative_to(ROOT)}:{node.lineno} {it}" for it in executes(node)]
    assert found == []


def executes(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.partition(".")[0] in EXECUTES]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if (node.module or "").partition(".")[0] in EXECUTES else []
    if not isinstance(node, ast.Call):
        return []
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Name) and name in {"eval", "exec"}:
        return [name]
    if name in {"send_pyobj", "recv_pyobj"}:
        return [name]
    allowed = [k for k in node.keywords if k.arg == "allow_pickle"]
    return [f"{name}(allow_pickle)" for k in allowed if not is_false(k.value)]


def is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def test_workers_under_ever_new_names_are_told_of_a_few_times():
    roster = Roster(window=2, lossless=False)
    told, now = [], 100.0
    for number in range(2000):
        identity = f"w{number}".encode()
        now += 0.2
        if roster.refuses(identity, Hello(PROTOCOL, "nobody", "coco_17"), now) is None:
            roster.welcome(identity, Hello(PROTOCOL, "nobody", "coco_17"), None, now)
            roster.ban(identity, "sent garbage", now)
        roster.take_failed(now)
        told += [change for change in roster.changes if change.is_fault]
        roster.changes.clear()
    assert len(told) <= (400 / 60 + 1) * (TOLD_MOST + 1)
    assert any("more failures of workers" in change.why for change in told)


def test_an_engine_may_be_called_anything_and_is_shown_clean():
    """As `blazepose, <the path of a bundle>` is."""
    feed = FrameFeed(fuzz.Pictures(), command=None, endpoint="tcp://127.0.0.1:*", workers=0)
    with closing(feed), zmq.Context() as context, context.socket(zmq.DEALER) as worker:
        worker.setsockopt(zmq.LINGER, 0)
        worker.connect(feed.endpoint)
        worker.send(encode(Hello(PROTOCOL, "blazepose, C:\\Users\\Ünal\\\x1b[2J" * 10, "coco_17")))
        deadline = time.monotonic() + 5
        while feed.backend is None and time.monotonic() < deadline:
            feed.poll(0.02)
        assert feed.backend == printable("blazepose, C:\\Users\\Ünal\\?[2J" * 10)
