"""What an editor sees of a product while writing: its pictures, scenes and script, drawn by the product's own steps."""

from __future__ import annotations

import datetime as dt
import functools
import io
import itertools
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from render.article import Article
from render.edition import Edition, Office, beside, make_edition, plain
from render.errors import LoaError, SettingsError
from render.facts import FactBook
from render.products import Context, Planned, Product, Waiting, product
from render.products.clip import paper_of, speaking_of, stills
from render.products.graphic import SMALL
from render.products.voicing import Voiced, lines_of, reading_pace, voice_of, with_recorded_opening
from render.speech.approval import Approvals
from render.speech.fitting import length_s
from render.speech.recordings import Takes
from render.speech.script import bulletin_script
from render.speech.spoken import unspoken
from render.speech.voices import choose_voice
from render.steps import Made, Step, walk
from render.typeset.engine import compile_png
from render.typeset.pdf import page_pictures
from render.video.edits import known_facts
from render.video.moving import Backdrop
from render.video.shape import Shape
from render.video.stills import still_of
from render.video.storyboard import scene_seconds, told

SCREEN_PPI = 96  # of a sheet of paper
WIDEST_PX = 900  # of a picture: a panel beside the editor is narrower
MOST_PAGES = 8  # of a talk; the rest is counted
STILL_PX = 360  # the width of a scene's picture
STAMP = "BẢN NHÁP"
KEPT_BYTES = 96_000_000
KEPT_S = 900.0

SLOTS_S = {"bulletin-1min": 60.0, "bulletin-3min": 180.0, "bulletin-5min": 300.0, "bulletin-web": math.inf}
SHAPES = {"clip-vertical": "vertical", "clip-square": "square", "clip-wide": "wide", "clip-silent": "silent"}
LOOP = "motion-graphic"


@dataclass(frozen=True)
class Draft:
    """A text that is being written, and the day, office and context it is shown for."""

    article: Article
    source: Article | None  # what it translates
    facts: FactBook
    on: dt.date
    office: Office | None
    context: Context
    takes: Takes | LoaError | None = None  # what people have recorded of it, or why that cannot be read
    approvals: Approvals = field(default_factory=Approvals)
    online: bool = False  # once it is public, an online voice may read it


@dataclass(frozen=True)
class Shown:
    """One picture for the screen."""

    data: bytes
    width_px: int
    height_px: int
    media_type: str = "image/webp"


@dataclass(frozen=True)
class Drawn:
    """The pages of a sheet, or the one picture, with what the editor should know of them."""

    pictures: tuple[Shown, ...]
    pages: int
    alt: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class SceneShown:
    """A scene at its end: when it runs, and what is said over it."""

    name: str
    kind: str
    from_s: float
    to_s: float
    lines: tuple[str, ...]
    picture: Shown | None
    problem: LoaError | None = None


