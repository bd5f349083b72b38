"""Bulletins: an edition as loudspeakers say it, with the script for a person to read and a record for other systems."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

from render.edition import Edition, plain
from render.errors import GateError
from render.phrases import first_few, phrase, vietnamese_date
from render.products import Context, File, Planned, Product, Waiting
from render.speech.mastering import (
    CEILING_DBTP,
    LONGEST_SILENCE_S,
    TARGET_LUFS,
    TOLERANCE_LU,
    horn_step,
)
from render.speech.script import NATIONAL, SLOT_3_MIN_S, Script, bulletin_script
from render.speech.segments import ended
from render.speech.spoken import check_spoken, unspoken
from render.speech.voices import Voice, choose_voice, speak_step
from render.steps import Made, Step

SYNTHETIC = "Giọng đọc tổng hợp"
_ISO_639_2 = {"vi": "vie", "km": "khm", "zh": "zho", "yue": "zho"}
_PRIORITIES = {"normal": "Thông thường", "priority": "Ưu tiên", "urgent": "Khẩn cấp"}
_LEAST_LEADING_S = 0.8


def plan_bulletin(edition: Edition, context: Context, slot_s: float) -> Planned | Waiting:
    """A voice a sentence, one master, its gate; waiting for a recording where nobody can speak the language."""
    voice = choose_voice(edition.lang, online=context.online_speech)
    if voice is None:
        return Waiting("recording", "chờ bản thu")
    script = bulletin_script(edition, slot_s=slot_s)
    for part in script.parts:
        for segment in part.segments:
            check_spoken(segment.spoken, lang=edition.lang, where=f"{edition.slug}: {part.name}")
    spoken = script.segments
    voices = [speak_step(segment.spoken, voice) for segment in spoken]
    master = horn_step(voices, [segment.pause_after_s for segment in spoken], tags=_tags(edition, voice))
    gate = Step(
        run="render.products.bulletin:check_bulletin",
        inputs={"slot_s": slot_s, "where": f"{edition.slug} ({edition.lang})"},
        needs={"master": master},
    )
    paper = Step(run="render.products.bulletin:write_script", inputs=_paper(edition, context, script, voice))
    record = Step(
        run="render.products.bulletin:write_record", inputs=_record(edition, script), needs={"master": master}
    )
    return Planned(
        files=(
            File(master, "bulletin.mp3", "mp3", "audio/mpeg"),
            File(paper, "script.txt", "txt", "text/plain; charset=utf-8", "script"),
            File(record, "record.json", "json", "application/json", "record"),
        ),
        gates=(gate,),
        details={
            "voice": voice.label_vi,
            "engine": voice.engine,
            "quality": voice.quality,
            "licence": voice.licence,
            "synthetic": voice.synthetic,
            "left_out": list(script.left_out),
        },
        warnings=_warnings(edition, script, voice),
    )


def _warnings(edition: Edition, script: Script, voice: Voice) -> tuple[str, ...]:
    told = list(voice.warnings)
    if script.left_out:
        told.append(f"không đủ thời lượng, đã bỏ: {first_few(script.left_out)}")
    left = list(dict.fromkeys(word for segment in script.segments for word in unspoken(segment.spoken, edition.lang)))
    if left:
        told.append(f"người đọc tự đọc các số: {', '.join(left)}")
    if edition.lang != "vi" and not script.opening:
        told.append("chưa có lời chào bằng tiếng này: bản tin vào thẳng nội dung")
    return tuple(told)


def _tags(edition: Edition, voice: Voice) -> dict[str, str]:
    """ID3 frames by libav's names. A synthetic voice is marked so that machines can read it."""
    primary = edition.lang.split("-")[0]
    tags = {
        "title": _one_line(plain(edition.title)),
        "language": _ISO_639_2.get(primary, primary),
        "publisher": edition.office.name if edition.office else NATIONAL,
    }
    if voice.synthetic:
        tags["comment"] = f"{SYNTHETIC}; AI-generated voice ({voice.engine})"
    return tags


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- the gate ----------------------------------------------------------------------------------------------------


