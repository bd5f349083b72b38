"""Clips: an edition told in half a minute, in three shapes with a voice, in a fourth for feeds without sound."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from render.edition import Edition, Runs, SaidFact, plain
from render.errors import LoaError
from render.language import language
from render.phrases import phrase, vietnamese_date
from render.products import Context, File, Planned, Product, Waiting
from render.products.voicing import voice_of
from render.speech.recordings import Line
from render.speech.script import region_of
from render.speech.segments import syllables
from render.speech.spoken import check_spoken, speak_runs
from render.speech.voices import CLIP_PACE, Voice, speak_step
from render.steps import Step
from render.typeset.brand import colours
from render.typeset.brand import theme as sheet_theme
from render.typeset.photo import NEED, picture_data
from render.typeset.qr import qr_svg
from render.typeset.wording import bound, grouped
from render.video.beside import chapter_name, original_captions
from render.video.checks import BYTES_PER_S, LONGEST_S, SHORTEST_S, captions_gate, code_gate, file_gate, tracks_gate
from render.video.edits import known_facts
from render.video.encoding import held_step, unit_step
from render.video.footage import Part, compose_step, film_step, measured, sound_step
from render.video.layers import layers_step
from render.video.moving import KBPS, Backdrop, coarse, kbps_for, moving_step, still_step
from render.video.mux import join_step
from render.video.poster import poster_step
from render.video.scenes import Scene
from render.video.shape import FEED, SQUARE, VERTICAL, WIDE, Shape
from render.video.silent import reading_s, reading_step, silent_gate
from render.video.soundtrack import soundtrack_step
from render.video.stills import still_of
from render.video.storyboard import ASKING, told
from render.video.subtitles import captions_of, captions_step
from render.video.timing import rhythm, unit_rhythms
from render.video.words import unbound, whole

SYNTHETIC = "Giọng đọc tổng hợp"
ASK = "Hỏi cán bộ xã hoặc gọi tổng đài"
SCAN = "Quét mã để đọc kỹ hơn"
APPLIES = "Số liệu áp dụng từ {date}"
_ISO_639_2 = {"vi": "vie", "km": "khm", "zh": "zho", "lo": "lao", "th": "tha", "en": "eng"}


def plan_clip(edition: Edition, context: Context, shape: Shape, *, silent: bool = False) -> Planned | Waiting:
    """The steps of a clip in one shape; waiting for a recording where nobody can speak the language.

    A silent one waits for nobody: each line stands as long as it takes to read.
    """
    edits = context.storyboard
    facts = known_facts(edition, edits)
    board = told(edition, speaking_of(edition, facts, silent=silent), edits)
    scenes = board.scenes
    spoken = functools.partial(_spoken, edition, facts)
    lines = [Line(plain(line), spoken(line), scene.name) for scene in scenes for line in scene.lines]
    voiced = None if silent else voice_of(edition, context, lines)
    if isinstance(voiced, Waiting):
        return voiced
    voice = voiced.voice if voiced else None
    colour, paper = paper_of(edition)
    drawn: list[Step] = []
    encoded: list[Step] = []
    rhythms: list[dict[str, Any]] = []
    voices: dict[str, Step] = {}
    warnings = list(board.warnings)
    moving = sum(1 for scene in scenes if scene.picture or scene.footage)
    for number, scene in enumerate(scenes):
        captions = [_parted(plain(line)) for line in scene.lines]
        speaking = [
            reading_step(parts) if voice is None else _speak(edition, scene, line, spoken(line), voice)
            for line, parts in zip(scene.lines, captions, strict=True)
        ]
        drawn.append(_layers(edition, context, scene, shape, voice))
        rhythms.append(rhythm(scene, captions))
        backdrop = _backdrop(scene, shape, colour, kbps_for(moving, len(scenes)), f"{edition.slug}: scene {scene.name}")
        if scene.picture and (small := coarse(scene.picture, shape)):
            warnings.append(small)
        units = unit_rhythms(rhythms[-1])
        for line, unit in enumerate(units):
            said = captions[line] if line < len(captions) else []
            words = _captions(edition, scene, said, shape) if said else None
            encoded.append(
                moving_step(
                    drawn[-1], words, speaking, backdrop, rhythms=units, line=line, lines=max(1, len(scene.lines)),
                    shape=shape, where=f"scene {scene.name}",
                )
                if backdrop
                else unit_step(
                    drawn[-1], words, speaking[line] if line < len(speaking) else None, rhythm=unit, line=line,
                    lines=max(1, len(scene.lines)), shape=shape, paper=paper,
                )
            )  # fmt: skip
        voices |= {f"voice-{number}-{line}": step for line, step in enumerate(speaking)}
    held = held_step(shape)
    heard = {
        number: sound_step(
            measured(scene.footage.path, where := f"{edition.slug}: scene {scene.name}"),
            from_s=scene.footage.from_s,
            to_s=scene.footage.to_s,
            where=where,
        )
        for number, scene in enumerate(scenes)
        if scene.footage and scene.footage.sound and not silent
    }
    sound = None if silent else soundtrack_step(rhythms, voices, fps=shape.fps, films=heard)
    original = context.original
    captions_file = captions_step(
        rhythms,
        voices,
        fps=shape.fps,
        lang=edition.lang,
        note=_note(edition, voice),
        beside={original.lang: original_captions(scenes, edition, original, _parted)} if original else {},
    )
    about = metadata(edition, context, voice)
    subtitles = [(_iso_639_2(one.lang), language(one.lang).autonym) for one in (edition, original) if one]
    chapters = [
        (
            max(1, len(scene.lines)),
            chapter_name(scene, title=plain(edition.title), closing=phrase(edition.lang, ASK).text),
        )
        for scene in scenes
    ]
    clip = join_step(
        encoded,
        held,
        sound,
        captions_file,
        fps=shape.fps,
        metadata=about,
        lang3=_iso_639_2(edition.lang),
        subtitles=subtitles,
        chapters=chapters,
    )
    still = [number for number, scene in enumerate(scenes) if scene.kind != "picture"]
    shown = next((number for number in still if scenes[number].kind == "figure"), still[0])
    poster = poster_step(drawn[shown], shape=shape, paper=paper)
    return Planned(
        files=(
            File(clip, "clip.mp4", "mp4", "video/mp4"),
            File(captions_file, "captions.vtt", "vtt", "text/vtt", "captions"),
            *(
                [File(captions_file, f"captions.{original.lang}.vtt", f"{original.lang}.vtt", "text/vtt", "captions")]
                if original
                else []
            ),
            File(poster, "poster.webp", "webp", "image/webp", "poster"),
        ),
        gates=(
            file_gate(clip, sound)
            if sound
            else silent_gate(clip, shortest_s=SHORTEST_S, longest_s=LONGEST_S, bytes_per_s=BYTES_PER_S),
            tracks_gate(clip, metadata=about, subtitles=subtitles, chapters=len(scenes)),
            # Captions have rows of their own: what stands above them is looked at once, whatever they say.
            code_gate(encoded[-1].needs.get("content", encoded[-1]), held, fps=shape.fps, qr=context.qr(edition)),
            captions_gate(captions_file),
        ),
        details={**(voiced.details if voiced else {}), "scenes": [scene.name for scene in scenes]},
        warnings=(
            *(voiced.warnings if voiced else ()),
            *warnings,
            *untranslated(edition, voice),
            *_bare(scenes),
        ),
        to_hear=voiced.to_hear if voiced else (),
    )


def speaking_of(edition: Edition, facts: Sequence[SaidFact], *, silent: bool) -> Callable[[Runs], float]:
    """How long a line takes, about: to say, or to read where nobody says it."""
    if silent:
        return lambda line: reading_s(_parted(plain(line)))
    return lambda line: syllables(_spoken(edition, facts, line)) / CLIP_PACE


def _spoken(edition: Edition, facts: Sequence[SaidFact], line: Runs) -> str:
    return speak_runs(line, facts, lang=edition.lang, region=region_of(edition.office), say=edition.say)


def _planner(shape: Shape, *, silent: bool = False) -> Callable[[Edition, Context], Planned | Waiting]:
    return functools.partial(plan_clip, shape=shape, silent=silent)


def _iso_639_2(tag: str) -> str:
    """The three letters by which players know a language."""
    primary = tag.split("-")[0]
    return _ISO_639_2.get(primary, primary)


def _parted(text: str) -> list[str]:
    """A line as captions; words of several syllables, numbers and their units are not parted between two."""
    return [unbound(part) for part in captions_of(whole(text))]


def _speak(edition: Edition, scene: Scene, line: Runs, spoken: str, voice: Voice) -> Step:
    check_spoken(spoken, lang=edition.lang, where=f"{edition.slug}: scene {scene.name}")
    return speak_step(spoken, voice, syllables_s=CLIP_PACE, text=plain(line))


def _backdrop(scene: Scene, shape: Shape, paper: str, kbps: int, where: str) -> Backdrop | None:
    """What moves behind a scene."""
    if scene.footage:
        film = measured(scene.footage.path, where)
        if scene.footage.then:
            row = [Part(one) for one in (film, *(measured(path, where) for path in scene.footage.then))]
            return Backdrop("film", compose_step(row, fps=shape.fps, where=where), scene.footage.focus, kbps)
        step = film_step(film, from_s=scene.footage.from_s, to_s=scene.footage.to_s, where=where)
        return Backdrop("film", step, scene.footage.focus, kbps)
    if scene.picture:
        return Backdrop("still", still_step(scene.picture, shape, paper), scene.picture.focus, kbps)
    return None


def _note(edition: Edition, voice: Voice | None) -> str:
    """What stands small under every scene but the closing one, which says it larger."""
    parts = (edition.note, phrase(edition.lang, SYNTHETIC).text if voice and voice.synthetic else "")
    return " · ".join(bound(part) for part in parts if part)


def _layers(edition: Edition, context: Context, scene: Scene, shape: Shape, voice: Voice | None) -> Step:
    """The step that draws a scene without its captions."""
    theme = sheet_theme(edition.priority, edition.campaign)
    shows, photos = dict(scene.shows), dict[str, Step]()
    if scene.kind == "closing":
        shows |= closing_shows(edition, context, voice)
    if scene.kind == "title" and edition.picture:
        shows["picture"] = picture_data(edition.picture)
        photos = {NEED + edition.picture.digest: still_step(edition.picture, shape, colours(theme)["paper"])}
    data = {
        "name": scene.name,
        "kind": scene.kind,
        "shape": shape.as_data(),
        "shows": shows,
        "note": "" if scene.kind == "closing" else _note(edition, voice),
        "topic": "" if scene.kind in {"title", "picture", "closing"} else edition.topic,
        "captions": [],
    }
    return layers_step(data, lang=edition.lang, theme=theme, shape=shape, photos=photos)


def _captions(edition: Edition, scene: Scene, parts: Sequence[str], shape: Shape) -> Step:
    """The step that draws the captions of one line."""
    data = {
        "name": scene.name,
        "kind": "captions",
        "shape": shape.as_data(),
        "shows": {},
        "note": "",
        "topic": "",
        "captions": [{"at": 0, "text": whole(text)} for text in parts],
    }
    return layers_step(data, lang=edition.lang, theme=sheet_theme(edition.priority, edition.campaign), shape=shape)


def paper_of(edition: Edition) -> tuple[str, tuple[int, int, int]]:
    """The ground of an edition's pictures, as it is written and as red, green, blue."""
    colour = colours(sheet_theme(edition.priority, edition.campaign))["paper"]
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return colour, (red, green, blue)