@dataclass(frozen=True)
class Board:
    """A clip as stills."""

    scenes: tuple[SceneShown, ...]
    length_s: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class LineRead:
    """A sentence as it is written, as it is said, and what of it nobody can say."""

    written: str
    said: str
    unsaid: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether a listener hears something else than what is written."""
        return _bare(self.written) != _bare(self.said)


@dataclass(frozen=True)
class Reading:
    """A bulletin as text: its parts, its length by estimate against its slot, and what has no room in it."""

    parts: tuple[tuple[str, tuple[LineRead, ...]], ...]
    length_s: float
    slot_s: float | None
    left_out: tuple[str, ...] = ()
    title: str = ""
    voice: str = ""  # who reads it, in words; "" while nobody can
    waiting: str = ""  # what it waits for then
    later: str = ""  # who reads it instead once it is public
    warnings: tuple[str, ...] = ()

    @property
    def unsaid(self) -> tuple[str, ...]:
        """Everything that nobody can say."""
        return tuple(dict.fromkeys(one for _, lines in self.parts for line in lines for one in line.unsaid))


# --- what a keystroke leaves as it was is not made again ---------------------------------------------------------


@dataclass
class _Bench:
    """Finished steps and pictures by key: bounded, forgotten after a while, in this process only."""

    kept: OrderedDict[str, tuple[float, int, Any]] = field(default_factory=OrderedDict)
    size: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str) -> Any:
        with self.lock:
            found = self.kept.get(key)
            if found is None or time.monotonic() - found[0] > KEPT_S:
                return None
            self.kept.move_to_end(key)
            return found[2]

    def keep(self, key: str, value: Any, size: int) -> None:
        with self.lock:
            old = self.kept.pop(key, None)
            self.size += size - (old[1] if old else 0)
            self.kept[key] = (time.monotonic(), size, value)
            while self.size > KEPT_BYTES and len(self.kept) > 1:
                self.size -= self.kept.popitem(last=False)[1][1]


_bench = _Bench()


def made(step: Step) -> Made:
    """A step made here and now, with all it stands on; what was made a moment ago is taken as it is."""
    found: Made | None = _bench.get(step.key)
    if found is None:
        needs = {name: made(need) for name, need in step.needs.items()}
        carried = {name: Made(files={"bytes": path.read_bytes()}) for name, path in step.carries.items()}
        found = step.function()(step.inputs, {**needs, **carried})
        _bench.keep(step.key, found, sum(len(data) for data in found.files.values()) + 1000)
    return found


def edition_of(draft: Draft) -> Edition:
    """The draft with its facts resolved; a `LoaError` names the block or the field."""
    return make_edition(draft.article, source=draft.source, facts=draft.facts, on=draft.on, office=draft.office)


def sound_context(draft: Draft) -> Context:
    """What products that sound may ask: the takes and the approvals of this article too."""
    if isinstance(draft.takes, LoaError):
        raise draft.takes
    return replace(draft.context, takes=draft.takes, approvals=draft.approvals)


def _planned(draft: Draft, name: str) -> tuple[Product, Edition, Planned | Waiting]:
    one = product(name)
    edition = edition_of(draft)
    if one.languages == "translations" and draft.source is not None:
        source = make_edition(draft.source, facts=draft.facts, on=draft.on, office=draft.office)
        edition = beside(edition, source)
    context = sound_context(draft) if one.medium in ("audio", "video") else draft.context
    return one, edition, one.plan(edition, context)


# --- sheets and pictures -----------------------------------------------------------------------------------------


def drawn(draft: Draft, name: str) -> Drawn:
    """A product of paper as its pages, or a picture."""
    one, edition, plan = _planned(draft, name)
    if isinstance(plan, Waiting) or one.medium not in ("print", "picture"):
        raise SettingsError(f"{name} cannot be shown as a picture", mend="Show it as a script or a storyboard")
    main = next(file for file in plan.files if file.role == "main")
    sheet = made(main.step)
    warnings = (*plan.warnings, *itertools.chain.from_iterable(made(step).warnings for step in walk(main.step)))
    made_file = sheet.files[main.name]
    pictures: list[Image.Image] = (
        [Image.open(io.BytesIO(made_file))] if one.medium == "picture" else page_pictures(made_file, ppi=SCREEN_PPI)
    )
    return Drawn(
        pictures=tuple(_shown(picture, WIDEST_PX) for picture in pictures[:MOST_PAGES]),
        pages=len(pictures),
        alt=str(plan.details.get("alt") or plain(edition.title)),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def refusals(draft: Draft, name: str) -> tuple[LoaError, ...]:
    """What the product's gates refuse."""
    _one, _edition, plan = _planned(draft, name)
    if isinstance(plan, Waiting):
        return ()
    found: list[LoaError] = []
    for gate in plan.gates:
        try:
            made(gate)
        except LoaError as error:
            found.append(error)
    # Several scenes may be refused for one cause: an editor mends it once.
    return tuple({(one.what, one.where): one for one in found}.values())


