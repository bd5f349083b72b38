"""The local layer: an office says its contact, its logo and one story; what the article says of the law is locked."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from render.article import Article, Story
from render.blocks import texts
from render.edition import Edition, Office, make_edition, plain
from render.errors import ArticleError, EditionError, OfficeError
from render.markdown import parse_article, write_article
from render.offices import read_offices
from render.products.leaflet import PRODUCTS
from tests.render.sheets import CONTEXT, ON, facts, made

HEAD = "---\nslug: thu\nlang: vi\ntitle: Một bài để thử\nsummary: Mỗi tháng đóng một ít, về già có lương hưu.\n---\n"
BODY = (
    "## Ai {#ai .eligibility}\n- Người từ đủ {{ tuoi_huu_tri_xa_hoi }}\n\n"
    "## Một ví dụ {#vi-du .story .local}\nVí dụ: một cụ bà ở quê.\n\n## Lưu ý {#luu-y .notice}\nMang theo giấy tờ.\n"
)
TABLE = '[66]\nname = "Bảo hiểm xã hội tỉnh Đắk Lắk"\nunit = "Tỉnh Đắk Lắk"\nkind = "tinh"\n'
STORY = 'story = "Ví dụ: một ông ở buôn, nay nhận {{ tro_cap_huu_tri_xa_hoi }}."\n'


def article(body: str = BODY) -> Article:
    return parse_article(HEAD + body)


def office(folder: Path, more: str = "", *, logo: Image.Image | None = None, name: str = "mau.png") -> Office:
    if logo is not None:
        logo.save(folder / name)
        more += f'logo = "{name}"\n'
    (folder / "offices.toml").write_text(TABLE + more, encoding="utf-8")
    return read_offices(folder / "offices.toml")["66"]


def edition(one: Office | None, body: str = BODY) -> Edition:
    return make_edition(article(body), facts=facts(), on=ON, office=one)


def specimen(width: int = 900, height: int = 300) -> Image.Image:
    """A frame that says MẪU to whoever sees it, and claims to be nobody's."""
    logo = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(logo)
    draw.rectangle((4, 4, width - 5, height - 5), outline=(11, 74, 74, 255), width=12)
    draw.text((width / 3, height / 3), "MAU", fill=(11, 74, 74, 255), font_size=min(width, height) / 3)
    return logo


def said(one: Edition) -> dict[str, str]:
    return {block.id: " ".join(plain(text) for text in texts(block)) for block in one.blocks}


def leaflet(one: Edition) -> bytes:
    plan = next(product for product in PRODUCTS if product.name == "leaflet-a4").plan(one, CONTEXT)
    file = plan.files[0]  # type: ignore[union-attr]
    return made(file.step).files[file.name]


def test_an_office_tells_its_own_story_where_the_article_lets_it(tmp_path: Path) -> None:
    nation, local = edition(None), edition(office(tmp_path, STORY))
    assert said(local)["vi-du"] == "Một ví dụ Ví dụ: một ông ở buôn, nay nhận 500.000\u00a0đồng."
    assert list(said(local)) == list(said(nation))
    assert {key: text for key, text in said(local).items() if key != "vi-du"} == {
        key: text for key, text in said(nation).items() if key != "vi-du"
    }
    assert "tro_cap_huu_tri_xa_hoi" in {fact.key for fact in local.facts}
    assert local.id != nation.id


def test_a_story_is_added_at_the_end_where_none_may_be_replaced(tmp_path: Path) -> None:
    local = edition(office(tmp_path, STORY), BODY.replace(" .local", ""))
    assert list(said(local)) == ["ai", "vi-du", "luu-y", "dia-phuong"]
    assert said(local)["dia-phuong"].startswith("Ở tỉnh Đắk Lắk Ví dụ")
    assert said(local)["vi-du"] == said(edition(None))["vi-du"]


