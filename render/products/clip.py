"""Clips: an edition told in half a minute, with a voice, captions and moving figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from render.edition import Edition, Runs, plain
from render.phrases import phrase, vietnamese_date
from render.products import Context, File, Planned, Product, Waiting
from render.products.voicing import voice_of
from render.speech.recordings import Line
from render.speech.segments import syllables
from render.speech.spoken import check_spoken, speak_runs
from render.speech.voices import CLIP_PACE, Voice, speak_step
from render.steps import Step
from render.typeset.brand import colours
from render.typeset.brand import theme as sheet_theme
from render.typeset.qr import qr_svg
from render.typeset.wording import bound, grouped
from render.video.checks import captions_gate, code_gate, file_gate
from render.video.encoding import held_step, unit_step
from render.video.layers import layers_step
from render.video.mux import join_step
from render.video.poster import poster_step
from render.video.scenes import Scene
from render.video.shape import VERTICAL, Shape
from render.video.soundtrack import soundtrack_step
from render.video.storyboard import ASKING, storyboard
from render.video.subtitles import captions_of, captions_step
from render.video.timing import rhythm, unit_rhythms

SYNTHETIC = "Giọng đọc tổng hợp"
ASK = "Hỏi cán bộ xã hoặc gọi tổng đài"
SCAN = "Quét mã để đọc kỹ hơn"
APPLIES = "Số liệu áp dụng từ {date}"
_ISO_639_2 = {"vi": "vie", "km": "khm", "zh": "zho", "lo": "lao", "th": "tha", "en": "eng"}


def plan_vertical(edition: Edition, context: Context) -> Planned | Waiting:
    """The plan of a vertical clip."""
    return plan_clip(edition, context, VERTICAL)


def plan_clip(edition: Edition, context: Context, shape: Shape) -> Planned | Waiting:
    """The steps of a clip in one shape; waiting for a recording where nobody can speak the language."""
    scenes = storyboard(edition, lambda runs: syllables(_spoken(edition, runs)) / CLIP_PACE)
    told = [Line(plain(line), _spoken(edition, line), "Lời trong clip") for scene in scenes for line in scene.lines]
    voiced = voice_of(edition, context, told)
    if isinstance(voiced, Waiting):
        return voiced
    voice = voiced.voice
    theme = sheet_theme(edition.priority, edition.campaign)
    red, green, blue = bytes.fromhex(colours(theme)["paper"].removeprefix("#"))
    paper = (red, green, blue)
    note = _note(edition, voice)
    drawn: list[Step] = []
    encoded: list[Step] = []
    rhythms: list[dict[str, Any]] = []
    voices: dict[str, Step] = {}
    for number, scene in enumerate(scenes):
        captions = [captions_of(plain(line)) for line in scene.lines]
        speaking = [_speak(edition, scene, line, voice) for line in scene.lines]
        shows = _closing(edition, context, voice) if scene.kind == "closing" else scene.shows
        data = _template_data(edition, scene, shows, shape, "" if scene.kind == "closing" else note)
        drawn.append(layers_step(data, lang=edition.lang, theme=theme, shape=shape))
        rhythms.append(rhythm(scene, captions))
        for line, unit in enumerate(unit_rhythms(rhythms[-1])):
            said = _captions(scene, captions[line], shape) if line < len(captions) and captions[line] else None
            encoded.append(
                unit_step(
                    drawn[-1],
                    layers_step(said, lang=edition.lang, theme=theme, shape=shape) if said else None,
                    speaking[line] if line < len(speaking) else None,
                    rhythm=unit,
                    line=line,
                    lines=max(1, len(scene.lines)),
                    shape=shape,
                    paper=paper,
                )
            )
        voices |= {f"voice-{number}-{line}": step for line, step in enumerate(speaking)}
    held = held_step(shape)
    sound = soundtrack_step(rhythms, voices, fps=shape.fps)
    clip = join_step(
        encoded,
        held,
        sound,
        fps=shape.fps,
        metadata=_metadata(edition, context, voice),
        lang3=_ISO_639_2.get(primary := edition.lang.split("-")[0], primary),
    )
    captions_file = captions_step(rhythms, voices, fps=shape.fps, lang=edition.lang, note=note)
    shown = next((number for number, scene in enumerate(scenes) if scene.kind == "figure"), 0)
    poster = poster_step(drawn[shown], shape=shape, paper=paper)
    return Planned(
        files=(
            File(clip, "clip.mp4", "mp4", "video/mp4"),
            File(captions_file, "captions.vtt", "vtt", "text/vtt", "captions"),
            File(poster, "poster.webp", "webp", "image/webp", "poster"),
        ),
        gates=(
            file_gate(clip, sound),
            code_gate(encoded[-1], held, fps=shape.fps, qr=context.qr(edition)),
            captions_gate(captions_file),
        ),
        details={**voiced.details, "scenes": [scene.name for scene in scenes]},
        warnings=(*voiced.warnings, *_untranslated(edition, voice), *_bare(scenes)),
        to_hear=voiced.to_hear,
    )


def _spoken(edition: Edition, line: Runs) -> str:
    return speak_runs(line, edition.facts, lang=edition.lang)


def _speak(edition: Edition, scene: Scene, line: Runs, voice: Voice) -> Step:
    spoken = _spoken(edition, line)
    check_spoken(spoken, lang=edition.lang, where=f"{edition.slug}: scene {scene.name}")
    return speak_step(spoken, voice, syllables_s=CLIP_PACE, text=plain(line))


def _note(edition: Edition, voice: Voice) -> str:
    """What stands small under every scene but the closing one, which says it larger."""
    parts = (edition.note, phrase(edition.lang, SYNTHETIC).text if voice.synthetic else "")
    return " · ".join(bound(part) for part in parts if part)


def _template_data(edition: Edition, scene: Scene, shows: Any, shape: Shape, note: str) -> dict[str, Any]:
    return {
        "name": scene.name,
        "kind": scene.kind,
        "shape": shape.as_data(),
        "shows": shows,
        "note": note,
        "topic": "" if scene.kind in {"title", "closing"} else edition.topic,
        "captions": [],
    }


def _captions(scene: Scene, parts: Sequence[str], shape: Shape) -> dict[str, Any]:
    """What the template draws the captions of one line from."""
    return {
        "name": scene.name,
        "kind": "captions",
        "shape": shape.as_data(),
        "shows": {},
        "note": "",
        "topic": "",
        "captions": [{"at": 0, "text": bound(text)} for text in parts],
    }


def _closing(edition: Edition, context: Context, voice: Voice) -> dict[str, Any]:
    """What the closing scene shows: the only one that knows the edition's id."""

    def fixed(text: str, **values: str) -> str:
        return bound(phrase(edition.lang, text, **values).text)

    office = edition.office
    lines = [office.name, office.address, office.email] if office else []
    facts = []
    if edition.applies_from:
        facts.append(fixed(APPLIES, date=vietnamese_date(edition.applies_from)))
    if edition.note:
        facts.append(bound(edition.note))
    if voice.synthetic:
        facts.append(fixed(SYNTHETIC))
    return {
        "ask": fixed(ASK),
        "hotline": bound(edition.hotline),
        "office": [bound(line) for line in lines if line],
        "qr": qr_svg(context.qr(edition), colours()["ink"]),
        "scan": fixed(SCAN),
        "code": grouped(edition.id),
        "facts": facts,
    }


