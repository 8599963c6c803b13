from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.judge.panel.keys import KeyLayoutError, KeyMeaning, KeyPanel, parse_keys
from realtime.marks import Click


def pressed(panel: KeyPanel, *presses: tuple[str, float]) -> list[Click]:
    return list(chain.from_iterable(panel.press(key, time_s) for key, time_s in presses))


def test_judges_click_on_their_own_keys() -> None:
    panel = KeyPanel(parse_keys("f=Anna, j=Ben"))
    assert panel.judges == ("Anna", "Ben")
    clicks = pressed(panel, ("f", 1.0), ("j", 1.01), ("x", 1.1), ("f", 1.25), ("F", 1.5))
    assert clicks == [
        Click("Anna", 1.0),
        Click("Ben", 1.01),
        Click("Anna", 1.25),
        Click("Anna", 1.5, -1),
    ]


def test_named_keys_and_undo_keys() -> None:
    assert parse_keys("space/b=Anna,Enter/\\=Ben,//n=Carl") == {
        " ": KeyMeaning("Anna", 1),
        "b": KeyMeaning("Anna", -1),
        "\r": KeyMeaning("Ben", 1),
        "\\": KeyMeaning("Ben", -1),
        "/": KeyMeaning("Carl", 1),
        "n": KeyMeaning("Carl", -1),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--panel-keys : '' is no judge's key; expected KEY=NAME or KEY/UNDO=NAME, such as "),
        ("f", "--panel-keys f: 'f' is no judge's key"),
        ("f=", "--panel-keys f=: 'f=' is no judge's key"),
        ("f=Anna,", "--panel-keys f=Anna,: '' is no judge's key"),
        ("ff=Anna", "--panel-keys ff=Anna: 'ff' is no key"),
        ("f=Anna,j=anna", "--panel-keys f=Anna,j=anna: anna has two keys"),
        ("f=Anna,f=Ben", "--panel-keys f=Anna,f=Ben: 'f=Ben' takes a key of Anna's"),
        ("f=Anna,j/F=Ben", "--panel-keys f=Anna,j/F=Ben: 'j/F=Ben' takes a key of Anna's"),
        ("f/f=Anna", "--panel-keys f/f=Anna: 'f/f=Anna' takes a key of Anna's"),
        ("space=Anna", "--panel-keys space=Anna: 'space' has no capital to take a click back with"),
        ("F=Anna", "--panel-keys F=Anna: 'F' has no capital"),
        ("a=A,b=B,c=C,d=D,g=E,f=F", "--panel-keys a=A,b=B,c=C,d=D,g=E,f=F: 6 judges; expected 5"),
        ("f=Anna,s=Ben", "--panel-keys f=Anna,s=Ben: 's=Ben' takes 's', which starts, stops or"),
        ("f/E=Anna", "--panel-keys f/E=Anna: 'f/E=Anna' takes 'E', which starts, stops or says"),
    ],
)
def test_bad_keys_are_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(KeyLayoutError) as failure:
        parse_keys(text)
    assert str(failure.value).startswith(message)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("every_s", [0.033, 0.04, 0.09])
@pytest.mark.parametrize("delay_s", [0.25, 0.5, 0.66])
@given(repeats=st.integers(3, 60))
def test_key_that_is_held_counts_once(delay_s: float, every_s: float, repeats: int) -> None:
    held = [("f", 1.0)] + [("f", 1.0 + delay_s + n * every_s) for n in range(repeats)]
    clicks = pressed(KeyPanel(parse_keys("f=Anna")), *held, ("f", 20.0))
    assert sum(click.by for click in clicks) == 2
    assert clicks[0] == Click("Anna", 1.0)
    assert clicks[-1] == Click("Anna", 20.0)


def test_hasty_judges_do_not_disturb_each_other() -> None:
    """Every foot at record pace (130 ms), two judges almost at once."""
    panel = KeyPanel(parse_keys("f=Anna,j=Ben"))
    presses = [(key, 0.13 * n + late) for n in range(230) for key, late in (("f", 0), ("j", 0.02))]
    clicks = pressed(panel, *presses)
    assert len(clicks) == 460
    assert {click.by for click in clicks} == {1}
