"""A voice pack speaks: text to the numbers its model reads, the model run in a child process with limits."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from render.errors import VoiceError
from render.settings import read_settings
from render.speech import pack_child
from render.speech.phonemes import phonemes_of
from render.speech.segments import syllables
from render.speech.sound import VOICE_RATE, Samples, from_pcm, resampled
from render.speech.voicepacks import Pack, check_files, installed, runtime_here

_CHILD_S = 90.0
_MOST_UNKNOWN = 0.02  # of the phonemes: more, and words would be missing


def pack_voice(text: str, name: str, syllables_s: float) -> Samples:
    """One text by the installed pack called `id@checksum`."""
    pack = _found(name)
    check_files(pack)
    if not runtime_here():
        raise VoiceError("onnxruntime is not installed, so no voice pack can speak", mend="pip install 'loa[voices]'")
    config = _config(pack)
    asked = {
        "model": str(pack.folder / pack.model),
        "ids": _ids(text, pack, config),
        "blank": config["blank"],
        "scales": [config["noise"], config["length"] * pack.syllables_s / syllables_s, config["noise_w"]],
        "speaker": pack.speaker_id,
        "rate": config["rate"],
        "longest_s": 4 + syllables(text) / 1.2,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", pack_child.__file__],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=_CHILD_S,
            env={"LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VoiceError(f"the voice {pack.id} did not answer in time", where=text[:80], mend="Shorten it") from error
    rate, _, pcm = done.stdout.partition(b"\n")
    if done.returncode or not rate.isdigit():
        told = done.stderr.decode(errors="replace").strip().splitlines()
        raise VoiceError(
            f"the voice {pack.id} failed ({told[-1][:200] if told else f'exit {done.returncode}'})",
            where=text[:80],
            mend="Look whether the pack is a VITS model as Piper or sherpa-onnx run it",
        )
    return resampled(from_pcm(pcm), int(rate), VOICE_RATE)


def _found(name: str) -> Pack:
    """The installed pack of that id and checksum; a worker with another one must not speak for it."""
    folder = read_settings().voices
    pack = _pack(folder, name)
    if pack is None:
        raise VoiceError(
            f"the voice {name.partition('@')[0]} is not installed here as it was planned",
            where=str(folder),
            mend="Install the same voice pack on every worker (LOA_VOICES)",
        )
    return pack


@functools.lru_cache(maxsize=16)
def _pack(folder: Path, name: str) -> Pack | None:
    return next((pack for pack in installed(folder)[0] if pack.name == name), None)


# --- from text to numbers --------------------------------------------------------------------------------------


def _config(pack: Pack) -> dict[str, Any]:
    """What the model wants: its symbols, its scales, its rate (0: the model's own metadata says)."""
    if pack.engine == "piper":
        path = pack.folder / f"{pack.model}.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            scales = data.get("inference", {})
            return {
                "symbols": {symbol: [int(number) for number in ids] for symbol, ids in data["phoneme_id_map"].items()},
                "espeak_voice": pack.espeak_voice or data["espeak"]["voice"],
                "rate": int(data["audio"]["sample_rate"]),
                "noise": float(scales.get("noise_scale", 0.667)),
                "length": float(scales.get("length_scale", 1.0)),
                "noise_w": float(scales.get("noise_w", 0.8)),
                "blank": "none",
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise VoiceError(f"the settings of the voice {pack.id} cannot be read ({error})", where=str(path)) from None
    return {
        "symbols": _tokens(pack.folder / "tokens.txt"),
        "espeak_voice": pack.espeak_voice,
        "rate": 0,
        "noise": 0.667,
        "length": 1.0,
        "noise_w": 0.8,
        "blank": "none" if pack.text == "espeak" else "model",
    }


def _tokens(path: Path) -> dict[str, list[int]]:
    """sherpa-onnx's table: a symbol, a space, its number; a line that begins with a space is the space itself."""
    symbols: dict[str, list[int]] = {}
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.fullmatch(r"(.*?)[ \t]+(\d+)[ \t]*", line):
                symbols[found[1] or " "] = [int(found[2])]
    except (OSError, UnicodeDecodeError) as error:
        raise VoiceError(f"the symbols of the voice cannot be read ({error})", where=str(path)) from None
    if not symbols:
        raise VoiceError("the table of symbols is empty", where=str(path), mend="Install the voice again")
    return symbols


def _ids(text: str, pack: Pack, config: Mapping[str, Any]) -> list[int]:
    symbols: Mapping[str, list[int]] = config["symbols"]
    if pack.text == "espeak":
        return _phoneme_ids(phonemes_of(text, config["espeak_voice"]), symbols, pack, text)
    return _letter_ids(text, symbols, pack)


def _phoneme_ids(said: str, symbols: Mapping[str, list[int]], pack: Pack, text: str) -> list[int]:
    """Begin, each phoneme with a pad after it, end: as these models were trained."""
    pad = symbols.get("_", [0])
    phonemes = [c for c in unicodedata.normalize("NFD", said) if c.isprintable()]
    unknown = [c for c in phonemes if c not in symbols]
    if len(unknown) > _MOST_UNKNOWN * len(phonemes):
        raise VoiceError(
            f"the voice {pack.id} lacks the sounds {' '.join(sorted(set(unknown)))}",
            where=text[:80],
            mend="It was made for another language or another espeak-ng voice",
        )
    ids = [*symbols.get("^", []), *pad]
    for phoneme in phonemes:
        if phoneme in symbols:
            ids += [*symbols[phoneme], *pad]
    return [*ids, *symbols.get("$", [])]


def _letter_ids(text: str, symbols: Mapping[str, list[int]], pack: Pack) -> list[int]:
    """A number a letter; a letter that the voice does not know would be passed over in silence, so it is refused."""
    letters = unicodedata.normalize("NFC", text).lower()
    if sum(c not in symbols for c in letters) > sum(c not in symbols for c in unicodedata.normalize("NFD", letters)):
        letters = unicodedata.normalize("NFD", letters)
    unknown = {c for c in letters if c not in symbols and unicodedata.category(c)[0] in "LMN"}
    if unknown:
        raise VoiceError(
            f"the voice {pack.id} cannot read {' '.join(sorted(unknown))}",
            where=text[:80],
            mend="Write it with letters of the language, or say it in words in speech.toml",
        )
    return [number for c in " ".join(letters.split()) for number in symbols.get(c, [])]
