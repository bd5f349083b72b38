"""`loa storyboard`: an article's clip as scenes, printed as the data that an editor may change; and as pictures."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

from render.build import OFFICES, make_context, today
from render.edition import Edition, Run, Runs
from render.errors import LoaError, SettingsError
from render.facts import read_facts
from render.language import language
from render.offices import office, read_offices
from render.plan import clip_context, edition_of, read_source, sound_context
from render.products import Context, Waiting
from render.settings import Settings
from render.video.clipfile import clip_path
from render.video.edits import Edits, known_facts
from render.video.scenes import Scene
from render.video.storyboard import scene_seconds, told

_HEAD = """# Storyboard của “{title}” ({lang}), {count} cảnh, khoảng {seconds:.0f} giây.
# Lưu thành {file} cạnh bài, chỉ giữ những dòng bạn đổi: dòng nào không có thì theo bài.
# Mỗi cảnh: text (lời đọc và phụ đề), title (đầu đề hiện trên hình), length_s (ít nhất bao nhiêu giây),
# leave_out = true (bỏ cảnh), picture hoặc footage với credit và focus (phim có thể có from_s, to_s).
"""


def storyboard(args: argparse.Namespace, settings: Settings) -> int:
    """Prints the scenes as TOML (or JSON); with `--out` draws each; 1 when one cannot be drawn."""
    edition, context, file = _asked(args, settings)
    from render.products.clip import speaking_of

    speaking = speaking_of(edition, known_facts(edition, context.storyboard), silent=args.shape == "silent")
    board = told(edition, speaking, context.storyboard)
    rows = [
        _row(scene, round(scene_seconds(scene, speaking), 1), edition, context.storyboard) for scene in board.scenes
    ]
    for warning in board.warnings:
        print(f"loa: {warning}", file=sys.stderr)
    if args.json:
        about = {"slug": edition.slug, "lang": edition.lang, "file": str(file), "warnings": list(board.warnings)}
        print(json.dumps({**about, "scenes": rows}, ensure_ascii=False, indent=1))
    else:
        print(_toml(rows, edition, file))
    return _stills(args, edition, context) if args.out else 0


def _asked(args: argparse.Namespace, settings: Settings) -> tuple[Edition, Context, Path]:
    source = read_source(args.article)
    facts = read_facts(args.facts)
    on = args.on or facts.demonstration_on or today()
    tag = language(args.lang).tag if args.lang else source.article.lang
    where = office(read_offices(OFFICES), args.office) if args.office else None
    edition = edition_of(source, tag, where, facts=facts, on=on)
    if isinstance(edition, LoaError):
        raise edition
    if isinstance(edition, Waiting):
        raise SettingsError(f"there is no text in {tag}: {edition.words}", where=str(args.article), mend="Translate it")
    context = clip_context(source, tag, sound_context(source, tag, make_context(settings)), facts=facts, on=on)
    if isinstance(context, LoaError):
        raise context
    return edition, context, clip_path(args.article, tag, source.article.lang)


def _row(scene: Scene, about_s: float, edition: Edition, edits: Edits | None) -> dict[str, Any]:
    """A scene as data: its id, its kind, what is said and shown, and which of it an editor has written."""
    edit = edits.scenes.get(scene.name) if edits else None
    title = scene.shows.get("title") or ""
    row: dict[str, Any] = {
        "scene": scene.name,
        "kind": scene.kind,
        "about_s": about_s,
        "text": [written(line, edition, edits) for line in scene.lines],
        "title": "" if scene.kind == "closing" else title if isinstance(title, str) else "".join(r["t"] for r in title),
    }
    row["title"] = row["title"].replace("\u00a0", " ").replace("\u2060", "")
    if scene.length_s:
        row["length_s"] = scene.length_s
    if edit:
        if edit.title is not None:
            row["title"] = written(edit.title, edition, edits)
        for name, file in (("picture", edit.picture), ("footage", edit.footage)):
            if file:
                row[name] = str(file.path)
        fields = ("text", "title", "length_s", "picture", "footage")
        row["edited"] = [name for name in fields if getattr(edit, name) not in (None, 0.0)]
    return row


def written(line: Runs, edition: Edition, edits: Edits | None) -> str:
    """A line as an editor would write it: facts by their keys, so that they change with the book of facts."""
    book = known_facts(edition, edits)

    def one(run: Run) -> str:
        fact = next((fact for fact in book if fact.key == run.fact and fact.printed == run.text), None)
        if run.fact and fact:
            return f"{{{{ {fact.key}{f' @{fact.asked}' if fact.asked else ''} }}}}"
        return f"**{run.text}**" if run.strong and run.text.strip() == run.text else run.text

    return "".join(map(one, line))


def _toml(rows: list[dict[str, Any]], edition: Edition, file: Path) -> str:
    def text(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    title = "".join(run.text for run in edition.title).replace("\n", " ")
    seconds = sum(row["about_s"] for row in rows)
    lines = [_HEAD.format(title=title, lang=edition.lang, count=len(rows), seconds=seconds, file=file.name)]
    lines.append("order = [\n" + "".join(f"  {text(row['scene'])},\n" for row in rows) + "]\n")
    for row in rows:
        changed = f"; đã sửa: {', '.join(row['edited'])}" if row.get("edited") else ""
        lines.append(f"[scene.{text(row['scene'])}]  # {row['kind']}, khoảng {row['about_s']:g} giây{changed}")
        if row["text"] and row["kind"] == "closing" and "text" not in row.get("edited", ()):  # each office has its own
            lines += [f"# {one}" for one in row["text"]]
        elif row["text"]:
            lines.append("text = [\n" + "".join(f"  {text(one)},\n" for one in row["text"]) + "]")
        if row["title"]:  # resolved as it is, it would keep its figures for ever
            written_title = "title" in row.get("edited", ())
            lines.append(f"title = {text(row['title'])}" if written_title else f"# title: {row['title']}")
        lines += [f"# {name}: {row[name]}" for name in ("picture", "footage") if name in row]
        if "length_s" in row:
            lines.append(f"length_s = {row['length_s']:g}")
        lines.append("")
    return "\n".join(lines).rstrip()


def _stills(args: argparse.Namespace, edition: Edition, context: Context) -> int:
    from render.products.clip import stills

    args.out.mkdir(parents=True, exist_ok=True)
    failed = 0
    for number, (name, drawn) in enumerate(stills(edition, context, args.shape), 1):
        safe = "".join(char if char.isalnum() or char in "-_" else "-" for char in name)
        path = args.out / f"{edition.slug}.{edition.lang}.{args.shape}.{number:02}-{safe}.png"
        if isinstance(drawn, LoaError):
            print(f"failed  {path.name}: {drawn}", file=sys.stderr)
            failed = 1
            continue
        buffer = io.BytesIO()
        drawn.save(buffer, "PNG")
        path.write_bytes(buffer.getvalue())
        print(f"made    {path}", file=sys.stderr)
    return failed
