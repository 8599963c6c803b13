"""What importing and preparing the published gymnastics recordings is worth:

    python -m bench.gym_data [--seed N]

The CSV recordings as imported beside the raw ones; our preparation beside the published, prepared
key points; and whether the athlete is found among people who stand, walk and run through his
picture: every raw recording with one to three others, who are standing parts of other recordings.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from models.gym.athlete import choose
from models.gym.dataset import Recording, load
from models.gym.importing import Wishes, import_recordings
from models.gym.preparation import Preparation, steps
from models.poses import Poses
from models.recordings.entries import archive_entries
from models.recordings.openpose import pose_files, read_files
from models.skeleton import Keypoints

_STANDING = 25  # frames at the beginning of each recording
_SPEEDS = {"stands": 0.0, "walks": 3.0, "runs": 9.0}  # px per frame, at most
_EXACT_PX = 0.01


def imported_table(raw: Sequence[Recording]) -> Table:
    """How far the key points that were seen lie from the raw ones."""
    table = Table("import", "recordings", "median px", "95 %", "99 %", "largest")
    archive = data_folder() / "gym/published_csv.tar.gz"
    for undo in (False, True):
        taken = import_recordings(archive, Wishes(fps=60, undo_mean=undo)).taken
        got = {one.recording.name: one.recording.keypoints for one in taken}
        off = np.concatenate(
            [
                np.linalg.norm(got[r.name] - r.keypoints, axis=-1)[r.keypoints[..., 2] > 0]
                for r in raw
            ]
        )
        figures = [f"{value:.2f}" for value in (*np.percentile(off, [50, 95, 99]), off.max())]
        table.add_row("--undo-mean" if undo else "as published", str(len(taken)), *figures)
    return table


def prepared_lines(raw: Sequence[Recording]) -> list[str]:
    """Filled and trailing mean: ours of the raw key points, against the published ones."""
    chosen = Preparation(smooth="trailing", drop=False, centre=False, joints15=False)
    archive = archive_entries(data_folder() / "gym/published_csv.tar.gz")
    by_name = {folder.rpartition("/")[2]: entries for folder, entries in archive.items()}
    points = other = at_end = 0
    for recording in raw:
        _, frames = read_files(recording.name, pose_files(by_name[recording.name]))
        published = np.concatenate(frames)[..., :2]
        off = np.abs(steps(recording, chosen)[-1].points - published).max(axis=-1) > _EXACT_PX
        points += off.size
        other += int(off.sum())
        seen = recording.keypoints[..., 2] > 0
        for frame, joint in np.argwhere(off):
            before_end = np.flatnonzero(seen[:-1, joint])
            at_end += bool(seen[-1, joint]) and frame > before_end[-1]
    return [
        f"prepared as published: {points - other} of {points} key points are equal to "
        f"{_EXACT_PX:g} px;",
        f"of the other {other}, {at_end} are in a gap that ends with the last frame, which the "
        "published code does not look at",
    ]


def chosen_lines(raw: Sequence[Recording], rng: np.random.Generator) -> list[str]:
    """How often the athlete is found among others."""
    right = doubtful = 0
    shares = []
    for recording in raw:
        people = [recording.keypoints]
        people += [_other(recording, raw, rng) for _ in range(int(rng.integers(1, 4)))]
        poses = []
        for frame in zip(*people, strict=True):
            seen = [one for one in frame if one[:, 2].any()]
            shuffled = [seen[i] for i in rng.permutation(len(seen))]
            poses.append(Poses(recording.skeleton, np.stack(shuffled)))
        choice = choose(recording.skeleton, recording.t, poses)
        if choice is None:
            continue
        same = (choice.athlete.keypoints == recording.keypoints).all(axis=(1, 2)).mean()
        shares.append(float(same))
        right += same > 0.5
        doubtful += choice.doubtful
    low, middle = np.percentile(shares, [5, 50])
    return [
        f"athlete among one to three others: found in {right} of {len(raw)} scenes, "
        f"{doubtful} said to be doubtful;",
        f"frames that are his: {middle:.0%} (median), {low:.0%} (5th percentile)",
    ]


def _other(recording: Recording, raw: Sequence[Recording], rng: np.random.Generator) -> Keypoints:
    """Somebody who stands in another recording, at another place and size, there and back."""
    frames = len(recording)
    phase = int(rng.integers(_STANDING))
    back = np.abs((np.arange(frames) + phase) % (2 * _STANDING - 2) - (_STANDING - 1))
    person = raw[int(rng.integers(len(raw)))].keypoints[back].copy()
    seen = person[..., 2] > 0
    limit = list(_SPEEDS.values())[int(rng.integers(len(_SPEEDS)))]
    middle = np.median(person[seen][:, :2], axis=0)
    person[..., :2] = (person[..., :2] - middle) * rng.uniform(0.4, 1.5) + middle
    person[..., 0] += rng.uniform(-900, 900)
    person[..., 0] += (np.arange(frames) * rng.uniform(-limit, limit))[:, None]
    person[..., :2] += rng.normal(0, 1.5, person[..., :2].shape)
    person[~seen] = 0
    return person


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console()
    raw = load(data_folder() / "gym")
    console.print(imported_table(raw))
    for line in (*prepared_lines(raw), *chosen_lines(raw, np.random.default_rng(options.seed))):
        console.print(line, highlight=False)


if __name__ == "__main__":
    main()
