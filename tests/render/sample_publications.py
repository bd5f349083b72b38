"""Publications of the agreed shape, small and made up: what tests of releases and pages publish."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from render.edition import Office
from render.manifest import Awaited, Entry, EntryFile
from render.publication import Publication

AT = dt.datetime(2025, 9, 1, 8, 0, tzinfo=dt.UTC)
PUBLIC_URL = "https://loa.example.vn/kho"

OFFICES = {
    "66": Office("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh"),
    "91": Office("91", "Bảo hiểm xã hội tỉnh An Giang", "Tỉnh An Giang", "tinh", hotline="0296 000 000"),
    "66.24133": Office("66.24133", "Ủy ban nhân dân xã Ea Knốp", "Xã Ea Knốp", "xa"),
}

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class Files:
    """The bytes of made-up files by digest: what `load` of `publish` reads."""

    data: dict[str, bytes] = field(default_factory=dict)

    def add(self, data: bytes, *, role: str, suffix: str, name: str, media_type: str) -> EntryFile:
        sha256 = hashlib.sha256(data).hexdigest()
        self.data[sha256] = data
        return EntryFile(role, suffix, name, sha256, len(data), media_type)

    def load(self, sha256: str) -> bytes:
        return self.data[sha256]


def edition_id(text: str) -> str:
    """Twelve letters of Crockford's base 32."""
    return "".join(_ALPHABET[byte % 32] for byte in hashlib.sha256(text.encode()).digest()[:12])


def edition_data(slug: str, lang: str, title: str, version: str = "1", **changes: Any) -> dict[str, Any]:
    """What `Edition.as_data` gives: a block of every kind."""
    words = [{"t": "Một câu ngắn. "}, {"t": "Đậm", "b": True}, {"t": " và "}, {"t": "nghiêng", "i": True}]
    flow = [{"kind": "paragraph", "text": words}, {"kind": "bullets", "items": [words, words], "ordered": False}]
    common = {"before": [], "after": []}
    blocks = [
        {
            "kind": "figures", "id": "so", "title": [{"t": "Con số"}], **common,
            "figures": [
                {
                    "value": [{"t": f"{version}00.000 đồng", "f": "muc"}, {"t": " mỗi tháng"}],
                    "label": [{"t": "mức trợ cấp"}],
                },
                {"value": [{"t": "75 tuổi", "f": "tuoi"}], "label": [{"t": "tuổi bắt đầu"}]},
            ],
        },
        {"kind": "eligibility", "id": "ai", "title": [{"t": "Ai được nhận?"}], **common, "items": [words, words]},
        {
            "kind": "comparison", "id": "nay", "title": [{"t": "Trước và nay"}], **common,
            "header": [[], [{"t": "Trước"}], [{"t": "Nay"}]],
            "rows": [[[{"t": "Tuổi"}], [{"t": "80"}], [{"t": "75"}]]],
        },
        {"kind": "steps", "id": "buoc", "title": [{"t": "Làm thế nào?"}], **common, "items": [words, words]},
        {
            "kind": "questions", "id": "hoi", "title": [{"t": "Hỏi và đáp"}], **common,
            "questions": [{"question": [{"t": "Có mất tiền không?"}], "answer": [[{"t": "Không."}]]}],
        },
        {"kind": "notice", "id": "luu-y", "title": None, **common, "body": flow},
        {"kind": "story", "id": "vi-du", "title": [{"t": "Ví dụ"}], **common, "body": flow},
        {"kind": "prose", "id": "them", "title": [{"t": "Thêm"}], **common, "body": flow},
    ]  # fmt: skip
    return {
        "id": edition_id(f"{slug} {lang} {version}"),
        "slug": slug,
        "lang": lang,
        "title": [{"t": title}],
        "summary": [{"t": "Tóm tắt trong một câu."}],
        "topic": "Hưu trí xã hội",
        "blocks": blocks,
        "facts": [],
        "audiences": [5],
        "legal": ["Luật 41/2024/QH15, Điều 21"],
        "priority": "normal",
        "applies_from": "2025-07-01",
        "hotline": "1900 9068",
        "office": None,
        "note": "Bản minh họa – số liệu tại 01/9/2025",
        "in_force": "2025-07-01",
        **changes,
    }


def entries_of(
    files: Files,
    edition: Mapping[str, Any],
    *,
    office: str | None = None,
    products: str = "leaflet bulletin clip picture",
) -> list[Entry]:
    """Four products of an edition."""
    slug, lang = str(edition["slug"]), str(edition["lang"])
    own = f".{office}" if office else ""
    salt = f"{edition['id']}{own}".encode()
    kinds = {
        "leaflet": ("leaflet-a4", "Tờ rơi A4", "print", "A4", {"pages": 2},
                    [("main", "pdf", "application/pdf"), ("preview", "1.webp", "image/webp")]),
        "bulletin": ("bulletin-3min", "Bản tin 3 phút", "audio", "3 phút",
                     {"duration_s": 160.2, "synthetic": True, "quality": "robot"},
                     [("main", "mp3", "audio/mpeg"), ("script", "txt", "text/plain; charset=utf-8")]),
        "clip": ("clip-vertical", "Clip dọc", "video", "1080×1920",
                 {"duration_s": 31.0, "synthetic": True, "quality": "online"},
                 [("main", "mp4", "video/mp4"), ("captions", "vtt", "text/vtt"), ("poster", "webp", "image/webp")]),
        "picture": ("infographic-portrait", "Infographic dọc", "picture", "1080×1350", {},
                    [("main", "webp", "image/webp"), ("preview", "png", "image/png")]),
    }  # fmt: skip
    found = []
    for kind in products.split():
        name, label, medium, size, details, wanted = kinds[kind]
        stem = f"{slug}.{lang}{own}.{name}"
        found.append(
            Entry(
                product=name,
                label=label,
                medium=medium,
                size=size,
                lang=lang,
                office=office,
                edition=edition_id(f"{edition['id']}{own}") if own else str(edition["id"]),
                title="".join(run["t"] for run in edition["title"]),
                priority=str(edition["priority"]),
                in_force=edition["in_force"],
                applies_from=edition["applies_from"],
                note=str(edition["note"]),
                files=tuple(
                    files.add(
                        f"{name} {suffix} ".encode() + salt,
                        role=role,
                        suffix=suffix,
                        name=f"{stem}.{suffix}",
                        media_type=kind_of,
                    )
                    for role, suffix, kind_of in wanted
                ),
                details=details,
            )
        )
    return found


def publication(
    files: Files,
    slug: str = "tro-cap",
    title: str = "Trợ cấp mỗi tháng",
    version: str = "1",
    *,
    langs: tuple[str, ...] = ("vi",),
    offices: tuple[str, ...] = (),
    products: str = "leaflet bulletin clip picture",
    waiting: tuple[str, ...] = (),
    **changes: Any,
) -> Publication:
    """An article in some languages, nationwide and for some offices."""
    editions = {lang: edition_data(slug, lang, title, version, **changes) for lang in langs}
    entries: list[Entry] = []
    for edition in editions.values():
        entries += entries_of(files, edition, products=products)
        for office in offices:
            entries += entries_of(files, edition, office=office, products=products)
    awaited = tuple(Awaited("bulletin-3min", "Bản tin 3 phút", lang, None, "chờ bản dịch") for lang in waiting)
    return Publication(slug, editions, tuple(entries), awaited)
