"""Voice packs: neural voices as folders, each with a manifest that says whose voice it is and what it allows."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from render.errors import LoaError, VoiceError
from render.language import languages
from render.steps import canonical, file_digest

MANIFEST = "voice.toml"
_ENGINES = ("piper", "sherpa-onnx")
_RESERVED = ("recording", "gtts", "espeak-ng")
_MEND = "docs/voices.md tells what a voice.toml holds"


@dataclass(frozen=True)
class Pack:
    """An installed voice. Every file that is read for it stands in `files` with its SHA-256."""

    id: str
    folder: Path
    lang: str
    engine: Literal["piper", "sherpa-onnx"]
    licence: str
    non_commercial: bool
    source: str
    speaker: str
    model: str  # the name of its ONNX file
    text: Literal["espeak", "characters"]  # what the model reads: espeak-ng's phonemes, or letters
    espeak_voice: str  # "" for characters
    speaker_id: int
    syllables_s: float  # its own pace
    files: tuple[tuple[str, str], ...]  # name, SHA-256

    @property
    def checksum(self) -> str:
        """The digest of all that can change its sound."""
        said = [self.engine, self.model, self.text, self.espeak_voice, self.speaker_id, self.syllables_s, self.files]
        return hashlib.sha256(canonical(said)).hexdigest()

    @property
    def name(self) -> str:
        """What a step calls it: its id, and the checksum that proves it."""
        return f"{self.id}@{self.checksum[:16]}"


def installed(folder: Path) -> tuple[tuple[Pack, ...], tuple[LoaError, ...]]:
    """The packs of a folder, and an error for each that cannot be used."""
    packs: dict[str, Pack] = {}
    errors: list[LoaError] = []
    for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
        try:
            pack = read_pack(manifest.parent)
            if pack.id in packs:
                raise VoiceError(
                    f"two packs are called {pack.id}", where=str(manifest), mend="Give one of them another id"
                )
            packs[pack.id] = pack
        except LoaError as error:
            errors.append(error)
    return tuple(packs.values()), tuple(errors)


def read_pack(folder: Path) -> Pack:
    """A pack, proven by its checksums; a `VoiceError` names what is missing or was changed."""
    path = folder / MANIFEST
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VoiceError(f"the pack cannot be read: {error.strerror}", where=str(path), mend=_MEND) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VoiceError(f"the pack's manifest is not valid TOML: {error}", where=str(path), mend=_MEND) from None
    pack = _pack(folder, path, data)
    check_files(pack)
    return pack


def check_files(pack: Pack) -> None:
    """A `VoiceError` that names the first file which is not the one the manifest vouches for."""
    for name, digest in pack.files:
        file = pack.folder / name
        if not file.is_file():
            raise VoiceError(f"the voice {pack.id} lacks its file {name}", where=str(file), mend="Install it again")
        found = file_digest(file)
        if found != digest:
            raise VoiceError(
                f"the file {name} of the voice {pack.id} is not the one its manifest names "
                f"(SHA-256 {found[:12]}…, not {digest[:12]}…)",
                where=str(file),
                mend="Install the voice again; never correct the checksum by hand",
            )


def _pack(folder: Path, path: Path, data: Mapping[str, Any]) -> Pack:
    def said(name: str, why: str) -> str:
        value = data.get(name)
        if not isinstance(value, str) or not value.strip():
            raise VoiceError(f"the manifest does not say {why} ({name})", where=str(path), mend=_MEND)
        return value.strip()

    ident = said("id", "what the voice is called")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{1,60}", ident) or ident in _RESERVED:
        raise VoiceError(
            f"{ident!r} cannot be the id of a voice", where=str(path), mend="Use small letters and hyphens"
        )
    licence = said("licence", "under which licence the voice may be used")
    lang = said("language", "which language it speaks")
    if lang not in languages():
        raise VoiceError(f"there is no language {lang!r}", where=str(path), mend="loa languages lists the tags")
    engine = said("engine", "what runs it")
    if engine not in _ENGINES:
        raise VoiceError(
            f"the engine {engine!r} is not known", where=str(path), mend=f"Known are {', '.join(_ENGINES)}"
        )
    non_commercial = data.get("non_commercial")
    if not isinstance(non_commercial, bool):
        raise VoiceError(
            "the manifest does not say whether the voice is for non-commercial use only (non_commercial)",
            where=str(path),
            mend="Write non_commercial = true or false, as its licence says",
        )
    files = _files(path, data.get("files"))
    names = [name for name, _ in files]
    models = [name for name in names if name.endswith(".onnx")]
    model = str(data.get("model") or (models[0] if len(models) == 1 else ""))
    needed = [model, f"{model}.json"] if engine == "piper" else [model, "tokens.txt"]
    for name in needed:
        if name not in names:
            raise VoiceError(
                f"the manifest gives no checksum of {name or 'the model'}",
                where=str(path),
                mend=f"Add it to [files]; {_MEND}",
            )
    text = str(data.get("text", "espeak" if engine == "piper" else "characters"))
    espeak_voice = str(data.get("espeak_voice", ""))
    if text not in ("espeak", "characters") or (text == "espeak" and not espeak_voice and engine != "piper"):
        raise VoiceError(
            "the manifest does not say what the model reads",
            where=str(path),
            mend='Write text = "espeak" with espeak_voice, or "characters"',
        )
    pace, speaker_id = data.get("syllables_s", 4.6), data.get("speaker_id", 0)
    if not isinstance(pace, int | float) or not 1.5 <= pace <= 9 or not isinstance(speaker_id, int):
        raise VoiceError("syllables_s or speaker_id is no sensible number", where=str(path), mend=_MEND)
    return Pack(
        id=ident,
        folder=folder,
        lang=lang,
        engine=engine,  # type: ignore[arg-type]  # checked above
        licence=licence,
        non_commercial=non_commercial,
        source=said("source", "where the voice comes from"),
        speaker=said("speaker", "whose voice it is"),
        model=model,
        text=text,  # type: ignore[arg-type]  # checked above
        espeak_voice=espeak_voice,
        speaker_id=speaker_id,
        syllables_s=float(pace),
        files=files,
    )


def _files(path: Path, table: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(table, dict) or not table:
        raise VoiceError("the manifest has no checksums ([files])", where=str(path), mend=_MEND)
    for name, digest in table.items():
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", name):
            raise VoiceError(f"{name!r} is no plain file name", where=str(path), mend="Files lie beside voice.toml")
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise VoiceError(f"the checksum of {name} is no SHA-256", where=str(path), mend="sha256sum prints it")
    return tuple(sorted(table.items()))


def runtime_here() -> bool:
    """Whether packs can be run: onnxruntime comes with the extra `voices`."""
    return importlib.util.find_spec("onnxruntime") is not None
