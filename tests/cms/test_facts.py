"""Facts in the newsroom: changed by proposals that somebody else approves, checked like a file's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from cms.audit.log import broken_links
from cms.audit.models import AppendOnlyError, Entry
from cms.facts.actions import ApproveChangeAction, ProposeChangeAction, RejectChangeAction, WithdrawChangeAction
from cms.facts.books import book, dependents
from cms.facts.enums import ChangeKind, ChangeStatus
from cms.facts.models import Fact, FactChange, FactValue, FactVersion, amount
from cms.facts.says import articles_saying
from tests.cms.conftest import CONTRIBUTORS

LIST = "wagtailsnippets_facts_fact:list"
TODAY = dt.date(2025, 9, 1)  # the demonstration's day
LATER = dt.date(2026, 1, 1)


def person(name: str, *codenames: str) -> Any:
    """Somebody with these permissions and the admin's door."""
    user = get_user_model().objects.create_user(name, password="x", first_name=name.capitalize())
    user.user_permissions.add(*Permission.objects.filter(codename__in=(*codenames, "access_admin", "view_fact")))
    return get_user_model().objects.get(pk=user.pk)


@pytest.fixture
def editor(site: str) -> Any:
    return person("lan", "add_factchange")


@pytest.fixture
def reviewer(site: str) -> Any:
    return person("minh", "approve_factchange")


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def value_change(key: str, value: str, since: dt.date | None = LATER, **more: Any) -> FactChange:
    """A new value from a day on."""
    row = {
        "value": value,
        "since": since.isoformat() if since else "",
        "until": "",
        "source": "NĐ thử",
        "review_by": "",
    }
    fields = {"kind": ChangeKind.VALUE, "effective_on": since} | more
    return FactChange(fact=Fact.objects.filter(key=key).first(), key=key, proposed={"values": [row]}, **fields)


def propose(change: FactChange, user: Any) -> FactChange:
    return ProposeChangeAction(change, user=user).execute()


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


def test_a_proposal_changes_nothing_until_somebody_else_approves_it(any_site: str) -> None:
    editor, reviewer = person("lan", "add_factchange"), person("minh", "approve_factchange")
    before = book()
    change = propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), editor)
    assert book() == before
    done = ApproveChangeAction(change, user=reviewer).execute()
    assert done.status == ChangeStatus.APPROVED
    now = book().facts["tro_cap_huu_tri_xa_hoi"].values
    assert [(str(one.value), one.since, one.until) for one in now] == [
        ("500000", dt.date(2025, 7, 1), dt.date(2025, 12, 31)),
        ("650000", LATER, None),
    ]
    assert (done.said_before, done.said_after) == ("500.000\u00a0đồng", "650.000\u00a0đồng")
    actions = list(Entry.objects.order_by("sequence").values_list("action", flat=True))
    assert actions[-2:] == ["fact.proposed", "fact.approved"]
    assert not list(broken_links())


def test_nobody_approves_their_own_proposal_a_superuser_neither(site: str) -> None:
    boss = get_user_model().objects.create_superuser("quantri", password="x")
    change = propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), boss)
    for action in (ApproveChangeAction, RejectChangeAction):
        with pytest.raises(PermissionDenied):
            action(change, user=boss, comment="x").execute()
    assert FactChange.objects.get(pk=change.pk).status == ChangeStatus.PROPOSED


def test_who_may_only_propose_cannot_approve_and_the_other_way_round(editor: Any, reviewer: Any) -> None:
    change = propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), editor)
    with pytest.raises(PermissionDenied):
        ApproveChangeAction(change, user=person("hoa", "add_factchange")).execute()
    with pytest.raises(PermissionDenied):
        ProposeChangeAction(value_change("hotline", "1900 1"), user=reviewer).execute()


def test_a_proposal_is_decided_on_once(editor: Any, reviewer: Any) -> None:
    change = propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), editor)
    RejectChangeAction(change, user=reviewer, comment="Chưa có nghị định").execute()
    with pytest.raises(ValidationError):
        ApproveChangeAction(change, user=reviewer).execute()
    with pytest.raises(ValidationError):
        WithdrawChangeAction(change, user=editor).execute()
    assert str(book().facts["tro_cap_huu_tri_xa_hoi"].values[-1].value) == "500000"


