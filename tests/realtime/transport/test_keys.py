"""The key pair and the trusted machines, as they lie on the disk."""

from __future__ import annotations

import os
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.transport.errors import KeysError
from realtime.transport.keys import MAX_TRUSTED, KeyRing, default_folder, from_text, to_text

POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions are of POSIX")


@given(st.binary(min_size=32, max_size=32))
def test_a_key_reads_as_it_was_written(key):
    text = to_text(key)
    assert from_text(text) == from_text(f" {text.upper()}\n") == key
    assert text.isalnum()


@given(st.text(max_size=80))
def test_whatever_is_no_key_is_one_line(text):
    with pytest.raises(KeysError) as raised:
        from_text(f"{text}?")
    assert str(raised.value).isprintable()


def test_keys_are_made_once_and_stay(tmp_path):
    ring = KeyRing.make(tmp_path / "k")
    again = KeyRing.make(tmp_path / "k")
    assert (again.public, again.secret) == (ring.public, ring.secret)
    assert KeyRing.make(tmp_path / "k", replace=True).public != ring.public


@POSIX
def test_nobody_else_can_read_the_secret_or_change_who_is_trusted(tmp_path):
    folder = tmp_path / "k"
    ring = KeyRing.make(folder)
    ring.trust("hall", b"h" * 32)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == ["machine.json", "trusted.json"]


@POSIX
@pytest.mark.parametrize(
    ("name", "mode", "mend"), [("machine.json", 0o640, "chmod 600"), (".", 0o770, "chmod 700")]
)
def test_keys_that_are_open_to_others_are_not_used(tmp_path, name, mode, mend):
    KeyRing.make(tmp_path / "k")
    (tmp_path / "k" / name).chmod(mode)
    with pytest.raises(KeysError, match=mend):
        KeyRing.open(tmp_path / "k")


def test_where_there_are_no_keys_the_mend_is_said(tmp_path):
    with pytest.raises(KeysError, match="make them with: fliptally keys"):
        KeyRing.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"public": 1}', b"\xff" * 40])
def test_a_damaged_file_is_one_line(tmp_path, content):
    ring = KeyRing.make(tmp_path / "k")
    for path in (ring.folder / "trusted.json", ring.folder / "machine.json"):
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(KeysError, match=r"trusted\.json: cannot be read"):
        ring.trusted()
    with pytest.raises(KeysError, match=r"machine\.json: cannot be read"):
        KeyRing.open(ring.folder)


def test_whom_to_trust_is_kept_by_name(tmp_path):
    ring = KeyRing.make(tmp_path / "k")
    assert ring.trust("laptop", b"l" * 32) is None
    assert ring.trust("laptop", b"l" * 32) is None
    assert KeyRing.open(ring.folder).trusted() == {"laptop": b"l" * 32}
    with pytest.raises(KeysError, match="trusted already with another key"):
        ring.trust("laptop", b"x" * 32)
    assert ring.trust("old-laptop", b"l" * 32) == "laptop"
    assert ring.trusted() == {"old-laptop": b"l" * 32}
    ring.forget("old-laptop")
    assert ring.trusted() == {}
    with pytest.raises(KeysError, match="known: nobody"):
        ring.forget("old-laptop")


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "x" * 33, "\x1b[2J", "é"])
def test_a_name_is_one_that_can_be_typed_and_shown(tmp_path, name):
    with pytest.raises(KeysError, match="expected letters, digits") as raised:
        KeyRing.make(tmp_path / "k").trust(name, b"l" * 32)
    assert str(raised.value).isprintable()


def test_the_list_has_an_end(tmp_path):
    ring = KeyRing.make(tmp_path / "k")
    machines = {f"m{number}": to_text(number.to_bytes(32)) for number in range(MAX_TRUSTED)}
    text = ", ".join(f'"{name}": "{key}"' for name, key in machines.items())
    (ring.folder / "trusted.json").write_text(f'{{"machines": {{{text}}}}}')
    assert len(ring.trusted()) == MAX_TRUSTED
    with pytest.raises(KeysError, match="forget one first"):
        ring.trust("one-more", b"l" * 32)


def test_two_processes_that_make_keys_at_once_have_the_same(tmp_path):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(KeyRing.make(tmp_path / "k").public))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_the_folder_is_the_users_own_or_the_one_that_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("FLIPTALLY_KEYS", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("FLIPTALLY_KEYS")
    assert default_folder().name == "keys"
