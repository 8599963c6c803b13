"""Mistakes in a scene file, said so that somebody who writes one can mend them.

A validation error says where it is; what was expected there is read from the types themselves, so
that the two cannot differ.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from msgspec import inspect

_WHERE = re.compile(r"(.*) - at `\$(.*)`", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_KEY = re.compile(r"Object (?:contains unknown|missing required) field `(.*)`", re.DOTALL)
_OF_A_VALUE = ("Expected", "Invalid")
"""How a reason begins that is about a value, not about the keys of a table."""
_ENTRIES = {"person": "person", "do": "move", "parts": "part"}
"""What one entry of a list is called."""
_PATTERNS = {
    "^#[0-9a-fA-F]{6}$": 'a colour "#rrggbb"',
    "^(#[0-9a-fA-F]{6}|barefoot)$": 'a colour "#rrggbb" or "barefoot"',
}
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in the file: its name for people, what is there, and of which types it may be."""

    name: tuple[str, ...]
    value: Any
    kinds: tuple[inspect.Type, ...]
    key: str = ""

    def table(self) -> inspect.StructType | None:
        """The table that it is, told from others by its tag."""
        found = [kind for kind in self.kinds if isinstance(kind, inspect.StructType)]
        if len(found) == 1:
            return found[0]
        tagged = self.value if isinstance(self.value, dict) else {}
        return next((kind for kind in found if tagged.get(kind.tag_field) == kind.tag), None)

    def tags(self) -> list[str]:
        """The choices of the key that tells tables apart."""
        return sorted(str(k.tag) for k in self.kinds if isinstance(k, inspect.StructType) and k.tag)


def said(error: msgspec.ValidationError, document: object, kind: type) -> str:
    """One line that says where in `document` (tables and lists as read from TOML), which was to be
    of `kind`, the mistake is, what is there and what was expected. Reads types as `msgspec.convert`
    does, which is not to be done beside garbage collection."""
    found = _WHERE.fullmatch(str(error))
    reason, path = found.groups() if found else (str(error), "")
    spot = _Spot((), document, _alternatives(inspect.type_info(kind)))
    for name, index in _STEP.findall(path):
        spot = _entry(spot, int(index)) if index else _member(spot, name)
    if spot.key and not reason.startswith(_OF_A_VALUE):
        spot = replace(spot, name=(*spot.name, spot.key), key="")
    return ": ".join(part for part in (", ".join(spot.name), _complaint(spot, reason)) if part)


def _complaint(spot: _Spot, reason: str) -> str:
    key = _KEY.fullmatch(reason)
    if key and reason.startswith("Object contains"):
        return _unknown(spot, key[1])
    if key:
        return f"{key[1]} is missing; expected {_described(_member(spot, key[1]).kinds)}"
    if not reason.startswith(_OF_A_VALUE):
        return " ".join(reason.split())  # a table's own check
    expected = _described(spot.kinds)
    if not expected:
        return " ".join(reason.split())
    shown = f"{spot.key} {_shown(spot.value)}".strip()
    mend = _nearest(spot.value, _choices(spot.kinds))
    if isinstance(spot.value, dict) and _is_list(spot):
        mend = f"; write [[{spot.key}]]"
    return f"{shown}: expected {expected}{mend}"


def _is_list(spot: _Spot) -> bool:
    return any(isinstance(kind, inspect.VarTupleType) for kind in spot.kinds)


def _unknown(spot: _Spot, key: str) -> str:
    table = spot.table()
    keys = [field.encode_name for field in table.fields] if table else []
    if table and table.tag_field:
        keys.insert(0, table.tag_field)
    return f"{key}: there is no such key; expected one of {', '.join(keys)}{_nearest(key, keys)}"


def _member(spot: _Spot, name: str) -> _Spot:
    """The value of a key of a table."""
    value = spot.value.get(name) if isinstance(spot.value, dict) else None
    table = spot.table()
    # A key that is a value's name is said with the value; a table's is a place.
    where = (*spot.name, spot.key) if spot.key else spot.name
    fields = {field.encode_name: field.type for field in table.fields} if table else {}
    if name in fields:
        return _Spot(where, value, _alternatives(fields[name]), name)
    tags = tuple(spot.tags())
    return _Spot(where, value, (inspect.LiteralType(tags),) if tags else (), name)


def _entry(spot: _Spot, index: int) -> _Spot:
    """An entry of a list; those that are tables are named with their tag."""
    value = spot.value[index] if isinstance(spot.value, list) else None
    kinds = tuple(
        part
        for kind in spot.kinds
        if isinstance(kind, inspect.VarTupleType)
        for part in _alternatives(kind.item_type)
    )
    known = _ENTRIES.get(spot.key)
    name = f"{known} {index + 1}" if known else f"{spot.key}, entry {index + 1}"
    entry = _Spot((*spot.name, name), value, kinds)
    table = entry.table()
    if table and table.tag:
        return _Spot((*spot.name, f"{name} ({table.tag})"), value, kinds)
    return entry


def _alternatives(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """What a value may be, apart from nothing at all."""
    if isinstance(kind, inspect.Metadata):
        return _alternatives(kind.type)
    if isinstance(kind, inspect.UnionType):
        return tuple(part for one in kind.types for part in _alternatives(one))
    return () if isinstance(kind, inspect.NoneType) else (kind,)


def _described(kinds: Sequence[inspect.Type], *, many: bool = False) -> str:
    texts = (_description(kind, "s" if many else "") for kind in kinds)
    return " or ".join(dict.fromkeys(text for text in texts if text))


def _description(kind: inspect.Type, s: str = "") -> str:
    """What a value is to be; with `s` its plural."""
    a = "" if s else "a "
    text = ""
    match kind:
        case inspect.LiteralType():
            text = f"{'any' if s else 'one'} of {', '.join(map(str, kind.values))}"
        case inspect.FloatType():
            text = f"{a}number{s}{_range(kind)}"
        case inspect.IntType():
            text = f"{a}whole number{s}{_range(kind)}"
        case inspect.BoolType():
            text = "true or false"
        case inspect.StrType():
            text = _PATTERNS.get(kind.pattern or "", f"{a}text{s}")
            text += " that is not empty" if kind.min_length else ""
        case inspect.StructType():
            text = f"{a}table{s}" + (f" with the key {kind.tag_field}" if kind.tag_field else "")
        case inspect.VarTupleType():
            items = _described(_alternatives(kind.item_type), many=True)
            text = f"{a}list{s} of {_length(kind)}{items}"
    return text


def _range(kind: inspect.FloatType | inspect.IntType) -> str:
    above, low, high = (None if x is None else f"{x:.10g}" for x in (kind.gt, kind.ge, kind.le))
    if low and high:
        return f" {low} to {high}"
    limits = {"above": above, "at least": low, "at most": high}
    return "".join(f" {word} {limit}" for word, limit in limits.items() if limit)


def _length(kind: inspect.VarTupleType) -> str:
    least, most = kind.min_length, kind.max_length
    if least is None:
        return ""
    if most is None:
        return f"at least {least} "
    return f"{least} " if least == most else f"{least} to {most} "


def _choices(kinds: Sequence[inspect.Type]) -> list[str]:
    return [str(v) for k in kinds if isinstance(k, inspect.LiteralType) for v in k.values]


def _nearest(value: object, choices: Sequence[str]) -> str:
    near = difflib.get_close_matches(str(value), choices, n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "(a table)"
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _LONGEST:
        return text
    return "(a list)" if isinstance(value, list) else f"{text[:_LONGEST]}…"