def check_bulletin(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The gates loudness, silence and slot, on what was measured after decoding the finished MP3."""
    heard, slot_s, where = needs["master"].details, float(inputs["slot_s"]), str(inputs["where"])
    if abs(heard["loudness_lufs"] - TARGET_LUFS) > TOLERANCE_LU:
        raise GateError(
            f"the bulletin is at {heard['loudness_lufs']} LUFS, not {TARGET_LUFS} ± {TOLERANCE_LU}",
            gate="loudness",
            where=where,
            mend="Look whether a voice is nearly silent or broken",
        )
    if heard["true_peak_dbtp"] > CEILING_DBTP:
        raise GateError(
            f"the bulletin peaks at {heard['true_peak_dbtp']} dBTP, above {CEILING_DBTP}",
            gate="loudness",
            where=where,
            mend="Look whether a voice is distorted",
        )
    if heard["longest_silence_s"] > LONGEST_SILENCE_S:
        raise GateError(
            f"{heard['longest_silence_s']} s of silence within the bulletin, {LONGEST_SILENCE_S} are allowed",
            gate="silence",
            where=where,
            mend="Look for a sentence that was not spoken",
        )
    if heard["leading_silence_s"] < _LEAST_LEADING_S:
        raise GateError(
            f"the bulletin begins after {heard['leading_silence_s']} s, an amplifier needs {_LEAST_LEADING_S}",
            gate="silence",
            where=where,
            mend="Make it again",
        )
    if (over_s := heard["duration_s"] - slot_s) > 0:
        raise GateError(
            f"the bulletin is {over_s:.1f} s longer than its slot of {slot_s:.0f} s",
            gate="slot",
            where=where,
            mend="Shorten the longest block, or leave one out",
        )
    shown = ("duration_s", "loudness_lufs", "true_peak_dbtp", "leading_silence_s", "longest_silence_s")
    return Made(files={}, details={name: heard[name] for name in shown})


# --- the script ----------------------------------------------------------------------------------------------------


def _paper(edition: Edition, context: Context, script: Script, voice: Voice) -> dict[str, Any]:
    def fixed(text: str, **values: str) -> str:
        return phrase(edition.lang, text, **values).text

    applies = edition.applies_from
    return {
        "title": _one_line(plain(edition.title)),
        "code": " ".join(edition.id[at : at + 4] for at in range(0, len(edition.id), 4)),
        "office": [line for line in _contact(edition) if line],
        "hotline": edition.hotline,
        "applies": fixed("Số liệu áp dụng từ {date}", date=vietnamese_date(applies)) if applies else "",
        "note": edition.note,
        "voice": voice.label_vi if voice.synthetic else "",
        "address": context.qr(edition),
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


def _differs(text: str, spoken: str) -> bool:
    def bare(one: str) -> str:
        return "".join(c for c in one.casefold() if c.isalnum())

    return bare(text) != bare(spoken)


# --- the record ------------------------------------------------------------------------------------------------


def _record(edition: Edition, script: Script) -> dict[str, Any]:
    office = edition.office
    return {
        "BanTinId": edition.id,
        "TieuDe": _one_line(plain(edition.title)),
        "LoaiLinhVuc": edition.topic,
        "LoaiBanTin": "Bản tin phát thanh",
        "MucDoUuTien": _PRIORITIES[str(edition.priority.value)],
        "NoiDung": "\n".join(
            " ".join(ended(segment.text, edition.lang) for segment in part.segments) for part in script.parts
        ),
        "NoiDungTomTat": _one_line(plain(edition.summary)),
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


PRODUCTS = (
    Product(
        name="bulletin-3min",
        label="Bản tin loa 3 phút",
        medium="audio",
        size="3 phút",
        media_type="audio/mpeg",
        plan=lambda edition, context: plan_bulletin(edition, context, SLOT_3_MIN_S),
    ),
)
