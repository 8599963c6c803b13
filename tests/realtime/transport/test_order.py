"""Poses in the order of their frames: any order of answers, duplicates among them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.observations import Lost
from realtime.transport.order import Order


@given(st.lists(st.integers(0, 9), max_size=60), st.permutations(range(10)))
def test_each_frame_is_given_out_once_in_the_order_of_sending(answers, placed):
    order, given_out = Order(), []
    for seq in placed:
        order.place(seq)
    for number, seq in enumerate([*answers, *range(10)]):
        order.settle(Lost(seq, 0.0, f"said at {number}"))
        order.place(placed[-1])  # sent again: it keeps its place
        given_out += order.take()
        if not order:
            break
    assert [lost.seq for lost in given_out] == placed
    first = {seq: number for number, seq in reversed([*enumerate([*answers, *range(10)])])}
    assert all(lost.why == f"said at {first[lost.seq]}" for lost in given_out)
    assert order.take() == []


def test_what_was_never_sent_is_not_given_out():
    order = Order()
    order.settle(Lost(3, 0.0, "unasked"))
    assert order.take() == []
    assert not order
