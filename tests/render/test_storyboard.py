"""What an editor wishes of a storyboard: plain data beside the article, kept, told when lost, refused by name."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from render.cli import main
from render.commands.storyboard import scene_seconds
from render.edition import Edition, plain
from render.errors import ArticleError, EditionError, LoaError
from render.paths import ASSETS
from render.plan import clip_context, edition_of, read_source
from render.products import Context
from render.products.clip import speaking_of
from render.video.clipfile import clip_wishes, read_clip_file
from render.video.edits import known_facts
from render.video.scenes import Scene
from render.video.storyboard import Told, told
from render.video.timing import rhythm, timing_of
from tests.render.clips_at_hand import ARTICLE, CONTEXT, DAY, article_file, facts


def board(folder: Path, wishes: str = "", text: str = ARTICLE) -> Told:
    """The storyboard of an article with a clip file beside it."""
    path = article_file(folder, text)
    if wishes:
        (folder / "bai.clip.toml").write_text(wishes, encoding="utf-8")
    source = read_source(path)
    edition = edition_of(source, "vi", None, facts=facts(), on=DAY)
    assert isinstance(edition, Edition)
    context = clip_context(source, "vi", CONTEXT, facts=facts(), on=DAY)
    if isinstance(context, LoaError):
        raise context
    edits = context.storyboard
    return told(edition, speaking_of(edition, known_facts(edition, edits), silent=False), edits)


def names(found: Told) -> list[str]:
    return [scene.name for scene in found.scenes]


def scene(found: Told, name: str) -> Scene:
    return next(one for one in found.scenes if one.name == name)


def said(one: Scene) -> list[str]:
    return [plain(line).replace("\u00a0", " ") for line in one.lines]


def test_a_text_replaces_what_is_said_and_its_facts_stay_facts(tmp_path: Path) -> None:
    found = board(tmp_path, '[scene."figure:con-so"]\ntext = ["Nhận {{ tro_cap_huu_tri_xa_hoi }}", "Nhớ nhé"]\n')
    one = scene(found, "figure:con-so")
    assert said(one) == ["Nhận 500.000 đồng.", "Nhớ nhé."]
    assert one.lines[0][1].fact == "tro_cap_huu_tri_xa_hoi"
    assert one.shows["number"] == "500.000"  # what is shown is the article's


def test_nothing_of_a_scene_appears_after_its_last_line(tmp_path: Path) -> None:
    one = scene(board(tmp_path, '[scene."who:ai"]\ntext = "Một câu thôi"\n'), "who:ai")
    assert [item["at"] for item in one.shows["items"]] == [0, 0]


def test_a_fact_that_the_article_does_not_say_can_be_said(tmp_path: Path) -> None:
    found = board(tmp_path, '[scene."title"]\ntext = "Luật cho {{ thai_san_tu_nguyen }}"\n')
    assert "2.000.000 đồng" in said(scene(found, "title"))[0]


def test_scenes_come_in_the_order_that_is_wished_and_the_others_keep_their_neighbours(tmp_path: Path) -> None:
    found = board(tmp_path, 'order = ["title", "steps:cach-lam", "figure:con-so"]\n')
    assert names(found) == ["title", "steps:cach-lam", "figure:con-so", "who:ai", "closing"]


def test_a_scene_that_is_left_out_is_not_there(tmp_path: Path) -> None:
    found = board(tmp_path, '[scene."who:ai"]\nleave_out = true\n')
    assert "who:ai" not in names(found)
    assert found.warnings == ()


def test_a_wish_for_a_scene_that_is_not_there_any_more_is_told_not_lost(tmp_path: Path) -> None:
    (warning,) = board(tmp_path, '[scene."who:cu"]\ntext = "Lời cũ"\n').warnings
    assert "who:cu" in warning
    assert "who:ai" in warning  # those there are


def test_a_heading_of_its_own_is_shown(tmp_path: Path) -> None:
    found = board(tmp_path, '[scene."title"]\ntitle = "Trợ cấp mỗi tháng"\n[scene."who:ai"]\ntitle = "Ai?"\n')
    assert scene(found, "title").shows["title"].replace("\u00a0", " ") == "Trợ cấp mỗi tháng"
    assert scene(found, "who:ai").shows["title"][0]["t"] == "Ai?"


@pytest.mark.parametrize("spoken_s", [1.5, 2.5])
def test_a_scene_lasts_as_long_as_is_wished_whatever_the_voice_takes(tmp_path: Path, spoken_s: float) -> None:
    one = scene(board(tmp_path, '[scene."who:ai"]\nlength_s = 11\n'), "who:ai")
    captions = [["Một lời."] for _ in one.lines]
    timing = timing_of(rhythm(one, captions), [spoken_s for _ in one.lines], 30)
    assert timing.frames == pytest.approx(11 * 30, abs=2)


def test_a_length_too_short_for_the_words_is_told(tmp_path: Path) -> None:
    found = board(tmp_path, '[scene."figure:con-so"]\nlength_s = 1\n')
    assert any("figure:con-so" in warning and "1 giây" in warning for warning in found.warnings)


def test_a_picture_stands_behind_a_scene_under_its_heading(tmp_path: Path) -> None:
    Image.new("RGB", (1600, 1200), "white").save(tmp_path / "xa.jpg")
    wishes = '[scene."steps:cach-lam"]\npicture = "xa.jpg"\ncredit = "Ảnh: xã"\nfocus = [0.4, 0.3]\n'
    one = scene(board(tmp_path, wishes), "steps:cach-lam")
    assert (one.kind, one.shows["title"][0]["t"].replace("\u00a0", " ")) == ("picture", "Làm thế nào?")
    assert one.picture is not None
    assert (one.picture.width_px, one.picture.focus, one.shows["credit"]) == (1600, (0.4, 0.3), "Ảnh: xã")


@pytest.mark.parametrize(
    ("wishes", "field", "words"),
    [
        ('[scene."title"]\nlength_s = "dài"\n', "scene title: length_s", "seconds"),
        ('[scene."title"]\nlength_s = 900\n', "scene title: length_s", "900"),
        ('[scene."title"]\ntext = 3\n', "scene title: text", "sentence"),
        ('[scene."title"]\nchu = "a"\n', "scene title", "'chu'"),
        ('[scene."title"]\ntext = "{{ khong_co }}"\n', "scene title: text", "khong_co"),
        ('[scene."title"]\npicture = "../x.jpg"\ncredit = "A"\n', "scene title: picture", "x.jpg"),
        ('[scene."title"]\npicture = "mat.jpg"\ncredit = "A"\n', "scene title: picture", "mat.jpg"),
        ('[scene."title"]\nfootage = "mat.mp4"\n', "scene title: footage", "mat.mp4"),
        ('[scene."title"]\nfocus = [2, 0]\npicture = "a.jpg"\ncredit = "A"\n', "scene title: focus", "outside"),
        ('[scene."closing"]\nleave_out = true\n', "scene closing: leave_out", "closing"),
        ('order = ["closing", "title"]\n', "order", "last"),
        ('order = ["title", "title"]\n', "order", "twice"),
        ("order = [\n", "bai.clip.toml", "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_with_its_scene_and_field(
    tmp_path: Path, wishes: str, field: str, words: str
) -> None:
    with pytest.raises((ArticleError, EditionError)) as refused:
        board(tmp_path, wishes)
    assert field in refused.value.where
    assert words in refused.value.what
    assert "bai.clip.toml" in refused.value.where


def test_a_translation_keeps_order_and_lengths_and_has_texts_of_its_own(tmp_path: Path) -> None:
    article = article_file(tmp_path)
    (tmp_path / "bai.clip.toml").write_text('order = ["title"]\n[scene.title]\ntext = "Lời Việt"\nlength_s = 7\n')
    general = clip_wishes(article, "km", "vi")
    assert general is not None
    assert (general.order, general.scenes["title"].text, general.scenes["title"].length_s) == (("title",), None, 7.0)
    (tmp_path / "bai.km.clip.toml").write_text('[scene.title]\ntext = "ចំណងជើង"\n')
    own = clip_wishes(article, "km", "vi")
    assert own is not None
    assert (own.order, own.scenes["title"].text, own.scenes["title"].length_s) == (("title",), ("ចំណងជើង",), 7.0)


def test_the_command_prints_data_that_may_be_saved_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = board(tmp_path)
    path = tmp_path / "bai.md"
    assert main(["storyboard", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "{{ tro_cap_huu_tri_xa_hoi }}" in printed  # a figure stays a fact
    assert tomllib.loads(printed)["order"] == names(before)
    after = board(tmp_path, printed)
    assert [said(one) for one in after.scenes] == [said(one) for one in before.scenes]
    assert after.warnings == ()
    assert read_clip_file(tmp_path / "bai.clip.toml") is not None


def test_the_command_draws_a_still_of_every_scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = article_file(tmp_path)
    assert main(["storyboard", str(path), "--json", "--shape", "square", "--out", str(tmp_path / "hinh")]) == 0
    scenes = json.loads(capsys.readouterr().out)["scenes"]
    drawn = sorted((tmp_path / "hinh").glob("*.png"))
    assert len(drawn) == len(scenes) >= 4
    assert {Image.open(one).size for one in drawn} == {(1080, 1080)}


def test_an_error_in_the_clip_file_leaves_other_products_alone(tmp_path: Path) -> None:
    path = article_file(tmp_path)
    (tmp_path / "bai.clip.toml").write_text("[scene.title]\nlength_s = -1\n")
    source = read_source(path)
    assert isinstance(source.clips["vi"], LoaError)
    assert isinstance(clip_context(source, "vi", CONTEXT, facts=facts(), on=DAY), LoaError)


def test_every_demo_article_fills_half_a_minute_and_no_more_than_a_minute() -> None:
    for path in sorted((ASSETS / "demo" / "articles").glob("*.md")):
        if path.name == "README.md" or "." in path.stem:
            continue
        edition = edition_of(read_source(path), "vi", None, facts=facts(), on=DAY)
        assert isinstance(edition, Edition)
        for silent in (False, True):
            speaking = speaking_of(edition, edition.facts, silent=silent)
            seconds = sum(scene_seconds(one, speaking) for one in told(edition, speaking).scenes)
            assert 32 <= seconds <= 60, (path.stem, silent, seconds)


def test_the_context_without_wishes_is_as_it_was(tmp_path: Path) -> None:
    source = read_source(article_file(tmp_path))
    assert clip_context(source, "vi", CONTEXT, facts=facts(), on=DAY) == Context("https://loa.example.vn")
