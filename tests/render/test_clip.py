"""The product clip-vertical: what an article becomes in half a minute, and what a change makes again."""

from __future__ import annotations

import datetime as dt
import http.server
import io
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from render.edition import Edition, Office, make_edition, plain
from render.facts import FactBook, read_facts
from render.markdown import parse_article
from render.paths import ASSETS
from render.products import Context, Planned, Waiting
from render.products.clip import PRODUCTS, plan_clip
from render.speech.segments import syllables
from render.speech.spoken import speak_runs
from render.speech.voices import CLIP_PACE
from render.steps import Made, Step, walk
from render.typeset.qr import read_codes
from render.video.checks import LONGEST_S, SHORTEST_S
from render.video.scenes import Scene
from render.video.shape import VERTICAL, Shape
from render.video.storyboard import told
from tests.browsing import chromium, needs_chromium, page_of

CONTEXT = Context("https://loa.example.vn")
HALF = Shape("vertical", 1080, 1920, scale=0.5)
DAY = dt.date(2025, 9, 1)

HEAD = """---
slug: thu
lang: vi
title: "Từ {{ tuoi_huu_tri_xa_hoi }} không có lương hưu: Nhà nước trợ cấp mỗi tháng"
summary: "Người từ đủ {{ tuoi_huu_tri_xa_hoi }} được nhận {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng."
topic: "Hưu trí xã hội"
audiences: [3, 5]
legal: ["Luật 41/2024/QH15, Điều 21"]
in_force: 2025-07-01
---
"""
FIGURES = """
## Con số cần nhớ {#con-so .figures}

- {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng : mức trợ cấp
- {{ tuoi_huu_tri_xa_hoi }} : tuổi bắt đầu được nhận
"""
COMPARISON = """
## Trước và nay {#truoc-nay .comparison}

| | Trước 01/7/2025 | Nay |
| --- | --- | --- |
| Tuổi nhận trợ cấp | {{ tuoi_huu_tri_xa_hoi @2025-06-30 }} | {{ tuoi_huu_tri_xa_hoi }} |
"""
WHO = """
## Ai được nhận? {#ai .eligibility}

- Công dân Việt Nam **từ đủ {{ tuoi_huu_tri_xa_hoi }}**.
- Không có lương hưu hằng tháng.
"""
STEPS = """
## Làm thế nào? {#cach-lam .steps}

1. **Điền Mẫu 01.** Lấy mẫu tại Ủy ban nhân dân xã.
2. **Nộp cho xã.** Nộp tại nơi đang ở.
3. **Nhận kết quả.** Xã trả lời trong 10 ngày làm việc.
"""
NOTICE = """
## Xin nhớ kỹ {#nho .notice}

Cán bộ không gọi điện thu tiền. Ai gọi như vậy là giả mạo.
"""
ARTICLE = HEAD + FIGURES + COMPARISON + WHO + STEPS + NOTICE


@pytest.fixture(scope="module")
def facts() -> FactBook:
    return read_facts(ASSETS / "demo" / "facts.toml")


def edition_of(text: str, facts: FactBook, *, office: Office | None = None) -> Edition:
    return make_edition(parse_article(text), source=None, facts=facts, on=DAY, office=office)


def scenes_of(edition: Edition) -> list[Scene]:
    return list(
        told(edition, lambda runs: syllables(speak_runs(runs, edition.facts, lang="vi")) / CLIP_PACE, None).scenes
    )


def planned(edition: Edition, shape: Shape = HALF) -> Planned:
    plan = plan_clip(edition, CONTEXT, shape)
    assert isinstance(plan, Planned)
    return plan


def steps_of(plan: Planned) -> dict[str, Step]:
    """Every step of a plan by key."""
    roots = [*(file.step for file in plan.files), *plan.gates]
    return {step.key: step for root in roots for step in walk(root)}


