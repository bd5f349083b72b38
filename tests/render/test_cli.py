"""The command as a person uses it: what it makes, says and returns."""

import argparse
import fcntl
import importlib
import inspect
import json
import pkgutil
import shutil
from pathlib import Path

import pytest

import render.commands
from render.cli import COMMANDS, command_of, main, parser
from render.paths import ASSETS
from render.products import products

FACTS = ASSETS / "demo" / "facts.toml"
PENSION = """---
slug: tro-cap
lang: vi
title: "Từ {{ tuoi_huu_tri_xa_hoi }}: Nhà nước trợ cấp mỗi tháng"
summary: "Người không có lương hưu được nhận {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng."
topic: "Hưu trí xã hội"
audiences: [5]
legal: ["Luật 41/2024/QH15, Điều 21"]
in_force: 2025-07-01
---

## Con số cần nhớ {#con-so .figures}

- {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng : mức trợ cấp
"""
MATERNITY = """---
slug: thai-san
lang: vi
title: "Sinh con được nhận {{ thai_san_tu_nguyen }}"
summary: "Người đóng bảo hiểm xã hội tự nguyện được trợ cấp khi sinh con."
in_force: 2025-07-01
---

## Con số cần nhớ {#con-so .figures}

- {{ thai_san_tu_nguyen }} mỗi con : mức trợ cấp
"""


