"""Imports of article files: what a report says before, what is imported after, and what is refused and why."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from PIL import Image

from cms.articles.actions import home_page
from cms.articles.exports import file_text
from cms.articles.models import PolicyArticlePage
from cms.imports.enums import Result, State, Verdict
from cms.imports.models import Import
from cms.planning.models import Campaign
from tests.cms.conftest import CONTRIBUTORS, DEMO, EDITORS

ARTICLE = """---
slug: {slug}
lang: {lang}
title: "{title}"
summary: "Tóm tắt của bài."
---
## Cách làm {{.steps}}

1. Đến Ủy ban nhân dân xã.
2. Nộp đơn.
"""


def article(slug: str = "bai-thu", lang: str = "vi", title: str = "Bài thử") -> bytes:
    return ARTICLE.format(slug=slug, lang=lang, title=title).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def upload(client: Any, files: Mapping[str, bytes]) -> Import:
    """Send files and let them be read; the import."""
    sent = [SimpleUploadedFile(name, data) for name, data in files.items()]
    answer = client.post(reverse("articles_import", args=[home_page().pk]), {"files": sent})
    assert answer.status_code == 302, answer.context["form"].errors
    batch = Import.objects.latest("pk")
    while batch.state == State.READING:
        step(client, batch)
    return batch


def step(client: Any, batch: Import, action: str = "step", **data: Any) -> str:
    answer = client.post(reverse("imports_report", args=[batch.pk]), {"action": action, **data}, follow=True)
    assert answer.status_code == 200
    batch.refresh_from_db()
    if batch.state == State.APPLYING:  # on a busy machine one step is not enough
        return step(client, batch)
    return str(answer.content.decode())


def verdicts(batch: Import) -> dict[str, str]:
    return {file.name: file.verdict for file in batch.files.exclude(verdict=Verdict.PICTURE)}


def all_chosen(batch: Import) -> dict[str, list[int]]:
    ids = list(batch.files.filter(verdict__in=[Verdict.NEW, Verdict.CHANGED]).values_list("pk", flat=True))
    return {"shown": ids, "chosen": ids}


def test_a_report_comes_first_and_then_what_was_chosen_becomes_drafts(any_site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    names = sorted(path for path in (DEMO / "articles").glob("quyen-an-sinh*.md"))
    batch = upload(editor, {path.name: path.read_bytes() for path in names})
    assert batch.state == State.READY
    assert set(verdicts(batch).values()) == {Verdict.NEW}, [one.reason for one in batch.files.all()]
    assert not PolicyArticlePage.objects.exists()
    folder = batch.folder
    assert any(folder.iterdir())
    said = step(editor, batch, "apply", **all_chosen(batch))
    assert f"Đã nhập {len(names)} bài thành bản nháp" in said
    assert batch.state == State.DONE
    assert PolicyArticlePage.objects.filter(alias_of__isnull=True).count() == len(names)
    assert not PolicyArticlePage.objects.live().exists()
    assert not folder.exists()


def test_the_same_files_again_are_unchanged_and_a_changed_one_is_told(site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    files = {"a.md": article("a-mot"), "b.md": article("b-hai", title="Từ {{ tuoi_huu_tri_xa_hoi }}")}
    batch = upload(editor, files)
    assert batch.files.get(name="b.md").shown_title == "Từ 75\u00a0tuổi"
    step(editor, batch, "apply", **all_chosen(batch))
    batch = upload(editor, files | {"b.md": article("b-hai", title="Tên khác")})
    assert verdicts(batch) == {"a.md": Verdict.UNCHANGED, "b.md": Verdict.CHANGED}


def test_who_answers_for_an_article_and_its_campaign_travel_in_its_file(site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS, name="bien-tap")
    Campaign.objects.create(
        key="thang-bhyt", title="Tháng BHYT", theme="y-te", begins=dt.date(2025, 7, 1), ends=dt.date(2025, 7, 31)
    )
    named = article().replace(
        b"---\n## ",
        b"campaign: y-te\nresponsible: bien-tap\nreviewer: bien-tap\nin_campaign: thang-bhyt\n---\n## ",
    )
    batch = upload(
        editor, {"a.md": named, "la.md": article("la").replace(b"---\n## ", b"reviewer: khong-ai\n---\n## ")}
    )
    assert verdicts(batch) == {"a.md": Verdict.NEW, "la.md": Verdict.REFUSED}
    assert "khong-ai" in batch.files.get(name="la.md").reason
    step(editor, batch, "apply", **all_chosen(batch))
    page = PolicyArticlePage.objects.get().get_latest_revision_as_object()
    assert (page.responsible.username, page.reviewer.username, page.campaign) == ("bien-tap", "bien-tap", "thang-bhyt")
    again = upload(editor, {"a.md": file_text(page).encode(), "a2.md": article("a-hai")})
    assert verdicts(again)["a.md"] == Verdict.UNCHANGED
    assert verdicts(upload(editor, {"a.md": article()}))["a.md"] == Verdict.CHANGED  # of what the file does say


def test_what_is_not_ticked_is_left_out(site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    batch = upload(editor, {"a.md": article("a-mot"), "b.md": article("b-hai")})
    wanted = all_chosen(batch)
    step(editor, batch, "apply", shown=wanted["shown"], chosen=wanted["chosen"][:1])
    assert list(batch.files.values_list("result", flat=True)) == [Result.IMPORTED, Result.LEFT_OUT]
    assert [page.slug for page in PolicyArticlePage.objects.all()] == ["a-mot"]


def test_a_translation_is_not_imported_without_its_article(site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    batch = upload(editor, {"a.md": article(), "a.km.md": article(lang="km", title="ការសាកល្បង")})
    wanted = all_chosen(batch)
    translation = batch.files.get(lang="km").pk
    step(editor, batch, "apply", shown=wanted["shown"], chosen=[translation])
    assert batch.files.get(lang="km").result == Result.REFUSED
    assert not PolicyArticlePage.objects.exists()


def test_a_translation_alone_joins_the_article_that_is_there(site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    batch = upload(editor, {"a.md": article()})
    step(editor, batch, "apply", **all_chosen(batch))
    batch = upload(editor, {"dich.md": article(lang="km", title="ការសាកល្បង")})
    assert verdicts(batch) == {"dich.md": Verdict.NEW}
    step(editor, batch, "apply", **all_chosen(batch))
    vi, km = PolicyArticlePage.objects.filter(alias_of__isnull=True).order_by("pk")
    assert vi.translation_key == km.translation_key


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        (b"\xff\xfe\x00", "a.md", "UTF-8"),
        (b"no front matter", "a.md:1", "---"),
        (b"---\nslug: ../../etc\nlang: vi\ntitle: a\nsummary: b\n---\n", "a.md:2", "slug"),
        (b"---\nslug: a\nlang: xx\ntitle: a\nsummary: b\n---\n", "a.md", "xx"),
        (article() + b"\n## Hai {.khong-co}\n\nx\n", "a.md:1", "khong-co"),
        (b"x" * 1_000_001, "a.md", "1 MB"),
        (b"", "a.md", ""),
    ],
)
def test_a_bad_file_is_refused_with_its_place_and_the_others_go_on(
    site: str, login: Callable[..., Any], content: bytes, place: str, said: str
) -> None:
    editor = login(EDITORS)
    batch = upload(editor, {"a.md": content, "tot.md": article()})
    bad = batch.files.get(name="a.md")
    assert bad.verdict == Verdict.REFUSED
    assert bad.place.startswith(place)
    shown = editor.get(reverse("imports_report", args=[batch.pk])).content.decode()
    assert said in shown
    assert bad.place in shown
    assert verdicts(batch)["tot.md"] == Verdict.NEW


def test_an_archive_with_folders_brings_articles_translations_and_pictures(
    site: str, login: Callable[..., Any]
) -> None:
    editor = login(EDITORS)
    picture = io.BytesIO()
    Image.new("RGB", (1600, 1000), "teal").save(picture, "JPEG")
    with_picture = article().replace(
        b"---\n## ",
        b'picture: {file: anh/cho.jpg, alt: "M\xe1\xbb\x99t ng\xc3\xb4i ch\xe1\xbb\xa3", credit: "Loa"}\n---\n## ',
    )
    files = {
        "bo/bai-thu.md": with_picture,
        "bo/bai-thu.km.md": article(lang="km", title="ការសាកល្បង"),
        "bo/anh/cho.jpg": picture.getvalue(),
        "__MACOSX/bo/._bai-thu.md": b"x",
    }
    batch = upload(editor, {"tat-ca.zip": zipped(files)})
    assert verdicts(batch) == {"bo/bai-thu.md": Verdict.NEW, "bo/bai-thu.km.md": Verdict.NEW}
    step(editor, batch, "apply", **all_chosen(batch))
    page = PolicyArticlePage.objects.get(locale__language_code="vi")
    assert page.picture[0].value["image"].width == 1600
    del files["bo/anh/cho.jpg"]
    batch = upload(editor, {"thieu.zip": zipped(files | {"bo/bai-thu.md": with_picture.replace(b"Nop", b"Gui")})})
    missing = batch.files.get(name="bo/bai-thu.md")
    assert missing.verdict == Verdict.REFUSED
    assert missing.missing_pictures == ["anh/cho.jpg"]


def test_an_archive_cannot_write_outside_nor_unpack_without_end(
    site: str, home: Path, login: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = login(EDITORS)
    link = zipfile.ZipInfo("lien-ket.md")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("../ngoai.md", "/etc/loa.md", "C:\\loa.md", "..\\..\\loa.md"):
            archive.writestr(name, article())
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bom.md", b"0" * 300_000_000)
        archive.writestr("trong/long.zip", zipped({"a.md": article()}))
        archive.writestr("chay.exe", b"MZ")
        archive.writestr("tot.md", article())
    batch = upload(editor, {"xau.zip": out.getvalue()})
    good = {name for name, verdict in verdicts(batch).items() if verdict != Verdict.REFUSED}
    assert good == {"tot.md"}
    assert batch.files.filter(verdict=Verdict.REFUSED).count() == 8
    assert sum(file.stat().st_size for file in home.rglob("imports/*/*")) < 3_000_000
    assert not (home / "imports" / "ngoai.md").exists()
    monkeypatch.setattr("cms.imports.uploads.MOST_FILES", 2)
    batch = upload(editor, {"nhieu.zip": zipped({f"{number}.md": article() for number in range(3)})})
    assert verdicts(batch) == {"nhieu.zip": Verdict.REFUSED}
    batch = upload(editor, {"hong.zip": b"PK\x03\x04 not an archive"})
    assert verdicts(batch) == {"hong.zip": Verdict.REFUSED}


def test_odd_files_of_one_archive_are_told_one_by_one(site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    text = article().decode()
    refused = {
        "ngoac.md": (text.replace('title: "Bài thử"', "title: [Bài"), "Không đọc được phần đầu bài"),
        "neo.md": (text.replace('title: "Bài thử"', "a: &a [x]\ntitle: *a"), "dấu neo"),
        "hai-lan.md": (text.replace("lang: vi", "lang: vi\nlang: vi"), "hai lần"),
        "tep.km.md": (text, "Tên tệp ghi ngôn ngữ km"),
        "anh.md": (
            text.replace("---\n## ", 'picture: {file: ../../../etc/passwd, alt: "a", credit: "b"}\n---\n## '),
            "tệp cạnh bài",
        ),
    }
    files = {name: said.encode() for name, (said, _why) in refused.items()}
    files["utf16.md"] = text.encode("utf-16")
    files["tcvn3.md"] = text.replace("Tóm tắt của bài", "Ng\u00adêi cao tuæi h\u00adëng trî cÊp").encode()
    files["crlf.md"] = b"\xef\xbb\xbf" + article("dong-cuoi").replace(b"\n", b"\r\n")
    batch = upload(editor, {"le.zip": zipped(files), "trong.zip": zipped({"__MACOSX/._a.md": b"x", "bai/": b""})})
    rows = {row.name: row for row in batch.files.all()}
    assert [name for name, row in rows.items() if row.verdict != Verdict.REFUSED] == ["crlf.md"]
    for name, (_said, why) in refused.items():
        assert why in rows[name].reason, rows[name].reason
        assert rows[name].place.startswith(name)
    assert rows["trong.zip"].reason == "Tệp nén không có tệp nào bên trong. Hãy bỏ các bài vào rồi nén lại"
    assert "UTF-16" in rows["utf16.md"].reason
    assert "Người cao tuổi hưởng trợ cấp" in rows["tcvn3.md"].reason


def test_two_files_that_are_one_article_are_told(site: str, login: Callable[..., Any]) -> None:
    batch = upload(login(EDITORS), {"a.md": article(), "b.md": article(title="Khác")})
    assert verdicts(batch) == {"a.md": Verdict.NEW, "b.md": Verdict.REFUSED}
    assert "a.md" in batch.files.get(name="b.md").what


def test_discarding_throws_the_files_away_and_keeps_the_report(site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    batch = upload(editor, {"a.md": article()})
    folder = batch.folder
    step(editor, batch, "discard")
    assert batch.state == State.DISCARDED
    assert not folder.exists()
    assert "a.md" in editor.get(reverse("imports_report", args=[batch.pk])).content.decode()
    step(editor, batch, "apply", **all_chosen(batch))
    assert not PolicyArticlePage.objects.exists()


def test_only_who_brought_the_files_decides_upon_them(site: str, login: Callable[..., Any]) -> None:
    batch = upload(login(EDITORS), {"a.md": article()})
    other = login(EDITORS, name="nguoi-khac")
    url = reverse("imports_report", args=[batch.pk])
    assert other.get(url).status_code == 200
    assert other.post(url, {"action": "apply"}).status_code in (302, 403)
    batch.refresh_from_db()
    assert batch.state == State.READY


def test_importing_is_closed_to_who_may_not_write_articles(site: str, login: Callable[..., Any]) -> None:
    batch = upload(login(EDITORS), {"a.md": article()})
    nobody = login(name="khong-ai")
    for url in (
        reverse("imports_history"),
        reverse("imports_report", args=[batch.pk]),
        reverse("articles_import", args=[home_page().pk]),
    ):
        assert nobody.get(url).status_code in (302, 403)


def test_a_contributor_imports_drafts(site: str, login: Callable[..., Any]) -> None:
    client = login(CONTRIBUTORS)
    batch = upload(client, {"a.md": article()})
    step(client, batch, "apply", **all_chosen(batch))
    assert not PolicyArticlePage.objects.get().live


def test_the_command_line_reports_imports_and_leaves_a_history(
    site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.md").write_bytes(article("a-mot"))
    (tmp_path / "a.km.md").write_bytes(article("a-mot", "km", "ការសាកល្បង"))
    (tmp_path / "b.md").write_bytes(b"---\nslug: b\n---\n")
    with pytest.raises(CommandError, match=r"b\.md"):
        call_command("import_articles", str(tmp_path), "--report")
    assert capsys.readouterr().out == "new\ta-mot.vi\nnew\ta-mot.km\n"
    assert not PolicyArticlePage.objects.exists()
    with pytest.raises(CommandError, match=r"b\.md"):
        call_command("import_articles", str(tmp_path))
    assert PolicyArticlePage.objects.filter(alias_of__isnull=True).count() == 2
    kept = Import.objects.latest("pk")
    assert (kept.state, kept.user) == (State.DONE, None)
    assert sorted(kept.files.values_list("result", flat=True)) == ["imported", "imported", "refused"]
    # One that was killed on its way goes on, and says so.
    kept.state, kept.finished_at = State.APPLYING, None
    kept.save()
    (tmp_path / "b.md").unlink()
    (tmp_path / "c.md").write_bytes(article("c-ba"))
    capsys.readouterr()
    call_command("import_articles", str(tmp_path))
    said = capsys.readouterr()
    assert "broke off after 3" in said.err
    assert said.out == "unchanged\ta-mot.vi\nunchanged\ta-mot.km\nnew\tc-ba.vi\n"
    assert set(Import.objects.values_list("state", flat=True)) == {State.DONE, State.DISCARDED}