def make(plan: Planned) -> dict[str, Made]:
    """Every step made here, by key."""
    made: dict[str, Made] = {}
    for key, step in steps_of(plan).items():
        made[key] = step.function()(step.inputs, {name: made[need.key] for name, need in step.needs.items()})
    return made


# ---- the storyboard ---------------------------------------------------------------------------------------------


def test_an_article_is_told_by_title_figure_who_how_and_where_to_ask(facts: FactBook) -> None:
    names = [scene.name for scene in scenes_of(edition_of(ARTICLE, facts))]
    assert names[0] == "title"
    assert names[1] == "figure:con-so"
    assert {"who:ai", "steps:cach-lam"} <= set(names)
    assert names[-1] == "closing"


def test_a_long_article_is_shortened_by_leaving_out_not_by_rewording(facts: FactBook) -> None:
    many = "\n".join(
        f"- Điều kiện thứ {number}, người dân cần xem kỹ trước khi đi nộp hồ sơ." for number in range(2, 9)
    )
    edition = edition_of(ARTICLE.replace("- Không có lương hưu hằng tháng.", many), facts)
    scenes = scenes_of(edition)
    total_s = sum(
        0.8 + sum(0.2 + syllables(speak_runs(line, edition.facts, lang="vi")) / CLIP_PACE for line in scene.lines)
        for scene in scenes
    )
    assert total_s < 40
    who = next(scene for scene in scenes if scene.kind == "ticks")
    assert 1 <= len(who.shows["items"]) < 7
    assert who.shows["more"] == "Còn điều kiện khác: quét mã ở cuối clip."  # a list cut short says so
    source = plain(edition.title) + ARTICLE + many
    for line in who.lines[1:]:
        assert plain(line) in source


def test_a_number_is_shown_in_vietnamese_form_as_the_fact_says_it(facts: FactBook) -> None:
    figure = scenes_of(edition_of(ARTICLE, facts))[1].shows
    assert figure["number"] == "500.000"
    assert figure["after"].replace("\u00a0", " ") == "đồng mỗi tháng"


def test_a_telephone_number_is_one_number(facts: FactBook) -> None:
    text = HEAD + "\n## Số cần nhớ {#so .figures}\n\n- {{ hotline }} : tổng đài thật\n" + STEPS
    figure = scenes_of(edition_of(text, facts))[1].shows
    assert (figure["before"], figure["number"], figure["after"]) == ("", "1900\u00a09068", "")


def test_before_and_now_become_bars_from_a_common_zero_said_in_one_sentence(facts: FactBook) -> None:
    scene = next(one for one in scenes_of(edition_of(HEAD + FIGURES + COMPARISON, facts)) if one.kind == "bars")
    assert [(bar["share"], bar["tone"]) for bar in scene.shows["bars"]] == [(1.0, "old"), (0.9375, "new")]
    assert [plain(line).replace("\u00a0", " ") for line in scene.lines] == [
        "Tuổi nhận trợ cấp: trước 01/7/2025 là 80 tuổi, nay là 75 tuổi."
    ]


def test_a_table_too_large_for_a_telephone_is_left_out_whole(facts: FactBook) -> None:
    rows = "\n".join(f"| Người thứ {number} | {number} |" for number in range(1, 9))
    text = HEAD + FIGURES + f"\n## Bảng {{#bang .comparison}}\n\n| Ai | Mức |\n| --- | --- |\n{rows}\n" + STEPS
    assert not any(scene.kind in {"table", "bars"} for scene in scenes_of(edition_of(text, facts)))


def test_every_step_is_shown_and_six_of_them_take_two_scenes(facts: FactBook) -> None:
    steps = "\n## Làm thế nào? {#lam .steps}\n\n" + "\n".join(f"{n}. **Việc số {n}.** Làm đi." for n in range(1, 7))
    scenes = [scene for scene in scenes_of(edition_of(HEAD + FIGURES + steps, facts)) if scene.kind == "steps"]
    assert [[step["number"] for step in scene.shows["steps"]] for scene in scenes] == [[1, 2, 3], [4, 5, 6]]
    assert [scene.shows["more"].replace("\u00a0", " ") for scene in scenes] == ["Còn 3 bước nữa.", ""]


