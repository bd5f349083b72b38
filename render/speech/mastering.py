"""The horn master, part by part, and what every master needs: a narration joined, levelled, measured when finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from render.errors import StepError
from render.late import Late
from render.speech import loudness, mpeg
from render.speech.chime import answer, chime
from render.speech.sound import VOICE_RATE, Samples, filtered, from_wav, resampled, silence
from render.steps import Made, Step

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")

TARGET_LUFS = -16.0
TOLERANCE_LU = 0.5
CEILING_DBTP = -1.0
LONGEST_SILENCE_S = 2.0

AIR_S = 1.0  # before the chime, between the chime and the voice, before its answer
TAIL_S = 0.5
# A chime is as loud as the voice that follows: whoever sets the amplifier by the one is right for the other.
CHIME_LUFS = -15.4

# Horns pass about 300 Hz to 6 kHz: what lies outside only heats them and eats level; words live around 2.8 kHz.
_HORN = (
    ("highpass", "f=250:poles=2"),
    ("lowpass", "f=6500:poles=2"),
    ("equalizer", "f=2800:t=q:w=1.2:g=4"),
    ("acompressor", "threshold=-24dB:ratio=4:attack=5:release=120:makeup=6dB"),
)
_RELEASE_MS = 60
CODING_HEADROOM_DB = 1.5  # coding at 64 kbit/s adds 0.9 to 1.4 dB of peak: the first attempt nearly always holds
LAME_SCALE_DB = 0.445  # at this bit rate LAME scales what it is given by 0.95
_NOTHING = 10 ** (-66 / 20)  # what a filter still rings with, long after the voice
_AROUND_S = 0.4  # nothing, before and after a part, so that the blocks over its seams are measured too

# What stands before or after the voices of a part: "chime" is air, chime, air; "answer" is air, the chime's answer.
Around = Literal["", "chime", "urgent-chime", "answer"]


@dataclass(frozen=True)
class Level:
    """What a meter read on a finished master."""

    duration_s: float
    loudness_lufs: float
    true_peak_dbtp: float
    leading_silence_s: float
    longest_silence_s: float
    trailing_silence_s: float


def measured(samples: Samples, rate: int) -> Level:
    """The figures of a master, rounded as they are shown."""
    quiet = loudness.silences(samples, rate)
    return Level(
        duration_s=round(len(samples) / rate, 4),
        loudness_lufs=round(loudness.integrated_lufs(samples, rate), 2),
        true_peak_dbtp=round(loudness.true_peak_dbtp(samples), 2),
        leading_silence_s=quiet.leading_s,
        longest_silence_s=quiet.longest_inner_s,
        trailing_silence_s=quiet.trailing_s,
    )


def narration(voices: Sequence[Made], pauses_s: Sequence[float]) -> tuple[Samples, list[tuple[float, float]]]:
    """Voices one after the other, each followed by its pause; and when each begins and ends, in seconds."""
    parts: list[Samples] = []
    cues: list[tuple[float, float]] = []
    at = 0
    for voice, pause_s in zip(voices, pauses_s, strict=True):
        samples, rate = from_wav(voice.files["voice.wav"])
        samples = resampled(samples, rate, VOICE_RATE)
        cues.append((round(at / VOICE_RATE, 4), round((at + len(samples)) / VOICE_RATE, 4)))
        parts += [samples, silence(pause_s, VOICE_RATE)]
        at += len(samples) + len(parts[-1])
    return (np.concatenate(parts) if parts else np.zeros(0, np.float32)), cues


def levelled(samples: Samples, rate: int, *, ceiling_dbtp: float, target_lufs: float = TARGET_LUFS) -> Samples:
    """`samples` at the target loudness, every peak held under the ceiling; the limiter's own loss is made good."""
    found = loudness.integrated_lufs(samples, rate)
    if found == loudness.SILENT:
        raise StepError("there is nothing to hear in the narration", mend="Look at the voices it was made from")
    gain_db = target_lufs - found
    limit = f"limit={10 ** (ceiling_dbtp / 20):.5f}:level=false:attack=5:release={_RELEASE_MS}:latency=true"
    loud = samples
    for _ in range(4):
        loud = filtered(samples * np.float32(10 ** (gain_db / 20)), rate, [("alimiter", limit)])
        short_db = target_lufs - loudness.integrated_lufs(loud, rate)
        if abs(short_db) < 0.06:
            break
        gain_db += short_db
    return loud


