"""Photographs: hostile files are refused with a reason; real ones come out upright, in sRGB, without metadata."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageCms, ImageDraw

from render.article import Picture
from render.cache import Cache
from render.edition import Edition, make_edition
from render.errors import ArticleError, EditionError, GateError, PictureError
from render.making import Call, Failure, make_steps
from render.markdown import parse_article
from render.photo import MOST_PX, measured, photo_step
from render.steps import Step
from render.typeset.photo import PRINT_PX, SCREEN_BYTES
from tests.render.sheets import CONTEXT, ON, facts, made

HEAD = "---\nslug: thu\nlang: vi\ntitle: Một bài có ảnh\nsummary: Mỗi tháng đóng một ít, về già có lương hưu.\n"
LINE = '![Một ngôi nhà](nha.jpg){credit="Ảnh: MẪU" focus="80% 20%"}'
CREDITED = 'picture: {file: "nha.jpg", alt: "Một ngôi nhà", credit: "Ảnh: MẪU"}\n'


def photo(width: int = 1500, height: int = 1000) -> Image.Image:
    """Noise as fine as a photograph's, a red field at the top left, a green one at the bottom right."""
    picture = Image.effect_noise((width, height), 40).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 4, height // 4), fill=(220, 20, 20))
    draw.rectangle((width * 3 // 4, height * 3 // 4, width, height), fill=(20, 200, 20))
    return picture


def saved(path: Path, picture: Image.Image, **options: Any) -> Path:
    picture.save(path, **options)
    return path


def known(path: Path) -> Picture:
    found = measured(path)
    return Picture(
        "",
        "Một ngôi nhà",
        "Ảnh: MẪU",
        digest=found.digest,
        width_px=found.width_px,
        height_px=found.height_px,
        path=path,
    )


def prepared(path: Path, width_px: int = 600, bytes_most: int = 200_000, **options: Any) -> Image.Image:
    result = made(photo_step(known(path), width_px=width_px, bytes_most=bytes_most, **options))
    picture = Image.open(io.BytesIO(result.files["picture"]))
    assert picture.size == (result.details["width_px"], result.details["height_px"])
    return picture


def edition(folder: Path, head: str = "", body: str = f"## Ảnh {{.picture}}\n{LINE}\n") -> Edition:
    article = parse_article(f"{HEAD}{head}---\n{body}", folder / "bai.md")
    return make_edition(article, facts=facts(), on=ON)


def refusal(path: Path) -> PictureError:
    with pytest.raises(PictureError) as caught:
        measured(path)
    assert caught.value.mend
    return caught.value


def test_a_picture_keeps_nothing_but_its_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "MAY ANH"
    exif.get_ifd(0x8825)[2] = (21.0, 2.0, 3.0)
    path = saved(tmp_path / "a.jpg", photo(), exif=exif, comment=b"o nha", quality=90)
    assert b"MAY ANH" in path.read_bytes()
    picture = prepared(path)
    assert picture.size == (600, 400)
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_however_the_camera_was_held(tmp_path: Path, orientation: int) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what the camera did: the transposition that undoes it, undone
    turned = photo(900, 600)
    if orientation > 1:
        turned = turned.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "a.jpg", turned, exif=exif, quality=92)
    assert (known(path).width_px, known(path).height_px) == (900, 600)
    picture = prepared(path, 450).convert("RGB")
    assert picture.size == (450, 300)
    red, green = picture.getpixel((20, 20)), picture.getpixel((430, 280))
    assert red[0] > 180 > red[1] + 100
    assert green[1] > 160 > green[0] + 100


def test_colours_are_converted_from_their_own_space(tmp_path: Path) -> None:
    # Lab's profile gives each colour other numbers than sRGB: read without it, white would come out pink.
    grey = Image.new("RGB", (400, 300), (128, 128, 128))
    lab = ImageCms.profileToProfile(
        grey, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    path = saved(tmp_path / "a.tif", lab)
    assert all(abs(one - 128) < 4 for one in prepared(path, 300).convert("RGB").getpixel((100, 100)))
    cmyk = saved(tmp_path / "b.jpg", Image.new("CMYK", (400, 300), (0, 255, 255, 0)), quality=95)
    red, green, blue = prepared(cmyk, 300).convert("RGB").getpixel((100, 100))
    assert red > 200 > 60 > max(green, blue)
    result = made(photo_step(known(cmyk), width_px=300, bytes_most=100_000))
    assert result.warnings == ("Ảnh CMYK không kèm hồ sơ màu: màu in ra có thể lệch",)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_becomes_a_plain_picture_on_paper(tmp_path: Path, mode: str) -> None:
    picture = photo(400, 300)
    if mode == "RGBA":
        picture.putalpha(Image.new("L", picture.size, 0))
    path = saved(
        tmp_path / "a.png", picture.convert("L").convert(mode) if mode in ("1", "LA", "I;16") else picture.convert(mode)
    )
    done = prepared(path, 200)
    assert done.mode in ("RGB", "L", "P")
    if mode == "RGBA":
        assert done.convert("RGB").getextrema() == ((255, 255),) * 3
        assert prepared(path, 200, alpha=True).mode == "RGBA"


def test_a_drawing_stays_sharp_and_a_photograph_small(tmp_path: Path) -> None:
    drawing = Image.new("RGB", (2000, 1000), (251, 246, 234))
    ImageDraw.Draw(drawing).rectangle((400, 200, 900, 700), fill=(11, 74, 74))
    assert prepared(saved(tmp_path / "a.png", drawing), 500).format == "PNG"
    path = saved(tmp_path / "b.jpg", photo(3000, 2000), quality=95)
    result = made(photo_step(known(path), width_px=1240, bytes_most=SCREEN_BYTES))
    assert result.details["media_type"] == "image/jpeg"
    assert len(result.files["picture"]) <= SCREEN_BYTES


def test_one_ink_gets_one_channel(tmp_path: Path) -> None:
    assert prepared(saved(tmp_path / "a.jpg", photo()), 400, grey=True).mode == "L"


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path) -> None:
    step = photo_step(known(saved(tmp_path / "a.jpg", photo())), width_px=700, bytes_most=100_000)
    assert made(step).files == made(step).files


def test_a_hundred_megapixels_are_taken(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", Image.new("L", (12_000, 8_400), 120), quality=30)
    assert (known(path).width_px, known(path).height_px) == (12_000, 8_400)
    assert prepared(path, PRINT_PX).size == (PRINT_PX, 1792)


def test_a_picture_that_would_unpack_without_end_is_refused_before_a_pixel_is_read(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 5_000_000)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(bomb)
    assert "60000 × 60000 pixels" in str(refusal(tmp_path / "a.png"))
    assert MOST_PX["PNG"] < 60_000**2


SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SVG, "an SVG with scripts in it"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG, which is a program"),
        (b"GIF89a" + b"\0" * 40, "a GIF"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC"),
        (b"", "is empty"),
        (b"chao ba con", "is damaged, or no JPEG"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 200, "is damaged, or no JPEG"),
    ],
)
def test_what_is_no_photograph_is_refused_by_name(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    assert reason in str(refusal(tmp_path / "a.jpg"))


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.jpg", photo(), quality=90).read_bytes()
    (tmp_path / "b.jpg").write_bytes(whole[: len(whole) // 2])
    assert "truncated" in str(refusal(tmp_path / "b.jpg"))


def test_an_edition_knows_a_picture_by_its_bytes(tmp_path: Path) -> None:
    saved(tmp_path / "nha.jpg", photo(), quality=90)
    one = edition(tmp_path, CREDITED)
    assert one.picture
    assert one.picture.digest == hashlib.sha256((tmp_path / "nha.jpg").read_bytes()).hexdigest()
    (tmp_path / "khac").mkdir()
    (tmp_path / "nha.jpg").rename(tmp_path / "khac" / "nha-2.jpg")
    moved = edition(
        tmp_path,
        CREDITED.replace("nha.jpg", "khac/nha-2.jpg"),
        f"## Ảnh {{.picture}}\n{LINE}\n".replace("nha.jpg", "khac/nha-2.jpg"),
    )
    assert moved.id == one.id
    saved(tmp_path / "nha.jpg", photo(), quality=70)
    assert edition(tmp_path, CREDITED).id != one.id


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('![](nha.jpg){credit="Ảnh: MẪU"}', "bai.md:8: the picture has no alternative text"),
        ("![Nhà](nha.jpg)", "bai.md:8: the picture has no credit"),
        ("![Nhà](nha.jpg){credit='Ảnh'}", "bai.md:8: the braces behind the picture cannot be read"),
        ('![Nhà](nha.jpg){credit="A" focus="120% 0%"}', "bai.md:8: the focus lies outside"),
        ('![Nhà](../nha.jpg){credit="A"}', "bai.md:8: '../nha.jpg' is no file beside the article"),
        ('![Nhà](/etc/passwd){credit="A"}', "is no file beside the article"),
        ('![Nhà](https://a.vn/x.jpg){credit="A"}', "lies elsewhere"),
        ('![{{ hotline }}](nha.jpg){credit="A"}', "asks for a fact"),
    ],
)
def test_a_picture_without_its_words_or_outside_the_folder_is_refused_at_its_line(
    tmp_path: Path, line: str, reason: str
) -> None:
    saved(tmp_path / "nha.jpg", photo(200, 200))
    with pytest.raises(ArticleError) as caught:
        edition(tmp_path, body=f"## Ảnh {{.picture}}\n{line}\n")
    assert reason in str(caught.value)


def test_a_missing_picture_is_told_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=r"bai\.md:8: there is no picture nha\.jpg"):
        edition(tmp_path)
    (tmp_path / "nha.jpg").symlink_to("/etc/hostname")
    with pytest.raises(EditionError, match="lies outside the article's folder"):
        edition(tmp_path)


def test_a_translation_shows_its_sources_picture_and_says_it_in_its_own_words(tmp_path: Path) -> None:
    saved(tmp_path / "nha.jpg", photo(), quality=90)
    body = f"## Ảnh {{.picture}}\n{LINE}\n"
    source = parse_article(f'{HEAD}{CREDITED}voices: {{km: "giong-1"}}\n---\n{body}', tmp_path / "bai.md")
    text = f'{HEAD.replace("lang: vi", "lang: km")}picture: {{alt: "ផ្ទះ"}}\n---\n{body}'
    one = make_edition(parse_article(text, tmp_path / "bai.km.md"), source=source, facts=facts(), on=ON)
    assert one.picture
    assert (one.picture.alt, one.picture.credit) == ("ផ្ទះ", "Ảnh: MẪU")
    assert one.voice == "giong-1"
    with pytest.raises(EditionError, match=r"bai\.km\.md:6"):
        make_edition(parse_article(text, tmp_path / "bai.km.md"), facts=facts(), on=ON)


def test_an_unknown_campaign_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ArticleError, match="no campaign is called 'tet'") as caught:
        parse_article(f"{HEAD}campaign: tet\n---\nMột đoạn.\n")
    assert "campaigns are: " in caught.value.mend


