"""Facts in the newsroom: checked like a file's, and a change builds what says them and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from cms.facts.books import book, dependents, store_book
from cms.facts.models import Fact, amount
from cms.facts.says import articles_saying
from cms.production.models import Build
from render.factfile import parse_facts, write_facts
from render.facts import read_facts
from tests.cms.conftest import CONTRIBUTORS, DEMO, EDITORS

LIST, EDIT, ADD, DELETE = (f"wagtailsnippets_facts_fact:{name}" for name in ("list", "edit", "add", "delete"))


def test_the_file_of_facts_comes_out_as_it_went_in(any_site: str) -> None:
    read = read_facts(DEMO / "facts.toml")
    assert book() == read
    assert parse_facts(write_facts(book())) == read


def test_an_export_is_a_file_that_can_be_imported(site: str, tmp_path: Path) -> None:
    call_command("export_facts", "--out", str(tmp_path / "facts.toml"))
    assert read_facts(tmp_path / "facts.toml") == book()
    assert store_book(book()) == []


@pytest.mark.parametrize(
    ("written", "unit", "meant"),
    [
        ("500.000", "money", "500000"),
        ("500 000", "money", "500000"),
        ("1.263.600", "money", "1263600"),
        ("4,5", "percent", "4.5"),
        ("4.5", "percent", "4.5"),
        ("1900 9068", "phone", "1900 9068"),
        ("năm trăm", "money", "năm trăm"),
        ("1e9", "money", "1e9"),
        ("-5", "money", "-5"),
    ],
)
def test_a_value_is_read_as_people_write_it(written: str, unit: str, meant: str) -> None:
    assert str(amount(written, unit)) == meant


def _form(fact: dict[str, Any], *values: dict[str, Any]) -> dict[str, Any]:
    data = {"label": "Nhãn", "unit": "money", "suffix": "", "formula": "", "source": "", "review_by": ""} | fact
    data |= {"values-TOTAL_FORMS": len(values), "values-INITIAL_FORMS": 0}
    data |= {"values-MIN_NUM_FORMS": 0, "values-MAX_NUM_FORMS": 1000}
    for number, value in enumerate(values):
        blank = {"value": "", "since": "", "until": "", "source": "", "review_by": "", "id": "", "DELETE": ""}
        data |= {f"values-{number}-{name}": text for name, text in (blank | value).items()}
    return data


def test_a_fact_is_added_with_its_values(site: str, login: Callable[..., Any]) -> None:
    answer = login(EDITORS).post(
        reverse(ADD), _form({"key": "moi"}, {"value": "500.000", "since": "2025-07-01", "until": ""})
    )
    assert answer.status_code == 302, answer.context["form"].errors
    assert str(book().facts["moi"].values[0].value) == "500000"


@pytest.mark.parametrize(
    ("fact", "values", "said"),
    [
        ({"key": "moi"}, [{"value": "x"}], "“x” không phải là số"),
        ({"key": "moi"}, [{"value": "1,5"}], "không phải là số đồng nguyên"),
        ({"key": "moi"}, [{"value": "1", "since": "2025-02-01", "until": "2025-01-01"}], "trước khi bắt đầu"),
        (
            {"key": "moi"},
            [{"value": "1", "until": "2025-07-01"}, {"value": "2", "since": "2025-07-01"}],
            "cùng có hiệu lực vào ngày 2025-07-01",
        ),
        ({"key": "moi"}, [], "chưa có giá trị, cũng chưa có công thức"),
        ({"key": "moi", "formula": "khong_co * 2"}, [], "Không có số liệu nào tên là “khong_co”"),
        ({"key": "moi", "formula": "moi * 2"}, [], "quay vòng"),
        ({"key": "moi", "formula": "2 +"}, [], "Nhãn"),
        ({"key": "moi", "formula": "__import__('os')"}, [], "Nhãn"),
        ({"key": "luong_co_so"}, [{"value": "1"}], "luong_co_so"),
        ({"key": "Lương"}, [{"value": "1"}], "Dùng a đến z, chữ số và _"),
        ({"key": "moi", "unit": "phone"}, [{"value": "gọi ngay"}], "không phải là số điện thoại"),
    ],
)
def test_a_wrong_fact_is_refused_in_words(
    site: str, login: Callable[..., Any], fact: dict[str, Any], values: list[dict[str, Any]], said: str
) -> None:
    before = book()
    answer = login(EDITORS).post(reverse(ADD), _form(fact, *values))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert answer.context["form"].errors or answer.context["form"].formsets["values"].total_error_count()
    assert book() == before


def test_a_formula_that_others_stand_on_cannot_be_broken(site: str, login: Callable[..., Any]) -> None:
    fact = Fact.objects.get(key="bhyt_ho_1")
    data = _form({"key": fact.key, "label": fact.label, "formula": "bhyt_ho_2 * 2"})
    answer = login(EDITORS).post(reverse(EDIT, args=[fact.pk]), data)
    assert answer.status_code == 200
    assert "quay vòng" in answer.content.decode()


def test_formulas_are_followed_however_far(site: str) -> None:
    assert {"bhyt_ho_1", "bhyt_ho_5", "hssv_con_dong"} <= dependents(book(), "luong_co_so")
    assert dependents(book(), "thai_san_tu_nguyen") == {"thai_san_tu_nguyen"}


def _change(client: Any, key: str, value: str) -> None:
    fact = Fact.objects.get(key=key)
    row = fact.values.first()
    data = _form(
        {"key": fact.key, "label": fact.label, "unit": fact.unit},
        {"id": str(row.pk), "value": value, "since": row.since or ""},
    )
    data["values-INITIAL_FORMS"] = 1
    answer = client.post(reverse(EDIT, args=[fact.pk]), data)
    assert answer.status_code == 302, answer.context["form"].errors


def test_a_changed_fact_builds_exactly_the_published_articles_that_say_it(
    any_site: str, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    publish("tro-cap-thai-san-bhxh-tu-nguyen", "luong-huu-tu-15-nam")
    publish("bhyt-ho-gia-dinh", publish=False)
    Build.objects.all().delete()
    editor = login(EDITORS)
    _change(editor, "thai_san_tu_nguyen", "2.500.000")
    saying = {page.slug for page in articles_saying("thai_san_tu_nguyen")}
    builds = Build.objects.all()
    assert {build.slug for build in builds} == saying == {"tro-cap-thai-san-bhxh-tu-nguyen"}
    assert {build.cause for build in builds} == {"fact"}


def test_a_fact_deep_in_formulas_builds_what_says_its_results(
    site: str, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    Build.objects.all().delete()
    assert "luong_co_so" not in (DEMO / "articles" / "bhyt-ho-gia-dinh.md").read_text()
    fact = Fact.objects.get(key="luong_co_so")
    last = fact.values.last()
    last.value = "2500000"
    fact.values = [*list(fact.values.all())[:-1], last]
    fact.save()
    assert [build.slug for build in Build.objects.all()] == ["bhyt-ho-gia-dinh"]


def test_the_hotline_is_said_by_every_article(site: str, publish: Callable[..., Any]) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    assert len(articles_saying("hotline")) == 2


def test_a_new_label_builds_nothing(site: str, publish: Callable[..., Any]) -> None:
    publish("luong-huu-tu-15-nam")
    fact = Fact.objects.get(key="nam_dong_toi_thieu")
    fact.save()
    Build.objects.all().delete()
    fact.label = "Nhãn khác"
    fact.save()
    assert not Build.objects.exists()


def test_a_fact_in_use_cannot_be_deleted(site: str, publish: Callable[..., Any], login: Callable[..., Any]) -> None:
    publish("luong-huu-tu-15-nam")
    editor = login(EDITORS)
    fact = Fact.objects.get(key="nam_dong_toi_thieu")
    editor.post(reverse(DELETE, args=[fact.pk]))
    assert Fact.objects.filter(pk=fact.pk).exists()


def test_a_fact_that_a_formula_counts_with_cannot_be_deleted(site: str, login: Callable[..., Any]) -> None:
    fact = Fact.objects.get(key="bhyt_ho_1")
    login(EDITORS).post(reverse(DELETE, args=[fact.pk]))
    assert Fact.objects.filter(pk=fact.pk).exists()


def test_contributors_see_facts_and_cannot_change_them(site: str, login: Callable[..., Any]) -> None:
    contributor = login(CONTRIBUTORS)
    fact = Fact.objects.get(key="luong_co_so")
    assert contributor.get(reverse(LIST)).status_code == 200
    data = _form({"key": fact.key}, {"value": "1"})
    assert contributor.post(reverse(EDIT, args=[fact.pk]), data).status_code in (302, 403)
    assert Fact.objects.get(key="luong_co_so").values.count() == 2


def test_the_list_shows_todays_values(site: str, login: Callable[..., Any]) -> None:
    text = login(EDITORS).get(reverse(LIST) + "?q=co so").content.decode().replace("\u00a0", " ")
    assert "2.340.000 đồng" in text