def stills(
    edition: Edition, context: Context, shape_name: str, draw: Callable[..., Any] = still_of
) -> Iterator[tuple[str, Any]]:
    """Every scene of the clip as a picture, with its first caption; what cannot be drawn as its error.

    `draw` makes of a scene's steps what is wanted: an `Image`, or what tells whether one is there already.
    """
    shape, silent = {"square": (SQUARE, False), "wide": (WIDE, False), "silent": (FEED, True)}.get(
        shape_name, (VERTICAL, False)
    )
    speaking = speaking_of(edition, known_facts(edition, context.storyboard), silent=silent)
    colour, paper = paper_of(edition)
    for scene in told(edition, speaking, context.storyboard).scenes:
        try:
            said = _parted(plain(scene.lines[0])) if scene.lines else []
            words = _captions(edition, scene, said, shape) if said else None
            behind = _backdrop(scene, shape, colour, KBPS, f"{edition.slug}: scene {scene.name}")
            yield (
                scene.name,
                draw(_layers(edition, context, scene, shape, None), words, behind, shape=shape, paper=paper),
            )
        except LoaError as error:
            yield scene.name, error


def closing_shows(edition: Edition, context: Context, voice: Voice | None) -> dict[str, Any]:
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
    if voice and voice.synthetic:
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


