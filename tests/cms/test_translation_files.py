"""Translations travel as PO and Excel files: what they would change is shown first, nothing is overwritten unseen."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import polib
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from cms.audit.models import Entry
from cms.core.roles import translator_of
from cms.translation.actions import SaveSegmentAction
from cms.translation.errors import TranslationError
from cms.translation.exchange import ApplyImportAction, Report, compare
from cms.translation.glossary import read_csv, write_csv
from cms.translation.models import GlossaryTerm, TranslationTask, digest
from cms.translation.po import read_po, write_po
from cms.translation.work import history_of, work_on
from cms.translation.xlsx import read_xlsx, write_xlsx
from tests.cms.test_translation import SLUG, browser, person, publish_source, source_of_task

CENTRAL_HIGHLANDS = "rad"


@pytest.fixture
def task(any_site: str, publish: Callable[..., Any]) -> TranslationTask:
    """A published article that waits for its translation into a language of the Central Highlands."""
    page = publish(SLUG)
    return TranslationTask.objects.get(key=page.translation_key, tag=CENTRAL_HIGHLANDS)


def filled(task: TranslationTask, texts: dict[str, str] | None = None) -> polib.POFile:
    """The task's PO file with every text said, or some."""
    po = polib.pofile(write_po(work_on(task), SLUG).decode())
    for entry in po:
        if texts is None:
            entry.msgstr = f"B {entry.msgid}"
        elif entry.msgctxt in texts:
            entry.msgstr = texts[entry.msgctxt]
    return po


def report_of(task: TranslationTask, po: polib.POFile) -> Report:
    return compare(task, read_po(str(po).encode()))


def by_path(report: Report) -> dict[str, str]:
    return {one.path: one.status for one in report.lines}


def take_all(task: TranslationTask, data: bytes, user: Any) -> tuple[int, int]:
    incoming = read_xlsx(data) if data[:2] == b"PK" else read_po(data)
    chosen = {one.path: one.base for one in compare(task, incoming).lines}
    return ApplyImportAction(task, incoming, chosen=chosen, user=user).execute()


def test_a_po_file_says_what_it_is_of_and_comes_back_whole(task: TranslationTask) -> None:
    user = person("a", translator_of(task.tag))
    po = filled(task)
    assert po.metadata["Language"] == task.tag
    assert po.metadata["X-Loa-Slug"] == SLUG
    assert po.metadata["X-Loa-Source-Revision"]
    assert "Ê Đê" in po.metadata["X-Loa-Orthography"]
    report = report_of(task, po)
    assert report.count("new") == len(report.lines) == len(work_on(task).rows)
    assert not report.notices
    assert take_all(task, str(po).encode(), user) == (len(po), 0)
    assert work_on(task).complete
    again = report_of(task, filled(task))
    assert again.count("same") == len(again.lines)
    assert Entry.objects.filter(action="translation.imported", subject=task.subject).count() == 1


def test_an_excel_file_comes_back_whole_with_its_source_locked(task: TranslationTask) -> None:
    user = person("a", translator_of(task.tag))
    book = load_workbook(io.BytesIO(write_xlsx(work_on(task), SLUG)))
    sheet = book.worksheets[0]
    assert sheet.protection.sheet
    for row in sheet.iter_rows(min_row=2):
        assert row[2].protection.locked
        assert not row[4].protection.locked
        row[4].value = f"B {row[2].value}"
    assert "{{ tuoi_huu_tri_xa_hoi }}" in sheet["D2"].value
    made = io.BytesIO()
    book.save(made)
    taken, left = take_all(task, made.getvalue(), user)
    assert (taken, left) == (len(work_on(task).rows), 0)
    assert work_on(task).complete