@pytest.fixture
def loa(tmp_path, monkeypatch, capsys):
    """Runs the command in a home of its own; returns status, standard output and standard error."""
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOA_ONLINE_SPEECH", "off")
    for name in ("LOA_STORE", "LOA_CACHE", "LOA_PUBLIC_URL", "LOA_CLUSTER", "LOA_SIGNING_KEY", "LOA_TRUSTED_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as exit_:  # argparse ends by itself
            status = int(exit_.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "tro-cap.md"
    path.write_text(PENSION, encoding="utf-8")
    return path


def build(loa, *arguments: object) -> dict:
    status, out, err = loa("build", *arguments, "--json")
    assert status == 0, err
    return json.loads(out)


def test_every_command_of_a_module_is_in_the_table_and_has_its_arguments():
    there = {
        f"{module.name}:{name}"
        for module in pkgutil.iter_modules(render.commands.__path__)
        for name, one in vars(importlib.import_module(f"render.commands.{module.name}")).items()
        if inspect.isfunction(one) and not name.startswith("_") and one.__module__.endswith(f".{module.name}")
        if list(inspect.signature(one).parameters) == ["args", "settings"]
    }
    assert {runs for runs, _ in COMMANDS.values() if runs} == there
    assert all(callable(command_of(name)) for name, (runs, _) in COMMANDS.items() if runs)
    told = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    assert list(told.choices) == list(COMMANDS)


def test_build_lays_down_named_files_and_says_their_digests(loa, article, tmp_path):
    report = build(loa, article, "--product", "infographic-portrait", "--out", tmp_path / "out")
    main_file = next(item for item in report["artifacts"] if item["role"] == "main")
    assert main_file["path"] == str(tmp_path / "out/tro-cap/tro-cap.vi.infographic-portrait.webp")
    assert Path(main_file["path"]).stat().st_size == main_file["bytes"]
    assert not main_file["cached"]
    assert report["failures"] == report["waiting"] == []


def test_what_a_killed_build_left_half_written_is_swept_and_what_another_writes_is_not(loa, article, tmp_path):
    folder = tmp_path / "out" / "tro-cap"
    folder.mkdir(parents=True)
    left, held = folder / ".0123.half", folder / ".4567.half"
    left.write_bytes(b"%PDF")
    with held.open("xb") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        build(loa, article, "--product", "bulletin-3min", "--lang", "vi")
        assert held.exists()
    assert not left.exists()
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == [held.name]


def test_a_build_is_not_made_into_a_cache_that_readers_of_the_store_can_read(loa, article, tmp_path, monkeypatch):
    monkeypatch.setenv("LOA_STORE", str(tmp_path / "public"))
    monkeypatch.setenv("LOA_CACHE", str(tmp_path / "public" / "cache"))
    status, _, err = loa("build", article)
    assert status == 2
    assert "share one place" in err
    assert not (tmp_path / "public").exists()


def test_an_offices_file_carries_its_code(loa, article, tmp_path):
    report = build(loa, article, "--product", "infographic-portrait", "--office", "66", "--out", tmp_path / "out")
    assert {item["office"] for item in report["artifacts"]} == {"66"}
    assert all(".vi.66.infographic-portrait." in item["path"] for item in report["artifacts"])


def test_one_changed_fact_makes_what_says_it_and_nothing_else(loa, article, tmp_path):
    other = tmp_path / "thai-san.md"
    other.write_text(MATERNITY, encoding="utf-8")
    facts = tmp_path / "facts.toml"
    shutil.copy(FACTS, facts)
    wanted = (article, other, "--facts", facts, "--product", "infographic-portrait", "--out", tmp_path / "out")
    build(loa, *wanted)
    facts.write_text(facts.read_text().replace("value = 500_000,", "value = 650_000,"))

    status, out, _err = loa("plan", *wanted[:-2])
    assert status == 0
    assert "500.000 đồng" in out.replace("\u00a0", " ")
    assert "650.000 đồng" in out.replace("\u00a0", " ")
    made = {item["slug"] for item in build(loa, *wanted)["artifacts"] if not item["cached"]}
    assert made == {"tro-cap"}
    assert all(item["cached"] for item in build(loa, *wanted)["artifacts"])


def test_what_cannot_be_made_is_one_line_and_the_rest_is_made(loa, article, tmp_path):
    bad = tmp_path / "hong.md"
    bad.write_text(PENSION.replace("slug: tro-cap", "slug: hong").replace("{{ tro_cap_huu_tri_xa_hoi }}", "{{ x }}"))
    status, out, err = loa(
        "build", article, bad, "--product", "infographic-portrait", "--out", tmp_path / "out", "--json"
    )
    report = json.loads(out)
    assert status == 1
    assert {item["slug"] for item in report["artifacts"]} == {"tro-cap"}
    assert [item["slug"] for item in report["failures"]] == ["hong"]
    assert "hong.md:5" in report["failures"][0]["reason"]
    assert "Traceback" not in err


def test_when_nothing_can_be_read_json_still_says_why(loa, tmp_path):
    bad = tmp_path / "hong.md"
    bad.write_text("no front matter\n")
    status, out, err = loa("build", bad, "--json")
    assert status == 2
    assert "hong.md" in json.loads(out)["failures"][0]["reason"]
    assert "hong.md" in err


def test_a_product_that_fails_now_leaves_no_older_file(loa, article, tmp_path):
    wanted = (article, "--product", "infographic-portrait", "--out", tmp_path / "out")
    built = build(loa, *wanted)["artifacts"]
    other = tmp_path / "out/tro-cap/tro-cap.vi.leaflet-a4.pdf"
    other.write_bytes(b"of another product")
    article.write_text(PENSION.replace("mức trợ cấp", "mức {{ khong_co }}"), encoding="utf-8")
    status, _out, _err = loa("build", *wanted)
    assert status == 1
    assert not any(Path(item["path"]).exists() for item in built)
    assert other.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "nowhere.md"], "nowhere.md"),
        (["build", "tro-cap.md", "--product", "poster"], "leaflet-a4"),
        (["build", "tro-cap.md", "--office", "00"], "00"),
        (["build", "tro-cap.md", "--lang", "vn"], "vi"),
        (["build", "tro-cap.md", "--on", "1/9/2025"], "2025-09-01"),
        (["build", "tro-cap.md", "--facts", "none.toml"], "none.toml"),
        (["build", "tro-cap.md", "--out", "tro-cap.md"], "folder"),
        (["speak"], "--text"),
        (["frobnicate"], "frobnicate"),
        (["biuld"], "Did you mean build?"),
        (["withdraw", "tro-cap", "--reason", "Sai", "--store", "ftp://x"], "ftp"),
    ],
)
def test_unusable_arguments_end_with_two_and_one_sentence(loa, article, arguments, told):
    status, _out, err = loa(*arguments)
    assert status == 2
    assert told in err
    assert "Traceback" not in err


