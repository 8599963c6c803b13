"""Scene files: small TOML texts that say who does what where, and how it is filmed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import replace

from models.simulation import mistakes
from models.simulation.film.hall import HallSettings
from models.simulation.film.settings import CameraSettings
from models.simulation.motion import Placement
from models.simulation.moves.move import Metres, Seconds, heading_of
from models.simulation.moves.vocabulary import AnyMove
from models.simulation.people import BodySettings
from models.simulation.sound.settings import SoundSettings
from models.uncollected import uncollected

_BUILT_IN = Path(__file__).parent / "scenes"
SCENES: tuple[str, ...] = tuple(sorted(path.stem for path in _BUILT_IN.glob("*.toml")))
"""The scenes that come with FlipTally."""
_NAMES = ", ".join(SCENES)


class ScriptError(ValueError):
    """A scene file that cannot be read or played; one line."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a scene file."""


class Person(_Table, frozen=True):
    """Somebody in the scene; the first one is the athlete who is meant.

    `x`, `y` metres is where he first stands; `facing_deg` is 0 towards the camera, 90 to the right
    of the picture, 180 away. With `loop` the moves are repeated as often as they fit, walking back
    in between.

    Instead of `do`, `puppet` names a key-point file (`.npz`, relative to the scene file) whose
    athlete he moves as; then the middle of his way is at `x`, `y`, and `facing_deg` is how far he
    is turned from the side on which he was recorded.
    """

    do: tuple[AnyMove, ...] = ()
    role: Literal["athlete", "spotter", "spectator", "judge"] = "athlete"
    x: Metres = 0.0
    y: Metres = 0.0
    facing_deg: float = 0.0
    loop: bool = False
    body: BodySettings = BodySettings()
    puppet: Annotated[str, msgspec.Meta(min_length=1)] | None = None

    def __post_init__(self) -> None:
        if bool(self.do) == (self.puppet is not None):
            raise ValueError("expected either `do` with moves or `puppet` with a file")
        if self.puppet is not None and self.loop:
            raise ValueError("`loop` repeats moves; leave it out beside `puppet`")

    @property
    def place(self) -> Placement:
        return Placement(self.x, self.y, heading_of(self.facing_deg))


class Script(_Table, frozen=True):
    """A whole scene file. `seed` draws what is left open: people, rhythm, hall, noise."""

    title: str
    seconds: Seconds
    person: Annotated[tuple[Person, ...], msgspec.Meta(min_length=1, max_length=30)]
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**32)] = 0
    camera: CameraSettings = CameraSettings()
    hall: HallSettings = HallSettings()
    sound: SoundSettings | None = None


def load_script(scene: str | Path) -> Script:
    """The built-in scene of this name, or the scene file at this path. Raises ScriptError."""
    path = _BUILT_IN / f"{scene}.toml" if scene in SCENES else Path(scene)
    document = _toml(path)
    with uncollected():
        try:
            script = msgspec.convert(document, Script)
        except msgspec.ValidationError as error:
            reason = mistakes.said(error, document, Script)
            raise ScriptError(f"scene {path}: {reason}") from None
    return replace(script, person=tuple(_beside(path, person) for person in script.person))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        reason = f"there is no such file; expected a scene file (.toml) or one of {_NAMES}"
    except IsADirectoryError:
        reason = "is a folder; expected a scene file (.toml)"
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); expected a scene file (.toml)"
    except tomllib.TOMLDecodeError as error:
        reason = f"no TOML text: {error}; mend the file"
    except (ValueError, RecursionError):  # bytes that are no text, numbers or lists without end
        reason = "no TOML text; expected a scene file (.toml)"
    raise ScriptError(f"scene {path}: {reason}")


def _beside(path: Path, person: Person) -> Person:
    """The person whose recording is looked for beside the scene file."""
    if person.puppet is None:
        return person
    return replace(person, puppet=str(path.parent / person.puppet))
