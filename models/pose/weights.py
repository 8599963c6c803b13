"""The pre-trained BlazePose networks: found, fetched, checked, kept in the user's cache.

They ship inside the package `mediapipe==0.10.21`, in the same bytes for every platform, so one
fixed wheel serves every machine; MediaPipe itself is neither installed nor imported.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from models.pose.errors import WeightsError

MEDIAPIPE_VERSION = "0.10.21"
DETECTOR = "pose_detection.tflite"
LANDMARKS = "pose_landmark_full.tflite"
PINNED = {
    DETECTOR: "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    LANDMARKS: "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
}
_IN_PACKAGE = {
    DETECTOR: f"mediapipe/modules/pose_detection/{DETECTOR}",
    LANDMARKS: f"mediapipe/modules/pose_landmark/{LANDMARKS}",
}
_IN_TASK = {DETECTOR: "pose_detector.tflite", LANDMARKS: "pose_landmarks_detector.tflite"}
_MANIFEST = "manifest.json"
_FETCH = "fliptally weights fetch"

Download = Callable[[Path], Path]
"""Puts the pinned wheel into a folder and returns its path."""
Check = Callable[[Path, Path], None]
"""Raises WeightsError unless these files are the detector and the landmark network."""


class Manifest(msgspec.Struct, frozen=True):
    """What is in the cache: where it came from, SHA-256 by file name."""

    source: str
    sha256: dict[str, str]


@dataclass(frozen=True, slots=True)
class BlazePoseWeights:
    """Paths of the two checked network files, and where they came from."""

    detector: Path
    landmarks: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """What the session document calls them: a bundle may hold the heavy or lite network."""
        pinned = self.manifest.sha256 == PINNED
        return "blazepose-full" if pinned else f"blazepose, {self.manifest.source}"


def cache_folder() -> Path:
    """Where weights are kept: FLIPTALLY_CACHE, else the user's cache folder."""
    root = os.environ.get("FLIPTALLY_CACHE") or platformdirs.user_cache_dir("fliptally")
    return Path(root) / "weights" / "blazepose-full"


def load(folder: Path | None = None) -> BlazePoseWeights:
    """The weights in the cache, every byte checked. Raises WeightsError with the mend."""
    folder = folder or cache_folder()
    manifest = _read_manifest(folder)
    for name, expected in manifest.sha256.items():
        path = folder / name
        if not path.is_file():
            raise WeightsError(f"pose weights: {path} is missing; run: {_FETCH}")
        found = _sha256(path)
        if found != expected:
            raise WeightsError(
                f"pose weights: {path} is damaged (SHA-256 {found[:12]}…, expected "
                f"{expected[:12]}…); run: {_FETCH} --force"
            )
    return BlazePoseWeights(folder / DETECTOR, folder / LANDMARKS, manifest)


def _read_manifest(folder: Path) -> Manifest:
    path = folder / _MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise WeightsError(f"pose weights: none in {folder}; run: {_FETCH}") from None
    except (OSError, msgspec.DecodeError) as error:
        raise WeightsError(f"pose weights: {path} is damaged; run: {_FETCH} --force") from error
    if set(manifest.sha256) != set(PINNED):
        raise WeightsError(f"pose weights: {path} is of another version; run: {_FETCH} --force")
    return manifest


def fetch(
    download: Download,
    check: Check,
    given: Path | None = None,
    *,
    force: bool = False,
    folder: Path | None = None,
) -> tuple[BlazePoseWeights, bool]:
    """Make sure that the weights are in the cache; returns them and whether anything was done.

    Sources, in order: `given` (a MediaPipe wheel or a `.task` bundle), an installed MediaPipe of
    the pinned version, `download`. Networks that are not the pinned ones go through `check` before
    they are kept. Raises WeightsError when a source does not hold the networks.
    """
    folder = folder or cache_folder()
    if given is None and not force:
        try:
            return load(folder), False
        except WeightsError:
            pass  # whatever is wrong with the cache, fetching mends it
    if given is not None:
        _install(folder, *_from_archive(given, check))
    elif (installed := _installed_package()) is not None:
        files = {name: (installed / inner).read_bytes() for name, inner in _IN_PACKAGE.items()}
        _check_pinned(files, str(installed / "mediapipe"))
        _install(folder, f"installed mediapipe=={MEDIAPIPE_VERSION}", files)
    else:
        with tempfile.TemporaryDirectory(prefix="fliptally-weights-") as temporary:
            _install(folder, *_from_archive(download(Path(temporary)), check))
    return load(folder), True


def _installed_package() -> Path | None:
    try:
        found = importlib.metadata.distribution("mediapipe")
    except importlib.metadata.PackageNotFoundError:
        return None
    if found.version != MEDIAPIPE_VERSION:
        return None
    root = Path(str(found.locate_file("")))
    return root if all((root / inner).is_file() for inner in _IN_PACKAGE.values()) else None


def _from_archive(path: Path, check: Check) -> tuple[str, dict[str, bytes]]:
    """(source, bytes by name) of a MediaPipe wheel (pinned bytes) or a `.task` bundle."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            for inner, pinned in ((_IN_PACKAGE, True), (_IN_TASK, False)):
                if members.issuperset(inner.values()):
                    files = {name: archive.read(member) for name, member in inner.items()}
                    if pinned:
                        _check_pinned(files, str(path))
                    else:
                        _check_loads(files, path, check)
                    return path.name, files
    except FileNotFoundError:
        raise WeightsError(f"pose weights: no such file: {path}") from None
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise WeightsError(
            f"pose weights: {path} is no readable archive ({error}); expected a pose .task bundle "
            f"or the wheel of mediapipe {MEDIAPIPE_VERSION}"
        ) from error
    raise WeightsError(
        f"pose weights: {path} holds no BlazePose networks; expected "
        f"{' and '.join(_IN_TASK.values())} (a pose .task bundle) or the wheel of mediapipe "
        f"{MEDIAPIPE_VERSION}"
    )


def _check_pinned(files: Mapping[str, bytes], source: str) -> None:
    for name, content in files.items():
        found = hashlib.sha256(content).hexdigest()
        if found != PINNED[name]:
            raise WeightsError(
                f"pose weights: {name} in {source} has SHA-256 {found[:12]}…, expected "
                f"{PINNED[name][:12]}…; get mediapipe {MEDIAPIPE_VERSION}"
            )


def _check_loads(files: Mapping[str, bytes], path: Path, check: Check) -> None:
    with tempfile.TemporaryDirectory(prefix="fliptally-weights-") as temporary:
        for name, content in files.items():
            (Path(temporary) / name).write_bytes(content)
        try:
            check(Path(temporary) / DETECTOR, Path(temporary) / LANDMARKS)
        except WeightsError as error:
            raise WeightsError(
                f"pose weights: {path} holds other networks than BlazePose's; expected a pose "
                f".task bundle or the wheel of mediapipe {MEDIAPIPE_VERSION}"
            ) from error


def _install(folder: Path, source: str, files: Mapping[str, bytes]) -> None:
    """Write each file whole or not at all; the manifest last, as it vouches for the others."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = msgspec.json.format(msgspec.json.encode(Manifest(source, digests)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in [*files.items(), (_MANIFEST, manifest)]:
            _write_atomically(folder / name, content)
    except OSError as error:
        raise WeightsError(
            f"pose weights: cannot write to {folder} ({error.strerror}); "
            "set FLIPTALLY_CACHE to a folder you can write to"
        ) from error


def _write_atomically(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