def test_an_article_without_figures_and_with_little_text_still_makes_a_clip(facts: FactBook) -> None:
    scenes = scenes_of(edition_of(HEAD + "\n## Một lời {#loi}\n\nXin bà con nói lại cho nhau.\n", facts))
    assert [scene.kind for scene in scenes] == ["title", "text", "closing"]
    said_s = sum(syllables(speak_runs(line, {}, lang="vi")) / CLIP_PACE for scene in scenes for line in scene.lines)
    assert said_s + sum(scene.hold_s for scene in scenes) + 3 > SHORTEST_S  # held longer where little is said


def test_a_full_contact_block_fits_on_the_closing_scene(facts: FactBook) -> None:
    office = Office(
        "66",
        "Bảo hiểm xã hội tỉnh Đắk Lắk",
        "Tỉnh Đắk Lắk",
        "tinh",
        address="Số 12 đường MẪU, phường Buôn Ma Thuột, tỉnh Đắk Lắk",
        hotline="0262 3 000 000",
        email="mau@example.vn",
    )
    steps = steps_of(planned(edition_of(ARTICLE, facts, office=office))).values()
    (closing,) = (step for step in steps if step.run.endswith(":draw") and step.inputs["scene"]["kind"] == "closing")
    assert closing.function()(closing.inputs, {}).details["stills"] >= 6


def test_a_question_never_stands_without_its_answer(facts: FactBook) -> None:
    asked = "\n## Hỏi và đáp {#hoi .questions}\n\nĐang có lương hưu thì sao?\n:   Không được nhận thêm.\n"
    scene = next(one for one in scenes_of(edition_of(HEAD + FIGURES + asked, facts)) if one.name.startswith("question"))
    assert [plain(line) for line in scene.lines] == ["Đang có lương hưu thì sao? Không được nhận thêm."]


def test_a_table_with_amounts_too_wide_for_its_columns_is_set_below_its_labels(facts: FactBook) -> None:
    table = (
        "\n## Trước và nay {#bang .comparison}\n\n| | Trước 01/7/2025 | Nay |\n| --- | --- | --- |\n"
        "| Mỗi con sinh ra | Không có | {{ thai_san_tu_nguyen }} |\n| Mỗi lần khám | Không có | 1.263.600 đồng |\n"
    )
    edition = edition_of(HEAD + FIGURES + table, facts)
    assert "table" in {scene.kind for scene in scenes_of(edition)}
    for step in steps_of(planned(edition)).values():
        if step.run.endswith(":draw"):
            step.function()(step.inputs, {})


def test_only_the_first_scene_opens_and_only_the_last_closes(facts: FactBook) -> None:
    scenes = scenes_of(edition_of(ARTICLE, facts))
    assert [scene.opens for scene in scenes] == [True] + [False] * (len(scenes) - 1)
    assert [scene.closes for scene in scenes] == [False] * (len(scenes) - 1) + [True]


# ---- the plan ---------------------------------------------------------------------------------------------------


def test_a_language_nobody_can_speak_waits_for_a_recording(facts: FactBook) -> None:
    edition = replace(edition_of(ARTICLE, facts), lang="blt-Tavt")
    assert plan_clip(edition, CONTEXT, VERTICAL) == Waiting("recording", "chờ bản thu")


def test_the_plan_names_its_voice_and_warns_of_a_robot(facts: FactBook) -> None:
    plan = planned(edition_of(ARTICLE, facts))
    assert plan.details["synthetic"] is True
    assert plan.warnings == ("giọng máy, cần nghe duyệt", "chờ nghe duyệt trước khi phát hành")
    assert [(file.role, file.suffix) for file in plan.files] == [
        ("main", "mp4"),
        ("captions", "vtt"),
        ("poster", "webp"),
    ]


