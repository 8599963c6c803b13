"""What `fliptally doctor` says of cameras: what they really give."""

from __future__ import annotations

import os
import re

from realtime.commands import doctor
from realtime.sources.camera import CameraSource
from realtime.sources.errors import SourceError
from tests.realtime.sources.test_contract import Capture


def said(monkeypatch, open_camera) -> list[str]:
    monkeypatch.setattr(doctor, "list_cameras", lambda: [os.devnull])
    monkeypatch.setattr(doctor, "CameraSource", open_camera)
    return [str(finding) for finding in doctor._cameras()]


def test_a_camera_is_opened_and_measured(monkeypatch):
    [line] = said(monkeypatch, lambda device: CameraSource(device, capture=Capture()))
    assert re.fullmatch(
        r"ok +camera +/dev/null 160x120 MJPG, [3-6]\d pictures a second; asked for 1280x720.*",
        line,
    )


def test_an_entry_that_gives_no_pictures_is_no_fault(monkeypatch):
    def fail(device):
        raise SourceError(f"camera {device}: gives no picture; is another program using it?")

    [line] = said(monkeypatch, fail)
    assert line == "none     camera     /dev/null gives no picture; is another program using it?"
