"""A choice on the command line reaches a worker as it was made."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pose.engines import ENGINES
from models.pose.options import PoseOptions
from realtime.options.pose import EngineChoice, add_options, chosen


def parse(*arguments: str) -> EngineChoice:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser)
    return chosen(parser.parse_args(arguments))


SIDES = st.integers(1, 128).map(lambda n: 16 * n)
WORDS = st.text(st.characters(codec="ascii", exclude_characters="=\0"), min_size=1, max_size=9)
OPTIONS = st.builds(
    PoseOptions,
    people=st.integers(1, 64),
    threads=st.just(2),
    caffemodel=st.none() | st.just(Path("/models/a b=c.caffemodel")),
    net_size=st.none() | st.tuples(SIDES, SIDES),
    openpose=st.dictionaries(WORDS.filter(lambda word: word[0] != "-"), WORDS, max_size=3),
)


@settings(deadline=None)
@given(st.builds(EngineChoice, st.sampled_from(sorted(ENGINES)), OPTIONS))
def test_a_choice_becomes_arguments_and_back(choice):
    assert parse(*choice.arguments()) == choice


def test_the_default_is_blazepose_and_one_person():
    assert parse() == EngineChoice("blazepose", PoseOptions())


def test_the_last_of_two_equal_flags_counts():
    choice = parse("--openpose", "num_gpu=1", "--openpose", "num_gpu=2")
    assert choice.options.openpose == {"num_gpu": "2"}


@pytest.mark.parametrize("size", ["0x0", "16", "16x", "16x15", "16x2064", "-16x16", "16x16x16"])
def test_a_size_the_network_does_not_take_is_refused(size):
    with pytest.raises(argparse.ArgumentError, match=r"multiples of 16 up to 2048, as 656x368"):
        parse(f"--net-size={size}")
