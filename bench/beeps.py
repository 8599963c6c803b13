"""How well the official beeps are heard: `python -m bench.beeps [--only TABLE ...]`.

Simulated sound. SNR is the power of the beep over that of the noise, both over the whole band (0 to
24 kHz); the noise is measured in the second around the beep. Errors are of the onset. False beeps
are counted in `--minutes` of each kind of sound, half of it with echo: every tone, and what the
plan of an event makes of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from rich.console import Console
from rich.table import Table

from models.rope.rules import RULES
from models.simulation.sound.hall import hall_noise, reverberated
from models.simulation.sound.lookalikes import LOOKALIKES, Lookalike, lookalike
from models.simulation.sound.settings import Noise
from models.simulation.sound.waves import RATE, Samples, effective, gain, square_beep
from realtime.judge.sound.beeps import BeepDetector
from realtime.judge.sound.plan import EventPlan
from realtime.judge.sound.soundtrack import tones_of
from realtime.judge.sound.tones import HERTZ, PITCHES, Pitch, Tone

SNRS_DB = (20.0, 10.0, 5.0, 0.0, -5.0, -10.0)
CLIP_S = 2.6
NEAR_S = 0.1
"""A tone farther from the beep than this is a false one."""
LEVEL = 0.2
HALLS: tuple[tuple[str, float, float], ...] = (
    ("dry", 0.0, -120.0),
    ("RT60 1.2 s, echo -10 dB", 1.2, -10.0),
    ("RT60 2 s, echo -6 dB", 2.0, -6.0),
    ("RT60 2 s, echo 0 dB", 2.0, 0.0),
    ("RT60 2 s, echo +3 dB", 2.0, 3.0),
)
HALL_NOISE: tuple[Noise, ...] = ("hall", "crowd", "cheering")
NOISES: tuple[tuple[Noise, ...], ...] = (
    HALL_NOISE,
    ("hall",),
    ("crowd",),
    ("cheering",),
    ("whistles",),
    ("music",),
)
CODECS = (
    ("FLAC", "flac", ".mp4", None),
    ("MP3 128 kb/s", "libmp3lame", ".mp3", 128_000),
    ("MP3 48 kb/s", "libmp3lame", ".mp3", 48_000),
    ("AAC 128 kb/s", "aac", ".mp4", 128_000),
    ("AAC 48 kb/s", "aac", ".mp4", 48_000),
    ("Opus 32 kb/s", "libopus", ".mkv", 32_000),
)
_CHUNK_S = 60.0


@dataclass
class Score:
    errors: list[float] = field(default_factory=list)
    played: int = 0
    false: int = 0

    def add(self, tones: Sequence[Tone], pitch: Pitch, onset: float) -> None:
        self.played += 1
        right = [t for t in tones if t.pitch == pitch and abs(t.time_s - onset) < NEAR_S]
        self.false += len(tones) - len(right)
        self.errors += [tone.time_s - onset for tone in right[:1]]

    def cells(self) -> tuple[str, str, str, str]:
        share = f"{100 * len(self.errors) / self.played:.1f}"
        if not self.errors:
            return str(self.played), share, "-", str(self.false)
        shown = np.quantile(np.abs(self.errors) * 1e3, (0.5, 0.95, 1.0))
        return str(self.played), share, " / ".join(f"{e:.2f}" for e in shown), str(self.false)


Mangle = Callable[[Samples, np.random.Generator], Samples]


def clip(
    seed: int, *, hall: tuple[str, float, float], snr_db: float | None, noise: tuple[Noise, ...]
) -> tuple[Samples, Pitch, float]:
    """One beep at a random time."""
    rng = np.random.default_rng([seed, 14])
    onset, pitch = float(rng.uniform(0.7, 1.3)), PITCHES[seed % 2]
    track = np.zeros(round(CLIP_S * RATE), np.float32)
    square_beep(HERTZ[pitch], RULES.beep_s, onset, track)
    track = reverberated(track, hall[1], hall[2], rng)
    if snr_db is not None:
        sound = hall_noise(noise, len(track), rng)
        near = slice(round((onset - 0.325) * RATE), round((onset + 0.675) * RATE))
        level = max(effective(sound[near]), 0.05)  # a whistle that is not there stays away
        track += sound * np.float32(gain(-snr_db) / level)
    return track * np.float32(LEVEL), pitch, onset


def heard(track: Samples, rate: float) -> list[Tone]:
    detector = BeepDetector(rate)
    return detector.push(track) + detector.finish()


def score(clips: int, rate: float = RATE, mangle: Mangle | None = None, **asked: object) -> Score:
    total = Score()
    for seed in range(clips):
        track, pitch, onset = clip(seed, **asked)  # type: ignore[arg-type]
        if mangle is not None:
            track = mangle(track, np.random.default_rng(seed))
        total.add(heard(track, rate), pitch, onset)
    return total


HEADS = ("beeps", "found %", "error ms, 50 / 95 / 100 %", "false")


def by_noise(clips: int) -> Table:
    table = Table("noise", "SNR dB", *HEADS, title="By noise, RT60 1.2 s, echo -10 dB")
    for noise in NOISES:
        for snr in SNRS_DB:
            found = score(clips, hall=HALLS[1], snr_db=snr, noise=noise)
            table.add_row(" ".join(noise), f"{snr:g}", *found.cells())
    return table


def by_hall(clips: int) -> Table:
    table = Table("hall", "SNR dB", *HEADS, title="By hall, noise: hall, crowd and cheering")
    for hall in HALLS:
        for snr in (None, 10.0, 0.0):
            found = score(clips, hall=hall, snr_db=snr, noise=HALL_NOISE)
            table.add_row(hall[0], "none" if snr is None else f"{snr:g}", *found.cells())
    return table


def _narrow(track: Samples, _: np.random.Generator) -> Samples:
    """A small loudspeaker: 300 Hz to 4 kHz, 24 dB per octave beyond."""
    hz = np.fft.rfftfreq(len(track), 1 / RATE)
    safe = np.maximum(hz, 1.0)
    passed = np.minimum(1, (safe / 300) ** 4) * np.minimum(1, (4000 / safe) ** 4)
    return np.fft.irfft(np.fft.rfft(track) * passed, len(track)).astype(np.float32)


def _clipped(track: Samples, _: np.random.Generator) -> Samples:
    return np.clip(track * 10, -0.8, 0.8)


def _resampled(rate: int) -> Mangle:
    def mangle(track: Samples, _: np.random.Generator) -> Samples:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray(track[None], format="flt", layout="mono")
        frame.sample_rate = RATE
        frames = [*resampler.resample(frame), *resampler.resample(None)]
        return np.concatenate([f.to_ndarray()[0] for f in frames])

    return mangle


def by_chain(clips: int) -> Table:
    table = Table("chain", *HEADS, title="By what the sound went through, SNR 5 dB, RT60 1.2 s")
    rows: list[tuple[str, float, Mangle | None]] = [
        ("300 Hz to 4 kHz", RATE, _narrow),
        ("clipped, 20 dB too loud", RATE, _clipped),
        ("both", RATE, lambda t, rng: _clipped(_narrow(t, rng), rng)),
        *((f"{rate} samples per second", rate, _resampled(rate)) for rate in
          (8000, 11_025, 16_000, 22_050, 44_100)),
        ("+200 ppm", RATE * (1 + 2e-4), None),
        ("-200 ppm", RATE * (1 - 2e-4), None),
    ]  # fmt: skip
    for name, rate, mangle in rows:
        found = score(clips, rate, mangle, hall=HALLS[1], snr_db=5.0, noise=HALL_NOISE)
        table.add_row(name, *found.cells())
    for name, codec, ending, bits in CODECS:
        table.add_row(name, *_encoded(clips, codec, ending, bits).cells())
    return table


def _encoded(clips: int, codec: str, ending: str, bits: int | None) -> Score:
    """Through a file, read as a film's sound is."""
    total = Score()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(clips):
            track, pitch, onset = clip(seed, hall=HALLS[1], snr_db=5.0, noise=HALL_NOISE)
            path = Path(folder) / f"{seed}{ending}"
            with av.open(str(path), "w") as container:
                stream = cast(AudioStream, container.add_stream(codec, rate=RATE))
                stream.layout = "mono"
                if bits:
                    stream.bit_rate = bits
                whole = np.round(np.clip(track, -1, 1) * 32767).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
                frame.sample_rate, frame.pts = RATE, 0
                container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
            total.add(tones_of(path), pitch, onset)
    return total


