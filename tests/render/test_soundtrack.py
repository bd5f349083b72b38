"""The sound under a clip: its pad steps back for the voice, and the master reaches its loudness."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from render.speech.bed import bed, ducking
from render.speech.loudness import integrated_lufs, true_peak_dbtp
from render.steps import Step
from render.video import soundtrack
from tests.render.test_video import RHYTHM


def test_the_pad_steps_back_eight_decibels_under_the_voice() -> None:
    rate = soundtrack.MIX_RATE
    level = ducking([(2.0, 4.0), (4.1, 6.0)], 10 * rate, rate)

    def at(seconds: float) -> float:
        return float(20 * np.log10(level[round(seconds * rate)]))

    assert at(0.5) == pytest.approx(0, abs=0.01)
    assert at(3) == at(4.05) == at(5) == pytest.approx(-8, abs=0.01)
    assert at(8) == pytest.approx(0, abs=0.01)
    assert integrated_lufs(bed(30 * rate, rate), rate) == pytest.approx(soundtrack.PAD_LUFS, abs=0.5)


@pytest.mark.parametrize("gain_db", [-30.0, -12.0, 0.0, 9.0])
def test_however_loud_the_mix_is_the_master_reaches_its_loudness_under_the_ceiling(gain_db: float) -> None:
    rate = soundtrack.MIX_RATE
    words = np.repeat(np.random.default_rng(5).uniform(0.05, 1.0, 40), rate // 4)
    mixed = np.float32(10 ** (gain_db / 20)) * (words * np.sin(np.arange(len(words)) * 0.09)).astype(np.float32)
    master, told_lufs, told_dbtp = soundtrack._mastered(mixed, -16.0)
    assert told_lufs == pytest.approx(integrated_lufs(master, rate))
    assert told_lufs == pytest.approx(-16, abs=0.5)
    assert told_dbtp == pytest.approx(true_peak_dbtp(master))
    assert told_dbtp <= soundtrack.PEAK_DBTP
    assert len(master) == len(mixed)


def test_another_pad_is_mixed_without_touching_the_voice() -> None:
    voice = Step(run="render.speech.voices:speak", inputs={"text": "một"})
    first = soundtrack.soundtrack_step([RHYTHM], {"voice-0-0": voice}, fps=30)
    with patch.object(soundtrack, "PAD_LUFS", -30.0):
        second = soundtrack.soundtrack_step([RHYTHM], {"voice-0-0": voice}, fps=30)
    assert first.key != second.key
    assert first.needs["told"].key == second.needs["told"].key
