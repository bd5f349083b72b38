"""The sentences of the pipeline's errors, read from its source: what an editor may meet must be said in Vietnamese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from render.paths import ROOT

# What runs before or behind the newsroom, never on what an editor has written: keys, stores, releases, command lines.
BEHIND = frozenset(
    {
        "bringing", "build", "cache", "cacheshelf", "catalogue", "certificate", "cli", "collecting", "communes",
        "credentials", "drafts", "embedded", "evicting", "executors", "explain", "factfile", "feedformats",
        "feeds", "fetch", "fetchstate", "fixing", "folder", "frontmatter", "httplines", "imprint", "jobs",
        "keys", "listening", "lookup", "making", "manifest", "markdown", "objects", "offices", "officeviews",
        "pageparts", "pages", "pageviews", "pieces", "places", "plan", "proof", "proving", "publication",
        "publickey", "publishing", "reading", "release", "releases", "rotation", "run", "s3", "safekeeping",
        "seaweed", "sections", "settings", "steps", "store", "strictyaml", "uploads", "verify", "wanted",
        "webstore", "weedfolder", "withdrawing",
    }
)  # fmt: skip
FOLDERS_BEHIND = frozenset({"commands"})
# What a file of ours is broken in is no editor's business; of the rest of these the tests of each say what is met.
FILES_OF_OURS = frozenset(
    {
        "approval", "brand", "campaigns", "checks", "clipfile", "decode_child", "edits", "encoding",
        "engines", "espeak_child", "fonts", "footage", "footage_child", "inks", "language", "lexicon", "loop",
        "moving", "mux", "online", "pack_child", "packs", "pdf", "printing", "recordings", "splitting",
        "takefiles", "taking", "tracks", "voicepacks", "voices",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One sentence with its places filled by a word, and where it is raised."""

    text: str
    where: str


def sentences(kind: str) -> Iterator[Said]:
    """Every `what` or `mend` that is written out where an error is raised."""
    for path in sorted((ROOT / "render").rglob("*.py")):
        if path.stem in BEHIND | FILES_OF_OURS or path.parent.name in FOLDERS_BEHIND:
            continue
        yield from _in(path, kind)


def _in(path: Path, kind: str) -> Iterator[Said]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error")):
            continue
        if node.func.id in {"ValueError", "TypeError", "AssertionError", "OSError", "RuntimeError", "KeyError"}:
            continue
        written = node.args[0] if kind == "what" and node.args else None
        if kind == "mend":
            written = next((one.value for one in node.keywords if one.arg == "mend"), None)
        for text in _texts(written):
            yield Said(text, f"{path.relative_to(ROOT)}:{node.lineno}")


def _texts(node: ast.expr | None) -> list[str]:
    match node:
        case ast.Constant(value=str(text)) if text:
            return [text]
        case ast.JoinedStr(values=parts):
            filled = [
                "7" if isinstance(part, ast.FormattedValue) else str(getattr(part, "value", "")) for part in parts
            ]
            return ["".join(filled)] if any(isinstance(part, ast.Constant) for part in parts) else []
        case ast.IfExp(body=one, orelse=other):
            return [*_texts(one), *_texts(other)]
        case _:
            return []
