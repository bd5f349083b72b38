"""A small edition to be read as a bulletin, and one that is too long; its plans, and their steps made here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from render.article import Comparison, Eligibility, Figure, Figures, Notice, Paragraph, Priority, Prose, Question
from render.article import Questions as Faq
from render.article import Steps as HowTo
from render.edition import Edition, Office, Run, Runs, SaidFact
from render.products import Context, Planned, Product
from render.products.bulletin import PRODUCTS
from render.speech.script import script_of
from render.steps import Made, Step, walk

CONTEXT = Context("https://loa.example")
ONE, THREE, FIVE, WEB = PRODUCTS
MONEY = SaidFact("tien", "money", "500000", "500.000 đồng", None)
AGE = SaidFact("tuoi", "age", "75", "75 tuổi", None)
OLD_AGE = SaidFact("tuoi", "age", "80", "80 tuổi", None)


def said(text: str) -> Runs:
    """A plain text."""
    return (Run(text),)


def edition(**changes: Any) -> Edition:
    """An edition of half a minute and more: a figure, who, before and now, what to do."""
    figure = Figure((Run("500.000 đồng", fact="tien"), Run(" mỗi tháng")), said("mức trợ cấp"))
    blocks = (
        Figures(id="so", title=said("Con số cần nhớ"), figures=(figure,)),
        Eligibility(
            id="ai", title=said("Ai được nhận?"), items=(said("Người từ đủ 75 tuổi"), said("Không có lương hưu"))
        ),
        Comparison(
            id="truoc",
            title=said("Trước và nay"),
            header=(said(""), said("Trước 01/7/2025"), said("Nay")),
            rows=((said("Tuổi nhận"), (Run("80 tuổi", fact="tuoi"),), (Run("75 tuổi", fact="tuoi"),)),),
        ),
        HowTo(id="cach", title=said("Làm thế nào?"), items=(said("Điền Mẫu 01. Lấy mẫu tại xã."), said("Nộp cho xã"))),
    )
    plain_edition = Edition(
        id="7K3M9QXP2AVD",
        slug="tro-cap",
        lang="vi",
        title=said("Trợ cấp hưu trí xã hội"),
        summary=said("Người từ đủ 75 tuổi được nhận trợ cấp mỗi tháng."),
        topic="Hưu trí xã hội",
        blocks=blocks,
        facts=(MONEY, AGE, OLD_AGE),
        audiences=(3, 5),
        legal=(),
        priority=Priority.NORMAL,
        applies_from=None,
        hotline="1900 9068",
        office=None,
        note="Bản minh họa – số liệu tại 01/9/2025",
    )
    return replace(plain_edition, **changes)


OFFICE = Office("66.24133", "Bảo hiểm xã hội cơ sở Ea Drông", "Xã Ea Drông", "xa")
PROVINCE = Office("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh")
WARD = Office("01.00070", "Bảo hiểm xã hội phường Hoàn Kiếm", "Phường Hoàn Kiếm", "phuong")


def sentences(one: Edition) -> list[str]:
    """What is said, sentence by sentence."""
    return [segment.spoken for segment in script_of(one)]


def planned(one: Edition, product: Product = THREE) -> Planned:
    """A bulletin's plan."""
    plan = product.plan(one, CONTEXT)
    assert isinstance(plan, Planned)
    return plan


def make(step: Step, made: dict[str, Made]) -> Made:
    """A step made here, with all it stands on; `made` keeps them."""
    for one in walk(step):
        if one.key not in made:
            made[one.key] = one.function()(one.inputs, {name: made[need.key] for name, need in one.needs.items()})
    return made[step.key]


def long_edition() -> Edition:
    """More than three minutes hold."""
    text = "Bà con đến ủy ban nhân dân xã để được cán bộ hướng dẫn từng bước một cách cặn kẽ. " * 6
    question = Question(said("Có phải đóng gì trước không?"), (said(text),))
    extra = (
        Prose(id="them", title=said("Nói thêm"), body=(Paragraph(said(text)),)),
        Notice(id="luu-y", title=said("Xin nhớ kỹ"), body=(Paragraph(said("Không ai thu tiền.")),)),
        Faq(id="hoi", title=said("Hỏi và đáp"), questions=(question, replace(question, question=said("Nộp ở đâu?")))),
    )
    return edition(blocks=(*edition().blocks, *extra))