def test_a_rejection_owes_a_reason(editor: Any, reviewer: Any) -> None:
    change = propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), editor)
    with pytest.raises(ValidationError):
        RejectChangeAction(change, user=reviewer, comment="  ").execute()


def test_only_who_proposed_takes_it_back(editor: Any, reviewer: Any) -> None:
    change = propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), editor)
    with pytest.raises(PermissionDenied):
        WithdrawChangeAction(change, user=person("hoa", "add_factchange")).execute()
    assert WithdrawChangeAction(change, user=editor).execute().status == ChangeStatus.WITHDRAWN


def test_a_day_that_is_over_is_refused_unless_it_is_a_correction(editor: Any) -> None:
    past = dt.date(2025, 8, 1)
    with pytest.raises(ValidationError, match="01/8/2025 đã qua"):
        propose(value_change("tro_cap_huu_tri_xa_hoi", "650000", past), editor)
    with pytest.raises(ValidationError, match="sai ở đâu"):
        propose(value_change("tro_cap_huu_tri_xa_hoi", "650000", past, kind=ChangeKind.CORRECTION), editor)
    wrong = value_change(
        "tro_cap_huu_tri_xa_hoi", "650000", past, kind=ChangeKind.CORRECTION, effective_on=None, reason="Gõ nhầm"
    )
    assert propose(wrong, editor).pk


def test_overlapping_values_are_refused(editor: Any, reviewer: Any) -> None:
    ApproveChangeAction(propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), editor), user=reviewer).execute()
    for since in (LATER, dt.date(2025, 12, 1)):
        with pytest.raises(ValidationError, match="Đã ghi nhận giá trị"):
            propose(value_change("tro_cap_huu_tri_xa_hoi", "700000", since), editor)
    assert propose(value_change("tro_cap_huu_tri_xa_hoi", "700000", dt.date(2027, 1, 1)), editor).pk


def test_two_proposals_for_one_day_cannot_both_be_approved(editor: Any, reviewer: Any) -> None:
    first, second = (propose(value_change("tro_cap_huu_tri_xa_hoi", one), editor) for one in ("650000", "660000"))
    ApproveChangeAction(first, user=reviewer).execute()
    with pytest.raises(ValidationError):
        ApproveChangeAction(second, user=reviewer).execute()


@pytest.mark.parametrize(
    ("key", "formula", "said"),
    [
        ("bhyt_ho_1", "bhyt_ho_2 * 2", "quay vòng: bhyt_ho_1 → bhyt_ho_2 → bhyt_ho_1"),
        ("bhyt_ho_1", "khong_co * 2", "Không có số liệu nào tên là “khong_co”"),
        ("bhyt_ho_1", "luong_co_so / (luong_co_so - luong_co_so)", "chia cho 0"),
        ("bhyt_ho_1", "hotline * 2", "là chữ"),
    ],
)
def test_a_formula_that_cannot_be_is_refused_by_name(editor: Any, key: str, formula: str, said: str) -> None:
    change = FactChange(
        fact=Fact.objects.get(key=key),
        key=key,
        kind=ChangeKind.FORMULA,
        proposed={"formula": formula},
        effective_on=TODAY,
    )
    with pytest.raises(ValidationError) as refused:
        propose(change, editor)
    assert said in " ".join(refused.value.messages)


def test_a_fact_that_is_said_cannot_be_retired(editor: Any, reviewer: Any, publish: Callable[..., Any]) -> None:
    publish("luong-huu-tu-15-nam")

    def retire(key: str) -> FactChange:
        none = {"value": "", "since": TODAY.isoformat(), "until": "", "source": "", "review_by": ""}
        proposed = {"retired": True, "values": [none]}
        row = Fact.objects.get(key=key)
        return FactChange(
            fact=row, key=key, kind=ChangeKind.RETIRE, proposed=proposed, effective_on=TODAY, reason="Không dùng nữa"
        )

    for key in ("nam_dong_toi_thieu", "luong_co_so"):  # an article says the one, formulas stand on the other
        with pytest.raises(ValidationError, match="vẫn đang được dùng"):
            propose(retire(key), editor)
    done = ApproveChangeAction(propose(retire("thai_san_tu_nguyen"), editor), user=reviewer).execute()
    assert done.status == ChangeStatus.IN_EFFECT
    last = book().facts["thai_san_tu_nguyen"].values[-1]
    assert last.until == TODAY - dt.timedelta(days=1)
    assert Fact.objects.get(key="thai_san_tu_nguyen").retired_on == TODAY