def test_chinese_captions_are_set_in_two_lines(facts: FactBook) -> None:
    head = (
        HEAD.split("title:")[0].replace("lang: vi", "lang: zh-Hans") + 'title: "世界人权宣言"\nsummary: "第一条"\n---\n'
    )
    article = parse_article(head + "\n## 第一条 {.notice}\n\n他们赋有理性和良心,并应以兄弟关系的精神相对待。\n")
    plan = planned(make_edition(article, facts=facts, on=DAY))
    layers = [step for gate in plan.gates for step in walk(gate) if step.run.endswith("layers:draw")]
    assert layers
    for step in layers:
        step.function()(step.inputs, {})  # refuses a caption it cannot set


def test_a_clip_that_tells_no_block_says_so(facts: FactBook) -> None:
    row = "| " + " | ".join(["Một ô khá dài"] * 6) + " |\n"
    table = "## Bảng {.comparison}\n\n" + row + "|" + " --- |" * 6 + "\n" + row
    assert any("chỉ có tiêu đề và tóm tắt" in warning for warning in planned(edition_of(HEAD + table, facts)).warnings)
    assert not any("chỉ có tiêu đề" in warning for warning in planned(edition_of(ARTICLE, facts)).warnings)


def test_another_office_makes_only_the_closing_scene_again(facts: FactBook) -> None:
    office = Office("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh")
    one, other = (steps_of(planned(edition_of(ARTICLE, facts, office=where))) for where in (None, office))
    new = sorted(step.run.partition(":")[2] for key, step in other.items() if key not in one)
    # What is spoken may follow the region of the office; of pictures only the closing scene is another.
    assert [new.count(name) for name in ("draw", "encode", "overlay")] == [1, 1, 1]


def test_an_edited_condition_makes_only_its_scene_the_sound_and_what_joins_them(facts: FactBook) -> None:
    edited = ARTICLE.replace("Không có lương hưu hằng tháng", "Không hưởng lương hưu hằng tháng")
    one, other = (steps_of(planned(edition_of(text, facts))) for text in (ARTICLE, edited))
    new = sorted(step.run.partition(":")[2] for key, step in other.items() if key not in one)
    # The closing scene too: its code names the edition, which is another now.
    assert new.count("encode") == 3  # two lines of its scene
    assert new.count("speak") == 1
    assert new.count("draw") == 3  # the scene, the caption, the closing scene
    assert not {"hold", "draw_poster"} & set(new)


def test_the_shape_is_the_products(facts: FactBook) -> None:
    assert ("clip-vertical", "1080×1920", "video") in [(one.name, one.size, one.medium) for one in PRODUCTS]
    assert edition_of(ARTICLE, facts).id


# ---- made -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(facts: FactBook) -> tuple[Edition, Planned, dict[str, Made]]:
    """A whole clip at half size, gates passed."""
    office = Office("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh", email="daklak@example.vn")
    edition = edition_of(ARTICLE, facts, office=office)
    plan = planned(edition)
    return edition, plan, make(plan)


def clip_of(finished: tuple[Edition, Planned, dict[str, Made]]) -> bytes:
    _, plan, made = finished
    return made[plan.files[0].step.key].files["clip.mp4"]


