"""What goes with a bulletin: the script for a person to read, captions, a record for other systems."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from render.edition import Edition, plain
from render.phrases import first_few, phrase, vietnamese_date
from render.speech.fitting import Script
from render.speech.script import NATIONAL
from render.speech.segments import ended
from render.speech.voices import Voice
from render.steps import Made, Step
from render.video.subtitles import web_vtt
from render.video.timing import Cue

_PRIORITIES = {"normal": "Thông thường", "priority": "Ưu tiên", "urgent": "Khẩn cấp"}


# --- the script ----------------------------------------------------------------------------------------------------


def script_step(edition: Edition, script: Script, voice: Voice, *, address: str) -> Step:
    """The step of `script.txt`; `address` is where this edition can be checked."""
    return Step(run="render.products.bulletin_papers:write_script", inputs=_paper(edition, script, voice, address))


def _paper(edition: Edition, script: Script, voice: Voice, address: str) -> dict[str, Any]:
    def fixed(text: str, **values: str) -> str:
        return phrase(edition.lang, text, **values).text

    applies = edition.applies_from
    return {
        "title": one_line(plain(edition.title)),
        "code": " ".join(edition.id[at : at + 4] for at in range(0, len(edition.id), 4)),
        "office": [line for line in _contact(edition) if line],
        "hotline": edition.hotline,
        "applies": fixed("Số liệu áp dụng từ {date}", date=vietnamese_date(applies)) if applies else "",
        "note": edition.note,
        "voice": voice.label_vi if voice.synthetic else "",
        "address": address,
        "left_out": list(script.left_out),
        "parts": [
            {"name": part.name, "lines": [[segment.text, segment.spoken] for segment in part.segments]}
            for part in script.parts
        ],
    }


def _contact(edition: Edition) -> tuple[str, ...]:
    office = edition.office
    return (office.name, office.address, office.email) if office else (NATIONAL,)


def write_script(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """script.txt: who speaks and from when, then paragraph by paragraph what is written and how it is read."""
    head = [
        "BẢN TIN LOA TRUYỀN THANH",
        inputs["title"],
        "",
        *inputs["office"],
        f"Tổng đài: {inputs['hotline']}" if inputs["hotline"] else "",
        inputs["applies"],
        inputs["note"],
        f"Bản thu dùng {inputs['voice']}" if inputs["voice"] else "",
        f"Mã bản: {inputs['code']}",
        f"Kiểm tra bản này còn hiệu lực: {inputs['address']}",
        f"Đã bỏ vì không đủ thời lượng: {first_few(inputs['left_out'])}" if inputs["left_out"] else "",
    ]
    lines = [line for at, line in enumerate(head) if line or at == 2]
    lines += [
        "",
        "Người đọc trực tiếp: đọc chậm, nghỉ ở mỗi dòng trống.",
        "Tên mục trong ngoặc vuông không đọc; dòng có dấu → là cách đọc.",
        "",
    ]
    grouped = itertools.groupby(inputs["parts"], key=lambda part: part["name"])
    for number, (name, parts) in enumerate(grouped, 1):
        lines.append(f"{number}. [{name}]")
        for text, spoken in (line for part in parts for line in part["lines"]):
            lines.append(f"   {text}")
            if _differs(text, spoken):
                lines.append(f"   → sẽ đọc là: {spoken}")
        lines.append("")
    # A byte order mark: Notepad on an old office computer takes the file for something else without it.
    return Made(files={"script.txt": ("\ufeff" + "\r\n".join(lines).rstrip() + "\r\n").encode()})


@functools.lru_cache(maxsize=4096)
def _differs(text: str, spoken: str) -> bool:
    def bare(one: str) -> str:
        return "".join(c for c in one.casefold() if c.isalnum())

    return bare(text) != bare(spoken)


# --- the record ------------------------------------------------------------------------------------------------


def record_step(edition: Edition, script: Script, master: Step) -> Step:
    """The step of `record.json`, with the length of what `master` made."""
    inputs = _record(edition, script)
    return Step(run="render.products.bulletin_papers:write_record", inputs=inputs, needs={"master": master})


def _record(edition: Edition, script: Script) -> dict[str, Any]:
    office = edition.office
    return {
        "BanTinId": edition.id,
        "TieuDe": one_line(plain(edition.title)),
        "LoaiLinhVuc": edition.topic,
        "LoaiBanTin": "Bản tin phát thanh",
        "MucDoUuTien": _PRIORITIES[str(edition.priority.value)],
        "NoiDung": "\n".join(
            " ".join(ended(segment.text, edition.lang) for segment in part.segments) for part in script.parts
        ),
        "NoiDungTomTat": one_line(plain(edition.summary)),
        "NguonTin": office.name if office else NATIONAL,
        "VungPhat": office.unit if office else "Toàn quốc",
        "TacGia": NATIONAL,
    }


def write_record(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """record.json: the fields of source-system records, ThoiLuong in whole seconds."""
    fields = dict(inputs) | {"ThoiLuong": round(needs["master"].details["duration_s"])}
    order = (
        "BanTinId",
        "TieuDe",
        "LoaiLinhVuc",
        "LoaiBanTin",
        "MucDoUuTien",
        "NoiDung",
        "NoiDungTomTat",
        "ThoiLuong",
        "NguonTin",
        "VungPhat",
        "TacGia",
    )
    text = json.dumps({name: fields[name] for name in order}, ensure_ascii=False, indent=2)
    return Made(files={"record.json": (text + "\n").encode()})


# --- captions --------------------------------------------------------------------------------------------------


def captions_step(edition: Edition, script: Script, master: Step, *, note: str) -> Step:
    """The step of `captions.vtt`: a cue a sentence, from where its voice lies in what `master` made."""
    texts = [segment.text for segment in script.segments]
    return Step(
        run="render.products.bulletin_papers:write_captions",
        inputs={"lang": edition.lang, "note": note, "texts": texts},
        needs={"master": master},
    )


def write_captions(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """captions.vtt, each sentence from its first sample to its last."""
    cues: Sequence[Sequence[float]] = needs["master"].details["cues_s"]
    told = [Cue(start, end, text) for (start, end), text in zip(cues, inputs["texts"], strict=True)]
    return Made(files={"captions.vtt": web_vtt(told, lang=inputs["lang"], note=inputs["note"]).encode()})


def one_line(text: str) -> str:
    """Without breaks and doubled spaces."""
    return " ".join(text.split())
