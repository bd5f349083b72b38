"""What the scenes of a clip look like in every shape: what is kept free, what can be read, what is refused by name."""

from __future__ import annotations

import difflib
import io
import itertools
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from render.edition import Edition, Run, plain
from render.errors import GateError, LoaError
from render.paths import ASSETS
from render.plan import edition_of as planned_edition
from render.plan import read_source
from render.products import Context, Planned, clip
from render.products.clip import PRODUCTS, plan_clip, speaking_of, stills
from render.video.layers import draw, layers_step, read_stills
from render.video.mux import pictures_alone
from render.video.shape import FEED, SQUARE, VERTICAL, WIDE, Shape
from render.video.storyboard import told
from render.video.subtitles import captions_of
from render.video.words import stopped, unbound, whole
from tests.render.clips_at_hand import (
    ARTICLE,
    CONTEXT,
    DAY,
    FIGURES,
    HEAD,
    STEPS,
    article_file,
    edition_of,
    facts,
    make,
    titled,
)

SHAPES = (VERTICAL, SQUARE, WIDE, FEED)
NAMES = ("vertical", "square", "wide", "silent")
DEMO = ASSETS / "demo" / "articles"
TO_THE_EDGE = {"top", "foot", "field", "photo", "scrim"}  # slots without words

by_shape = pytest.mark.parametrize("shape", SHAPES, ids=NAMES)


def drawn(edition: Edition, shape_name: str, context: Context = CONTEXT) -> dict[str, Image.Image | LoaError]:
    return dict(stills(edition, context, shape_name))


def refused(edition: Edition, shape_name: str, scene: str) -> LoaError:
    found = drawn(edition, shape_name)[scene]
    assert isinstance(found, LoaError), f"{scene} was drawn"
    return found


def fits(edition: Edition) -> None:
    for name in NAMES:
        for scene, picture in drawn(edition, name).items():
            assert isinstance(picture, Image.Image), (name, scene, str(picture))


def layers_of(edition: Edition, shape: Shape) -> dict[str, list[tuple[str, int, int, int, int]]]:
    """Where the ink of every layer of every scene stands: slot, left, top, right, bottom."""
    speaking = speaking_of(edition, edition.facts, silent=False)
    found: dict[str, list[tuple[str, int, int, int, int]]] = {}
    for scene in told(edition, speaking).scenes:
        step = clip._layers(edition, CONTEXT, scene, shape, None)
        placed, layers = read_stills(draw(step.inputs, {}))
        found[scene.name] = [
            (one.slot, at.left + one.x, at.top + one.y, at.left + one.x + at.alpha.shape[1],
             at.top + one.y + at.alpha.shape[0])
            for one in placed for at in (layers[one.name],)
        ]  # fmt: skip
    return found


def test_clips_come_in_three_shapes_and_a_silent_one() -> None:
    assert [(one.name, one.size, one.medium) for one in PRODUCTS] == [
        ("clip-vertical", "1080×1920", "video"),
        ("clip-square", "1080×1080", "video"),
        ("clip-wide", "1920×1080", "video"),
        ("clip-silent", "1080×1350", "video"),
    ]


@by_shape
def test_nothing_to_be_read_stands_where_platforms_lay_their_own(shape: Shape) -> None:
    for scene, layers in layers_of(edition_of(ARTICLE), shape).items():
        for slot, left, top, right, bottom in layers:
            if slot in TO_THE_EDGE:
                continue
            assert top >= shape.safe_top, (scene, slot)
            assert left >= shape.margin - 24, (scene, slot)  # a mark may hang a little into the margin
            assert right <= shape.width - shape.margin + 24, (scene, slot)
            lowest = shape.height - (shape.safe_bottom if shape is VERTICAL or slot != "note" else shape.band)
            assert bottom <= lowest, (scene, slot)