def test_a_whole_clip_passes_its_gates(finished: tuple[Edition, Planned, dict[str, Made]]) -> None:
    _, plan, made = finished
    told = {gate.run.partition(":")[2]: made[gate.key].details for gate in plan.gates}
    file, captions = told["check_file"], told["check_captions"]
    assert SHORTEST_S <= file["duration_s"] <= LONGEST_S
    assert file["apart_ms"] <= 20
    assert file["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert file["bytes"] <= 6_000_000 * file["duration_s"] / 30
    assert captions["captions"] >= 5


def test_the_code_of_the_last_frame_leads_to_the_edition(finished: tuple[Edition, Planned, dict[str, Made]]) -> None:
    with av.open(io.BytesIO(clip_of(finished)), "r") as container:
        *_, last = container.decode(video=0)
    codes = read_codes(Image.fromarray(last.to_ndarray(format="rgb24")))
    assert [code.text for code in codes] == [CONTEXT.qr(finished[0])]


def test_the_captions_of_the_file_are_those_of_the_article(finished: tuple[Edition, Planned, dict[str, Made]]) -> None:
    _, plan, made = finished
    text = made[plan.files[1].step.key].files["captions.vtt"].decode()
    assert text.startswith("WEBVTT")
    assert "500.000 đồng mỗi tháng" in text
    assert "1900 9068" in text
    assert "Bản minh họa – số liệu tại 01/9/2025" in text


def test_the_first_frame_already_shows_the_title(finished: tuple[Edition, Planned, dict[str, Made]]) -> None:
    with av.open(io.BytesIO(clip_of(finished)), "r") as container:
        first = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert (first.min(axis=2)[200:600] > 215).mean() > 0.05  # paper-coloured letters on the deep field


def test_ffmpeg_decodes_it_without_a_complaint(
    finished: tuple[Edition, Planned, dict[str, Made]], tmp_path: Path
) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("this machine has no ffmpeg")
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip_of(finished))
    done = subprocess.run(
        [ffmpeg, "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.fixture
def served(finished: tuple[Edition, Planned, dict[str, Made]], tmp_path: Path) -> Iterator[str]:
    """A page with the clip on a server of our own."""
    (tmp_path / "clip.mp4").write_bytes(clip_of(finished))
    (tmp_path / "captions.vtt").write_bytes(finished[2][finished[1].files[1].step.key].files["captions.vtt"])
    (tmp_path / "index.html").write_text(
        '<video muted src="clip.mp4"><track default kind="captions" srclang="vi" src="captions.vtt"></video>'
    )

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *a: Handler(*a, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()
    server.server_close()


@needs_chromium
@pytest.mark.slow
def test_chromium_plays_it_to_the_end_with_its_captions(served: str) -> None:
    with chromium() as browser, page_of(browser) as page:
        page.goto(served)
        told = page.evaluate(
            """async () => {
                const video = document.querySelector("video");
                const heard = name => new Promise(done => video.addEventListener(name, done, {once: true}));
                if (video.readyState < 2) await heard("loadeddata");
                const start = video.currentTime;
                video.playbackRate = 16;
                await video.play();
                await heard("ended");
                return {error: video.error && video.error.message, width: video.videoWidth, height: video.videoHeight,
                        start, length: video.duration, cues: video.textTracks[0].cues.length,
                        frames: video.getVideoPlaybackQuality().totalVideoFrames};
            }"""
        )
    assert told["error"] is None
    assert (told["width"], told["height"]) == (540, 960)
    assert SHORTEST_S <= told["length"] <= LONGEST_S
    assert told["cues"] >= 5
    assert told["frames"] > 100


@pytest.mark.slow
def test_a_clip_at_full_size_passes_its_gates_and_comes_out_the_same_twice(facts: FactBook) -> None:
    plan = plan_clip(edition_of(ARTICLE, facts), CONTEXT, VERTICAL)
    assert isinstance(plan, Planned)
    made = make(plan)
    poster = Image.open(io.BytesIO(made[plan.files[2].step.key].files["poster.webp"]))
    assert poster.size == (1080, 1920)
    again = [step for step in steps_of(plan).values() if step.run.endswith((":encode", ":mix"))][-2:]
    for step in again:
        needs = {name: made[need.key] for name, need in step.needs.items()}
        assert step.function()(step.inputs, needs).files == made[step.key].files
