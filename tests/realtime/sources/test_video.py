"""Video files as people bring them: on their side, variable rate, cut off, not videos at all."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.sources.errors import SourceError
from realtime.sources.video import VideoSource
from tests.videos import number_in, picture, write_video


def read_all(path):
    source = VideoSource(str(path))
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    info = source.info
    assert source.read() is None
    source.close()
    source.close()
    return info, frames


def test_every_frame_comes_in_order_with_its_time(tmp_path):
    times = [i / 30 for i in range(20)]
    info, frames = read_all(write_video(tmp_path / "a.mp4", times))
    assert [number_in(frame.image) for frame in frames] == list(range(20))
    np.testing.assert_allclose([frame.t for frame in frames], times, atol=1e-4)
    assert (info.width, info.height, info.frames) == (160, 120, 20)
    assert info.fps == pytest.approx(30, rel=0.06)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.floats(0.002, 0.4), min_size=2, max_size=12), st.floats(0, 5))
def test_variable_rate_keeps_the_real_times(tmp_path_factory, gaps, start):
    times = start + np.cumsum([0, *gaps])
    path = write_video(tmp_path_factory.mktemp("vfr") / "a.mkv", times)
    _, frames = read_all(path)
    np.testing.assert_allclose([frame.t for frame in frames], times - times[0], atol=2e-3)
    assert np.all(np.diff([frame.t for frame in frames]) > 0)


@pytest.mark.parametrize(
    ("rotation", "size", "bright"),
    [(0, (160, 120), "top left"), (90, (120, 160), "bottom left"),
     (180, (160, 120), "bottom right"), (270, (120, 160), "top right")],
)  # fmt: skip
def test_the_orientation_tag_is_honoured(tmp_path, rotation, size, bright):
    pictures = [picture(10)] * 3
    path = write_video(tmp_path / "a.mp4", [0, 0.1, 0.2], pictures=pictures, rotation=rotation)
    info, frames = read_all(path)
    image = frames[0].image
    assert (info.width, info.height) == size
    assert image.shape == (size[1], size[0], 3)
    assert image.flags.c_contiguous
    h, w = (n // 2 for n in image.shape[:2])
    quarters = {
        "top left": image[:h, :w], "top right": image[:h, w:],
        "bottom left": image[h:, :w], "bottom right": image[h:, w:],
    }  # fmt: skip
    assert max(quarters, key=lambda name: quarters[name].mean()) == bright


def test_other_containers_and_codecs_are_videos_too(tmp_path):
    times = [i / 10 for i in range(5)]
    for name, codec in (("a.webm", "libvpx"), ("a.mov", "mpeg4")):
        _, frames = read_all(write_video(tmp_path / name, times, codec=codec))
        assert len(frames) == 5


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.mp4", None, "no such file"),
        ("notes.mp4", b"this is text, not a video\n" * 40, "cannot be opened"),
        ("empty.mp4", b"", "cannot be opened"),
    ],
)
def test_what_is_no_video_is_named_in_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as error:
        VideoSource(str(path))
    assert name in str(error.value)
    assert "expected" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_is_no_video(tmp_path):
    with pytest.raises(SourceError, match="is a folder; expected a video file"):
        VideoSource(str(tmp_path))


def test_sound_without_pictures_is_no_video(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(SourceError, match="holds no video stream"):
        VideoSource(str(path))


def test_a_clock_that_starts_again_goes_on_at_the_same_rate(tmp_path):
    times = [i / 30 for i in range(60)]
    parts = [write_video(tmp_path / f"{n}.ts", times) for n in "ab"]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    _, frames = read_all(joined)
    assert len(frames) == 120
    assert frames[-1].t == pytest.approx(119 / 30, abs=0.05)
    assert max(np.diff([frame.t for frame in frames])) < 0.05


def test_a_trimmed_video_is_whole(tmp_path):
    """Phones trim by an edit list: the frames before it are in the file, and are not shown."""
    path = write_video(tmp_path / "a.mp4", [i / 30 for i in range(60)])
    trimmed = tmp_path / "trimmed.mp4"
    options = {"avoid_negative_ts": "disabled", "use_editlist": "1"}
    with av.open(str(path)) as source, av.open(str(trimmed), "w", options=options) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.pts -= round(1.0 / packet.time_base)
                packet.dts -= round(1.0 / packet.time_base)
                packet.stream = stream
                target.mux(packet)
    info, frames = read_all(trimmed)
    assert info.frames == 60
    assert 28 <= len(frames) <= 32


def test_a_password_is_neither_shown_nor_stored():
    with pytest.raises(SourceError, match=r"rtsp://127\.0\.0\.1:9/x: cannot") as error:
        VideoSource("rtsp://judge:secret@127.0.0.1:9/x", live=True)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_cut_off_video_gives_what_is_there_and_then_says_so(tmp_path, share):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (120, 160, 3), np.uint8) for _ in range(60)]
    times = [i / 30 for i in range(60)]
    path = write_video(tmp_path / "a.mp4", times, pictures=pictures)
    moved = _index_first(tmp_path, path)
    content = moved.read_bytes()
    moved.write_bytes(content[: int(len(content) * share)])
    source = VideoSource(str(moved))
    frames = []
    with pytest.raises(SourceError, match=r"(cut off|damaged).*what came before was counted"):
        frames.extend(iter(source.read, None))
    assert 0.5 * share * 60 < len(frames) < 60
    assert source.read() is None
    source.close()


def _index_first(folder, path):
    """The same video with its index in front of the frames (fast start)."""
    result = folder / "fast.mp4"
    with (
        av.open(str(path)) as source,
        av.open(str(result), "w", options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return result
