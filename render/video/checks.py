"""Gates on a finished clip: its length, its sound, its captions, its size, the code that telephones must read."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from render.errors import GateError
from render.late import Late
from render.steps import Made, Step
from render.typeset.qr import read_codes
from render.video.mux import pictures_alone

if TYPE_CHECKING:
    import av
else:
    av = Late("av")

LIBRARIES = ("av", "zxing-cpp", "Pillow")
LONGEST_S, SHORTEST_S = 90.0, 15.0
AV_APART_S = 0.02
BYTES_PER_S = 6_000_000 / 30
LOUDNESS_LUFS, LOUDNESS_LU = -16.0, 0.5
PEAK_DBTP = -1.0
READING_PER_S = 24.0  # letters a second; subtitles for grown-ups run at 17 to 20, speech itself at about 16
SHORTEST_CAPTION_S = 1.0


def file_gate(clip: Step, soundtrack: Step) -> Step:
    """The gate on the MP4: both lengths, frame times, size, loudness."""
    return Step(
        run="render.video.checks:check_file",
        inputs={"shortest_s": SHORTEST_S, "longest_s": LONGEST_S},
        needs={"clip": clip, "sound": soundtrack},
        libraries=LIBRARIES,
    )


def code_gate(last: Step, held: Step, *, fps: int, qr: str) -> Step:
    """The gate on the QR code that a clip ends with, as it was encoded in its last unit."""
    return Step(
        run="render.video.checks:check_code",
        inputs={"qr": qr, "fps": fps},
        needs={"last": last, "held": held},
        libraries=LIBRARIES,
    )


def tracks_gate(
    clip: Step, *, metadata: Mapping[str, str], subtitles: Sequence[tuple[str, str]], chapters: int
) -> Step:
    """The gate on what the finished file says of itself: words and marks, text tracks, chapters, index in front."""
    return Step(
        run="render.video.checks:check_tracks",
        inputs={
            "metadata": {name: value for name, value in metadata.items() if value},
            "subtitles": [code for code, _ in subtitles],
            "chapters": chapters,
        },
        needs={"clip": clip},
        libraries=LIBRARIES,
    )


def captions_gate(captions: Step) -> Step:
    """The gate on the captions: time to read each."""
    return Step(run="render.video.checks:check_captions", inputs={}, needs={"captions": captions})


def check_file(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Raises a GateError; `details` hold what was measured."""
    clip, sound = needs["clip"].files["clip.mp4"], needs["sound"].details
    # What the index says is enough: nothing need be decoded to find out more.
    with av.open(io.BytesIO(clip), "r", options={"probesize": "32"}) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        times: list[int] = []  # in ticks of the stream
        ends = {"video": 0, "audio": 0}
        for packet in container.demux(video, audio):
            if packet.pts is None or packet.dts is None:
                continue
            kind = packet.stream.type
            ends[kind] = max(ends[kind], packet.pts + (packet.duration or 0))
            if kind == "video":
                times.append(packet.pts)
        duration_s = float(ends["video"] * (video.time_base or 0))
        apart_s = abs(duration_s - float(ends["audio"] * (audio.time_base or 0)))
        times.sort()
        uneven = {later - earlier for earlier, later in itertools.pairwise(times)}
    if apart_s > AV_APART_S:
        raise GateError(
            f"sound and picture end {apart_s * 1000:.0f} ms apart, {AV_APART_S * 1000:.0f} are allowed",
            gate="length",
            mend="Build the clip again; if it stays so, the soundtrack is at fault",
        )
    if len(uneven) > 1:
        raise GateError("the frames are not evenly spaced", gate="rate", mend="Build the clip again")
    if not inputs["shortest_s"] <= duration_s <= inputs["longest_s"]:
        raise GateError(
            f"the clip lasts {duration_s:.1f} s, {inputs['shortest_s']:.0f} to {inputs['longest_s']:.0f} are allowed",
            gate="length",
            mend="Shorten the title, the first figure or the steps of the article",
        )
    if len(clip) > BYTES_PER_S * duration_s:
        raise GateError(
            f"the clip is {len(clip) / 1e6:.1f} MB for {duration_s:.0f} s", gate="size", mend="Use calmer pictures"
        )
    if abs(sound["loudness_lufs"] - LOUDNESS_LUFS) > LOUDNESS_LU or sound["true_peak_dbtp"] > PEAK_DBTP:
        raise GateError(
            f"the sound is at {sound['loudness_lufs']} LUFS with a peak of {sound['true_peak_dbtp']} dBTP",
            gate="loudness",
            mend="Listen to the voice: it may be silent or distorted",
        )
    return Made(
        files={},
        details={"duration_s": round(duration_s, 3), "apart_ms": round(apart_s * 1000, 2), "bytes": len(clip), **sound},
    )


