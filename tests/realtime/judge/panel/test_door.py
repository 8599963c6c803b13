from __future__ import annotations

from realtime.judge.panel.door import ALPHABET, Door, new_code


def test_codes_are_short_different_and_without_look_alikes() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) > 190
    assert {len(code) for code in codes} == {5}
    assert not set("".join(codes)) & set("01258BGILOQSVZ")
    assert set("".join(codes)) <= set(ALPHABET)


def test_each_wrong_code_doubles_the_wait_up_to_half_a_minute() -> None:
    now_s = 0.0
    door = Door("ACD34", lambda: now_s)
    waits = []
    for _ in range(9):
        assert not door.opens("192.168.1.7", "AAAAA")
        waits.append(door.wait_s("192.168.1.7"))
        now_s += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 30, 30]


def test_wait_is_for_one_address_and_ends_with_the_right_code_or_in_time() -> None:
    now_s = 0.0
    door = Door("ACD34", lambda: now_s)
    for _ in range(4):
        door.opens("192.168.1.7", "AAAAA")
    assert door.wait_s("192.168.1.8") == 0
    assert door.wait_s("192.168.1.7") == 2
    now_s = 2.0
    assert door.opens("192.168.1.7", " acd34 ")
    door.opens("192.168.1.7", "AAAAA")
    assert door.wait_s("192.168.1.7") == 0


def test_forgotten_after_ten_minutes() -> None:
    now_s = 0.0
    door = Door("ACD34", lambda: now_s)
    for _ in range(4):
        door.opens("192.168.1.7", "AAAAA")
    now_s = 601.0
    door.opens("192.168.1.7", "AAAAA")
    assert door.wait_s("192.168.1.7") == 0


def test_letters_beyond_ascii_are_a_wrong_code() -> None:
    assert not Door("ACD34", lambda: 0.0).opens("192.168.1.7", "ÄCD34")


def test_memory_does_not_grow_with_addresses() -> None:
    door = Door("ACD34", lambda: 0.0)
    for address in range(3000):
        door.opens(str(address), "AAAAA")
    assert len(door._tries) == 1024
