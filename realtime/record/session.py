"""The session file: every pose and every mark, appended as it comes, readable after any end.

A magic line, then records: length (uint32, little endian), CRC-32 of the payload (uint32), payload
(msgpack). Each record is one write to the file, so `kill -9` can only cost the record that was
being written, and a reader stops at the first that is not whole.
"""

from __future__ import annotations

import os
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import IO

import msgspec

from realtime.marks import FromOutside, Mark
from realtime.messages import to_seconds, unpack_poses
from realtime.observations import Chosen, Noted, Observation, Observed, Resumed
from realtime.sources.errors import SourceError
from realtime.sources.protocol import SourceInfo
from realtime.stream.lock import LockRule
from realtime.supervision.states import StateChange

if sys.platform != "win32":
    import fcntl

MAGIC = b"FlipTally session 1\n"
SUFFIX = ".fliptally"
_PREFIX = struct.Struct("<II")
_MAX_RECORD = 1 << 24
_MAX_TORN = 1 << 16  # more than this behind the last whole record is no record that broke off


class SessionHeader(msgspec.Struct, frozen=True, tag="header"):
    """What was recorded: the source as opened, the zone (as `--zone` takes it), and the rule by
    which the athlete who is meant is found among several. `lens` is what the analysis took out of
    the poses, which are stored as they were seen (`calibration.lens.Intrinsics.numbers`); `floor`
    is the zone "station" (`calibration.floor_zone.FloorZone.numbers`). `began` is the wall time of
    capture time 0, ISO 8601 with its zone; None where nobody knows it, as of a film."""

    uri: str
    width: int
    height: int
    fps: float | None
    zone: str | None
    lock: LockRule = "active"
    lens: tuple[float, ...] | None = None
    floor: tuple[float, ...] | None = None
    began: str | None = None


class Backend(msgspec.Struct, frozen=True, tag="backend"):
    """The pose engine, once it is known; always before the first frame."""

    name: str
    skeleton: str


class PoseRecord(msgspec.Struct, frozen=True, tag="poses"):
    """The poses of one frame, as they came over the wire."""

    seq: int
    t_ns: int
    people: int
    keypoints: bytes


class Choice(msgspec.Struct, frozen=True, tag="choice"):
    """Who is meant was said by hand, between the poses before and after: an athlete's number, or
    None for whoever the rule finds. An input, as the poses are, and replayed with them."""

    athlete: int | None


class Resumption(msgspec.Struct, frozen=True, tag="resumed"):
    """The session was cut off before this record and goes on behind it, by another process: the
    next frame is at `t_ns`, the wall time `when` (ISO 8601), and `gap_s` after the one before."""

    t_ns: int
    gap_s: float
    when: str | None


class End(msgspec.Struct, frozen=True, tag="end"):
    """A clean end, and the frames of the whole session. Its absence says that it was cut off."""

    captured: int
    dropped: int


Record = SessionHeader | Backend | PoseRecord | Choice | Mark | Resumption | End

_decode = msgspec.msgpack.Decoder(Record).decode


def packed(record: Record) -> bytes:
    """A record as it is in the file."""
    payload = msgspec.msgpack.encode(record)
    return _PREFIX.pack(len(payload), zlib.crc32(payload)) + payload


class RecordingError(Exception):
    """The session file cannot be written (any further); what is in it stays readable."""


