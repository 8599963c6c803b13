"""Who is trained on and who is tested on; how it is reported. No network is trained here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from models.gym import protocols
from models.gym.dataset import Recording
from models.gym.preparation import Preparation
from models.gym.protocols import Settings, judge_by_athlete, judge_published
from models.gym.report import athlete_table, document, published_table, stress_table
from models.gym.stress import STRESSES
from models.gym.thesis import DESIGNS, Design
from models.gym.training import Floats, History, Indices, Member, Trained
from tests.models.gym.recordings import flip

SIMPLE = DESIGNS["simple"]


class Standin(Trained):
    """Says backflip of everything; its "weights" are its members."""

    members: Sequence[Member]

    def probabilities(self, samples: Floats) -> Floats:
        return np.tile(np.float32([0.9, 0.1]), (len(self.members), len(samples), 1))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What training was asked for."""
    seen: dict[str, Any] = {}

    def train(
        design: Design, samples: Floats, labels: Indices, members: Sequence[Member], **_: Any
    ) -> Trained:
        seen.update(samples=samples, labels=labels, members=members)
        none = np.full((len(members), 5), np.nan, np.float32)
        standin = Standin(design, [], History(none, none, none, none))
        object.__setattr__(standin, "members", members)
        return standin

    monkeypatch.setattr(protocols, "train", train)
    return seen


def recordings(*names: str) -> list[Recording]:
    return [flip(name, 40, seed) for seed, name in enumerate(names)]


FOUR = ("backflip-1-ann", "flack-2-ann", "backflip-3-bob", "flack-4-cid")


def test_the_split_is_the_thesis_s(asked: dict[str, Any]) -> None:
    """113 recordings gave its author 181 samples to train, 90 to watch and 68 to test on."""
    many = recordings(*(f"backflip-{i}-ann" for i in range(113)))
    judged = judge_published([SIMPLE], many, Settings(copies=3), splits=2)
    members = asked["members"]
    assert len(asked["samples"]) == 339
    assert asked["samples"].shape[1:] == (110, 30)
    assert len(members) == 10
    assert len({member.seed for member in members}) == 10
    for member in members:
        assert (len(member.train), len(member.watch)) == (181, 90)
        assert not set(member.train) & set(member.watch)
    assert np.array_equal(members[0].train, members[4].train)
    assert not np.array_equal(members[0].train, members[5].train)
    assert judged.scores[0].samples == (181, 68)
    assert judged.scores[0].accuracies.tolist() == [1.0] * 10


@pytest.mark.parametrize("copies", [0, 4])
def test_who_is_tested_on_is_never_trained_on(asked: dict[str, Any], copies: int) -> None:
    settings = Settings(copies=copies, repetitions=2)
    judged = judge_by_athlete([SIMPLE], recordings(*FOUR), settings)
    subjects = [clip.subject for clip in judged.data.prepared.clips]
    each = max(1, copies)
    assert asked["labels"].tolist() == [label for label in (0, 1, 0, 1) for _ in range(each)]
    athletes = ("ann", "ann", "bob", "bob", "cid", "cid")
    for member, athlete in zip(asked["members"], athletes, strict=True):
        trained_on = {subjects[judged.data.origin[i]] for i in member.train}
        assert trained_on == set(subjects) - {athlete}
        assert not len(member.watch)
    score = judged.scores[0]
    assert score.accuracies.tolist() == [0.5, 0.5]
    assert score.by_athlete == {"ann": 0.5, "bob": 1.0, "cid": 0.0}
    assert set(score.stressed) == set(STRESSES)


def test_copies_are_of_the_training_recordings_only(asked: dict[str, Any]) -> None:
    """The recordings tested on are as they were recorded, not augmented."""
    judged = judge_by_athlete([SIMPLE], recordings(*FOUR), Settings(copies=2))
    data = judged.data
    assert len(data.inputs) == 4
    assert len(data.copies) == 8
    for copy, origin in zip(data.copies, data.origin, strict=True):
        moved = np.abs(copy - data.inputs[origin]).max()
        assert 1 < moved < np.abs(data.inputs).max()


def test_all_25_joints_can_be_kept(asked: dict[str, Any]) -> None:
    settings = Settings(copies=2, preparation=Preparation(joints15=False))
    judge_by_athlete([SIMPLE], recordings(*FOUR), settings)
    assert asked["samples"].shape == (8, 110, 50)


def test_too_little_is_said() -> None:
    with pytest.raises(ValueError, match="all recordings are of ann: expected two athletes"):
        judge_by_athlete([SIMPLE], recordings("backflip-1-ann", "flack-2-ann"), Settings(copies=1))
    with pytest.raises(ValueError, match="1 samples: expected at least 3"):
        judge_published([SIMPLE], recordings("backflip-1-ann"), Settings(copies=1))


def test_tables_stand_beside_the_thesis(asked: dict[str, Any]) -> None:
    designs = list(DESIGNS.values())
    settings = Settings(copies=2)
    published = judge_published(designs, recordings(*FOUR), settings)
    athletes = judge_by_athlete(designs, recordings(*FOUR), settings)
    table = published_table(published)
    simple = dict(zip(table.columns[1:3], table.rows[0][1:3], strict=True))
    assert simple["thesis"] == "88.8"
    assert [row[-1] for row in table.rows if row[-1]] == ["13:04", "30:34", "61:38"]
    assert athlete_table(athletes).rows[0][:4] == ("SimpleRNN(2)", "50.0 ± 0.0", "cid", "0.0")
    stressed = stress_table(athletes)
    assert stressed.columns[2:] == tuple(STRESSES)
    assert "50.0" in stressed.note
    for each in (table, athlete_table(athletes), stressed):
        assert len(each.rows) == len(designs)
        assert all(len(row) == len(each.columns) for row in each.rows)
    parsed = json.loads(json.dumps(document(published, athletes), allow_nan=False))
    assert parsed["schema"] == "fliptally/gym@1"
    assert parsed["published"]["networks"][0]["thesis"]["accuracy"] == 0.88824
    assert parsed["published"]["networks"][0]["history"]["watched_loss"][0] == [None] * 5
    assert len(parsed["by_athlete"]["networks"][0]["stressed"]["mirrored"]) == 5
    assert "by_athlete" not in document(published, None)