@by_shape
def test_no_caption_covers_what_a_scene_says(shape: Shape) -> None:
    long = "Một lời dài vừa đủ hai dòng phụ đề để đọc trên máy điện thoại nhỏ"
    top = caption_box(long, shape)[1] - 10
    for scene, layers in layers_of(edition_of(ARTICLE), shape).items():
        for slot, _, _, _, bottom in layers:
            if slot not in TO_THE_EDGE | {"note"}:
                assert bottom <= top, (scene, slot)


def test_a_headline_is_set_in_lines_that_do_not_part_a_word() -> None:
    assert whole("Nhà nước trợ cấp mỗi tháng") == "Nhà\u00a0nước trợ\u00a0cấp mỗi\u00a0tháng"
    # The longer word first, though headlines know the shorter one; what leads a number stays with it.
    assert whole("Chủ hộ kinh doanh nay đóng") == "Chủ\u00a0hộ\u00a0kinh\u00a0doanh nay đóng"
    assert whole("trước 01/7/2025 là 20 năm") == "trước\u00a001/7/2025 là\u00a020\u00a0năm"


def test_a_sentence_ends_as_its_script_ends_one() -> None:
    assert [plain(stopped((Run(text),))) for text in ("Hỏi xã", "世界人權宣言", "មាត្រា ២៥", "Đủ rồi!")] == [
        "Hỏi xã.", "世界人權宣言。", "មាត្រា ២៥។", "Đủ rồi!",
    ]  # fmt: skip


def test_no_caption_begins_or_ends_inside_a_word_of_several_syllables() -> None:
    count = 0
    for path in sorted(DEMO.glob("*.md")):
        if path.name == "README.md" or "." in path.stem:
            continue
        edition = planned_edition(read_source(path), "vi", None, facts=facts(), on=DAY)
        assert isinstance(edition, Edition)
        for scene in told(edition, speaking_of(edition, edition.facts, silent=True)).scenes:
            for line in scene.lines:
                parts = [unbound(one) for one in captions_of(whole(plain(line)))]
                glued, text = whole(" ".join(parts)), whole(plain(line))
                assert unbound(glued) == unbound(text)
                assert glued.count("\u00a0") == text.count("\u00a0")
                # What was bound in the line is bound within its captions: no cut went through it.
                assert sum(whole(one).count("\u00a0") for one in parts) == text.count("\u00a0"), parts
                count += len(parts)
    assert count > 100


def test_a_long_title_is_set_smaller_and_an_endless_one_refused_with_its_scene() -> None:
    words = "Người cao tuổi không có lương hưu được Nhà nước trợ cấp mỗi tháng từ ngày một tháng bảy "
    fits(titled((words * 4)[:300].strip()))
    for name in NAMES:
        error = refused(titled((words * 14).strip()), name, "title")
        assert "scene title" in error.what
        assert error.mend


def test_an_article_without_figures_is_told_all_the_same() -> None:
    fits(edition_of(HEAD + STEPS))


def test_a_figure_too_wide_for_large_letters_is_set_smaller() -> None:
    wide = "\n## Số {#so .figures}\n\n- 1.234.567.890.123.456.789 đồng mỗi tháng : tổng số tiền của cả nước\n"
    fits(edition_of(HEAD + wide + STEPS))
    sentence = "\n## Số {#so .figures}\n\n- một phần hai mức lương bình quân của sáu tháng gần nhất : mức hưởng\n"
    fits(edition_of(HEAD + sentence + STEPS))


def test_a_caption_of_four_hundred_letters_becomes_several_of_two_lines() -> None:
    long = " ".join(["Bà con mang theo giấy tờ tùy thân và đến đúng nơi đã ghi trên giấy hẹn"] * 6)[:400]
    fits(edition_of(HEAD + f"\n## Nhớ {{#nho .notice}}\n\n{long}.\n" + STEPS))
    endless = captions_of(whole("a" * 400))
    assert len(endless) > 4