def onset_db(voice: Samples, rate: int) -> float:
    """How far below its loudest sample a voice begins: what was cut into begins at once.

    Looked at are its first 20 ms, in which a whole word has only begun to sound.
    """
    first = float(np.sqrt(np.square(voice[: rate // 50], dtype=np.float64).mean()))
    return round(20 * float(np.log10(max(first, 1e-6) / max(float(np.abs(voice).max(initial=0.0)), 1e-6))), 1)


def first_word_db(sent: Samples, heard: Samples, rate: int) -> float:
    """How much of the first 50 ms of a voice came out of the decoder again: 0 dB is all of it.

    Both begin with the voice's first sample.
    """
    levels = [float(np.sqrt(np.square(one[: rate // 20], dtype=np.float64).mean())) for one in (sent, heard)]
    return round(20 * float(np.log10(max(levels[1], 1e-4) / max(levels[0], 1e-4))), 2)


# --- horns -----------------------------------------------------------------------------------------------------


def part_step(voices: Sequence[Step], pauses_s: Sequence[float], *, before: Around = "", after: Around = "") -> Step:
    """A part of a horn master: `part.mp3`, frames without a head, of as many samples as they are long.

    `end.mp3` is the one frame more that is needed when nothing follows, `levels.f32` the powers of its blocks for the
    meter of the whole.
    """
    needs = {f"{number:03d}": voice for number, voice in enumerate(voices)}
    return Step(
        run="render.speech.mastering:make_part",
        inputs={"pauses_s": list(pauses_s), "before": before, "after": after},
        needs=needs,
        libraries=("av", "numpy"),
    )


def make_part(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `part_step`; details hold what was measured on the decoded frames, and the cues of the voices."""
    voices = [needs[name] for name in sorted(name for name in needs if name.isdigit())]
    voice, cues = narration(voices, inputs["pauses_s"])
    filters = (("aformat", f"sample_fmts=flt:channel_layouts=mono:sample_rates={mpeg.RATE}"), *_HORN)
    track = filtered(voice, VOICE_RATE, filters, out_rate=mpeg.RATE) if voices else voice
    before, after = _around(inputs["before"]), _around(inputs["after"])
    around = silence(_AROUND_S, mpeg.RATE)
    target_lufs, ceiling_dbtp = TARGET_LUFS + LAME_SCALE_DB, CEILING_DBTP - CODING_HEADROOM_DB + LAME_SCALE_DB
    for _ in range(3):
        loud = levelled(track, mpeg.RATE, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp) if voices else track
        frames = mpeg.encode(_framed(before, loud, after))
        heard = mpeg.heard(frames)
        powers = loudness.block_powers(np.concatenate([around, heard, around]), mpeg.RATE)
        level_lufs, peak_dbtp = loudness.gated_lufs(powers), loudness.true_peak_dbtp(heard)
        if not voices or (peak_dbtp <= CEILING_DBTP - 0.05 and abs(level_lufs - TARGET_LUFS) <= 0.2):
            break
        target_lufs += TARGET_LUFS - level_lufs
        ceiling_dbtp -= max(0.0, peak_dbtp - (CEILING_DBTP - 0.2))
    data = b"".join(frames[:-1])
    start_s = len(before) / mpeg.RATE
    quiet = loudness.silences(heard, mpeg.RATE)
    level = Level(
        duration_s=round(len(heard) / mpeg.RATE, 4),
        loudness_lufs=round(level_lufs, 2),
        true_peak_dbtp=round(peak_dbtp, 2),
        leading_silence_s=quiet.leading_s,
        longest_silence_s=quiet.longest_inner_s,
        trailing_silence_s=quiet.trailing_s,
    )
    details = {
        "frames": len(frames) - 1,
        "crc16": mpeg.crc16(data),
        "onset_db": onset_db(voice, VOICE_RATE) if voices else loudness.SILENT,
        "first_word_db": first_word_db(loud, heard[len(before) :], mpeg.RATE) if voices else 0.0,
        "cues_s": [[round(start + start_s, 4), round(end + start_s, 4)] for start, end in cues],
    }
    return Made(
        files={"part.mp3": data, "end.mp3": frames[-1], "levels.f32": powers.astype("<f4").tobytes()},
        details=asdict(level) | details,
    )


def _around(name: str) -> Samples:
    air, tail = silence(AIR_S, mpeg.RATE), silence(TAIL_S, mpeg.RATE)
    match name:
        case "chime":
            return np.concatenate([air, _chime(chime(mpeg.RATE)), air])
        case "urgent-chime":  # twice
            return np.concatenate([air, _chime(chime(mpeg.RATE)), _chime(chime(mpeg.RATE)), air])
        case "answer":
            return np.concatenate([air, _chime(answer(mpeg.RATE)), tail])
        case _:
            return silence(0, mpeg.RATE)


def _chime(stroke: Samples) -> Samples:
    found = loudness.integrated_lufs(stroke, mpeg.RATE)
    return stroke * np.float32(10 ** ((CHIME_LUFS + LAME_SCALE_DB - found) / 20))


def _framed(before: Samples, voice: Samples, after: Samples) -> Samples:
    """Everything in a row, with nothing at its end, up to a whole number of frames."""
    whole = np.concatenate([before, voice, after])
    sounding = np.abs(whole[-mpeg.QUIET_END :]).max(initial=0.0) > _NOTHING
    whole = np.pad(whole, (0, mpeg.QUIET_END if sounding else 0))
    whole = np.pad(whole, (0, -len(whole) % mpeg.FRAME))
    whole[-mpeg.QUIET_END :] = 0.0
    return whole