class SessionWriter:
    """Appends records to a session file: a new one, or (`reopen`) one that is there. A file has one
    writer at a time, where the system has file locks."""

    def __init__(self, path: Path) -> None:
        """Raises RecordingError when `path` exists (nothing recorded is overwritten) or cannot
        be created."""
        self.path = path
        self._end = 0
        if path.exists():
            raise RecordingError(
                f"session file {path}: exists already and is not overwritten; choose another name"
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise RecordingError(
                f"session file {path}: cannot be created ({error.strerror}); choose another place"
            ) from None
        try:
            _hold(self._file, path)
            self.write(MAGIC)
        except RecordingError:
            self._file.close()
            path.unlink(missing_ok=True)
            raise

    @classmethod
    def reopen(cls, path: Path) -> SessionWriter:
        """Append to a session that has ended; nothing that can be read of it is changed. A last
        record that is not whole, left by a crash, is cut off. Raises RecordingError for a file that
        is still being written, is damaged before its end, or cannot be written."""
        writer = cls.__new__(cls)
        writer.path = path
        try:
            writer._file = path.open("r+b", buffering=0)
        except OSError as error:
            raise RecordingError(
                f"session file {path}: cannot be written ({error.strerror}); copy it to a place "
                "where it can"
            ) from None
        try:
            _hold(writer._file, path)
            writer._end = _end_of(path)
            writer._file.truncate(writer._end)
            writer._file.seek(writer._end)
        except (OSError, RecordingError):
            writer._file.close()
            raise
        return writer

    def append(self, record: Record) -> None:
        """Write one record through to the system. Raises RecordingError when the disk refuses;
        the file then ends with the last whole record."""
        self.write(packed(record))

    def write(self, data: bytes) -> None:
        """The same for a record that is `packed` already."""
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            with suppress(OSError):  # a disk that went away takes no truncation either
                self._file.truncate(self._end)
                self._file.seek(self._end)
            raise RecordingError(
                f"session file {self.path}: recording stopped ({error.strerror}); "
                "what was written before is kept"
            ) from None
        self._end += len(data)

    def sync(self) -> None:
        """Wait until what was appended is on the disk, and so outlives a loss of power."""
        with suppress(OSError):  # a file system without this
            os.fsync(self._file.fileno())

    def close(self) -> None:
        with suppress(OSError):  # every record was written through before
            self._file.close()


class RecordedSession:
    """A session file opened for reading. Records are read as they are asked for."""

    def __init__(self, path: Path) -> None:
        """Raises SourceError when `path` is no session file."""
        self.path = path
        records = self._records()
        header = next(records, None)
        if header is None and path.stat().st_size == len(MAGIC):
            raise SourceError(f"{path}: no frame was recorded in this session; nothing to read")
        if not isinstance(header, SessionHeader):
            raise SourceError(f"{path}: the session file is damaged at its start; nothing to read")
        self.header = header
        backend = next((r for r in records if isinstance(r, Backend)), None)
        self.backend = backend or Backend("none", "blazepose_33")
        self.end: End | None = None
        """How it ended; known once its records were read to their end."""

    @property
    def info(self) -> SourceInfo:
        return SourceInfo(self.header.uri, self.header.width, self.header.height, self.header.fps)

    def marks(self) -> Iterator[Mark]:
        """The marks as they were said while it was recorded."""
        return (r for r in self._records() if isinstance(r, Mark))

    def dated(self, _moment_s: float | None = None) -> str | None:
        """The wall time of capture time 0, whatever the time is now."""
        return self.header.began

    def choices(self) -> int:
        """How often somebody said by hand who is meant."""
        return sum(isinstance(record, Choice) for record in self._records())

    def has_frames(self) -> bool:
        """Whether there is anything in it to go on with."""
        return any(isinstance(record, PoseRecord) for record in self._records())

    def is_cut_off(self) -> bool:
        """Whether it ends without saying so; reads all of it."""
        return not any(isinstance(record, End) for record in self._records())

    def observations(self) -> Iterator[Observation]:
        """The recorded poses and choices, to be analysed again; a file that was cut off says so at
        its end."""
        for record in self.records():
            if isinstance(record, PoseRecord):
                yield self.observed(record)
            elif isinstance(record, Choice):
                yield Chosen(record.athlete)
            elif isinstance(record, FromOutside):
                yield Noted(record)
            elif isinstance(record, Resumption):
                yield Resumed(to_seconds(record.t_ns), record.gap_s, record.when)
        if self.end is None:
            name = self.path.name
            why = f"{name}: the recording was cut off or is damaged here; what is before was read"
            yield StateChange(name, "failed", why)

    def records(self) -> Iterator[Record]:
        """Everything that can be read, from the header on; sets `end`."""
        for record in self._records():
            if isinstance(record, End):
                self.end = record
            yield record

    def observed(self, record: PoseRecord) -> Observed:
        """Raises SourceError when it does not fit the backend."""
        try:
            poses = unpack_poses(self.backend.skeleton, record.people, record.keypoints)
        except ValueError as error:
            raise SourceError(f"{self.path}: frame {record.seq}: {error}") from None
        return Observed(record.seq, to_seconds(record.t_ns), poses)

    def _records(self) -> Iterator[Record]:
        with self.path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise SourceError(f"{self.path}: no FlipTally session; expected one made by live")
            yield from _whole_records(file)


def _whole_records(file: IO[bytes]) -> Iterator[Record]:
    """From where `file` stands to the first record that is not whole; after each, it stands behind
    it."""
    while len(prefix := file.read(_PREFIX.size)) == _PREFIX.size:
        length, crc = _PREFIX.unpack(prefix)
        payload = file.read(length) if length <= _MAX_RECORD else b""
        if len(payload) != length or zlib.crc32(payload) != crc:
            return
        try:
            record = _decode(payload)
        except msgspec.DecodeError:
            return
        yield record


def _end_of(path: Path) -> int:
    """Where the last whole record ends. Raises RecordingError when what follows is more than the
    beginning of one."""
    with path.open("rb") as file:
        file.seek(len(MAGIC))
        end = len(MAGIC)
        for _ in _whole_records(file):
            end = file.tell()
        file.seek(end)
        prefix = file.read(_PREFIX.size)
        size = file.seek(0, os.SEEK_END)
    torn = len(prefix) < _PREFIX.size
    if not torn:
        length, _ = _PREFIX.unpack(prefix)
        torn = end + _PREFIX.size + length > size and size - end <= _MAX_TORN
    if not torn:
        raise RecordingError(
            f"session file {path}: is damaged {size - end} bytes before its end, and nothing is "
            "appended to it; make a new one of what can be read: fliptally replay SESSION "
            "--record NEW"
        )
    return end


def _hold(file: FileIO, path: Path) -> None:
    """Be the file's one writer until it is closed."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordingError(
                f"session file {path}: is being written by another FlipTally; end that first"
            ) from None
        except OSError:
            return  # a file system without locks


def is_session(path: Path) -> bool:
    """Whether a file begins like a session file."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