def test_what_the_screen_changed_meanwhile_is_shown_beside_the_file_and_kept(task: TranslationTask) -> None:
    user, other = person("a", translator_of(task.tag)), person("b", translator_of(task.tag))
    SaveSegmentAction(task, "topic", "B một", base=digest(""), user=user).execute()
    SaveSegmentAction(task, "summary", _said(task, "summary", "B"), base=digest(""), user=user).execute()
    po = filled(task, {"topic": "B trong tệp"})
    data = str(po).encode()
    SaveSegmentAction(task, "topic", "B hai", base=digest("B một"), user=other).execute()
    before, after = (_said(task, "summary", prefix) for prefix in "BC")
    SaveSegmentAction(task, "summary", after, base=digest(before), user=other).execute()
    lines = {one.path: one for one in compare(task, read_po(data)).lines}
    assert lines["topic"].status == "conflict"
    assert lines["topic"].kept is not None
    assert lines["topic"].kept.target == "B hai"
    assert lines["summary"].status == "same"  # the file never touched it
    # A report that is older than the screen takes nothing.
    incoming = read_po(data)
    assert ApplyImportAction(task, incoming, chosen={"topic": digest("B một")}, user=user).execute() == (0, 1)
    assert work_on(task).row("topic").kept.target == "B hai"  # type: ignore[union-attr]
    assert ApplyImportAction(task, incoming, chosen={"topic": digest("B hai")}, user=user).execute() == (1, 0)
    assert [one.target for one in history_of(task, "topic")] == ["B trong tệp", "B hai", "B một"]


def _said(task: TranslationTask, path: str, prefix: str) -> str:
    row = work_on(task).row(path)
    assert row is not None
    return f"{prefix} {row.kept.source}"


def test_a_file_of_another_revision_is_matched_by_its_words_and_the_rest_is_listed(task: TranslationTask) -> None:
    po = filled(task)
    page = source_of_task(task)
    page.topic = "Chủ đề khác"
    publish_source(page)
    report = report_of(task, po)
    assert "phiên bản khác" in report.notices[0]
    assert [one.entry.path for one in report.lines if one.status == "unmatched"] == ["topic"]
    for entry in po:
        entry.msgctxt = f"cho-khac.{entry.msgctxt}"
    report = report_of(task, po)
    assert report.count("new") == len(po) - 1
    assert all(one.moved for one in report.lines if one.status == "new")


def test_changed_tokens_are_refused_one_by_one_and_the_rest_is_taken(task: TranslationTask) -> None:
    po = filled(task)
    title = next(entry for entry in po if entry.msgctxt == "title")
    title.msgstr = "B {{ tro_cap_huu_tri_xa_hoi }}"
    report = report_of(task, po)
    assert [one.path for one in report.lines if one.status == "refused"] == ["title"]
    assert take_all(task, str(po).encode(), person("a", translator_of(task.tag)))[0] == len(po) - 1
    assert not work_on(task).row("title").kept.target  # type: ignore[union-attr]


def test_texts_of_an_old_font_are_offered_in_real_letters(task: TranslationTask) -> None:
    user = person("a", translator_of(task.tag))
    po = filled(task, {"topic": "o] k[ar `u"})
    (line,) = [one for one in report_of(task, po).lines if one.status == "old_font"]
    assert line.conversion is not None
    assert line.conversion.after == "oč kƀar ñu"
    take_all(task, str(po).encode(), user)
    assert work_on(task).row("topic").kept.target == "oč kƀar ñu"  # type: ignore[union-attr]
    assert history_of(task, "topic")[0].origin == "converted"
    (line,) = [one for one in report_of(task, filled(task, {"topic": "Ng\u00adêi cao tuæi"})).lines if one.conversion]
    assert line.conversion is not None
    assert line.conversion.after == "Người cao tuổi"  # Vietnamese in TCVN3, within another language


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "B \u202e x", "<img src=x onerror=alert(1)>", "B \x1b[2J"]
)
def test_hostile_texts_of_a_file_are_refused(task: TranslationTask, text: str) -> None:
    po = filled(task, {"topic": text})
    assert by_path(report_of(task, po))["topic"] == "refused"


