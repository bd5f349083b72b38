"""CPU of mastering a 3-minute bulletin beside ffmpeg's own program, and of giving it to every commune."""

from __future__ import annotations

import datetime as dt
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

from render.cache import Cache, Record
from render.edition import Office, make_edition
from render.facts import read_facts
from render.making import Call, Done, make_steps
from render.markdown import read_article
from render.paths import ASSETS
from render.products import Context, Planned, product
from render.speech import joining, mastering
from render.speech.sound import VOICE_RATE, from_wav, silence, to_wav
from render.speech.voices import choose_voice, speak_step
from render.steps import Made, Step, walk

SENTENCE = (
    "Người từ đủ bảy mươi lăm tuổi không có lương hưu được nhận năm trăm nghìn đồng mỗi tháng, kèm thẻ bảo hiểm y tế."
)
CHAIN = "highpass=f=250:poles=2,lowpass=f=6500:poles=2,equalizer=f=2800:t=q:w=1.2:g=4,"
CHAIN += "acompressor=threshold=-24dB:ratio=4:attack=5:release=120:makeup=6dB"
TARGET = "loudnorm=I=-16:TP=-1.5:LRA=7"
COMMUNES = 3_321
LETTERS = ("an", "bình", "châu", "đông", "hòa", "lâm", "minh", "phú", "sơn", "tân")


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
    """CPU seconds of our master: joined, filtered, levelled, encoded, decoded and measured again, with its chimes."""
    began = time.process_time()
    lead = mastering.make_part({"pauses_s": [], "before": "chime", "after": ""}, {})
    body = mastering.make_part({"pauses_s": [0.4] * len(needs), "before": "", "after": "answer"}, needs)
    made = joining.make_joined({"tags": {"title": "Bản tin"}, "marks": {}}, {"0": lead, "1": body})
    return time.process_time() - began, made


def communes(count: int = 60) -> tuple[float, float, float]:
    """CPU seconds for each commune of one article: its opening, once for all articles; all else of a bulletin; joining.

    All else is what `loa build` does for it: resolving, planning, joining, gate, tags, script, captions, record, cache.
    """
    facts = read_facts(ASSETS / "demo" / "facts.toml")
    article = read_article(ASSETS / "demo" / "articles" / "tro-cap-huu-tri-xa-hoi.md")
    plan = product("bulletin-3min").plan
    context = Context("https://loa.example", draft=False)
    known: dict[str, Record] = {}

    def planned(number: int) -> Planned:
        name = "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(3)).capitalize()
        office = Office(f"66.{20000 + number}", f"Bảo hiểm xã hội cơ sở {name}", f"Xã {name}", "xa")
        one = plan(make_edition(article, facts=facts, on=dt.date(2025, 9, 1), office=office), context)
        assert isinstance(one, Planned)
        return one

    def make(step: Step, folder: str) -> Made:
        for one in walk(step):
            if one.key not in known:
                call = Call.of(one, {name: known[need.key] for name, need in one.needs.items()})
                done = make_steps(folder, [call])[0]
                assert isinstance(done, Done), done
                known[one.key] = done.record
        return Cache(folder).made(known[step.key])

    with tempfile.TemporaryDirectory() as folder:
        first = planned(0)
        for step in (*first.gates, *(file.step for file in first.files)):
            make(step, folder)
        began = cpu_with_children()
        for number in range(1, count + 1):
            for part in planned(number).files[0].step.needs.values():
                make(part, folder)
        openings_s = (cpu_with_children() - began) / count
        began = time.process_time()
        for number in range(1, count + 1):
            one = planned(number)
            for step in (*one.gates, *(file.step for file in one.files)):
                make(step, folder)
        variants_s = (time.process_time() - began) / count
        master = first.files[0].step
        parts = {name: make(part, folder) for name, part in master.needs.items()}
        held = {name: Made(dict(part.files), part.details) for name, part in parts.items()}
        began = time.process_time()
        for _ in range(count):
            joining.make_joined(master.inputs, held)
        joining_s = (time.process_time() - began) / count
    return openings_s, variants_s, joining_s


def cpu_with_children() -> float:
    """CPU seconds of this process and of the children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


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
    """Print the figures; 1 when one is missed."""
    return max(of_mastering(), of_communes())


def of_mastering() -> int:
    """Print what a bulletin costs; 1 when ffmpeg's program needs less."""
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


def of_communes() -> int:
    """Print what a commune costs; 1 when all of them cost more than a minute, or one more than 10 ms to join."""
    openings_s, variants_s, joining_s = communes()
    say(f"a commune's opening, once for all articles {openings_s * 1000:6.1f} ms CPU (voice and master)")
    say(f"its bulletin, from then on                 {variants_s * 1000:6.1f} ms CPU (plan, join, gate, papers)")
    say(f"of which joining                           {joining_s * 1000:6.1f} ms CPU")
    say(f"{COMMUNES:,} communes' bulletins of one article {variants_s * COMMUNES:6.1f} CPU s")
    return 0 if variants_s * COMMUNES <= 60 and joining_s <= 0.010 else 1


if __name__ == "__main__":
    raise SystemExit(main())