def _untranslated(edition: Edition, voice: Voice) -> list[str]:
    """What the editor should know: phrases that stand in Vietnamese, a hotline said without its sentence."""
    shown = [ASK, SCAN, *([APPLIES] if edition.applies_from else []), *([SYNTHETIC] if voice.synthetic else [])]
    missing = [text for text in shown if not phrase(edition.lang, text, date="").translated]
    told = [f"“{text}” chưa có bản dịch, hiện bằng tiếng Việt" for text in missing]
    if edition.hotline and not phrase(edition.lang, ASKING, hotline="").translated:
        told.append(f"“{ASKING}” chưa có bản dịch, chỉ đọc số điện thoại")
    return told


def _bare(scenes: Sequence[Scene]) -> list[str]:
    """A clip that tells no block of its article says so: its tables are too wide, its sentences too long."""
    if {scene.kind for scene in scenes} <= {"title", "closing"}:
        return ["clip chỉ có tiêu đề và tóm tắt: bảng quá rộng, hoặc câu quá dài để đọc trong nửa phút"]
    return []


def _metadata(edition: Edition, context: Context, voice: Voice) -> dict[str, str]:
    """What the file says of itself, the mark of a synthetic voice included."""
    comment = [f"{SYNTHETIC} ({voice.engine})"] if voice.synthetic else []
    comment += [edition.note] if edition.note else []
    return {
        "title": plain(edition.title),
        "description": plain(edition.summary),
        "comment": ". ".join(comment),
        "copyright": context.qr(edition),
    }


PRODUCTS = (Product("clip-vertical", "Clip dọc", "video", "1080×1920", "video/mp4", plan_vertical),)
