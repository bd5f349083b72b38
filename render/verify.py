"""Whether a file is ours, unaltered and still in force."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import json
import mimetypes
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from render.catalogue import history, read_catalogue, read_gone, read_part
from render.credentials import examine, root_key, signable
from render.errors import ReleaseError, SettingsError
from render.manifest import Entry, Release
from render.packs import read_credential
from render.store import Missing, Store

_TYPES = {".webp": "image/webp", ".m4a": "audio/mp4"}  # what older tables of types lack or name otherwise
_AI = {
    "trainedAlgorithmicMedia": "giọng đọc do máy tạo (AI)",
    "compositeWithTrainedAlgorithmicMedia": "có giọng đọc do máy tạo (AI)",
    "algorithmicMedia": "giọng máy",
    "compositeSynthetic": "có giọng máy",
}
_UNREADABLE = {
    FileNotFoundError: "không có tệp này",
    PermissionError: "người dùng này không có quyền đọc",
    IsADirectoryError: "đây là một thư mục",
}
_LARGEST = 200_000_000  # bytes, as on the verify page; of what is larger only the digest is looked up
OURS = "Đúng của cơ quan phát hành, còn nguyên vẹn"


@dataclass(frozen=True)
class Verdict:
    """What became of a file. `replaced_by` is an edition id (superseded) or a slug (withdrawn), "" for none."""

    state: Literal["in force", "superseded", "withdrawn", "expired", "unknown", "unreadable"]
    words: str  # in Vietnamese
    sha256: str
    slug: str = ""
    entry: Entry | None = None
    reason: str = ""
    replaced_by: str = ""
    credential: str = ""  # what the content credential says, in Vietnamese
    notes: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        """Whether a signed release names exactly these bytes."""
        return self.state not in ("unknown", "unreadable")

    @property
    def in_force(self) -> bool:
        """Whether it may be used now."""
        return self.state == "in force"


def verify_file(
    store: Store, file: bytes | Path, trusted: Sequence[str], seen_number: int = 0, *, now: dt.datetime | None = None
) -> Verdict:
    """Look a file up, by its digest, in the signed releases of a store: the current one, then those before.

    `now` is only for notes: this machine's clock may be wrong, the number of the catalogue cannot.
    """
    newest = read_catalogue(store, trusted, seen_number)
    if newest is None:
        raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
    try:
        sha256, data = (hashlib.sha256(file).hexdigest(), file) if isinstance(file, bytes) else _read(file)
    except OSError as error:
        why = next((words for kind, words in _UNREADABLE.items() if isinstance(error, kind)), error.strerror)
        return Verdict("unreadable", f"Không đọc được tệp, nên không biết thật hay giả: {why}", "")
    verdict = _verdict(store, newest, trusted, sha256)
    media_type = _media_type(verdict, file if isinstance(file, Path) else None)
    credential = _credential(store, newest, trusted, verdict, data, media_type)
    return replace(verdict, credential=credential, notes=_notes(newest, verdict, now or dt.datetime.now(dt.UTC)))


def verify_files_in(
    store: Store, files: Sequence[Path], trusted: Sequence[str], seen_number: int
) -> tuple[list[Verdict], int]:
    """The verdict on each file, not only up to the first that is not fine; and the number of the catalogue."""
    newest = read_catalogue(store, trusted, seen_number)
    number = newest.number if newest else seen_number
    return [verify_file(store, file, trusted, seen_number) for file in files], number


def _read(path: Path) -> tuple[str, bytes]:
    """The digest of a file, and its bytes when they may be a file of ours; a pipe or a device is none."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "đây không phải là tệp")
        if found.st_size > _LARGEST:
            return hashlib.file_digest(file, "sha256").hexdigest(), b""
        data = file.read()
        return hashlib.sha256(data).hexdigest(), data


def _verdict(store: Store, newest: Release, trusted: Sequence[str], sha256: str) -> Verdict:
    seen: set[str] = set()
    for release in history(store, newest, trusted):
        found = _find(store, release, sha256, seen)
        if found is None:
            continue
        slug, entry = found
        if release is newest:
            return Verdict("in force", f"{OURS}, đang áp dụng: {entry.title}", sha256, slug, entry)
        return _gone(store, newest, slug, entry, sha256)
    words = "Không có trong bản phát hành nào: tệp không phải của cơ quan phát hành, hoặc đã bị sửa"
    return Verdict("unknown", words, sha256)


def _find(store: Store, release: Release, sha256: str, seen: set[str]) -> tuple[str, Entry] | None:
    """Whose file it is, as published or as it was before its credential was put into it."""
    for slug, parts in release.articles.items():
        for blob in parts.values():
            if blob.sha256 in seen:
                continue
            seen.add(blob.sha256)
            for entry in read_part(store, blob).entries:
                if any(sha256 in file.digests for file in entry.files):
                    return slug, entry
    return None