def test_history_cannot_be_changed_by_anybody(any_site: str) -> None:
    value = FactValue.objects.first()
    version = FactVersion.objects.first()
    assert value is not None
    assert version is not None
    for row in (value, version):
        with pytest.raises(AppendOnlyError):
            row.save()
        with pytest.raises(AppendOnlyError):
            row.delete()
    for rows in (FactValue.objects.all(), FactVersion.objects.all()):
        with pytest.raises(AppendOnlyError):
            rows.update(recorded_by_name="x")
        with pytest.raises(AppendOnlyError):
            rows.delete()
    with pytest.raises(AppendOnlyError):
        value.fact.delete()
    for statement in ("UPDATE facts_factvalue SET value = '1'", "DELETE FROM facts_factversion"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_formulas_are_followed_however_far(site: str) -> None:
    assert {"bhyt_ho_1", "bhyt_ho_5", "hssv_con_dong"} <= dependents(book(), "luong_co_so")
    assert dependents(book(), "thai_san_tu_nguyen") == {"thai_san_tu_nguyen"}


def test_the_hotline_is_said_by_every_article(site: str, publish: Callable[..., Any]) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    assert len(articles_saying("hotline")) == 2


# Screens


def test_the_list_is_found_without_accents_and_shows_today_next_and_what_is_pending(editor: Any, reviewer: Any) -> None:
    propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), editor)
    text = browser(editor).get(reverse(LIST) + "?q=co so").content.decode().replace("\u00a0", " ")
    assert "2.340.000 đồng" in text
    assert "thay đổi" not in text.partition("<tbody>")[2].partition("</tbody>")[0]
    text = browser(editor).get(reverse(LIST) + "?q=huu tri").content.decode().replace("\u00a0", " ")
    assert "500.000 đồng" in text
    assert "loa-chip--pending" in text


@pytest.mark.parametrize("state", ["pending", "review", "formula", "retired"])
def test_the_list_is_filtered_and_searched_at_once(editor: Any, state: str) -> None:
    answer = browser(editor).get(reverse(LIST) + f"?q=bhyt&state={state}&unit=money&mine=me")
    assert answer.status_code == 200


def test_a_value_is_proposed_on_the_screen_after_its_impact_was_seen(editor: Any, publish: Callable[..., Any]) -> None:
    publish("tro-cap-huu-tri-xa-hoi")
    url = reverse("facts_propose", args=["tro_cap_huu_tri_xa_hoi", "value"])
    data = {"value": "650.000", "since": "01/01/2026", "source": "Nghị định thử", "reason": "Tăng"}
    seen = browser(editor).post(url, data | {"preview": "1"})
    text = seen.content.decode().replace("\u00a0", " ")
    assert "500.000 đồng" in text
    assert "650.000 đồng" in text
    assert "tro-cap" not in text.partition("<title>")[0]
    assert not FactChange.objects.filter(status=ChangeStatus.PROPOSED).exists()
    answer = browser(editor).post(url, data | {"propose": "1"})
    change = FactChange.objects.get(status=ChangeStatus.PROPOSED)
    assert answer["Location"] == reverse("facts_change", args=[change.pk])
    assert change.proposed["values"][0]["value"] == "650000"


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("value", {"value": "x", "since": "01/01/2026", "source": "x"}, "value"),
        ("value", {"value": "1,5", "since": "01/01/2026", "source": "x"}, "value"),
        ("value", {"value": "1", "since": "01/01/2026", "until": "31/12/2025", "source": "x"}, "until"),
        ("value", {"value": "1", "since": "31/08/2025", "source": "x"}, "since"),
        ("value", {"value": "1", "since": "31/02/2026", "source": "x"}, "since"),
        ("value", {"value": "1", "since": "01/01/2026"}, "source"),
        ("correction", {"value": "1"}, "reason"),
        ("formula", {"formula": "2 +", "effective_on": "01/01/2026"}, "formula"),
        ("formula", {"formula": "__import__('os')", "effective_on": "01/01/2026"}, "formula"),
        ("particulars", {"label": "", "unit": "money"}, "label"),
        ("retire", {"effective_on": "01/01/2026"}, "reason"),
    ],
)
def test_a_wrong_proposal_is_refused_at_its_field(editor: Any, kind: str, data: dict[str, str], field: str) -> None:
    url = reverse("facts_propose", args=["tro_cap_huu_tri_xa_hoi", kind])
    answer = browser(editor).post(url, data | {"propose": "1"})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not FactChange.objects.filter(status=ChangeStatus.PROPOSED).exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"key_field": "luong_co_so", "value": "1"}, "key_field"),
        ({"key_field": "Lương", "value": "1"}, "key_field"),
        ({"key_field": "moi"}, "__all__"),
        ({"key_field": "moi", "formula": "moi * 2"}, "formula"),
        ({"key_field": "moi", "unit": "phone", "value": "gọi ngay"}, "value"),
    ],
)
def test_a_wrong_new_fact_is_refused_at_its_field(editor: Any, data: dict[str, str], field: str) -> None:
    answer = browser(editor).post(reverse("facts_new"), {"label": "Mới", "unit": "money", "propose": "1"} | data)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors


def test_a_new_fact_is_there_once_it_is_approved(editor: Any, reviewer: Any) -> None:
    data = {"label": "Mức mới", "key_field": "muc_moi", "unit": "money", "value": "1.500.000", "since": "01/7/2025"}
    browser(editor).post(reverse("facts_new"), data | {"owner": f"user:{editor.username}", "propose": "1"})
    assert "muc_moi" not in book().facts
    change = FactChange.objects.get(status=ChangeStatus.PROPOSED)
    browser(reviewer).post(reverse("facts_decide", args=[change.pk]), {"decision": "approve"})
    assert str(book().facts["muc_moi"].values[0].value) == "1500000"
    assert Fact.objects.get(key="muc_moi").owner == editor


def test_every_screen_opens_for_who_works_with_facts_and_for_nobody_else(
    editor: Any, reviewer: Any, publish: Callable[..., Any]
) -> None:
    page = publish("tro-cap-huu-tri-xa-hoi")
    change = propose(value_change("tro_cap_huu_tri_xa_hoi", "650000"), editor)
    shown = [
        reverse("facts_fact", args=["tro_cap_huu_tri_xa_hoi"]),
        reverse("facts_fact", args=["bhyt_ho_1"]),
        reverse("facts_changes") + "?status=proposed&q=huu tri",
        reverse("facts_change", args=[change.pk]),
        reverse("facts_impact_table", args=[change.pk, "csv"]),
        reverse("facts_impact_table", args=[change.pk, "xlsx"]),
        reverse("facts_day"),
        reverse("facts_day") + "?day=01/8/2025&known=01/8/2025&export=csv",
        reverse("facts_schedule"),
        reverse("facts_review"),
        reverse("facts_review") + "?export=xlsx",
        reverse("facts_export", args=["toml"]),
        reverse("facts_export", args=["xlsx"]),
    ]
    stranger = person("ai")
    stranger.user_permissions.set(Permission.objects.filter(codename="access_admin"))
    for url in shown:
        assert browser(reviewer).get(url).status_code == 200, url
        assert browser(stranger).get(url).status_code in (302, 403), url
        assert Client().get(url).status_code == 302, url
    boss = get_user_model().objects.create_superuser("quantri", password="x")
    assert browser(boss).get(reverse("facts_article_day", args=[page.pk])).status_code == 200
    assert browser(reviewer).get(reverse("facts_article_day", args=[page.pk])).status_code == 200  # it is public
    type(page).objects.filter(pk=page.pk).update(live=False, first_published_at=None)
    assert browser(reviewer).get(reverse("facts_article_day", args=[page.pk])).status_code in (302, 403)
    for url in (reverse("facts_new"), reverse("facts_import"), reverse("facts_propose", args=["hotline", "value"])):
        assert browser(editor).get(url).status_code == 200, url
        assert browser(reviewer).get(url).status_code in (302, 403), url


def test_contributors_see_facts_and_cannot_change_them(site: str, login: Callable[..., Any]) -> None:
    contributor = login(CONTRIBUTORS)
    assert contributor.get(reverse(LIST)).status_code == 200
    answer = contributor.post(reverse("facts_propose", args=["luong_co_so", "value"]), {"propose": "1"})
    assert answer.status_code in (302, 403)
    for name in ("add", "edit", "delete"):
        args = [] if name == "add" else [Fact.objects.get(key="luong_co_so").pk]
        url = reverse(f"wagtailsnippets_facts_fact:{name}", args=args)
        assert contributor.post(url, {}).status_code in (302, 403)
    assert Fact.objects.get(key="luong_co_so").values.count() == 2