def leaflet(one: Edition) -> bytes:
    from render.products.leaflet import PRODUCTS

    plan = next(product for product in PRODUCTS if product.name == "leaflet-a4").plan(one, CONTEXT)
    file = plan.files[0]  # type: ignore[union-attr]
    return made(file.step).files[file.name]


def test_a_sheet_holds_the_prepared_picture_with_its_words_and_its_credit(tmp_path: Path) -> None:
    saved(tmp_path / "nha.jpg", photo(4000, 2600), quality=92)
    pdf = pikepdf.open(io.BytesIO(leaflet(edition(tmp_path))))
    images = [one for one in pdf.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"]
    photos = [one for one in images if one.get("/Filter") == "/DCTDecode"]  # the JPEG as it was prepared
    assert [int(one.Width) for one in photos] == [1240]
    figures = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") == "/Figure"]
    assert "Một ngôi nhà" in {str(one.get("/Alt")) for one in figures}


def test_a_print_sheet_refuses_a_picture_that_is_too_coarse_and_says_what_it_is_enough_for(tmp_path: Path) -> None:
    from render.typeset.engine import compile_pdf

    saved(tmp_path / "nha.jpg", photo(900, 600), quality=90)
    one = edition(tmp_path)
    step: Step = _leaflet_step(one)
    with pytest.raises(GateError) as caught:
        compile_pdf("leaflet-a4.typ", {**step.inputs["data"], "svg": _BLANK}, lang="vi", timestamp=0, bleed_mm=3)
    assert caught.value.gate == "pictures"
    assert "has 900 × 600 pixels" in caught.value.what
    assert "300 dpi" in caught.value.what
    assert "76 mm of width" in caught.value.mend


_BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="37" height="37"><path d="M0 0h37v37H0z" fill="#fff"/></svg>'


def _leaflet_step(one: Edition) -> Step:
    from render.products.leaflet import PRODUCTS

    plan = next(product for product in PRODUCTS if product.name == "leaflet-a4").plan(one, CONTEXT)
    return plan.files[0].step  # type: ignore[union-attr]


def test_the_bytes_travel_with_the_call_and_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", photo(300, 200))
    step = photo_step(known(path), width_px=100, bytes_most=50_000)
    call = Call.of(step, {})
    saved(path, photo(320, 200))
    cache = Cache(str(tmp_path / "cache"))
    (late,) = make_steps(cache.url, [Call.of(step, {})])
    assert isinstance(late, Failure)
    assert "changed since the plan" in late.reason
    path.unlink()
    (done,) = make_steps(cache.url, [call])
    assert not isinstance(done, Failure)
    assert str(path) not in str(step.parts)