def _shown(picture: Image.Image, widest_px: int) -> Shown:
    """A picture no wider than the screen needs, stamped as a draft: it must not pass for the product."""
    picture = picture.convert("RGB")
    if picture.width > widest_px:
        height = round(picture.height * widest_px / picture.width)
        picture = picture.resize((widest_px, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    count = max(round(picture.height / picture.width), 1)
    stamp = _stamp(min(picture.width, round(1.3 * picture.height / count)))
    for place in range(count):
        middle = round((place + 0.5) * picture.height / count)
        picture.paste(stamp, ((picture.width - stamp.width) // 2, middle - stamp.height // 2), stamp)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=84, method=1)
    return Shown(out.getvalue(), picture.width, picture.height)


@functools.lru_cache(maxsize=8)
def _stamp(width_px: int) -> Image.Image:
    """The mark that lies over every picture of a draft, somewhat narrower than it."""
    (png,) = compile_png("draft.typ", {"text": STAMP}, lang="vi", ppi=72)
    stamp = Image.open(io.BytesIO(png)).convert("RGBA")
    wide = max(round(width_px * 0.62), 1)
    return stamp.resize((wide, max(round(stamp.height * wide / stamp.width), 1)), Image.Resampling.LANCZOS)


# --- clips -------------------------------------------------------------------------------------------------------


def storyboard(draft: Draft, name: str) -> Board:
    """A clip as stills; of a motion graphic its last picture."""
    if name == LOOP:
        return _loop(draft)
    edition, shape = edition_of(draft), SHAPES[name]
    speaking = speaking_of(edition, known_facts(edition, draft.context.storyboard), silent=name == "clip-silent")
    board = told(edition, speaking, draft.context.storyboard)
    pictures = dict(stills(edition, draft.context, shape, draw=_still))
    scenes: list[SceneShown] = []
    at_s = 0.0
    for scene in board.scenes:
        to_s = at_s + scene_seconds(scene, speaking)
        picture, problem = _kept_picture(pictures[scene.name])
        lines = tuple(plain(line) for line in scene.lines)
        scenes.append(SceneShown(scene.name, scene.kind, at_s, to_s, lines, picture, problem))
        at_s = to_s
    return Board(tuple(scenes), at_s, board.warnings)


def _loop(draft: Draft) -> Board:
    """The motion graphic when all of it stands, from the small animation that goes through messages."""
    _one, edition, plan = _planned(draft, LOOP)
    if isinstance(plan, Waiting):  # it needs no voice
        raise SettingsError(plan.words)
    animation = next(file for file in plan.files if file.role == "preview")
    layers = next(step for step in walk(animation.step) if step.run.startswith("render.video.layers:"))
    still = _still(layers, None, None, shape=SMALL, paper=paper_of(edition)[1])
    picture, problem = _kept_picture(still, 2 * STILL_PX)
    return Board((SceneShown("loop", "loop", 0.0, 0.0, (), picture, problem),), 0.0, plan.warnings)


@dataclass(frozen=True)
class _Still:
    """A still, and the key of what it is drawn from."""

    key: str
    draw: Callable[[], Image.Image]


def _still(
    layers: Step, captions: Step | None, backdrop: Backdrop | None, *, shape: Shape, paper: tuple[int, int, int]
) -> _Still:
    """Told by its steps, so that it is drawn only where that picture is not there yet."""
    steps = (layers, captions, backdrop.step if backdrop else None)
    keys = " ".join(step.key if step else "-" for step in steps)
    key = f"still {keys} {shape} {paper} {backdrop and backdrop.focus}"
    return _Still(key, lambda: still_of(layers, captions, backdrop, shape=shape, paper=paper))


def _kept_picture(still: _Still | LoaError, width_px: int = STILL_PX) -> tuple[Shown | None, LoaError | None]:
    """The still as a picture, or why it cannot be drawn."""
    if isinstance(still, LoaError):
        return None, still
    key = f"{still.key} {width_px}"
    found: Shown | None = _bench.get(key)
    if found is None:
        try:
            found = _shown(still.draw(), width_px)
        except LoaError as error:
            return None, error
        _bench.keep(key, found, len(found.data) + 500)
    return found, None


# --- bulletins ---------------------------------------------------------------------------------------------------


def reading(draft: Draft, name: str) -> Reading:
    """What a bulletin says, at once, and who will say it: nothing is spoken for it."""
    edition, context = edition_of(draft), sound_context(draft)
    slot_s = SLOTS_S[name]
    if math.isinf(slot_s):  # who listens on the web sits in no commune
        edition = replace(edition, office=None)
    pace = reading_pace(edition, context)
    script, word = with_recorded_opening(edition, context, bulletin_script(edition, slot_s=slot_s, pace=pace), slot_s)
    lines, local = lines_of((*script.body, *script.closing)), lines_of(script.opening)
    voiced = voice_of(edition, context, lines, local=local)
    parts = tuple(
        (
            name,
            tuple(
                LineRead(one.text, one.spoken, tuple(unspoken(one.spoken, edition.lang)))
                for part in group
                for one in part.segments
            ),
        )
        for name, group in itertools.groupby(script.parts, key=lambda part: part.name)
    )
    found = Reading(
        parts,
        length_s(script, pace),
        None if math.isinf(slot_s) else slot_s,
        script.left_out,
        plain(edition.title),
        warnings=(word,) if word else (),
    )
    if isinstance(voiced, Waiting):
        return replace(found, waiting=voiced.words, later=_later(draft, edition, None))
    return replace(
        found,
        voice=voiced.voice.label_vi,
        later=_later(draft, edition, voiced),
        warnings=(*voiced.warnings, *found.warnings),
    )


def _later(draft: Draft, edition: Edition, voiced: Voiced | None) -> str:
    """The voice of the release where it is another: a draft never leaves the machine for an online one."""
    if not draft.online or (voiced and voiced.voice.takes is not None):
        return ""
    then = choose_voice(edition.lang, online=True, packs=draft.context.packs, wished=edition.voice)
    return "" if then is None or (voiced and then == voiced.voice) else then.label_vi


def spoken(draft: Draft, name: str) -> tuple[bytes, str]:
    """The bulletin itself, made for once and kept nowhere: its bytes and their media type."""
    one, _edition, plan = _planned(draft, name)
    if isinstance(plan, Waiting):
        raise SettingsError(plan.words)
    main = next(file for file in plan.files if file.role == "main")
    return bytes(made(main.step).files[main.name]), one.media_type


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
