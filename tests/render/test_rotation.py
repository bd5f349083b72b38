"""Keys follow one another: readers of the old one go on, what it had signed still counts, a thief's word does not."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path

import pytest

from render.catalogue import CATALOGUE, put_release, read_catalogue, read_pointer, swap
from render.cli import main
from render.errors import ReleaseError
from render.keys import Signer, load_signer, make_key
from render.manifest import Release, make_release
from render.publication import Publication
from render.release import Publisher, publish, releases, renew, verify_file
from render.rotation import name_successor, retire, retired_key, succeeded_key, trusted_for
from render.store import FolderStore, Store
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication

DAY = dt.timedelta(days=1)


@pytest.fixture
def old(tmp_path: Path) -> Signer:
    return make_key(tmp_path / "old.pem")


@pytest.fixture
def new(tmp_path: Path) -> Signer:
    return make_key(tmp_path / "new.pem")


def send(
    store: Store, signer: Signer, files: Files, one: Publication, trusted: tuple[str, ...] = (), at: dt.datetime = AT
) -> Release:
    more = {"load": files.load, "offices": OFFICES, "public_url": PUBLIC_URL, "at": at, "trusted": trusted}
    made = publish(store, signer, [one], **more)  # type: ignore[arg-type]
    assert made is not None
    return made


def rotate(store: Store, old: Signer, new: Signer, *, compromised: bool = False) -> Release:
    """What `loa keys rotate` does."""
    before = read_catalogue(store, [old.fingerprint])
    assert before is not None
    if not compromised:
        name_successor(store, old, new, AT)
    at = AT + DAY
    made = renew(Publisher(store, new, OFFICES, PUBLIC_URL, at, (old.fingerprint,)), "Đổi khóa.")
    retire(store, new, old.fingerprint, last_number=before.number, reason="Đổi khóa.", compromised=compromised, at=at)
    assert made is not None
    return made


def test_readers_of_the_old_key_go_on_and_old_files_stay_provable(
    store: Store, old: Signer, new: Signer, files: Files
) -> None:
    first = publication(files)
    send(store, old, files, first)
    renewed = rotate(store, old, new)
    assert (renewed.number, renewed.key) == (2, new.fingerprint)
    send(store, new, files, publication(files, version="2"), at=AT + 2 * DAY)
    main = first.entries[0].file("main")
    assert main is not None
    for held in (old.fingerprint, new.fingerprint):
        assert read_catalogue(store, [held]) is not None
        assert [one.key for one in releases(store, [held])] == [new.fingerprint, new.fingerprint, old.fingerprint]
        assert verify_file(store, files.load(main.sha256), [held]).state == "superseded"


def test_a_retired_key_signs_nothing_more(store: Store, old: Signer, new: Signer, files: Files) -> None:
    send(store, old, files, publication(files))
    renewed = rotate(store, old, new)
    with pytest.raises(ReleaseError, match="this key was retired"):  # a worker that was not told
        send(store, old, files, publication(files, version="9"), trusted=(new.fingerprint,))
    assert read_catalogue(store, [new.fingerprint]) == renewed
    # Who writes past that: its number is beyond the last that counts, whatever date it bears.
    forged = make_release(
        number=9, made_at=AT, previous=renewed.id, key=old.fingerprint, articles=renewed.articles, withdrawn=()
    )
    swap(store, old, forged, put_release(store, old, forged), read_pointer(store, [new.fingerprint]))
    for held in ([old.fingerprint], [new.fingerprint], [old.fingerprint, new.fingerprint]):
        with pytest.raises(ReleaseError, match=r"retired|not trusted"):
            read_catalogue(store, held)


def test_a_stolen_key_counts_only_beneath_a_release_of_the_new_one(
    store: Store, old: Signer, new: Signer, files: Files, tmp_path: Path
) -> None:
    send(store, old, files, publication(files))
    before = store.get(CATALOGUE)
    rotate(store, old, new, compromised=True)
    with pytest.raises(ReleaseError, match="not trusted"):  # it named nobody to follow it
        read_catalogue(store, [old.fingerprint])
    assert len(list(releases(store, [new.fingerprint]))) == 2
    # The thief puts the old catalogue back, and names a key of his own as the successor.
    thief = make_key(tmp_path / "thief.pem")
    name_successor(store, old, thief, AT)
    both = [old.fingerprint, new.fingerprint]
    assert thief.fingerprint not in trusted_for(store, both)
    store.put(CATALOGUE, before, media_type="application/json")
    with pytest.raises(ReleaseError, match="retired"):
        read_catalogue(store, both)


@pytest.mark.parametrize("killed_at", ["name_successor", "os.link", "renew", "retire"])
def test_a_rotation_that_was_killed_is_gone_on_with_and_ends_the_first_key(
    folder_store: FolderStore, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    path, home = tmp_path / "keys" / "publisher.pem", tmp_path / "home"
    first = make_key(path)
    send(folder_store, first, files, publication(files), at=dt.datetime.now(dt.UTC) + 365 * DAY)  # a clock was ahead
    for variable, value in (("LOA_HOME", home), ("LOA_STORE", folder_store.root), ("LOA_SIGNING_KEY", path)):
        monkeypatch.setenv(variable, str(value))
    monkeypatch.setattr("render.commands.publishing.with_communes", lambda _: OFFICES)  # few pages

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"render.commands.keeping.{killed_at}", killed)
        assert main(["keys", "rotate"]) == 130
    assert main(["keys", "rotate"]) == 0
    now = load_signer(path).fingerprint
    assert len(list(folder_store.list("keys/"))) == 4  # two keys, a successor named, an end told
    assert [one.key for one in releases(folder_store, [first.fingerprint])][-1] == first.fingerprint  # it counts
    assert read_catalogue(folder_store, [first.fingerprint]) == read_catalogue(folder_store, [now])
    assert main(["keys", "retire", now]) == main(["keys", "retire", "a" * 64]) == main(["keys", "retire", "abc"]) == 2


def test_a_statement_that_nobody_trusted_signed_changes_nothing(
    store: Store, old: Signer, new: Signer, files: Files
) -> None:
    made = send(store, old, files, publication(files))
    retire(store, new, old.fingerprint, last_number=0, reason="Phá.", compromised=True, at=AT)  # a stranger's
    assert read_catalogue(store, [old.fingerprint]) == made
    name_successor(store, old, new, AT)
    told = json.loads(store.get(succeeded_key(old.fingerprint)))
    told["said"]["successor"] = "a" * 64
    store.put(succeeded_key(old.fingerprint), json.dumps(told).encode(), media_type="application/json")
    with pytest.raises(ReleaseError, match="forged"):
        trusted_for(store, [old.fingerprint])
    for broken in (b"", b"[]", b'{"said":{}}', b'{"said":{},"by":"../x","signature":""}'):
        store.put(retired_key(old.fingerprint), broken, media_type="application/json")
        with pytest.raises(ReleaseError):
            read_catalogue(store, [old.fingerprint])


def test_the_signatures_of_statements_are_over_what_they_say(store: Store, old: Signer, new: Signer) -> None:
    name_successor(store, old, new, AT)
    told = json.loads(store.get(succeeded_key(old.fingerprint)))
    assert told["by"] == old.fingerprint
    assert len(base64.b64decode(told["signature"])) == 64
    assert trusted_for(store, [old.fingerprint]) == {old.fingerprint, new.fingerprint}
    with pytest.raises(ReleaseError, match="cannot retire itself"):
        retire(store, new, new.fingerprint, last_number=1, reason="x", compromised=False, at=AT)
