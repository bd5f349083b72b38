"""CPU of mastering a 3-minute bulletin: ours, beside ffmpeg's own program with the same chain and two-pass loudnorm."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from render.speech import mastering
from render.speech.sound import VOICE_RATE, from_wav, silence, to_wav
from render.speech.voices import choose_voice, speak_step
from render.steps import Made

SENTENCE = (
    "Người từ đủ bảy mươi lăm tuổi không có lương hưu được nhận năm trăm nghìn đồng mỗi tháng, kèm thẻ bảo hiểm y tế."
)
CHAIN = "highpass=f=250:poles=2,lowpass=f=6500:poles=2,equalizer=f=2800:t=q:w=1.2:g=4,"
CHAIN += "acompressor=threshold=-24dB:ratio=4:attack=5:release=120:makeup=6dB"
TARGET = "loudnorm=I=-16:TP=-1.5:LRA=7"


def voices(seconds: float = 172.0) -> dict[str, Made]:
    """Sentences for about so long, as a bulletin's steps give them."""
    voice = choose_voice("vi", online=False)
    if voice is None:
        raise SystemExit("espeak-ng is not installed for this machine")
    step = speak_step(SENTENCE, voice)
    made = step.function()(step.inputs, {})
    count = round(seconds / (made.details["duration_s"] + 0.4))
    return {f"{number:03d}": made for number in range(count)}


def ours(needs: dict[str, Made]) -> tuple[float, Made]:
    """CPU seconds of our master: joined, filtered, levelled, encoded, decoded and measured again."""
    began = time.process_time()
    made = mastering.make_horn_master({"pauses_s": [0.4] * len(needs), "tags": {"title": "Bản tin"}}, needs)
    return time.process_time() - began, made


def peers(source: Path, target: Path) -> float:
    """CPU seconds of ffmpeg's program: a pass that measures, a pass that corrects and encodes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    common = ["ffmpeg", "-hide_banner", "-nostdin", "-y", "-threads", "1", "-i", str(source)]
    first = [*common, "-af", f"{CHAIN},{TARGET}:print_format=json", "-f", "null", "-"]
    told = subprocess.run(first, capture_output=True, text=True, check=True).stderr
    found = json.loads(re.findall(r"\{[^{}]*\}", told)[-1])
    measured = ":".join(
        f"{name}={found[key]}"
        for name, key in (
            ("measured_I", "input_i"),
            ("measured_TP", "input_tp"),
            ("measured_LRA", "input_lra"),
            ("measured_thresh", "input_thresh"),
            ("offset", "target_offset"),
        )
    )
    second = [*common, "-af", f"{CHAIN},{TARGET}:linear=true:{measured},aresample=44100", "-ac", "1"]
    second += ["-c:a", "libmp3lame", "-b:a", "64k", "-id3v2_version", "3", str(target)]
    subprocess.run(second, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Print the figures; 1 when ffmpeg's program needs less."""
    needs = voices()
    ours_s, made = min((ours(needs) for _ in range(3)), key=lambda pair: pair[0])
    heard = made.details
    say(f"bulletin of {heard['duration_s']} s: {heard['loudness_lufs']} LUFS, {heard['true_peak_dbtp']} dBTP")
    say(f"loa, measured again after coding        {ours_s:6.2f} CPU s")
    if not shutil.which("ffmpeg"):
        say("ffmpeg is not on this machine: nothing to compare with")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "voice.wav"
        one, _ = from_wav(needs["000"].files["voice.wav"])
        whole = np.concatenate([part for _ in needs for part in (one, silence(0.4, VOICE_RATE))])
        source.write_bytes(to_wav(whole, VOICE_RATE))
        peer_s = min(peers(source, Path(folder) / "peer.mp3") for _ in range(3))
    say(f"ffmpeg, the same chain, two-pass loudnorm {peer_s:4.2f} CPU s, {peer_s / ours_s:.1f} times as much")
    return 0 if ours_s < peer_s else 1


if __name__ == "__main__":
    raise SystemExit(main())