def _gone(store: Store, newest: Release, slug: str, entry: Entry, sha256: str) -> Verdict:
    for event in reversed(newest.withdrawn):
        if event.slug != slug or event.state == "blocked":
            continue
        gone = next((one for one in read_gone(store, event) if one.id == entry.edition), None)
        if gone is None:
            continue
        if event.state == "withdrawn":
            instead = f" Dùng bài thay thế: {event.replaced_by}." if event.replaced_by else ""
            words = f"{OURS}, nhưng ĐÃ THU HỒI. Lý do: {event.reason}{instead}"
            return Verdict("withdrawn", words, sha256, slug, entry, event.reason, event.replaced_by)
        if event.state == "expired":
            return Verdict("expired", f"{OURS}, nhưng ĐÃ HẾT HẠN. {event.reason}", sha256, slug, entry, event.reason)
        instead = f" Bản thay thế: {gone.replaced_by}." if gone.replaced_by else ""
        words = f"{OURS}, nhưng ĐÃ CÓ BẢN MỚI. {event.reason}{instead}"
        return Verdict("superseded", words, sha256, slug, entry, event.reason, gone.replaced_by)
    # The edition holds, yet this rendering of it was made again since.
    words = f"{OURS}; nội dung vẫn đúng, nhưng tệp đã được làm lại. Nên tải bản mới: {entry.title}"
    return Verdict("superseded", words, sha256, slug, entry, replaced_by=entry.edition)


# ----- content credentials, and what else is worth a word


def _media_type(verdict: Verdict, path: Path | None) -> str:
    known = verdict.entry.files if verdict.entry else ()
    named = next((file.media_type for file in known if verdict.sha256 in file.digests), "")
    if named or path is None:
        return named
    return _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or ""


def _credential(
    store: Store, newest: Release, trusted: Sequence[str], verdict: Verdict, data: bytes, media_type: str
) -> str:
    """What the credential says. Who signed it is known by the root that a signed release names."""
    if not (data and signable(media_type)):
        return ""
    file = next((one for one in (verdict.entry.files if verdict.entry else ()) if one.sha256 == verdict.sha256), None)
    beside = b""
    if file is not None and file.credential:
        try:
            beside = read_credential(store, file)
        except Missing:
            return "Thông tin xuất xứ (C2PA) không có trong kho này"
    roots = {release.credentials for release in history(store, newest, trusted) if release.credentials}
    claim = examine(data, media_type, beside, b"".join(_root(store, root) for root in sorted(roots)))
    if claim is None and any(one.unsigned == verdict.sha256 for one in (verdict.entry.files if verdict.entry else ())):
        return "Bản này chưa gắn thông tin xuất xứ (C2PA); bản công bố có gắn"
    if claim is None:
        return ""
    if claim.state == "unreadable":
        return "Không đọc được thông tin xuất xứ (C2PA): tệp bị hỏng, bị cắt cụt hoặc không đúng loại"
    if claim.state == "invalid":
        return "Thông tin xuất xứ (C2PA) không khớp với tệp: tệp đã bị sửa sau khi ký"
    if claim.state == "valid":
        return "Thông tin xuất xứ (C2PA) do bên khác ký, không phải cơ quan phát hành"
    made = _AI.get(claim.source, "không dùng giọng máy hay hình do AI tạo")
    return f"Thông tin xuất xứ (C2PA) đúng của cơ quan phát hành: {made}"


def _root(store: Store, root: str) -> bytes:
    """The root certificate of a fingerprint that a signed release names; b"" when it is not that one."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    with contextlib.suppress(Missing, ValueError):
        pem = store.get(root_key(root))
        if x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex() == root:
            return pem
    return b""


def _notes(newest: Release, verdict: Verdict, now: dt.datetime) -> tuple[str, ...]:
    notes = []
    made = dt.datetime.fromisoformat(newest.made_at)
    if made - now > dt.timedelta(days=1):
        notes.append(
            f"Đồng hồ máy này có thể sai: bản phát hành số {newest.number} làm ngày {newest.made_at[:10]},"
            f" máy báo {now.date().isoformat()}"
        )
    if now - made > dt.timedelta(days=366):
        notes.append(f"Bản phát hành mới nhất ở đây đã cũ ({newest.made_at[:10]}), hoặc đồng hồ máy này sai")
    until = verdict.entry.valid_until if verdict.entry else None
    if verdict.in_force and until and now.date().isoformat() > until:
        notes.append(f"Chỉ dùng đến hết ngày {until}; theo đồng hồ máy này thì đã quá hạn")
    return tuple(notes)


# ----- what this reader saw last


def read_seen(path: Path) -> int:
    """The highest number of a catalogue that this reader saw; 0 when it saw none."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads(path.read_bytes())["number"])
    return 0


def write_seen(path: Path, number: int) -> None:
    """Remember it; a smaller one never takes the place of a greater."""
    if number <= read_seen(path):
        return
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps({"number": number}), encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        mend = "Give this user the right to write there: without it an old catalogue could be put back unseen"
        raise SettingsError(f"cannot be remembered: {error.strerror}", where=str(path), mend=mend) from None
    finally:
        scratch.unlink(missing_ok=True)