def test_a_heading_of_three_hundred_letters_is_composed_or_refused_with_its_scene() -> None:
    heading = ("Những ai thuộc diện được nhận trợ cấp hưu trí xã hội hằng tháng theo quy định mới " * 4)[:300].strip()
    edition = edition_of(HEAD + FIGURES + f"\n## {heading} {{#ai .eligibility}}\n\n- Từ đủ 75 tuổi.\n" + STEPS)
    for name in NAMES:
        for scene, picture in drawn(edition, name).items():
            if not isinstance(picture, Image.Image):
                assert f"scene {scene}" in picture.what


def test_words_over_any_picture_have_the_contrast_of_print(tmp_path: Path) -> None:
    Image.new("RGB", (1200, 1200), "white").save(tmp_path / "anh.png")
    block = '\n## Nghe loa {#loa .picture}\n\nNghe loa mỗi sáng.\n\n![Nền trơn](anh.png){credit="Ảnh: Loa"}\n'
    source = read_source(article_file(tmp_path, HEAD + block))
    edition = planned_edition(source, "vi", None, facts=facts(), on=DAY)
    assert isinstance(edition, Edition)
    for name, shape in zip(NAMES, SHAPES, strict=True):
        picture = drawn(edition, name)["picture:loa"]
        assert isinstance(picture, Image.Image)
        words = [box for box in layers_of_picture(edition, shape) if box[0] in {"heading", "credit", "note"}]
        assert words
        for slot, left, top, right, bottom in words:
            part = np.asarray(picture.crop((left, top, right, bottom)), np.float64).reshape(-1, 3)
            light = luminance(part)
            brightest, ground_light = light.max(), np.percentile(light, 20)
            assert (brightest + 0.05) / (ground_light + 0.05) >= 4.5, (name, slot)


def layers_of_picture(edition: Edition, shape: Shape) -> list[tuple[str, int, int, int, int]]:
    return layers_of(edition, shape)["picture:loa"]


def luminance(rgb: np.ndarray) -> np.ndarray:
    """The relative luminance of WCAG."""
    part = rgb / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def with_front_picture(tmp_path: Path, picture: Image.Image, name: str = "anh.png") -> Edition:
    picture.save(tmp_path / name)
    head = HEAD.replace("topic:", f'picture: {{file: "{name}", alt: "Hình", credit: "Ảnh: Loa"}}\ntopic:')
    source = read_source(article_file(tmp_path, head + FIGURES + STEPS))
    edition = planned_edition(source, "vi", None, facts=facts(), on=DAY)
    assert isinstance(edition, Edition)
    return edition


def test_the_picture_of_an_article_stands_over_its_title(tmp_path: Path) -> None:
    edition = with_front_picture(tmp_path, Image.new("RGB", (2000, 1500), (250, 20, 20)))
    for name in NAMES:
        title = drawn(edition, name)["title"]
        assert isinstance(title, Image.Image), str(title)
        red = np.asarray(title)
        assert ((red[..., 0] > 200) & (red[..., 1] < 80)).mean() > 0.2, name


def test_what_is_clear_in_a_picture_shows_the_paper(tmp_path: Path) -> None:
    edition = with_front_picture(tmp_path, Image.new("RGBA", (2000, 1500), (0, 0, 0, 0)))
    title = drawn(edition, "vertical")["title"]
    assert isinstance(title, Image.Image)
    assert np.asarray(title)[200:400, 100:900].min() > 225


def test_a_picture_of_too_few_pixels_is_refused_with_its_scene(tmp_path: Path) -> None:
    error = refused(with_front_picture(tmp_path, Image.new("RGB", (90, 60))), "vertical", "title")
    assert "scene title" in error.what
    assert isinstance(error, GateError)
    assert error.gate == "pictures"


