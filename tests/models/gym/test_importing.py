"""Imported is what was recorded, whole and of the athlete; the rest is named with its reason."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.gym.dataset import load, save
from models.gym.importing import Wishes, import_recordings, without_mean
from models.gym.preparation import Preparation, steps
from models.recordings.errors import KeypointsError
from models.skeleton import BODY_25, OPENPOSE_18, convert
from tests.models.gym.recordings import figure, flip, write_csv, write_json

SIXTY = Wishes(fps=60)


def refused(source: Path, wishes: Wishes = SIXTY) -> str:
    with pytest.raises(KeypointsError) as caught:
        import_recordings(source, wishes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_published_form_round_trip(tmp_path: Path) -> None:
    """Unpacked or packed, in one folder each: names give class and person, what is read is kept."""
    recordings = [flip("backflip-1-ann"), flip("flack-12-bob", seed=1)]
    for r in recordings:
        write_csv(tmp_path / "set" / r.name, f"{r.name}.mov", r.keypoints)
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "set", "published")
    for source in ("set", "set.tar.gz"):
        imported = import_recordings(tmp_path / source, SIXTY)
        assert not imported.skipped
        save(tmp_path / f"{source}-out", [one.recording for one in imported.taken])
        for got, was in zip(load(tmp_path / f"{source}-out"), recordings, strict=True):
            np.testing.assert_array_equal(got.keypoints, was.keypoints)
            np.testing.assert_allclose(got.t, was.t, atol=1e-6)
            assert (got.name, got.label, got.subject) == (was.name, was.label, was.subject)
    assert recordings[1].label == "handspring"


def test_a_data_set_can_be_imported_with_all_that_it_says(tmp_path: Path) -> None:
    whole = replace(
        flip(), takeoff=20, landing=41, t=np.arange(60) / 50 + 0.001 * (np.arange(60) % 2)
    )
    save(tmp_path / "a", [whole])
    (one,) = import_recordings(tmp_path / "a", Wishes()).taken
    save(tmp_path / "b", [one.recording])
    (again,) = load(tmp_path / "b")
    np.testing.assert_array_equal(again.keypoints, whole.keypoints)
    np.testing.assert_array_equal(again.t, whole.t)
    assert (again.takeoff, again.landing, again.width, again.height) == (20, 41, 1920, 1080)


def test_the_athlete_is_who_turns_over_wherever_he_stands_in_the_list(tmp_path: Path) -> None:
    recording = flip()
    rng = np.random.default_rng(0)

    def bystander(x: float, size: float, step: float, i: int) -> np.ndarray:
        person = figure(lean=15 * np.sin(i / 5), size=size)
        person[:, :2] += rng.normal((x + step * i, 0), 1.5, (25, 2))
        return person.astype(np.float32)

    people = []
    for i, athlete in enumerate(recording.keypoints):
        others = [bystander(-400, 1.6, 0, i), bystander(350, 0.5, 3, i)]
        frame = [athlete, *others] if i not in (30, 31) else others  # lost at the top
        people.append([frame[k] for k in rng.permutation(len(frame))])
    write_json(tmp_path / "set", "backflip-1-ann", people)
    (one,) = import_recordings(tmp_path / "set", SIXTY).taken
    expected = convert(recording.keypoints, BODY_25, OPENPOSE_18)
    expected[30:32] = 0
    np.testing.assert_allclose(one.recording.keypoints, expected, atol=1e-4)
    assert one.recording.skeleton is OPENPOSE_18
    assert len(one.recording) == 60
    assert str(one.choice).startswith("3 at once, 3 tracks: the one from frame 0 on, 58 frames")
    assert not one.choice.doubtful
    assert one.notes == ("athlete not seen, somebody else is in 2 of 60 frames (30, 31)",)


def test_two_who_turn_over_are_a_doubtful_choice(tmp_path: Path) -> None:
    recording = flip()
    people = [[one, one + np.float32([500, 0, 0])] for one in recording.keypoints]
    write_json(tmp_path, "backflip-1-ann", people)
    (one,) = import_recordings(tmp_path, SIXTY).taken
    assert one.choice.doubtful
    assert str(one.choice).endswith("look at it")


def test_frames_without_anybody_are_kept_and_named(tmp_path: Path) -> None:
    keypoints = flip().keypoints
    keypoints[[7, 8, 30]] = 0
    write_csv(tmp_path, "backflip-1-ann.mov", keypoints)
    (one,) = import_recordings(tmp_path, SIXTY).taken
    assert len(one.recording) == 60
    assert one.notes == ("nobody seen in 3 of 60 frames (7, 8, 30)",)
    (tmp_path / "backflip-1-ann.mov-0-0.csv").unlink()
    (late,) = import_recordings(tmp_path, SIXTY).taken
    assert late.notes[0] == "begins with frame 1"


def test_what_cannot_be_taken_whole_is_left_out_by_name(tmp_path: Path) -> None:
    keypoints = flip(frames=6).keypoints
    people = [[one] for one in keypoints]
    write_csv(tmp_path / "good", "backflip-1-ann.mov", keypoints)
    write_csv(tmp_path / "row", "backflip-2-ann.mov", keypoints)
    (tmp_path / "row" / "backflip-2-ann.mov-3-0.csv").write_text("x,y,c\n1,2,0.5\n3,4\n")
    write_json(tmp_path / "lost", "backflip-3-ann", people)
    (tmp_path / "lost" / "backflip-3-ann_000000000004_keypoints.json").unlink()
    write_json(tmp_path / "nobody", "backflip-4-ann", [[], []])
    write_csv(tmp_path / "unnamed", "clip", keypoints)
    write_csv(tmp_path / "again", "backflip-1-ann.mov", keypoints)
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "backflip-6-ann.npz").write_bytes(b"PK")
    (tmp_path / "notes.txt").write_text("of the day")
    imported = import_recordings(tmp_path, SIXTY)
    assert [one.recording.name for one in imported.taken] == ["backflip-1-ann"]
    reasons = dict(imported.skipped)
    assert "mov-3-0.csv, line 3" in reasons["backflip-2-ann"]
    assert "no file for frame 4" in reasons["backflip-3-ann"]
    assert "nobody is seen" in reasons["backflip-4-ann"]
    assert "--label and --subject" in reasons["clip"]
    assert "has the name of" in reasons["backflip-1-ann"]
    assert reasons[str(tmp_path / "empty")] == "an empty folder"
    assert "not a readable key-point .npz" in reasons["backflip-6-ann"]
    assert imported.others == [str(tmp_path / "notes.txt")]


def test_nothing_to_import_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "an empty folder" in refused(tmp_path / "empty")
    assert "no such file or folder" in refused(tmp_path / "none")
    write_csv(tmp_path / "set", "backflip-1-ann.mov", flip(frames=3).keypoints)
    assert "pass the frame rate with --fps" in refused(tmp_path / "set", Wishes())
    (tmp_path / "text.tar.gz").write_text("not packed")
    assert "not a readable archive" in refused(tmp_path / "text.tar.gz")


def test_options_say_what_a_recording_does_not(tmp_path: Path) -> None:
    keypoints = flip(frames=4).keypoints
    np.savez(tmp_path / "clip.npz", keypoints=keypoints, skeleton="body_25")
    np.savez(tmp_path / "flack-2-eve.npz", keypoints=keypoints, skeleton="body_25", fps=25.0)
    wishes = Wishes(fps=50, label="backflip", subject="dan")
    clip, flack = (one.recording for one in import_recordings(tmp_path, wishes).taken)
    assert (clip.label, clip.subject, clip.fps) == ("backflip", "dan", pytest.approx(50))
    assert (flack.label, flack.subject, flack.fps) == ("handspring", "eve", pytest.approx(25))


def test_the_published_mean_can_be_taken_back(tmp_path: Path) -> None:
    """Smoothed and filled as published, and back: what was seen is where it was."""
    raw = flip().keypoints
    raw[20:24, 4] = 0
    seen = raw[..., 2] > 0
    smooth = Preparation(smooth="trailing", drop=False, centre=False, joints15=False)
    published = raw.astype(np.float64)
    published[..., :2] = steps(replace(flip(), keypoints=raw), smooth)[-1].points
    undone = without_mean(published)
    np.testing.assert_allclose(undone[seen], raw[seen], atol=1e-2)
    assert np.abs(published[seen] - raw[seen]).max() > 5
    with pytest.raises(ValueError, match="filled points are off by"):
        without_mean(raw.astype(np.float64))


def test_a_data_set_is_never_written_over(tmp_path: Path) -> None:
    save(tmp_path, [flip()])
    with pytest.raises(KeypointsError, match="is there already"):
        save(tmp_path, [flip()])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("backflip-1-ann,backflip,ann,59,,", "59 frames, but backflip-1-ann.npz has 60"),
        ("backflip-1-ann,backflip,bob,60,,", "subject 'bob', but backflip-1-ann.npz says 'ann'"),
        ("backflip-1-ann,backflip,ann,60,40,20", "landing in frame 20, take-off in 40"),
        ("backflip-1-ann,backflip,ann,60,60,", "takeoff '60': expected a whole number below 60"),
        ("backflip-2-ann,backflip,ann,60,,", "says nothing of backflip-1-ann.npz"),
        ("../backflip-1-ann,backflip,ann,60,,", "says nothing of backflip-1-ann.npz"),
        ("", "no clips"),
    ],
)
def test_an_index_that_says_other_than_the_clips(tmp_path: Path, line: str, says: str) -> None:
    save(tmp_path, [flip()])
    (tmp_path / "index.csv").write_text(f"clip,label,subject,frames,takeoff,landing\n{line}\n")
    with pytest.raises(KeypointsError) as caught:
        load(tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_real_published_recordings(data: Path, tmp_path: Path) -> None:
    """As published they are smoothed; with the mean taken back they are the raw ones."""
    names = ("backflip-1-allar", "flack-17-rasmus")
    with tarfile.open(data / "gym/published_csv.tar.gz") as archive:
        wanted = [m for m in archive.getmembers() if m.name.split("/")[1] in names]
        archive.extractall(tmp_path, members=wanted, filter="data")
    raw = {r.name: r for r in load(data / "gym")}
    for undo, within in ((False, None), (True, 0.05)):
        taken = import_recordings(tmp_path, Wishes(fps=60, undo_mean=undo)).taken
        assert [one.recording.name for one in taken] == list(names)
        for one in taken:
            was = raw[one.recording.name].keypoints
            seen = was[..., 2] > 0
            np.testing.assert_array_equal(one.recording.keypoints[..., 2], was[..., 2])
            off = np.abs(one.recording.keypoints[seen] - was[seen]).max()
            assert off < within if within else off > 50
