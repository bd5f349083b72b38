"""What is wrong with a recording before anybody hears it: level, clipping, noise, silence, telephone sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from render.errors import VoiceError
from render.late import Late
from render.speech.sound import Samples
from render.speech.splitting import FRAME_S, floor_and_voice_db, levels_db

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")

_SILENT_DBFS = -55.0
_LOW_DBFS = -38.0
_FAINT_DBFS = -55.0  # of sixteen bits too few are left
_LOUD_PEAK_DBFS = -0.3
_CLIPPED_SHARE = 0.002  # of the voiced samples lie at the very top: a voice's peaks are 100 times rarer
_RUINED_SHARE = 0.06
_NOISY_SNR_DB = 20.0
_DROWNED_SNR_DB = 8.0
TELEPHONE_RATE = 16_000  # below it consonants are missing
_LEAST_S = 0.25
_MUCH_SILENCE_S = 1.5


@dataclass(frozen=True)
class Heard:
    """A recording, measured."""

    duration_s: float
    level_dbfs: float  # of the voice alone
    peak_dbfs: float
    noise_dbfs: float
    snr_db: float
    clipped_share: float  # of the voiced samples
    leading_s: float
    trailing_s: float
    source_rate: int

    def as_data(self) -> dict[str, float]:
        """The figures by name."""
        return {name: round(float(value), 5) for name, value in self.__dict__.items()}


def measure(samples: Samples, rate: int, *, source_rate: int, where: str = "") -> Heard:
    """Level, noise and silences of a recording; a `VoiceError` when nothing is heard in it."""
    duration_s = len(samples) / rate
    peak = float(np.abs(samples).max(initial=0.0))
    if duration_s < _LEAST_S or peak < 10 ** (_SILENT_DBFS / 20):
        raise VoiceError(
            f"the recording is empty: {duration_s:.1f} s, nothing louder than {_db(peak):.0f} dB",
            where=where,
            mend="Look whether the microphone was on, and record it again",
        )
    levels = levels_db(samples, rate)
    floor, voice = floor_and_voice_db(levels)
    threshold = max(floor + 0.35 * (voice - floor), voice - 34)
    voiced = levels >= threshold
    active = np.repeat(voiced, round(rate * FRAME_S))
    said = samples[: len(active)][active]
    sounding = np.flatnonzero(voiced)
    level = 10 * np.log10(max(float(np.mean(said.astype(np.float64) ** 2)), 1e-12)) if len(said) else _SILENT_DBFS
    at_the_top = float(np.mean(np.abs(said) >= 0.97 * peak)) if len(said) else 0.0
    return Heard(
        duration_s=duration_s,
        level_dbfs=float(level),
        peak_dbfs=_db(peak),
        noise_dbfs=floor,
        snr_db=float(level) - floor,
        clipped_share=at_the_top,
        leading_s=float(sounding[0] * FRAME_S) if len(sounding) else duration_s,
        trailing_s=float((len(levels) - 1 - sounding[-1]) * FRAME_S) if len(sounding) else duration_s,
        source_rate=source_rate,
    )


def judge(heard: Heard, *, where: str = "") -> tuple[str, ...]:
    """What the editor is told, in Vietnamese; a `VoiceError` for what nobody would understand from a loudspeaker."""
    if heard.clipped_share > _RUINED_SHARE:
        raise VoiceError(
            f"the recording is distorted: {heard.clipped_share:.0%} of the voice is cut off at the top",
            where=where,
            mend="Record it again, farther from the microphone",
        )
    if heard.snr_db < _DROWNED_SNR_DB:
        raise VoiceError(
            f"the voice is only {heard.snr_db:.0f} dB louder than the room",
            where=where,
            mend="Record it again in a quiet room, the phone a hand from the mouth",
        )
    if heard.level_dbfs < _FAINT_DBFS:
        raise VoiceError(
            f"the voice is too faint to be made louder ({heard.level_dbfs:.0f} dB)",
            where=where,
            mend="Record it again, the phone a hand from the mouth",
        )
    told: list[str] = []
    if heard.leading_s <= 0:
        told.append("bản thu vào thẳng tiếng nói: nghe lại chữ đầu có bị mất không")
    if heard.clipped_share > _CLIPPED_SHARE:
        told.append(f"tiếng bị vỡ ({heard.clipped_share:.1%} mẫu chạm đỉnh): nên thu lại, để máy xa miệng hơn")
    if heard.level_dbfs < _LOW_DBFS:
        told.append(f"tiếng nhỏ ({heard.level_dbfs:.0f} dB): nên thu lại gần máy hơn")
    if heard.snr_db < _NOISY_SNR_DB:
        told.append(f"nền ồn (giọng chỉ hơn tiếng nền {heard.snr_db:.0f} dB): nên thu lại ở phòng yên tĩnh")
    if heard.source_rate < TELEPHONE_RATE:
        told.append(
            f"âm thanh kiểu điện thoại ({heard.source_rate / 1000:g} kHz): nghe đục, nên thu bằng ứng dụng ghi âm"
        )
    if max(heard.leading_s, heard.trailing_s) > _MUCH_SILENCE_S:
        told.append(f"đã cắt khoảng lặng: {heard.leading_s:.1f} s ở đầu, {heard.trailing_s:.1f} s ở cuối")
    return tuple(told)


def _db(peak: float) -> float:
    return 20 * float(np.log10(max(peak, 1e-6)))
