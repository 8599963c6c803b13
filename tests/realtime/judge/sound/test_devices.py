"""Player and microphone on a stand-in device with a virtual clock."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.rope.rules import RULES
from realtime.judge.sound.devices import SoundError, device_rate, open_stream, sound_module
from realtime.judge.sound.microphone import Microphone
from realtime.judge.sound.player import TrackPlayer
from realtime.judge.sound.track import Track, timing_track
from tests.realtime.judge.sound.example import Device, Samples, Silent, beep_at

RATE = 16_000
EVENT = replace(RULES.events["SRSS"], legs=2, leg_s=4.0)
TRACK = timing_track(EVENT, Silent(), RATE)


class Bench:
    """A device, and whoever opens it."""

    def __init__(self, **asked: Any) -> None:
        self._asked = asked
        self.device: Device | None = None

    def open(self, *, samplerate: int, callback: Any) -> Device:
        self.device = Device(callback, samplerate, **self._asked)
        return self.device

    def clock(self) -> float:
        return self.device.now_s if self.device else 0.0


def played(
    track: Track, frames: int = 512, **asked: Any
) -> tuple[TrackPlayer, Device, Samples, int]:
    """All of `track`, begun after some silence; the samples, and where the track begins."""
    bench = Bench(**asked)
    player = TrackPlayer(track, bench.open, bench.clock)
    device = bench.device
    assert device is not None
    out = [device.call(frames) for _ in range(40)]
    player.play()
    begin = device.done
    while player.playing or len(out) < 45:
        out.append(device.call(frames))
    out.append(device.call(frames))
    return player, device, np.concatenate(out), begin


def delays(most: float) -> Any:
    rng = np.random.default_rng(4)
    return lambda: float(rng.exponential(most / 4))


@pytest.mark.parametrize("frames", [64, 512, 3000])
def test_the_device_gets_the_track_and_silence_around_it(frames: int) -> None:
    _, _, out, begin = played(TRACK, frames)
    assert not out[:begin].any()
    assert np.array_equal(out[begin : begin + len(TRACK.samples)], TRACK.samples)
    assert not out[begin + len(TRACK.samples) :].any()


@pytest.mark.parametrize("drift_ppm", [-150.0, 0.0, 150.0])
@pytest.mark.parametrize("names_times", [True, False])
def test_each_beep_is_marked_when_it_leaves_the_loudspeaker(
    drift_ppm: float, names_times: bool
) -> None:
    player, device, _, begin = played(
        TRACK, delays=delays(0.004), drift_ppm=drift_ppm, names_times=names_times
    )
    beeps = list(player.beeps(origin_s=990.0, offset_s=0.2))
    assert [(beep.kind, beep.heard) for beep in beeps] == [
        (kind, "played") for kind in ("start", "switch", "stop")
    ]
    for beep, at in zip(beeps, TRACK.beeps, strict=True):
        leaves = device.monotonic((begin + at.sample) / RATE + device.latency)
        assert beep.time_s == pytest.approx(leaves - 990.2, abs=0.0005)
    assert list(player.beeps(origin_s=990.0)) == []


def test_a_beep_is_told_while_the_track_is_played() -> None:
    bench = Bench()
    player = TrackPlayer(TRACK, bench.open, bench.clock)
    assert bench.device is not None
    player.play()
    while bench.device.done <= TRACK.beeps[0].sample:
        assert list(player.beeps(origin_s=0.0)) == []
        bench.device.call(256)
    assert [beep.kind for beep in player.beeps(origin_s=0.0)] == ["start"]


def test_a_track_goes_on_where_its_start_beep_was_some_time_ago() -> None:
    """Its remaining beeps come when they are due, and the passed one is not told again."""
    bench = Bench(delays=delays(0.004))
    player = TrackPlayer(TRACK, bench.open, bench.clock)
    device = bench.device
    assert device is not None
    for _ in range(40):
        device.call(512)
    onset_s = device.now_s - 1.7
    player.play(onset_s)
    while player.playing:
        device.call(512)
    beeps = list(player.beeps(origin_s=0.0))
    assert [beep.kind for beep in beeps] == ["switch", "stop"]
    for beep, at in zip(beeps, TRACK.beeps[1:], strict=True):
        due_s = onset_s + (at.sample - TRACK.beeps[0].sample) / RATE
        assert beep.time_s == pytest.approx(due_s, abs=0.005)


def test_gaps_are_counted_and_said() -> None:
    player, device, _, _ = played(TRACK)
    assert player.complaint is None
    device.call(512, lost=True)
    device.call(512, lost=True)
    assert player.underflows == 2
    assert "played: 2;" in (player.complaint or "")
    player.close()
    player.close()
    assert not device.started


def test_after_a_gap_the_marks_are_where_the_beeps_are() -> None:
    bench = Bench()
    player = TrackPlayer(TRACK, bench.open, bench.clock)
    device = bench.device
    assert device is not None
    player.play()
    while device.done < TRACK.beeps[1].sample - RATE // 2:
        device.call(400)
    device.zero_s += 0.3  # the device has played nothing for so long
    device.call(400, lost=True)
    while player.playing:
        device.call(400)
    start, switch, _ = player.beeps(origin_s=0.0)
    assert switch.time_s - start.time_s == pytest.approx(4.3, abs=0.001)


@pytest.mark.parametrize("names_times", [True, False])
def test_the_microphone_hears_on_the_monotonic_clock(names_times: bool) -> None:
    bench = Bench(delays=delays(0.004), drift_ppm=120.0, names_times=names_times)
    microphone = Microphone(RATE, bench.open, bench.clock)
    device = bench.device
    assert device is not None
    sound = np.zeros(30 * RATE, np.float32)
    onsets = [RATE, 14 * RATE + 77, 28 * RATE + 5]
    for onset in onsets:
        beep_at(sound, RATE, "high", onset)
    tones = []
    for i in range(0, len(sound) - 470, 470):  # no divisor of what is kept
        # The device calls when the buffer is full: its first sample is `latency` older.
        device.call(470, sound[i : i + 470])
        if i % 4700 == 0:
            tones += list(microphone.tones(origin_s=900.0))
    tones += list(microphone.tones(origin_s=900.0))
    true = [device.monotonic(onset / RATE - device.latency) - 900 for onset in onsets]
    assert [tone.time_s for tone in tones] == pytest.approx(true, abs=0.001)
    assert microphone.overflows == 0


def test_a_microphone_that_was_forgotten_goes_on_and_says_so() -> None:
    bench = Bench()
    microphone = Microphone(RATE, bench.open, bench.clock)
    assert bench.device is not None
    sound = np.zeros(16 * RATE, np.float32)
    beep_at(sound, RATE, "low", 13 * RATE)
    for i in range(0, len(sound), 800):
        bench.device.call(800, sound[i : i + 800])
        if i in (8 * RATE, 15 * RATE):
            tones = list(microphone.tones())
    assert microphone.overflows >= 1
    assert len(tones) <= 1


class NoPortAudio:
    """Stands in for the import machinery where PortAudio's library is not there."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")


def test_without_the_package_or_portaudio_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(SoundError, match=r"pip install 'fliptally\[audio\]'"):
        sound_module()
    monkeypatch.delitem(sys.modules, "sounddevice")
    monkeypatch.setattr(sys, "meta_path", [NoPortAudio(), *sys.meta_path])
    with pytest.raises(SoundError, match="apt-get install libportaudio2"):
        sound_module()


def test_without_a_device_one_line_says_so() -> None:
    class PortAudioError(Exception):
        pass

    def nothing(*_: object, **__: object) -> Any:
        raise PortAudioError("Error querying device -1")

    module = SimpleNamespace(
        PortAudioError=PortAudioError, query_devices=nothing, OutputStream=nothing
    )
    with pytest.raises(SoundError, match=r"no output device \(Error querying device -1\); plug in"):
        device_rate(module, "output")
    with pytest.raises(SoundError, match=r"no output device 'USB'.*lists them"):
        open_stream(module, "output", "USB", samplerate=RATE)
