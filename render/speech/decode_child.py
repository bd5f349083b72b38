"""The program of a child process: decodes one sound file that came from outside, within limits, and ends.

It gets the kind of the file as its argument and the bytes on standard input; it writes one line of JSON (`rate`: the
file's own, `seconds`, or `error` with its kind) and then 16-bit samples at the rate it was asked for: one channel, the
louder of two. Nothing of ours is imported, no other file and no network is ever opened: libav reads from
memory, as the one format that the first bytes say.
"""

import io
import json
import resource
import sys

import av
import numpy as np

CODECS = (
    "pcm_s16le,pcm_s24le,pcm_s32le,pcm_u8,pcm_f32le,pcm_s16be,pcm_s24be,pcm_alaw,pcm_mulaw,adpcm_ima_wav,"
    "adpcm_ms,mp3,mp3float,aac,aac_latm,alac,opus,libopus,vorbis,flac,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb"
)


def main() -> int:
    """Decode what standard input holds."""
    kind, rate, longest_s, memory = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (90, 90))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    options = {"protocol_whitelist": "none", "format_whitelist": kind, "codec_whitelist": CODECS}
    try:
        with av.open(io.BytesIO(sys.stdin.buffer.read()), "r", format=kind.split(",")[0], options=options) as file:
            if not file.streams.audio:
                return told("no-audio", "there is no sound in it")
            return decoded(file, rate, longest_s)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        return told("broken", str(error))
    except MemoryError:
        return told("memory", "it needs too much memory")


def decoded(file: "av.container.InputContainer", rate: int, longest_s: float) -> int:
    """Decode the first stream of sound."""
    stream = file.streams.audio[0]
    stream.codec_context.thread_type = "NONE"
    resampler = None
    parts: list[np.ndarray] = []
    count = own_rate = damaged = 0
    said = file.duration / av.time_base if file.duration else 0.0
    if said > 4 * longest_s:
        return told("long", f"{said:.0f}")
    for packet in file.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            damaged += 1
            continue
        for frame in frames:
            if resampler is None:
                own_rate = frame.sample_rate
                layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
                resampler = av.AudioResampler(format="s16", layout=layout, rate=rate)
            for out in resampler.resample(frame):
                parts.append(out.to_ndarray().reshape(-1, out.layout.nb_channels))
                count += out.samples
        if count > longest_s * rate:
            return told("long", f"{max(said, count / rate):.0f}")
    if resampler is not None:
        parts += [out.to_ndarray().reshape(-1, out.layout.nb_channels) for out in resampler.resample(None)]
    if not parts or not own_rate:
        return told("broken" if damaged else "empty", "there are no samples in it")
    power = np.sum([np.sum(part.astype(np.float32) ** 2, axis=0) for part in parts], axis=0)
    loudest = int(np.argmax(power))
    head = {"rate": own_rate, "seconds": sum(map(len, parts)) / rate, "damaged": damaged}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    for part in parts:
        sys.stdout.buffer.write(np.ascontiguousarray(part[:, loudest]).tobytes())
    return 0


def told(kind: str, words: str) -> int:
    """Say why not."""
    sys.stdout.buffer.write(json.dumps({"error": kind, "words": words}).encode() + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