def test_a_file_of_another_language_or_article_is_refused(task: TranslationTask, publish: Callable[..., Any]) -> None:
    po = filled(task)
    other = TranslationTask.objects.get(key=task.key, tag="km")
    with pytest.raises(TranslationError, match="rad"):
        report_of(other, po)
    page = publish("quyen-an-sinh-xa-hoi")
    with pytest.raises(TranslationError, match="bài khác"):
        report_of(TranslationTask.objects.get(key=page.translation_key, tag=task.tag), po)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "PO"),
        (b"no po file at all", "Dòng 1 "),
        (b"/etc/passwd", "Dòng 1 "),
        (b'msgid "a', "Dòng 1 "),
        (b'msgid ""\nmsgstr ""\n\nmsgctxt "topic"\nmsgid "a\nmsgstr "b"\n', "Dòng 5 "),
        (b'msgid "a"\n\nmsgid "b"\nmsgstr "c"\n', "dòng 3"),
        (b"\x00" * 200, "PO"),
        (b'msgid ""\nmsgstr "Content-Type: text/plain; charset=x-vn-tcvn\\n"\n', "x-vn-tcvn"),
        (
            b'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a"\nmsgstr "\xe9"\n',
            r"utf-8 \(dòng 5\)",
        ),
        (b'msgid "a"\nmsgstr "b"\n\n' * 5001, "5000"),
        (b'msgid "' + b"a" * 300_000 + b'"\nmsgstr "b"\n', "dài"),
    ],
    ids=[
        "empty",
        "no-po",
        "a-path",
        "cut-off",
        "no-end",
        "no-text",
        "zeros",
        "charset",
        "wrong-charset",
        "many",
        "long",
    ],
)
def test_what_is_no_po_file_is_told_in_words(any_site: str, data: bytes, said: str) -> None:
    with pytest.raises(TranslationError, match=said):
        read_po(data)


def test_a_file_declared_in_windows_1258_is_read_in_it() -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=windows-1258\\n"\n\nmsgid "a"\nmsgstr "đã"\n'
    assert read_po(head.replace("đã", "đa").encode("cp1258")).entries[0].target == "đa"