@pytest.mark.slow
@pytest.mark.parametrize("at", range(len(NAMES)))
def test_every_demo_article_is_composed_in_every_language_it_has(at: int) -> None:
    """Each in one shape, in turn: a long heading or a strange script is met in all of them all the same."""
    articles = [path for path in sorted(DEMO.glob("*.md")) if path.name != "README.md" and "." not in path.stem]
    for number, path in enumerate(articles):
        source = read_source(path)
        for turn, tag in enumerate((source.article.lang, *source.translations)):
            if (number + turn) % len(NAMES) != at:
                continue
            edition = planned_edition(source, tag, None, facts=facts(), on=DAY)
            assert isinstance(edition, Edition)
            for scene, picture in drawn(edition, NAMES[at]).items():
                assert isinstance(picture, Image.Image), (path.stem, tag, scene, str(picture))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_captions_read_back_from_the_picture_are_those_that_were_written(name: str, tmp_path: Path) -> None:
    tesseract = shutil.which("tesseract")
    if tesseract is None:
        pytest.skip("this machine has no tesseract")
    edition = edition_of(ARTICLE)
    speaking = speaking_of(edition, edition.facts, silent=name == "silent")
    scenes = {one.name: one for one in told(edition, speaking).scenes}
    alike: list[float] = []
    for scene, picture in drawn(edition, name).items():
        assert isinstance(picture, Image.Image)
        shape = SHAPES[NAMES.index(name)]
        first = unbound(captions_of(whole(plain(scenes[scene].lines[0])))[0])
        path = tmp_path / "phu-de.png"
        box = caption_box(first, shape)
        dark = Image.eval(picture.crop(box).convert("L"), lambda one: 255 - one)
        ImageOps.expand(dark, 40, fill=dark.getpixel((0, 0))).save(path)
        done = subprocess.run(
            [tesseract, str(path), "-", "-l", "vie", "--psm", "6"], capture_output=True, check=True, text=True
        )
        alike.append(difflib.SequenceMatcher(None, letters_of(first), letters_of(done.stdout)).ratio())
    # Single letters are misread (a round a for an o); a word that is cut off or covered would cost far more.
    assert min(alike) >= 0.9, alike


def caption_box(text: str, shape: Shape) -> tuple[int, int, int, int]:
    """Where a caption stands."""
    data = {
        "name": "x", "kind": "captions", "shape": shape.as_data(), "shows": {}, "note": "", "topic": "",
        "captions": [{"at": 0, "text": whole(text)}],
    }  # fmt: skip
    step = layers_step(data, lang="vi", theme="normal", shape=shape)
    (still,), layers = read_stills(draw(step.inputs, {}))
    left, top = still.x + layers[still.name].left, still.y + layers[still.name].top
    high, wide = layers[still.name].alpha.shape
    return left + 14, top + 10, left + wide - 14, top + high - 10


def letters_of(text: str) -> str:
    return "".join(re.findall(r"\w", text.casefold()))


def test_a_still_is_a_picture_anyone_can_open() -> None:
    buffer = io.BytesIO()
    title = drawn(edition_of(ARTICLE), "square")["title"]
    assert isinstance(title, Image.Image)
    title.save(buffer, "PNG")
    assert Image.open(buffer).size == (1080, 1080)


def test_a_caption_stays_whole_whatever_enters_above_it() -> None:
    """What enters above a flat field once dragged the field over captions far below it."""
    text = (ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md").read_text()
    plan = plan_clip(edition_of(text), CONTEXT, WIDE, silent=True)
    assert isinstance(plan, Planned)
    made = make(plan)
    join = plan.files[0].step
    unit = join.needs["unit-1"]
    at = sum(made[join.needs[name].key].details["frames"] for name in ("unit-0", "unit-1")) - 1
    alone = made[unit.needs["captions"].key]
    count = len(alone.details["index"])
    alone = replace(alone, details={**alone.details, "frames": count})
    lines = []
    for film, number in (
        (made[join.key].files["clip.mp4"], at),
        (pictures_alone(alone, made[join.needs["held"].key], fps=30), count - 1),
    ):
        with av.open(io.BytesIO(film), "r") as container:
            shown = next(itertools.islice(container.decode(video=0), number, None))
        lines.append(shown.to_ndarray(format="gray")[860:1000].astype(int))
    assert (lines[1] < 90).mean() > 0.05  # there is a caption
    assert np.abs(lines[0] - lines[1]).mean() < 1