def test_waiting_is_no_failure(loa, article, tmp_path):
    report = build(loa, article, "--lang", "rad", "--product", "infographic-portrait", "--out", tmp_path / "out")
    assert report["artifacts"] == []
    assert [(item["lang"], item["for"]) for item in report["waiting"]] == [("rad", "translation")]


def test_check_makes_nothing_and_tells_of_html(loa, article, tmp_path):
    article.write_text(PENSION.replace("mức trợ cấp", "mức trợ cấp<br>"), encoding="utf-8")
    _status, _out, err = loa("check", article, "--product", "infographic-portrait")
    assert f"note    {article}:14: [html-tag] <br> is HTML" in err
    article.write_text(PENSION, encoding="utf-8")
    status, out, err = loa("check", article)
    assert (status, err) == (0, "")
    assert "1 articles read" in out
    assert f"{sum(one.languages == 'every' for one in products().values())} products can be made" in out
    assert not (tmp_path / "out").exists()


def test_speak_says_amounts_in_words(loa):
    status, out, _err = loa("speak", "--text", "Mức 500.000 đồng/tháng từ 01/7/2025")
    assert status == 0
    assert "năm trăm nghìn đồng" in out
    assert not any(character.isdigit() for character in out)


def test_publish_then_withdraw_reaches_the_readers(loa, article, tmp_path):
    store = tmp_path / "store"
    status, out, err = loa("publish", article, "--product", "infographic-portrait", "--store", store)
    assert status == 0, err
    assert "release 1" in out
    assert "Nhà nước trợ cấp" in (store / "index.html").read_text()
    built = build(loa, article, "--product", "infographic-portrait", "--out", tmp_path / "out")["artifacts"][0]
    fingerprint = loa("keys")[1].split()[0]
    status, out, _err = loa("verify", "--key", fingerprint, "--store", store, built["path"])
    assert status == 0, out

    status, out, err = loa("withdraw", "tro-cap", "--reason", "Số liệu đã thay đổi", "--store", store)
    assert status == 0, err
    assert "Nhà nước trợ cấp" not in (store / "index.html").read_text()
    status, _out, err = loa("verify", "--key", fingerprint, "--store", store, built["path"])
    assert status == 1
    assert "Số liệu đã thay đổi" in err


def test_fix_text_converts_old_letters_and_leaves_the_article_alone(loa, tmp_path):
    path = tmp_path / "cu.rad.md"
    front = '---\nslug: cu\nlang: rad\ntitle: "[uôn"\naudiences: [3]\n---\n'
    path.write_text(front + "\n## k]ư {#a .steps}\n\n1. **[ăng** {{ x }}\n")
    status, out, _err = loa("fix-text", path, "--lang", "rad", "--write")
    assert status == 0, out
    fixed = path.read_text()
    assert 'title: "ƀuôn"' in fixed
    assert "audiences: [3]" in fixed
    assert "{#a .steps}" in fixed
    assert "**ƀăng** {{ x }}" in fixed


@pytest.mark.slow
def test_two_empty_caches_give_the_same_bytes(loa, article, tmp_path, monkeypatch):
    def made(home: str) -> dict[str, str]:
        monkeypatch.setenv("LOA_HOME", str(tmp_path / home))
        report = build(loa, article, "--out", tmp_path / home / "out")
        assert not any(item["cached"] for item in report["artifacts"])
        return {Path(item["path"]).name: item["sha256"] for item in report["artifacts"]}

    first = made("one")
    assert {name.rsplit(".", 1)[1] for name in first} >= {"pdf", "webp", "mp3", "mp4", "vtt"}
    assert first == made("two")
