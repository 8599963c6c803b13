"""What a judge's phone and the station say to each other: JSON texts on a WebSocket."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from realtime.marks import Offence

Phase = Literal["waiting", "armed", "running", "ended"]

MOST_CLICKS = 256
"""In one message; a phone that has more to send sends several."""
_Text = Annotated[str, msgspec.Meta(max_length=128)]
_Number = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]


class Join(msgspec.Struct, frozen=True, tag="join"):
    """The first message. `token` is the phone's own secret: who comes back with it needs no code.
    A phone that asks under another name than it has is a new judge. `head`: as the head judge."""

    name: _Text
    token: Annotated[str, msgspec.Meta(min_length=16, max_length=64)]
    code: _Text = ""
    head: bool = False


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Asks for the station's time. `sent_ms` is the phone's clock and comes back as it is;
    `error_s` is how well the phone knows the station's clock (null: not yet)."""

    sent_ms: float
    error_s: Annotated[float, msgspec.Meta(ge=0)] | None = None


class Touch(msgspec.Struct, frozen=True):
    """A click (1) or the taking back of the last one (-1) at the station's time `time_s`. The
    phone numbers them upward, and sends one again until it was received."""

    seq: _Number
    time_s: float
    by: Literal[1, -1]


class Touches(msgspec.Struct, frozen=True, tag="clicks"):
    """What was not yet received, in the phone's order."""

    clicks: Annotated[tuple[Touch, ...], msgspec.Meta(max_length=MOST_CLICKS)]


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """The head judge says how many of a fault the attempt had. Only with a connection: the state
    that comes back shows that it was taken."""

    what: Offence
    count: Annotated[int, msgspec.Meta(ge=0, le=99)]


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """The judge goes; his name and place are free."""


FromPhone = Join | Ping | Touches | Rule | Leave


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """He is in. `received` is the highest number that came from this phone in this `session`; a
    phone that has clicks of another session has nobody to send them to."""

    name: str
    session: str
    received: int
    head: bool = False


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """He is not in: `why` as text for him; another try makes sense after `wait_s`."""

    why: str
    wait_s: float = 0.0


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    """The station's clock, in seconds, when the ping came."""

    sent_ms: float
    time_s: float


class Received(msgspec.Struct, frozen=True, tag="received"):
    """All clicks up to number `seq` are at the station."""

    seq: int


class PanelState(msgspec.Struct, frozen=True, tag="state"):
    """What the judges see of the attempt; times in seconds of the station's clock.

    A phone shows its own clicks in [`from_s`, `until_s`); without `until_s` all since `from_s`.
    `end_s` is when the attempt ends: the phone shows the time that is left. No count of the machine
    or of another judge is ever among it. `false_starts` and `false_switches` (of `switches` at
    most) are what the head judge ruled, None: nothing; his phone alone shows them.
    """

    phase: Phase = "waiting"
    title: str = ""
    from_s: float = 0.0
    until_s: float | None = None
    end_s: float | None = None
    switches: int = 0
    false_starts: int | None = None
    false_switches: int | None = None


ToPhone = Welcome | Refused | Pong | Received | PanelState

_decoder: msgspec.json.Decoder[FromPhone] = msgspec.json.Decoder(FromPhone)


def decode(text: str) -> FromPhone:
    """Raises msgspec.DecodeError for what no phone of ours sends."""
    return _decoder.decode(text)


def encode(message: ToPhone) -> str:
    return msgspec.json.encode(message).decode()