def untranslated(edition: Edition, voice: Voice | None) -> list[str]:
    """What the editor should know: phrases that stand in Vietnamese, a hotline said without its sentence."""
    shown = [
        ASK,
        SCAN,
        *([APPLIES] if edition.applies_from else []),
        *([SYNTHETIC] if voice and voice.synthetic else []),
    ]
    missing = [text for text in shown if not phrase(edition.lang, text, date="").translated]
    found = [f"“{text}” chưa có bản dịch, hiện bằng tiếng Việt" for text in missing]
    if edition.hotline and not phrase(edition.lang, ASKING, hotline="").translated:
        found.append(f"“{ASKING}” chưa có bản dịch, chỉ đọc số điện thoại")
    return found


def _bare(scenes: Sequence[Scene]) -> list[str]:
    """A clip that tells no block of its article says so: its tables are too wide, its sentences too long."""
    if {scene.kind for scene in scenes} <= {"title", "closing"}:
        return ["clip chỉ có tiêu đề và tóm tắt: bảng quá rộng, hoặc câu quá dài để đọc trong nửa phút"]
    return []


def metadata(edition: Edition, context: Context, voice: Voice | None) -> dict[str, str]:
    """What the file says of itself, the mark of a synthetic voice included."""
    comment = [f"{SYNTHETIC} ({voice.engine})"] if voice and voice.synthetic else []
    comment += [edition.note] if edition.note else []
    return {
        "title": plain(edition.title),
        "description": plain(edition.summary),
        "comment": ". ".join(comment),
        "copyright": context.qr(edition),
    }


PRODUCTS = (
    Product("clip-vertical", "Clip dọc", "video", "1080×1920", "video/mp4", _planner(VERTICAL)),
    Product("clip-square", "Clip vuông", "video", "1080×1080", "video/mp4", _planner(SQUARE)),
    Product("clip-wide", "Clip ngang", "video", "1920×1080", "video/mp4", _planner(WIDE)),
    Product("clip-silent", "Clip không tiếng", "video", "1080×1350", "video/mp4", _planner(FEED, silent=True)),
)
