"""The schema as a reader of JSON sees it: every object, its fields and their types in words."""

from __future__ import annotations

import dataclasses
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from realtime.marks import Mark
from realtime.publishing.schema import Message
from realtime.show.snapshot import Snapshot

_WORDS = {int: "whole number", float: "number", str: "text", bool: "true or false"}


def objects() -> dict[str, type]:
    """Every object that is in a message, by its heading."""
    found: dict[str, type] = {}
    for message in get_args(Message):
        found[f"Message `{_tag(message)}`"] = message
    for mark in get_args(Mark):
        found[f"Mark `{_tag(mark)}`"] = mark
    waiting: list[type] = [Snapshot]
    while waiting:
        kind = waiting.pop(0)
        found[f"Object `{kind.__name__}`"] = kind
        for hint in get_type_hints(kind).values():
            waiting += [t for t in _inside(hint) if _is_object(t) and t not in found.values()]
    return found


def fields(kind: type) -> dict[str, str]:
    """The fields of an object and their types in words."""
    hints = get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        return {field.name: words(hints[field.name]) for field in dataclasses.fields(kind)}
    tag = {"type": f'`"{_tag(kind)}"`'}
    return tag | {f.encode_name: words(hints[f.name]) for f in msgspec.structs.fields(kind)}


def words(hint: Any) -> str:
    if hint in _WORDS:
        return _WORDS[hint]
    if hint == Mark:
        return "a mark"
    if get_origin(hint) is Literal:
        return ", ".join(f"`{each!r}`".replace("'", '"') for each in get_args(hint))
    if get_origin(hint) in (Union, types.UnionType):
        first, *rest = [t for t in get_args(hint) if t is not type(None)]
        assert not rest, hint
        return f"{words(first)} or null"
    if get_origin(hint) is tuple:
        return f"list: {words(get_args(hint)[0])}"
    return f"`{hint.__name__}`"


def _inside(hint: Any) -> list[Any]:
    arguments = get_args(hint)
    return [t for each in arguments for t in _inside(each)] if arguments else [hint]


def _is_object(hint: Any) -> bool:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _tag(kind: Any) -> str:
    return str(kind.__struct_config__.tag)
