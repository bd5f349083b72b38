"""Sound files as phones and recorders make them, decoded in a child process with limits."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from render.errors import VoiceError
from render.late import Late
from render.speech import decode_child
from render.speech.sound import Samples, from_pcm, to_pcm

if TYPE_CHECKING:
    import av
    import numpy as np
else:
    av = Late("av")
    np = Late("numpy")

TAKE_RATE = 44_100  # takes are kept at the rate of a master
LONGEST_RECORDING_S = 20 * 60.0
LARGEST_FILE = 250_000_000  # bytes: twenty minutes of the largest WAV there is
_MEMORY = 1_500_000_000
_CHILD_S = 120.0

_KINDS = "WAV, MP3, M4A/AAC, OGG/Opus, AMR, 3GP, FLAC, WebM"


@dataclass(frozen=True)
class Recording:
    """A decoded file: mono at `TAKE_RATE`, with the rate it was made at."""

    samples: Samples
    source_rate: int
    damaged: int = 0  # packets that could not be decoded


def kind_of(data: bytes) -> str | None:
    """libav's name of the format that the first bytes say; None for what we do not take."""
    head = data[:64]
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return "mov,mp4,m4a,3gp,3g2,mj2"
    if head[:4] == b"OggS":
        return "ogg"
    if head[:6] == b"#!AMR\n" or head[:9] == b"#!AMR-WB\n":
        return "amr"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska,webm"
    if head[:4] == b"caff":
        return "caf"
    if head[:3] == b"ID3":
        return "mp3"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "aac" if head[1] & 0x06 == 0 else "mp3"
    return None


def read_recording(path: Path) -> Recording:
    """A recording from a file; a `VoiceError` that names it for whatever is wrong."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise VoiceError("this is no file", where=str(path), mend="Name a sound file")
        if size > LARGEST_FILE:
            raise VoiceError(
                f"the file has {size / 1e6:.0f} MB, {LARGEST_FILE / 1e6:.0f} are allowed",
                where=str(path),
                mend=_SHORTER,
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise VoiceError("there is no such file", where=str(path), mend="Correct the path") from None
    except OSError as error:
        raise VoiceError(f"the file cannot be read: {error.strerror}", where=str(path), mend="Correct it") from None
    return decode_recording(data, where=str(path))


_SHORTER = f"A recording is at most {LONGEST_RECORDING_S / 60:.0f} minutes long; record it in parts"


def decode_recording(data: bytes, *, where: str) -> Recording:
    """The samples of a file's bytes, decoded where they can do no harm."""
    if not data:
        raise VoiceError("the file is empty", where=where, mend="Record it again")
    kind = kind_of(data)
    if kind is None:
        raise VoiceError("this is no sound file", where=where, mend=f"Record as one of {_KINDS}")
    command = [sys.executable, "-I", decode_child.__file__, kind]
    try:
        done = subprocess.run(
            [*command, str(TAKE_RATE), str(LONGEST_RECORDING_S), str(_MEMORY)],
            input=data,
            capture_output=True,
            timeout=_CHILD_S,
            env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise VoiceError("decoding the file takes too long", where=where, mend="Record it again") from None
    line, _, pcm = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise VoiceError("decoding the file failed: it is damaged, or too large", where=where, mend="Record it again")
    head = json.loads(line)
    if "error" in head:
        raise _refused(head, where)
    return Recording(from_pcm(pcm), int(head["rate"]), int(head["damaged"]))


def _refused(head: dict[str, str], where: str) -> VoiceError:
    match head["error"]:
        case "long":
            minutes = float(head["words"]) / 60
            return VoiceError(f"the recording is {minutes:.0f} minutes long", where=where, mend=_SHORTER)
        case "no-audio":
            return VoiceError("there is no sound in the file", where=where, mend=f"Record as one of {_KINDS}")
        case "empty":
            return VoiceError("the recording is empty", where=where, mend="Record it again")
        case _:
            return VoiceError(
                f"the file cannot be decoded ({head['words']})", where=where, mend=f"Record as one of {_KINDS}"
            )


def to_flac(samples: Samples) -> bytes:
    """A take as it is kept: mono, 16 bits, `TAKE_RATE`, lossless."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="flac", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream("flac", rate=TAKE_RATE, layout="mono", format="s16")
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        pcm = np.ascontiguousarray(to_pcm(samples)[None, :])
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = TAKE_RATE
        frame.pts = 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return buffer.getvalue()
