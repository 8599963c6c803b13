"""A GoPro, put into webcam mode over USB or preview over Wi-Fi by its HTTP interface.

Addresses, requests and answers are those of GoPro's own documentation, "Open GoPro HTTP API 2.0"
(https://gopro.github.io/OpenGoPro/http).
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from realtime.printable import one_line
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, SourceInfo
from realtime.sources.video import VideoSource

NOTICE = "pictures come 0.5 to 0.7 s late; fliptally calibrate timing"
"""What is said of its delay as long as that has not been measured."""
_SOURCE = re.compile(r"gopro(?P<rtsp>\+rtsp)?(:(?P<which>.+))?")
_USB = re.compile(r"\b172\.2\d\.1\d\d\.\d{1,3}\b")
_WIFI_NETWORK = re.compile(r"\b10\.5\.5\.\d{1,3}\b")
_WIFI = "10.5.5.9"
_HTTP_PORT = 8080
_UDP_PORT = 8554
"""The port that every GoPro sends to; older ones cannot be asked for another."""
_720P, _LINEAR = 7, 4
"""Resolution and field of view; linear has no fisheye."""
_KEEP_ALIVE_S = 3.0
_ANSWER_S = 3.0
_LAST_ANSWER_S = 0.5
_WEBCAM_ERRORS = {4: "it is recording", 5: "its stream did not start", 7: "it is busy"}
_MOST_BYTES = 1 << 16
_FIFO_PACKETS = 30_000  # of 188 bytes: some seconds


def is_gopro(source: str) -> bool:
    """Whether `source` is "gopro", "gopro:ADDRESS" or "gopro:SERIAL", or with "gopro+rtsp" in
    place of "gopro"."""
    return _SOURCE.fullmatch(source) is not None


@dataclass(frozen=True, slots=True)
class GoProAddress:
    """Where a GoPro is reached, and whether that is over Wi-Fi."""

    host: str
    port: int = _HTTP_PORT

    @property
    def over_wifi(self) -> bool:
        return self.host == _WIFI


def find_gopro(which: str | None, interfaces: Callable[[], str] | None = None) -> GoProAddress:
    """The camera with this address or (the last three digits of) this serial number; for None, the
    only one that is plugged in. `interfaces` gives a text with the addresses of this machine.

    Raises SourceError when there is none, or more than one.
    """
    if which is not None:
        return _named(which)
    text = (interfaces or _interfaces)()
    found = sorted({re.sub(r"\d+$", "51", address) for address in _USB.findall(text)})
    if len(found) > 1:
        raise SourceError(
            f"gopro: {len(found)} are plugged in ({', '.join(found)}), expected one; give "
            f"gopro:{found[0]}"
        )
    if found:
        return GoProAddress(found[0])
    if _WIFI_NETWORK.search(text):
        return GoProAddress(_WIFI)
    raise SourceError(
        "gopro: none found, expected one by USB (172.2x.1xx.51) or Wi-Fi (10.5.5.9); switch it on, "
        "set its USB connection to GoPro Connect, or give gopro:ADDRESS"
    )


def _named(which: str) -> GoProAddress:
    host, _, port = which.partition(":")
    if _is_address(host) and (port.isdecimal() or port == ""):
        return GoProAddress(host, int(port or _HTTP_PORT))
    digits = re.fullmatch(r"\w*(\d)(\d\d)", which)
    if digits is None:
        raise SourceError(
            f"gopro:{which}: expected an address (gopro:172.27.189.51) or a serial number "
            "(gopro:189, its last three digits)"
        )
    return GoProAddress(f"172.2{digits[1]}.1{digits[2]}.51")


def _is_address(text: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.IPv4Address(text))
    return False


class GoProSource:
    """The pictures of a GoPro; it is started when this is opened and stopped when it is closed."""

    live = True

    def __init__(self, source: str) -> None:
        """`source` as in `is_gopro`. Raises SourceError when no camera is found, it does not
        answer, or sends nothing."""
        match = _SOURCE.fullmatch(source)
        address = find_gopro(match["which"] if match else None)
        self._control = _Control(address)
        self._stopped = threading.Event()
        self._closed = False
        self._keeper = threading.Thread(target=self._keep_alive, name="gopro", daemon=True)
        self._video: VideoSource | None = None
        try:
            url = self._control.start(rtsp=bool(match and match["rtsp"]))
            self._keeper.start()
            self._video = _video(address, url)
        except SourceError:
            self.close()
            raise
        self._info = replace(self._video.info, uri=f"gopro:{address.host}")

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | None:
        return self._video.read() if self._video else None

    def interrupt(self) -> None:
        """As of a stream: ends by its time-out."""
        self._stopped.set()
        if self._video is not None:
            self._video.interrupt()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self.interrupt()
        if self._video is not None:
            self._video.close()
        if self._keeper.ident is not None:
            self._keeper.join()
        self._control.stop()

    def _keep_alive(self) -> None:
        """A camera that hears nothing switches off; that it is gone is seen by its pictures."""
        while not self._stopped.wait(_KEEP_ALIVE_S):
            with suppress(SourceError):
                self._control.ask("/gopro/camera/keep_alive", timeout_s=_LAST_ANSWER_S)


def _video(address: GoProAddress, url: str) -> VideoSource:
    try:
        return VideoSource(url, live=True)
    except SourceError as error:
        reason = str(error).partition(": ")[2].partition(";")[0]
        raise SourceError(
            f"gopro {address.host}: {reason or 'no picture'}, from {url.partition('?')[0]}; is a "
            "firewall in the way?"
        ) from None


class _Control:
    """Requests to the camera."""

    def __init__(self, address: GoProAddress) -> None:
        self._address = address
        # Whatever proxy is set is for the Internet; the camera is on this machine's own cable.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._started = False

    def start(self, *, rtsp: bool) -> str:
        """Let it send; the URL where its pictures come. Raises SourceError."""
        port = _free_port()
        if self._address.over_wifi:
            with suppress(SourceError):
                self.ask("/gopro/camera/stream/stop")
            self._started = True
            self.ask("/gopro/camera/stream/start", {"port": port})
            return _udp(port)
        with suppress(SourceError):  # refused when it is on already
            self.ask("/gopro/camera/control/wired_usb", {"p": 1})
        wanted = {"res": _720P, "fov": _LINEAR, "port": port}
        self._started = True
        self._check(
            self.ask("/gopro/webcam/start", {**wanted, "protocol": "RTSP" if rtsp else "TS"})
        )
        return f"rtsp://{self._address.host}:554/live" if rtsp else _udp(port)

    def stop(self) -> None:
        """Let it stop, if it still listens."""
        if not self._started:
            return
        self._started = False
        wifi = ("/gopro/camera/stream/stop",)
        for path in (
            wifi if self._address.over_wifi else ("/gopro/webcam/stop", "/gopro/webcam/exit")
        ):
            try:
                self.ask(path, timeout_s=_LAST_ANSWER_S)
            except SourceError:
                return

    def ask(
        self, path: str, query: Mapping[str, object] = {}, *, timeout_s: float = _ANSWER_S
    ) -> object:
        """What the camera answers. Raises SourceError when it does not, or refuses."""
        address = self._address
        query_text = f"?{urlencode(query)}" if query else ""
        url = f"http://{address.host}:{address.port}{path}{query_text}"
        try:
            with self._opener.open(url, timeout=timeout_s) as answer:
                return json.loads(answer.read(_MOST_BYTES) or b"{}")
        except urllib.error.HTTPError as error:
            refused = f"refused {path} ({error.code})"
            error.close()
            raise SourceError(
                f"gopro {address.host}: {refused}; switch it off and on, and update it"
            ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = one_line(getattr(error, "reason", error)) or type(error).__name__
            raise SourceError(
                f"gopro {address.host}: no answer ({reason}), expected one on port {address.port}; "
                "is it on, its USB connection set to GoPro Connect?"
            ) from None

    def _check(self, answer: object) -> None:
        code = answer.get("error", 0) if isinstance(answer, dict) else 0
        if code:
            reason = _WEBCAM_ERRORS.get(code, "see its screen")
            raise SourceError(
                f"gopro {self._address.host}: webcam mode did not start (error {code}: {reason}); "
                "end what it does and try again"
            )


def _udp(port: int) -> str:
    return f"udp://0.0.0.0:{port}?overrun_nonfatal=1&fifo_size={_FIFO_PACKETS}"


def _free_port() -> int:
    """The usual one, or any where another camera has it."""
    for port in (_UDP_PORT, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
            probe.bind(("", port))
            return int(probe.getsockname()[1])
    raise SourceError(f"gopro: UDP port {_UDP_PORT} is in use, expected it free; end what uses it")


def _interfaces() -> str:
    """A text with this machine's addresses, whatever else it says."""
    if sys.platform.startswith("linux"):
        return Path("/proc/net/fib_trie").read_text("ascii")
    command = ["ipconfig"] if sys.platform == "win32" else ["ifconfig"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
