"""How the bulletins of a release sound: level, peak, time against the slot, silence, whose voice, who listened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from render.catalogue import read_part
from render.errors import ReleaseError
from render.manifest import Entry, Release, cas_key
from render.speech.mastering import CEILING_DBTP, LONGEST_SILENCE_S, TARGET_LUFS, TOLERANCE_LU, Level, measured
from render.speech.sound import decode
from render.store import Store

# How a decoder is told what it gets, by media type, and at which rate ours are made.
_CONTAINERS = {"audio/mpeg": ("mp3", 44_100), "audio/mp4": ("mp4", 48_000)}
_SLOTS_S = {"bulletin-1min": 60.0, "bulletin-3min": 180.0, "bulletin-5min": 300.0}
_LISTENING = {
    "approved": "đã nghe duyệt",
    "signed-off": "đã nghiệm thu bản thu",
    "allowed": "chưa nghe, được phép",
    "waiting": "chờ nghe duyệt",
    "not-needed": "không cần",
}


@dataclass(frozen=True)
class Heard:
    """One bulletin as it lies in the store."""

    slug: str
    product: str
    lang: str
    office: str
    title: str
    duration_s: float
    slot_s: float | None  # None: it may be as long as it is
    loudness_lufs: float
    true_peak_dbtp: float
    longest_silence_s: float
    voice: str
    quality: str
    listening: str  # in Vietnamese
    measured: bool  # on the file itself; else as the release says
    faults: tuple[str, ...] = ()  # in Vietnamese

    def __str__(self) -> str:
        slot = f"/{self.slot_s:.0f}" if self.slot_s else ""
        name = ".".join(part for part in (self.slug, self.lang, self.office, self.product) if part)
        return (
            f"{name:62} {self.loudness_lufs:6.1f} LUFS {self.true_peak_dbtp:5.1f} dBTP "
            f"{self.duration_s:6.1f}{slot:4} s  lặng {self.longest_silence_s:4.1f} s  "
            f"{self.quality:7} {self.voice}; {self.listening}"
            + (f"  ✗ {', '.join(self.faults)}" if self.faults else "")
        )


def listen(store: Store, release: Release, *, measure: bool = True) -> Iterator[Heard]:
    """Every bulletin of a release, by article, language, office and product; each file is read unless not `measure`."""
    for slug, parts in sorted(release.articles.items()):
        entries = [
            entry for blob in parts.values() for entry in read_part(store, blob).entries if entry.medium == "audio"
        ]
        for entry in sorted(entries, key=lambda one: (one.lang, one.office or "", one.product)):
            yield _heard(store, slug, entry, measure=measure)


def _heard(store: Store, slug: str, entry: Entry, *, measure: bool) -> Heard:
    told = entry.details
    level = _measured(store, entry) if measure else None
    silence_s = float(told.get("longest_silence_s", 0.0))
    if level is not None and entry.product != "bulletin-web":  # under that lies music: only its cues know the silence
        silence_s = level.longest_silence_s
    slot_s = float(told["slot_s"]) if "slot_s" in told else _SLOTS_S.get(entry.product)
    duration_s = level.duration_s if level else float(told.get("duration_s", 0.0))
    lufs = level.loudness_lufs if level else float(told.get("loudness_lufs", 0.0))
    peak_dbtp = level.true_peak_dbtp if level else float(told.get("true_peak_dbtp", 0.0))
    faults = [
        *([f"mức tiếng lệch {lufs - TARGET_LUFS:+.1f} LU"] if abs(lufs - TARGET_LUFS) > TOLERANCE_LU else []),
        *(["đỉnh quá cao"] if peak_dbtp > CEILING_DBTP else []),
        *([f"dài hơn khung {duration_s - slot_s:.1f} s"] if slot_s is not None and duration_s > slot_s else []),
        *(["có khoảng lặng dài"] if silence_s > LONGEST_SILENCE_S else []),
    ]
    listening = str(told.get("listening", ""))
    return Heard(
        slug=slug,
        product=entry.product,
        lang=entry.lang,
        office=entry.office or "",
        title=entry.title,
        duration_s=round(duration_s, 1),
        slot_s=slot_s,
        loudness_lufs=lufs,
        true_peak_dbtp=peak_dbtp,
        longest_silence_s=silence_s,
        voice=str(told.get("voice", "")),
        quality=str(told.get("quality", "")),
        listening=_LISTENING.get(listening, listening or "không rõ"),
        measured=level is not None,
        faults=tuple(faults),
    )


def _measured(store: Store, entry: Entry) -> Level:
    main = entry.file("main")
    assert main is not None  # a release does not take an entry without
    data = store.get(cas_key(main.sha256))
    if hashlib.sha256(data).hexdigest() != main.sha256:
        raise ReleaseError("an object is not what its name says", where=cas_key(main.sha256), mend="Publish it again")
    container, rate = _CONTAINERS.get(main.media_type, ("", 0))
    if not container:
        raise ReleaseError(f"{main.media_type} is no sound that can be measured", where=main.name)
    return measured(decode(data, rate, container=container), rate)
