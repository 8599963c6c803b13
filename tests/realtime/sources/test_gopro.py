"""A GoPro is found, started, kept awake and stopped, by its HTTP interface."""

from __future__ import annotations

import threading
import time

import pytest

from calibration.profile import Profile, TimingPart, write_profile
from realtime import opening
from realtime.opening import open_station
from realtime.sources import gopro
from realtime.sources.errors import SourceError
from realtime.sources.gopro import GoProAddress, GoProSource, find_gopro, is_gopro
from realtime.supervision.states import StateChange
from tests.gopros import GoPro

HOST = "10: eth1 inet 172.27.189.{}/24 and 192.168.1.4 and 172.17.0.1 (docker)"


def test_what_names_a_gopro():
    for name in ("gopro", "gopro:189", "gopro:172.27.189.51", "gopro+rtsp", "gopro+rtsp:189"):
        assert is_gopro(name)
    for name in ("gopro.mp4", "gopros", "./gopro", "0"):
        assert not is_gopro(name)


@pytest.mark.parametrize(
    ("which", "host", "port"),
    [("189", "172.21.189.51", 8080), ("C0000123456789", "172.27.189.51", 8080),
     ("172.27.189.51", "172.27.189.51", 8080), ("10.5.5.9:80", "10.5.5.9", 80)],
)  # fmt: skip
def test_a_serial_number_or_address_says_where_it_is(which, host, port):
    assert find_gopro(which) == GoProAddress(host, port)


def test_the_only_one_that_is_plugged_in_is_found():
    assert find_gopro(None, lambda: HOST.format(50)).host == "172.27.189.51"
    assert find_gopro(None, lambda: "wlan0 10.5.5.100").over_wifi


@pytest.mark.parametrize(
    ("text", "message"),
    [("192.168.1.4 172.17.0.1", "gopro: none found, expected one by USB .* switch it on"),
     ("172.27.189.50 172.21.123.55", "2 are plugged in .*expected one; give gopro:172.21.123.51")],
)  # fmt: skip
def test_none_or_two_are_said_with_the_mend(text, message):
    with pytest.raises(SourceError, match=message):
        find_gopro(None, lambda: text)


@pytest.mark.parametrize("which", ["mine", "300.1.1.1", "10.5.5", "10.5.5.9:http"])
def test_a_name_that_says_nothing_is_refused(which):
    with pytest.raises(SourceError, match=rf"gopro:{which}: expected an address .* serial number"):
        find_gopro(which)


def test_it_is_started_kept_awake_and_stopped(film, monkeypatch):
    monkeypatch.setattr(gopro, "_KEEP_ALIVE_S", 0.1)
    with GoPro(film) as camera:
        source = GoProSource(camera.source)
        assert (source.info.width, source.info.height) == (160, 120)
        assert source.info.uri == "gopro:127.0.0.1"
        assert camera.wanted["res"] == "7"
        assert camera.wanted["fov"] == "4"
        assert camera.wanted["protocol"] == "TS"
        assert [source.read().image.shape for _ in range(10)] == 10 * [(120, 160, 3)]
        time.sleep(0.25)
        source.close()
        source.close()
    assert camera.requests[:2] == ["/gopro/camera/control/wired_usb", "/gopro/webcam/start"]
    assert camera.requests.count("/gopro/camera/keep_alive") >= 2
    assert camera.requests[-2:] == ["/gopro/webcam/stop", "/gopro/webcam/exit"]


def test_over_wifi_it_is_its_preview(film, monkeypatch):
    monkeypatch.setattr(gopro, "_WIFI", "127.0.0.1")
    with GoPro(film) as camera:
        source = GoProSource(camera.source)
        assert source.read() is not None
        source.close()
    asked = [path for path in camera.requests if "keep_alive" not in path]
    stream = "/gopro/camera/stream/"
    assert asked == [f"{stream}stop", f"{stream}start", f"{stream}stop"]


def test_its_delay_is_said_and_is_the_calibrated_one_once_that_was_measured(tmp_path, monkeypatch):
    path = tmp_path / "gopro.toml"
    monkeypatch.setattr(opening, "profile_path", lambda _: path)
    assert opening.delay_notice("gopro") == gopro.NOTICE
    write_profile(path, Profile(1, "gopro", timing=TimingPart(latency_s=0.613)))
    assert opening.delay_notice("gopro") == "pictures come 0.61 s late, as calibrated"


def test_what_it_refuses_is_said_with_the_mend(film):
    with GoPro(film, error=4) as camera:
        with pytest.raises(SourceError, match=r"gopro 127\.0\.0\.1: .*error 4: it is recording"):
            GoProSource(camera.source)
        assert camera.requests[-1] == "/gopro/webcam/exit"
    with (
        GoPro(film, refuses="webcam/start") as camera,
        pytest.raises(SourceError, match=r"refused /gopro/webcam/start \(500\); switch it off"),
    ):
        GoProSource(camera.source)


def test_one_that_does_not_answer_is_said_with_the_mend():
    with pytest.raises(SourceError, match=r"gopro 127\.0\.0\.1: no answer .*expected .*is it on"):
        GoProSource("gopro:127.0.0.1:9")


@pytest.mark.slow
def test_one_that_was_switched_off_is_started_again(film):
    with GoPro(film) as camera:
        source = open_station(camera.source)
        said: list[StateChange] = []

        def read() -> None:
            while (seen := source.read()) is not None:
                if isinstance(seen, StateChange):
                    said.append(seen)

        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(0.3)
        camera.silence()
        deadline = time.monotonic() + 10
        while not any(change.gap_s > 1 for change in said) and time.monotonic() < deadline:
            time.sleep(0.02)
        source.interrupt()
        reader.join()
        source.close()
        states = [change.state for change in said]
        assert states[:2] == ["running", "degraded"]
        assert "late" in said[0].why
        assert any(change.state == "running" and change.gap_s > 1 for change in said)
        assert camera.requests.count("/gopro/webcam/start") == 2
        time.sleep(0.7)  # the last goodbye
        assert "/gopro/webcam/exit" in camera.requests[-2:]
