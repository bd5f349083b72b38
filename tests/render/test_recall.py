"""What holds no longer: expired, rolled back, named with the fact that changed, and blocked after a grace."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

import pytest

from render.catalogue import CATALOGUE, read_catalogue, read_gone, read_part
from render.collecting import collect, look
from render.errors import ReleaseError
from render.keys import Signer
from render.manifest import Release, cas_key
from render.publication import Publication
from render.publickey import key_address
from render.release import Publisher, expire, publish, roll_back, verify_file, withdraw
from render.store import FolderStore, Store
from render.uploads import COLLECTING, Uploads
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication

DAY = dt.timedelta(days=1)


def who(store: Store, signer: Signer, at: dt.datetime = AT) -> Publisher:
    return Publisher(store, signer, OFFICES, PUBLIC_URL, at)


def send(store: Store, signer: Signer, files: Files, *publications: Publication, at: dt.datetime = AT) -> Release:
    made = publish(store, signer, publications, load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=at)
    assert made is not None
    return made


def call_back(store: Store, signer: Signer, slug: str, at: dt.datetime = AT, **more: Any) -> Release:
    reason = "Con số in sai."
    return withdraw(store, signer, slug, reason=reason, offices=OFFICES, public_url=PUBLIC_URL, at=at, **more)


def age(store: FolderStore, days: float) -> None:
    """Everything there was written so long ago."""
    then = time.time() - days * 86400
    for key in store.list():
        os.utime(store.root / key, (then, then))


# ----- by expiry


def test_what_has_run_out_is_called_back_at_midnight_in_vietnam(store: Store, signer: Signer, files: Files) -> None:
    one = dataclasses.replace(publication(files), valid_until="2025-09-01")
    send(store, signer, files, one, publication(files, "bai-khac"))
    still = expire(who(store, signer, dt.datetime(2025, 9, 1, 16, 59, tzinfo=dt.UTC)))
    assert still is not None
    assert still.number == 1
    gone = expire(who(store, signer, dt.datetime(2025, 9, 1, 17, 0, tzinfo=dt.UTC)))
    assert gone is not None
    assert set(gone.articles) == {"bai-khac"}
    (event,) = gone.withdrawn
    assert (event.state, event.id) == ("expired", "00000002-tro-cap-expired")
    assert "01/9/2025" in event.reason
    assert (event.languages, event.provinces) == (("vi",), ("",))
    assert {one for edition in read_gone(store, event) for one in edition.products} == {
        "leaflet-a4", "bulletin-3min", "clip-vertical", "infographic-portrait",
    }  # fmt: skip
    page = store.get(f"q/{one.entries[0].edition}").decode()
    assert "Đã hết thời hạn" in page
    main = one.entries[0].file("main")
    assert main is not None
    assert verify_file(store, files.load(main.sha256), [signer.fingerprint]).state == "expired"


def test_any_release_calls_back_what_has_run_out(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, dataclasses.replace(publication(files), valid_until="2025-09-30"))
    later = send(folder_store, signer, files, publication(files, "bai-khac"), at=AT + 60 * DAY)
    assert set(later.articles) == {"bai-khac"}
    assert [event.state for event in later.withdrawn] == ["expired"]
    assert later.expiring == {}


# ----- by a fact's new value


def test_what_ran_out_before_it_was_released_is_told_or_called_back(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    over = dataclasses.replace(publication(files), valid_until="2025-08-31")
    with pytest.raises(ReleaseError, match="last day of use is over") as told:
        send(folder_store, signer, files, over)
    assert told.value.where == "tro-cap"
    assert list(folder_store.list("releases/")) == []
    # Vietnamese ran out since, and only another language comes: its part is written in the same release.
    send(folder_store, signer, files, dataclasses.replace(publication(files), valid_until="2025-09-01"))
    other = dataclasses.replace(publication(files, langs=("km",)), whole=False)
    release = send(folder_store, signer, files, other, at=AT + DAY)
    (left,) = [read_part(folder_store, blob) for blob in release.articles["tro-cap"].values()]
    assert {entry.lang for entry in left.entries} == {"km"}
    assert [event.state for event in release.withdrawn] == ["expired"]


def test_the_event_and_the_page_name_the_fact_that_changed(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    def with_fact(version: str, printed: str) -> Publication:
        fact = {"key": "tro_cap", "label": "Mức trợ cấp hưu trí xã hội", "printed": printed, "asked": None}
        return publication(files, version=version, facts=[fact])

    old = with_fact("1", "500.000 đồng")
    send(folder_store, signer, files, old)
    release = send(folder_store, signer, files, with_fact("2", "700.000 đồng"))
    words = "Số liệu đã thay đổi – Mức trợ cấp hưu trí xã hội: 500.000 đồng → 700.000 đồng."
    assert release.withdrawn[-1].reason == words
    assert words in folder_store.get(f"q/{old.entries[0].edition}").decode()
    third = dataclasses.replace(with_fact("3", "800.000 đồng"), reason="Nghị định mới.")
    assert send(folder_store, signer, files, third).withdrawn[-1].reason == "Nghị định mới."


# ----- back to an earlier release


def test_rolling_back_is_a_new_release_with_the_old_content(store: Store, signer: Signer, files: Files) -> None:
    first = send(store, signer, files, publication(files))
    send(store, signer, files, publication(files, version="2"), publication(files, "them"))
    back = roll_back(who(store, signer), 1, reason="Bản mới in nhầm ảnh.")
    assert back.number == 3
    assert (back.articles, back.restores, back.note) == (first.articles, first.id, "Bản mới in nhầm ảnh.")
    assert {(event.slug, event.state) for event in back.withdrawn if event.number == 3} == {
        ("tro-cap", "superseded"), ("them", "withdrawn"),
    }  # fmt: skip
    assert "còn hiệu lực" in store.get(f"q/{publication(files).entries[0].edition}").decode()
    with pytest.raises(ReleaseError, match="has the content that is current"):
        roll_back(who(store, signer), 1, reason="Lần nữa.")
    with pytest.raises(ReleaseError, match="there is no release 9"):
        roll_back(who(store, signer), 9, reason="Lần nữa.")


def test_rolling_back_never_brings_back_what_was_withdrawn_unless_told(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    first = send(folder_store, signer, files, publication(files), publication(files, "khac"))
    call_back(folder_store, signer, "tro-cap")
    with pytest.raises(ReleaseError, match="bring back what was withdrawn since: tro-cap") as told:
        roll_back(who(folder_store, signer), 1, reason="Trở lại.")
    assert "--even-withdrawn" in told.value.mend
    back = roll_back(who(folder_store, signer), 1, reason="Rút nhầm.", even_withdrawn=True)
    assert back.articles == first.articles


def test_a_publisher_does_not_build_on_a_catalogue_that_was_put_back(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    send(folder_store, signer, files, publication(files), publication(files, "khac"))
    old = folder_store.get(CATALOGUE)
    call_back(folder_store, signer, "tro-cap")
    newest = folder_store.get(CATALOGUE)
    page = folder_store.get("index.html")
    folder_store.put(CATALOGUE, old, media_type="application/json")
    for attempt in (
        lambda: send(folder_store, signer, files, publication(files, "moi")),
        lambda: expire(who(folder_store, signer)),  # nothing has run out: it would only draw the pages
    ):
        with pytest.raises(ReleaseError, match="went back from release 2 to 1"):
            attempt()
    folder_store.delete(CATALOGUE)
    with pytest.raises(ReleaseError, match="went back from release 2 to 0"):
        send(folder_store, signer, files, publication(files, "moi"))
    assert folder_store.get("index.html") == page
    folder_store.put(CATALOGUE, newest, media_type="application/json")
    release = send(folder_store, signer, files, publication(files, "moi"))
    assert (release.number, set(release.articles)) == (3, {"khac", "moi"})
    folder_store.delete(key_address(signer.fingerprint))  # readers are lost without it; the publisher has it
    assert expire(who(folder_store, signer)) == release
    assert read_catalogue(folder_store, [signer.fingerprint]) == release


# ----- rubbish


def test_only_what_nothing_leads_to_and_is_old_is_taken_away(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    private = FolderStore(tmp_path / "private")
    for version in ("1", "2", "3"):
        send(folder_store, signer, files, publication(files, version=version))
    folder_store.put("cas/" + "a" * 64, b"left by a publisher that was killed", media_type="text/plain")
    folder_store.put("cas/" + "b" * 64, b"a page links to it", media_type="text/plain")
    folder_store.put("goi/66.html", b'<a href="../cas/' + b"b" * 64 + b'">', media_type="text/html")
    before = set(folder_store.list())
    kept_whole = look(folder_store, [signer.fingerprint], at=AT, grace=30 * DAY)
    assert kept_whole.rubbish == ()
    assert kept_whole.young >= 1  # the lost object, and the packed bulletins of the versions before

    age(folder_store, 40)
    found = look(folder_store, [signer.fingerprint], at=AT, grace=30 * DAY)
    rubbish = {one.key for one in found.rubbish}
    assert "cas/" + "a" * 64 in rubbish
    assert "cas/" + "b" * 64 not in rubbish
    assert set(folder_store.list()) == before  # looking changes nothing
    found, release = collect(who(folder_store, signer), private, grace=30 * DAY, keep=2)
    assert release is None
    gone = before - set(folder_store.list())
    assert gone == {one.key for one in found.rubbish}
    old = {file.sha256 for entry in publication(files).entries for file in entry.files}
    assert {cas_key(sha256) for sha256 in old} <= gone
    current = read_catalogue(folder_store, [signer.fingerprint])
    assert current is not None
    for entry in read_part(folder_store, current.articles["tro-cap"][""]).entries:
        for file in entry.files:
            assert folder_store.get(cas_key(file.sha256)) == files.load(file.sha256)
    assert verify_file(folder_store, files.load(sorted(old)[0]), [signer.fingerprint]).ours  # the record stays
    assert folder_store.head(COLLECTING) is None


def test_a_grace_too_short_or_no_release_kept_is_refused(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files))
    with pytest.raises(ReleaseError, match="could lose its files"):
        collect(who(folder_store, signer), FolderStore(tmp_path / "p"), grace=dt.timedelta(hours=1))
    with pytest.raises(ReleaseError, match="what is current could lose its files"):
        look(folder_store, [signer.fingerprint], at=AT, keep=0)


def test_a_publisher_writes_old_rubbish_again_before_it_relies_on_it(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    one = publication(files)
    with Uploads(folder_store, files.load) as lost:  # a publisher that is killed before the swap
        for entry in one.entries:
            lost.add(entry)
    send(folder_store, signer, files, publication(files, "khac"))
    age(folder_store, 40)
    with Uploads(folder_store, files.load) as uploads:
        for entry in one.entries:
            uploads.published(entry)
        collect(who(folder_store, signer), FolderStore(tmp_path / "p"), grace=30 * DAY)
        uploads.confirm()
    for entry in one.entries:
        for file in entry.files:
            assert folder_store.get(cas_key(file.sha256)) == files.load(file.sha256)


def test_a_publisher_waits_for_a_collector_and_puts_back_what_it_took(
    folder_store: FolderStore, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = publication(files, products="leaflet")
    with Uploads(folder_store, files.load) as first:
        first.published(one.entries[0])
    with Uploads(folder_store, files.load) as uploads:
        uploads.published(one.entries[0])
        folder_store.put(COLLECTING, b'{"by":"x"}', media_type="application/json")
        taken = cas_key(one.entries[0].files[0].sha256)
        folder_store.delete(taken)
        monkeypatch.setattr("time.sleep", lambda seconds: folder_store.delete(COLLECTING))
        uploads.confirm()
        assert folder_store.head(taken) is not None


# ----- blocking


def test_files_of_what_was_withdrawn_are_blocked_after_the_grace_and_kept(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    private = FolderStore(tmp_path / "private")
    one = publication(files)
    send(folder_store, signer, files, one, publication(files, "khac"))
    call_back(folder_store, signer, "tro-cap")
    age(folder_store, 40)
    main = one.entries[0].file("main")
    assert main is not None
    key = cas_key(main.sha256)
    early, release = collect(who(folder_store, signer, AT + 29 * DAY), private, grace=30 * DAY)
    assert (early.recalled, release) == ((), None)
    assert folder_store.get(key) == files.load(main.sha256)

    _, release = collect(who(folder_store, signer, AT + 31 * DAY), private, grace=30 * DAY)
    assert release is not None
    event = release.withdrawn[-1]
    assert (event.state, event.slug, event.reason) == ("blocked", "tro-cap", "Con số in sai.")
    notice = folder_store.get(key).decode()
    assert "Tệp này đã thu hồi" in notice
    assert "Con số in sai." in notice
    assert folder_store.headers(key)["Cache-Control"] == "no-cache"
    assert private.get(f"blocked/{main.sha256}") == files.load(main.sha256)
    verdict = verify_file(folder_store, files.load(main.sha256), [signer.fingerprint])
    assert verdict.state == "withdrawn"
    assert "Đã thu hồi" in folder_store.get(f"q/{one.entries[0].edition}").decode()
    again, release = collect(who(folder_store, signer, AT + 32 * DAY), private, grace=30 * DAY)
    assert (again.recalled, release) == ((), None)

    later = who(folder_store, signer, AT + 33 * DAY)
    with pytest.raises(ReleaseError, match="a file of that release is gone"):
        roll_back(later, 1, reason="Rút nhầm.", even_withdrawn=True)
    back = roll_back(later, 1, reason="Rút nhầm.", even_withdrawn=True, private=private)
    assert "tro-cap" in back.articles
    assert folder_store.get(key) == files.load(main.sha256)


def test_the_grace_is_counted_by_the_store_too_and_from_the_last_withdrawal(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    private = FolderStore(tmp_path / "private")
    send(folder_store, signer, files, publication(files, products="leaflet"), publication(files, "khac"))
    call_back(folder_store, signer, "tro-cap")
    hasty, _ = collect(who(folder_store, signer, AT + 365 * DAY), private)  # a publisher's clock a year ahead
    assert hasty.recalled == ()
    age(folder_store, 40)
    roll_back(who(folder_store, signer, AT + 35 * DAY), 1, reason="Rút nhầm.", even_withdrawn=True)
    call_back(folder_store, signer, "tro-cap", AT + 36 * DAY)
    early, _ = collect(who(folder_store, signer, AT + 37 * DAY), private)
    assert early.recalled == ()
    for days in (70, 140):  # blocked, brought back, withdrawn once more: blocked again
        age(folder_store, 40)
        found, release = collect(who(folder_store, signer, AT + days * DAY), private)
        assert found.recalled
        assert release is not None
        roll_back(who(folder_store, signer, AT + days * DAY), 1, reason="Nhầm.", even_withdrawn=True, private=private)
        call_back(folder_store, signer, "tro-cap", AT + (days + 1) * DAY)


def test_what_is_published_again_is_whole_again(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    one = publication(files, products="leaflet")
    send(folder_store, signer, files, one, publication(files, "khac"))
    call_back(folder_store, signer, "tro-cap")
    age(folder_store, 40)
    collect(who(folder_store, signer, AT + 31 * DAY), FolderStore(tmp_path / "p"), grace=30 * DAY)
    send(folder_store, signer, files, one, at=AT + 32 * DAY)
    for file in one.entries[0].files:
        assert folder_store.get(cas_key(file.sha256)) == files.load(file.sha256)
