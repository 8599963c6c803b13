"""This machine's CURVE key pair, and the public keys of the machines that it trusts, by name.

Both are small files in one folder: `machine.json` (the secret; for its owner only) and
`trusted.json`. Keys are written in base32: nothing in them means anything to a shell.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import platformdirs
import zmq
from zmq.utils import z85

from realtime.transport.errors import KeysError

FOLDER_VARIABLE = "FLIPTALLY_KEYS"
MAX_TRUSTED = 256
_PAIR, _TRUSTED = "machine.json", "trusted.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_TEXT = re.compile(r"[a-z2-7]{52}")
_LARGEST_FILE = 1 << 20
_OWNER_ONLY, _OTHERS_WRITE = 0o077, 0o022  # what nobody else may do with the secret, the folder


Text = Annotated[str, msgspec.Meta(max_length=64)]


_Content = TypeVar("_Content", bound=msgspec.Struct)


class _Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    public: Text
    secret: Text


class _Trusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    machines: Annotated[dict[Text, Text], msgspec.Meta(max_length=MAX_TRUSTED)]


def to_text(key: bytes) -> str:
    """A key as it is shown, typed and stored: 52 lower-case letters and digits."""
    return base64.b32encode(key).decode().rstrip("=").lower()


def from_text(text: str) -> bytes:
    """The inverse of `to_text`. Raises KeysError."""
    clean = text.strip().lower()
    if not _TEXT.fullmatch(clean):
        raise KeysError(
            f"key {text[:60]!r}: expected the 52 letters and digits that fliptally keys shows on "
            "the other machine"
        )
    with suppress(binascii.Error):
        return base64.b32decode(clean.upper() + "====")
    raise KeysError(f"key {clean}: damaged; copy it again")


def check_name(name: str) -> str:
    """A machine's name in the list. Raises KeysError."""
    if not _NAME.fullmatch(name):
        raise KeysError(
            f"name {name[:60]!r}: expected letters, digits, dots and dashes, at most 32, as in "
            "hall-2"
        )
    return name


def default_folder() -> Path:
    """Where the keys are: FLIPTALLY_KEYS, or the user's folder of settings."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_config_dir("fliptally")) / "keys"


class KeyRing:
    """The keys in one folder. What another process changes there is seen by the next call of
    `trusted`."""

    def __init__(self, folder: Path, public: bytes, secret: bytes) -> None:
        self.folder = folder
        self.public = public
        self.secret = secret
        self._seen: tuple[int, int, int] | None = None
        self._trusted: dict[str, bytes] = {}

    @classmethod
    def open(cls, folder: Path | None = None) -> KeyRing:
        """Raises KeysError when there are none, or others may read the secret."""
        folder = folder or default_folder()
        path = folder / _PAIR
        if not path.exists():
            raise KeysError("this machine has no keys yet; make them with: fliptally keys")
        _check_private(path)
        pair = _read(path, _Pair)
        return cls(folder, from_text(pair.public), from_text(pair.secret))

    @classmethod
    def make(cls, folder: Path | None = None, *, replace: bool = False) -> KeyRing:
        """Open the keys in `folder`, made now where there are none, or new ones where they are to
        `replace` the old. Raises KeysError."""
        folder = folder or default_folder()
        if replace or not (folder / _PAIR).exists():
            public, secret = (z85.decode(key) for key in zmq.curve_keypair())
            _write(folder / _PAIR, _Pair(to_text(public), to_text(secret)), new=not replace)
        return cls.open(folder)

    def trusted(self) -> Mapping[str, bytes]:
        """The public keys of other machines by name. Raises KeysError."""
        path = self.folder / _TRUSTED
        try:
            status = path.stat()
        except FileNotFoundError:
            self._seen, self._trusted = None, {}
            return self._trusted
        except OSError as error:
            raise KeysError(f"{path}: cannot be read ({error.strerror})") from None
        seen = status.st_mtime_ns, status.st_size, status.st_ino
        if seen != self._seen:
            machines = _read(path, _Trusted).machines
            self._trusted = {check_name(name): from_text(key) for name, key in machines.items()}
            self._seen = seen
        return self._trusted

    def trust(self, name: str, key: bytes) -> str | None:
        """Trust `key` under `name`; the name that it had before, if any. Raises KeysError for a
        name that is another machine's."""
        machines = dict(self.trusted())
        if machines.get(check_name(name), key) != key:
            raise KeysError(
                f"{name}: is trusted already with another key; fliptally keys forget {name} first"
            )
        if len(machines) >= MAX_TRUSTED and name not in machines:
            raise KeysError(f"{MAX_TRUSTED} machines are trusted already; forget one first")
        before = next((n for n, k in machines.items() if k == key and n != name), None)
        if before is not None:
            del machines[before]
        self._keep({**machines, name: key})
        return before

    def forget(self, name: str) -> None:
        """Raises KeysError when no machine has this name."""
        machines = dict(self.trusted())
        if name not in machines:
            known = ", ".join(sorted(machines)) or "nobody"
            raise KeysError(f"{name[:60]!r}: no machine of this name is trusted; known: {known}")
        del machines[name]
        self._keep(machines)

    def _keep(self, machines: Mapping[str, bytes]) -> None:
        texts = {name: to_text(key) for name, key in sorted(machines.items())}
        _write(self.folder / _TRUSTED, _Trusted(texts))


def _check_private(path: Path) -> None:
    if sys.platform == "win32":
        return  # the user's folder is his own there
    if path.stat().st_mode & _OWNER_ONLY:
        raise KeysError(f"{path}: others on this machine may read the secret; run chmod 600 {path}")
    if path.parent.stat().st_mode & _OTHERS_WRITE:
        raise KeysError(
            f"{path.parent}: others on this machine may change what is trusted; run chmod 700 "
            f"{path.parent}"
        )


def _read(path: Path, kind: type[_Content]) -> _Content:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_LARGEST_FILE), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KeysError(
            f"{path}: cannot be read ({error}); remove it and run fliptally keys again"
        ) from None


def _write(path: Path, content: msgspec.Struct, *, new: bool = False) -> None:
    """Whole or not at all, for the owner only. `new`: another process may have been faster, then
    its file stays."""
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")  # mode 0600
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                with suppress(FileExistsError):
                    os.link(part, path)
            else:
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise KeysError(f"{path}: cannot be written ({error.strerror})") from None