def false_beeps(minutes: float, kinds: Sequence[Lookalike]) -> Table:
    title = f"False beeps in {minutes:g} min of each kind"
    table = Table("sound", "high per h", "low per h", "surest", "said in SRSS", "in SRSR",
                  title=title)  # fmt: skip
    for kind in kinds:
        tones = _heard_in(kind, minutes)
        surest = max((tone.confidence for tone in tones), default=0.0)
        per_hour = [f"{60 / minutes * sum(t.pitch == p for t in tones):.1f}" for p in PITCHES]
        said = [str(_said(tones, code)) for code in ("SRSS", "SRSR")]
        table.add_row(kind, *per_hour, f"{surest:.2f}", *said)
    return table


def _heard_in(kind: Lookalike, minutes: float) -> list[Tone]:
    detector, tones = BeepDetector(RATE), list[Tone]()
    for i in range(round(minutes * 60 / _CHUNK_S)):
        rng = np.random.default_rng([i, 15])
        sound = lookalike(kind, round(_CHUNK_S * RATE), rng)
        if i % 2:
            sound = reverberated(sound, 2.0, -6.0, rng)
        tones += detector.push(sound * np.float32(0.1))
    return tones + detector.finish()


def _said(tones: Sequence[Tone], code: str) -> int:
    """Beeps that the plan takes from `tones`, starting anew after a stop."""
    said, plan = 0, EventPlan(RULES.events[code], "microphone")
    for tone in tones:
        if plan.over:
            plan = EventPlan(RULES.events[code], "microphone")
        said += plan.hear(tone) is not None
    return said


def cost() -> Table:
    table = Table("sound", "times real time, one core", title="Cost")
    kinds: tuple[Lookalike, ...] = ("cheering", "music", "chiptune")
    for name in kinds:
        sound = lookalike(name, 60 * RATE, np.random.default_rng(0)) * np.float32(0.1)
        began = time.process_time()
        heard(sound, RATE)
        table.add_row(name, f"{60 / (time.process_time() - began):.0f}")
    return table


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=6.0, help="of each look-alike sound")
    parser.add_argument("--clips", type=int, default=40, help="beeps in each row")
    tables: dict[str, Callable[[], Table]] = {
        "noise": lambda: by_noise(options.clips),
        "hall": lambda: by_hall(options.clips),
        "chain": lambda: by_chain(options.clips),
        "false": lambda: false_beeps(options.minutes, options.kinds),
        "cost": cost,
    }
    parser.add_argument("--kinds", nargs="*", choices=LOOKALIKES, default=LOOKALIKES)
    parser.add_argument("--only", nargs="*", choices=tables, default=tables)
    options = parser.parse_args(arguments)
    console = Console(width=120)
    for name in options.only:
        console.print(tables[name]())


if __name__ == "__main__":
    main(sys.argv[1:])