def test_a_story_is_told_in_its_own_language_only(tmp_path: Path) -> None:
    one = office(tmp_path, 'story = {km = "ឧទាហរណ៍"}\n')
    assert said(edition(one)) == said(edition(None))
    assert one.stories == (("km", "ឧទាហរណ៍"),)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('legal = "Luật khác"', "an office may set address, hotline, email, logo, story"),
        ('eligibility = "Từ 60 tuổi"', "the law is the same everywhere"),
        ('story = "## Điều kiện mới\\nTừ 60 tuổi"', "a heading stands here"),
        ('story = "| a | b |\\n|---|---|\\n| 1 | 2 |"', "a table stands here"),
        (f'story = "{"rất dài " * 200}"', "1200 are allowed"),
        ("story = 5", "the story is no text"),
        ('story = {xx = "a"}', "xx"),
        ('logo = "../mau.png"', "is no file beside"),
        ('logo = "thieu.png"', "there is no picture thieu.png"),
        ('logo = "https://a.vn/logo.png"', "lies elsewhere"),
    ],
)
def test_what_an_office_may_not_change_is_refused_with_what_it_may(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(OfficeError) as caught:
        office(tmp_path, line + "\n")
    assert reason in str(caught.value)
    assert "[66]" in caught.value.where


def test_a_fact_that_a_story_asks_for_and_there_is_none_is_told_at_the_office(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=r"^66: story: "):
        edition(office(tmp_path, 'story = "Nhận {{ khong_co }}."\n'))


def test_only_a_story_may_be_local() -> None:
    with pytest.raises(ArticleError, match="only a story may be local"):
        article("## Lưu ý {.notice .local}\nMột đoạn.\n")
    marked = article()
    assert isinstance(marked.blocks[1], Story)
    assert marked.blocks[1].local
    assert parse_article(write_article(marked)) == marked


def test_a_logo_is_known_by_its_bytes_and_stands_in_the_contact_field(tmp_path: Path) -> None:
    with_logo = edition(office(tmp_path, logo=specimen()))
    assert with_logo.office
    assert with_logo.office.logo
    assert with_logo.office.logo.alt == "Biểu trưng Bảo hiểm xã hội tỉnh Đắk Lắk"
    assert str(tmp_path) not in str(with_logo.as_data())
    data = leaflet(with_logo)
    document = pikepdf.open(io.BytesIO(data))
    figures = [
        str(one.get("/Alt"))
        for one in document.objects
        if isinstance(one, pikepdf.Dictionary) and one.get("/S") == "/Figure"
    ]
    assert with_logo.office.logo.alt in figures
    assert "Biểu trưng" not in pypdfium2.PdfDocument(data)[1].get_textpage().get_text_range()
    (tmp_path / "khac").mkdir()
    other = edition(office(tmp_path / "khac", logo=specimen(1200, 300)))
    assert other.id != with_logo.id


def test_offices_with_logos_share_one_layout(tmp_path: Path) -> None:
    layouts = set()
    for number, size in enumerate(((900, 300), (700, 700), (1500, 300))):
        (tmp_path / str(number)).mkdir()
        one = replace(office(tmp_path / str(number), logo=specimen(*size)), name=f"Bảo hiểm xã hội {number}")
        plan = next(product for product in PRODUCTS if product.name == "leaflet-a4").plan(edition(one), CONTEXT)
        layouts.add(plan.files[0].step.needs["layout"].key)  # type: ignore[union-attr]
    assert len(layouts) == 1


@pytest.mark.parametrize(
    ("size", "name", "reason"),
    [
        ((120, 60), "mau.png", "too few to be printed"),
        ((4000, 200), "mau.png", "too wide to be made out"),
        ((300, 900), "mau.png", "too tall to be made out"),
        ((900, 300), "mau.webp", "the logo is a WEBP"),
    ],
)
def test_a_logo_that_could_not_be_made_out_is_refused(
    tmp_path: Path, size: tuple[int, int], name: str, reason: str
) -> None:
    with pytest.raises(OfficeError, match=reason) as caught:
        edition(office(tmp_path, logo=specimen(*size), name=name))
    assert caught.value.where.startswith("66: logo")
    assert caught.value.mend


def test_a_logo_that_is_a_program_is_refused(tmp_path: Path) -> None:
    one = office(tmp_path, logo=specimen())
    (tmp_path / "mau.png").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>")
    with pytest.raises(OfficeError, match="an SVG with scripts in it"):
        edition(one)