def _workbook(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    for row in (("x",) * 6, *rows):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _zip(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()


def test_an_excel_file_with_macros_or_other_columns_is_told(any_site: str) -> None:
    with pytest.raises(TranslationError, match="cột C"):
        read_xlsx(_workbook((1, "x")))
    with pytest.raises(TranslationError, match="macro"):
        read_xlsx(_zip(**{"xl/vbaProject.bin": b"x"}))


def test_a_cell_with_a_formula_is_refused(task: TranslationTask) -> None:
    source = work_on(task).row("topic").kept.source  # type: ignore[union-attr]
    data = _workbook((1, "topic", source, "", '=HYPERLINK("https://x.vn")', ""))
    (line,) = compare(task, read_xlsx(data)).lines
    assert (line.status, "công thức" in line.words) == ("refused", True)


def test_an_excel_file_leaves_no_formula_behind(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    page.topic = "=HYPERLINK(1)"
    publish_source(page)
    task = TranslationTask.objects.get(key=page.translation_key, tag=CENTRAL_HIGHLANDS)
    sheet = load_workbook(io.BytesIO(write_xlsx(work_on(task), SLUG))).worksheets[0]
    (cell,) = [row[2] for row in sheet.iter_rows(min_row=2) if row[1].value == "topic"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


@pytest.mark.parametrize(
    "data",
    [
        b"PK nothing",
        _zip(a=b"x"),
        _zip(a=b"\0" * 60_000_000),
        _zip(**{f"p{number}": b"x" for number in range(100)}),
        _zip(**{"[Content_Types].xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    ],
    ids=["cut-off", "no-book", "bomb", "parts", "entity"],
)
def test_a_damaged_or_swelling_excel_file_is_refused(any_site: str, data: bytes) -> None:
    with pytest.raises(TranslationError):
        read_xlsx(data)


def test_the_report_is_looked_at_before_anything_is_taken(task: TranslationTask) -> None:
    client = browser(person("a", translator_of(task.tag)))
    po = filled(task, {"topic": "B một", "title": "B không số liệu"})
    url = reverse("translation_upload", args=[task.pk])
    answer = client.post(url, {"file": SimpleUploadedFile("a.po", str(po).encode())})
    assert answer.status_code == 302
    words = client.get(answer.url).content.decode()
    assert "B một" in words
    assert "Bị từ chối" in words
    assert re.search(r"dòng \d+ của tệp", words)
    assert not work_on(task).row("topic").kept.target  # type: ignore[union-attr]
    line = f"topic|{digest('')}"
    assert client.post(answer.url + "apply/", {"take": [line]}).status_code == 302
    assert work_on(task).row("topic").kept.target == "B một"  # type: ignore[union-attr]
    stranger = browser(person("b", translator_of("km")))
    assert stranger.get(answer.url).status_code in (302, 403)
    assert stranger.post(url, {"file": SimpleUploadedFile("a.po", b"x")}).status_code in (302, 403)


def test_fifty_megabytes_are_refused_before_they_are_read(task: TranslationTask) -> None:
    client = browser(person("a", translator_of(task.tag)))
    url = reverse("translation_upload", args=[task.pk])
    answer = client.post(url, {"file": SimpleUploadedFile("a.po", b"# \n" * 17_000_000)})
    assert answer.status_code == 400
    assert "tối đa" in answer.content.decode()


def test_both_files_are_downloaded_by_whoever_may_look(task: TranslationTask) -> None:
    client = browser(person("a", translator_of(task.tag)))
    for suffix in ("po", "xlsx"):
        answer = client.get(reverse("translation_file", args=[task.pk, suffix]))
        assert answer["Content-Disposition"] == f'attachment; filename="{SLUG}.{task.tag}.{suffix}"'
        assert len(answer.content) > 3000


def test_the_glossary_goes_out_and_in_and_shows_beside_its_terms(task: TranslationTask) -> None:
    data = "term,tag,preferred,forbidden,note\nlương hưu,rad,Bx,By|Bz,\n=1,rad,'=2,,\n".encode()
    assert read_csv(data, ["rad"]) == (2, 0)
    assert read_csv(write_csv().encode(), ["rad"]) == (0, 0)
    assert "'=1" in write_csv()
    assert GlossaryTerm.objects.get(term="lương hưu").forbidden == ["By", "Bz"]
    user = person("a", translator_of("rad"))
    row = next(row for row in work_on(task).rows if "lương hưu" in row.kept.source)
    text = f"By {row.kept.source}"
    assert SaveSegmentAction(task, row.kept.path, text, base=digest(""), user=user).execute().kept
    codes = {one.code for one in work_on(task).row(row.kept.path).findings}  # type: ignore[union-attr]
    assert {"term", "forbidden_term"} <= codes
    assert "Bx" in browser(user).get(reverse("translation_edit", args=[task.pk])).content.decode()
    for bad in (b"\xff", b"a,b\n1,2\n", b"term,tag,preferred\nx,km,B\n", b"term,tag,preferred\nx,rad,<b>B</b>\n"):
        with pytest.raises(TranslationError):
            read_csv(bad, ["rad"])


def test_an_article_file_keeps_what_people_wrote_on_the_screen_unless_it_is_chosen(
    any_site: str, publish: Callable[..., Any]
) -> None:
    from dataclasses import replace

    from cms.articles.actions import ImportArticleAction, foreseen_conflicts, home_page
    from cms.articles.models import PolicyArticlePage
    from cms.translation.segments import segments_of
    from render.paths import ASSETS
    from render.plan import read_source

    page = publish("quyen-an-sinh-xa-hoi")
    task = TranslationTask.objects.get(key=page.translation_key, tag="km")
    source = read_source(ASSETS / "demo" / "articles" / "quyen-an-sinh-xa-hoi.md")
    row = work_on(task).rows[0].kept
    writer = person("a", translator_of("km"))
    other = work_on(task).rows[1].kept.target
    assert SaveSegmentAction(task, row.path, other, base=digest(row.target), user=writer).execute().kept

    km = source.translations["km"]
    assert not isinstance(km, Exception)
    km = replace(km, summary=f"{km.summary} · {km.summary}")
    source = replace(source, translations={"km": km})
    (conflict,) = foreseen_conflicts(km, home=home_page(), original=source_of_task(task))
    assert (conflict.screen, conflict.file) == (other, row.target)

    def title(over: tuple[str, ...]) -> tuple[str, str, bool]:
        done = ImportArticleAction(source, home=home_page(), publish=True, over_screen=over).execute()
        one = next(one for one in done if one.page.locale.language_code == "km")
        assert one.kept == (0 if over else 1)
        target = PolicyArticlePage.objects.get(pk=one.page.pk).get_latest_revision_as_object()
        return work_on(task).rows[0].kept.target, segments_of(target)[0].text, one.published

    assert title(()) == (other, other, False)  # a screen's words go out when a second speaker has signed them
    assert work_on(task).rows[0].approval is None
    assert title(("km",)) == (row.target, row.target, True)
    assert [one.target for one in history_of(task, row.path)][1] == other  # nothing is lost