def check_tracks(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Raises a GateError for what was lost on the way into the file."""
    clip = needs["clip"].files["clip.mp4"]
    with av.open(io.BytesIO(clip), "r", options={"probesize": "32"}) as container:
        said = {name: container.metadata.get(name, "") for name in inputs["metadata"]}
        texts = list(container.streams.subtitles)
        tracks = [stream.metadata.get("language", "") for stream in texts]
        on = [
            stream.metadata.get("language", "")
            for stream in texts
            if stream.disposition & av.stream.Disposition.default
        ]
        chapters = len(container.chapters())
    told = {
        "metadata": (said == inputs["metadata"], f"the file says {said} of itself"),
        "subtitles": (tracks == inputs["subtitles"] and not on, f"its text tracks are {tracks}, switched on {on}"),
        "chapters": (1 <= chapters <= inputs["chapters"] or not inputs["chapters"], f"it has {chapters} chapters"),
        "index": (0 < clip.find(b"moov") < clip.find(b"mdat"), "its index stands behind its pictures"),
    }
    for gate, (held, words) in told.items():
        if not held:
            raise GateError(words, gate=gate, mend="Build the clip again; if it stays so, the muxer is at fault")
    return Made(files={}, details={"subtitles": tracks, "chapters": chapters})


def check_code(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Raises a GateError when a telephone would not read the code, or read another."""
    expected = inputs["qr"]
    last = None
    pictures = io.BytesIO(pictures_alone(needs["last"], needs["held"], fps=inputs["fps"]))
    with av.open(pictures, "r", options={"probesize": "32"}) as container:
        for frame in container.decode(video=0):
            last = frame
    if last is None:
        raise GateError("the clip has no last frame", gate="qr", mend="Build the clip again")
    read = [found.text for found in read_codes(Image.fromarray(last.to_ndarray(format="rgb24")))]
    if expected not in read:
        raise GateError(
            "the QR code of the closing scene cannot be read" if not read else f"the QR code says {read[0]}",
            gate="qr",
            where="scene closing",
            mend="Give it more room in assets/templates/clip.typ, or shorten LOA_PUBLIC_URL",
        )
    return Made(files={}, details={"qr": expected})


def check_captions(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """Raises a GateError that names the caption. That none has more than two lines is held where they are drawn."""
    cues = needs["captions"].details["cues"]
    fastest = 0.0
    before_s = 0.0
    for start_s, end_s, text in cues:
        if end_s - start_s < SHORTEST_CAPTION_S - 1e-3:
            raise GateError(
                f"“{text}” stands {end_s - start_s:.2f} s", gate="captions", mend="Join it with the sentence beside it"
            )
        if start_s < before_s - 1e-3:
            raise GateError(
                f"“{text}” begins before the caption above it ends", gate="captions", mend="Build the clip again"
            )
        before_s = end_s
        pace = len(text) / (end_s - start_s)
        fastest = max(fastest, pace)
        if pace > READING_PER_S:
            raise GateError(
                f"“{text}” asks for {pace:.0f} letters a second, {READING_PER_S:.0f} can be read",
                gate="captions",
                mend="Write the sentence shorter",
            )
    return Made(files={}, details={"captions": len(cues), "fastest_letters_per_s": round(fastest, 1)})
