"""`fliptally simulate`: a scene as a video with sound, and the truth beside it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.simulation.scene import Scene
from models.simulation.script import Script, ScriptError, load_script
from models.simulation.staging import build_scene
from models.simulation.video import CRF, check_container, write_scene
from models.skeleton import BLAZEPOSE_33, BODY, Keypoints, shared_joints
from realtime import exits
from realtime.record.truth import true_document
from realtime.runs.summary import describe_truth
from realtime.sources.errors import SourceError
from realtime.stopping import stop_on_signals


def simulate(options: argparse.Namespace) -> int:
    """Write video, truth and, where asked for, key points; say what is in them."""
    truth = options.truth or options.out.with_suffix(".json")
    try:
        check_container(options.out)
        _check_keypoints(options.keypoints)
        scene = _scene(options)
        document = true_document(scene, _script(options), str(options.out))
        _check_outputs([options.out, truth, options.keypoints], force=options.force)
        _write_video(scene, options.out, CRF if options.crf is None else options.crf)
        if options.keypoints:
            _write_keypoints(scene, options.keypoints)
        truth.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")
    except ValueError as error:  # a ScriptError, or what no video can be made of
        raise SourceError(str(error)) from None
    except OSError as error:
        raise SourceError(
            f"{error.filename or options.out}: cannot be written ({error.strerror})"
        ) from None
    sys.stdout.write("\n".join([*_report(scene, options.out), f"truth: {truth}\n"]))
    return exits.DONE


def _report(scene: Scene, out: Path) -> Iterator[str]:
    """What is in the video, in lines."""
    sound = "sound" if scene.sound else "no sound"
    yield f"{out}: {scene.frames} frames, {scene.duration_s:.1f} s, {sound}; {_done(scene)}"
    attempt = scene.sound.attempt if scene.sound else None
    if attempt and not 0 <= attempt[0] < attempt[1] < scene.duration_s:
        yield (
            f"note: the attempt is from {attempt[0]:g} s to {attempt[1]:g} s, the scene from 0 to "
            f"{scene.duration_s:.1f} s; beeps outside it are not heard"
        )


def _done(scene: Scene) -> str:
    """What each athlete does."""
    done = [
        "puppet: its jumps are not known" if actor.unknown else describe_truth(actor.truth)
        for actor in scene.cast
        if actor.role == "athlete"
    ]
    if len(done) == 1:
        return done[0]
    return "; ".join(f"athlete {i + 1}: {text}" for i, text in enumerate(done)) or "no athlete"


def _scene(options: argparse.Namespace) -> Scene:
    """Raises ScriptError; where the scene can be played in its own time, it is `--seconds` that
    does not fit."""
    asked = (options.fps, options.size, options.seed)
    try:
        return build_scene(options.scene, options.seconds, *asked)
    except ScriptError as error:
        if options.seconds is None:
            raise
        own = load_script(options.scene).seconds
        with suppress(ScriptError):
            build_scene(options.scene, None, *asked)
            raise SourceError(
                f"--seconds {options.seconds:g}: {error}; give more (the scene file has {own:g})"
            ) from None
        raise


def _check_keypoints(path: Path | None) -> None:
    if path is not None and path.suffix.lower() != ".npz":
        raise SourceError(f"--keypoints {path}: expected a name that ends in .npz")


def _check_outputs(paths: list[Path | None], *, force: bool) -> None:
    """Raise SourceError for a file that would be lost."""
    outputs = [path for path in paths if path is not None]
    twice = [path for path, count in Counter(outputs).items() if count > 1]
    if twice:
        raise SourceError(f"{twice[0]}: would be written twice; give each output its own name")
    there = [path for path in outputs if path.exists()]
    if there and not force:
        raise SourceError(
            f"{there[0]}: exists already; give another name, or --force to replace it"
        )


def _script(options: argparse.Namespace) -> Script:
    """The scene file as it was played, with what the command line gave instead."""
    script = load_script(options.scene)
    given = {"seconds": options.seconds, "seed": options.seed}
    width, height = options.size or (None, None)
    filmed = {"fps": options.fps, "width": width, "height": height}
    return msgspec.structs.replace(
        script, camera=msgspec.structs.replace(script.camera, **_known(filmed)), **_known(given)
    )


def _known(settings: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in settings.items() if value is not None}


def _write_video(scene: Scene, path: Path, crf: int) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with stop_on_signals() as stop, bar:
        task = bar.add_task(path.name, total=scene.frames)

        def progress(done: int) -> None:
            # An interrupt that strikes inside the encoder's own calls would be lost.
            if stop.is_set():
                raise KeyboardInterrupt
            bar.update(task, completed=done)

        write_scene(scene, path, crf=crf, progress=progress)


def _write_keypoints(scene: Scene, path: Path) -> None:
    """The true joints of the athlete who is meant; what is outside the picture is not seen."""
    joints = np.stack([scene.joints(i) for i in range(scene.frames)])
    keypoints: Keypoints = np.zeros((scene.frames, len(BLAZEPOSE_33), 3), np.float32)
    to, origin = shared_joints(BODY, BLAZEPOSE_33)
    keypoints[:, to, :2] = joints[:, origin]
    width, height = scene.size
    inside = ((keypoints[:, to, :2] >= 0) & (keypoints[:, to, :2] < (width, height))).all(axis=-1)
    keypoints[:, to, 2] = inside
    keypoints[keypoints[..., 2] == 0] = 0
    with path.open("wb") as file:  # savez would add a suffix to another name
        np.savez_compressed(
            file,
            keypoints=keypoints,
            skeleton=BLAZEPOSE_33.name,
            t=scene.t,
            width=width,
            height=height,
        )
