"""`loa releases`, `loa collect`, `loa keys`: the publisher looks after store, cache and keys."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
from dataclasses import replace
from pathlib import Path

from render.catalogue import CATALOGUE, history, manifest_key, read_catalogue, read_part
from render.collecting import collect, look
from render.commands.publishing import now, public_store, publisher, signer_of
from render.credentials import load_or_make_credentials, root_key
from render.embedded import with_store
from render.errors import ReleaseError, SettingsError
from render.evicting import evict
from render.keys import Signer, load_signer, make_key
from render.manifest import Entry, Release, cas_key
from render.publickey import key_address, read_fingerprints
from render.release import find_release, published_keys, releases, renew
from render.rotation import name_successor, refuse_own_end, retire, retired_key, retirement, succeeded_key
from render.settings import Settings
from render.store import FolderStore, Store, open_store

_LONGEST_GRACE_DAYS = 3650

# ----- releases


def list_releases(args: argparse.Namespace, settings: Settings) -> int:
    """`loa releases`: newest first, or one of them, or what differs between two, or a copy to verify with offline."""
    with with_store(settings, args.store) as here:
        store = open_store(here.store)
        if args.bundle is not None:
            return _bundle(store, args.bundle)
        if args.diff:
            return _diff(store, *args.diff, as_json=args.json)
        if args.show is not None:
            return _show(store, args.show, as_json=args.json)
        found = list(releases(store))
    if args.json:
        print(json.dumps([_told(release) for release in found], ensure_ascii=False, indent=1))
        return 0
    for release in found:
        note = f"  {release.note}" if release.note else ""
        print(f"{release.number:5}  {release.made_at}  {release.id}  {len(release.articles)} articles{note}")
    if not found:
        print("nothing was released yet")
    return 0


def _show(store: Store, number: int, *, as_json: bool) -> int:
    release = _release(store, number)
    entries = _entries(store, release)
    told = _told(release) | {"products": len(entries), "files": sum(len(one.files) for one in entries.values())}
    told["bytes"] = sum(file.bytes for one in entries.values() for file in one.files)
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return 0
    for name, value in told.items():
        if name != "events":
            print(f"{name:12} {value}")
    for event in release.withdrawn:
        if event.number == release.number:
            print(f"event        {event.state} {event.slug} [{', '.join(event.languages)}]: {event.reason}")
    return 0


def _diff(store: Store, first: int, second: int, *, as_json: bool) -> int:
    old, new = (_entries(store, _release(store, number)) for number in (first, second))
    changes = {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(place for place in new.keys() & old.keys() if _made(new[place]) != _made(old[place])),
    }
    if as_json:
        print(json.dumps(changes, ensure_ascii=False, indent=1))
        return 0
    for name, places in changes.items():
        for place in places:
            print(f"{name:8} {' '.join(part for part in place if part)}")
    if not any(changes.values()):
        print(f"release {first} and release {second} have the same content")
    return 0


def _made(entry: Entry) -> tuple[str, ...]:
    return (entry.edition, *(file.unsigned or file.sha256 for file in entry.files))


def _bundle(store: Store, folder: Path) -> int:
    """Everything that `loa verify` asks for, without the files themselves: some kilobytes for an article."""
    copied = FolderStore(folder)
    keys = tuple(published_keys(store))
    newest = read_catalogue(store, keys)
    if newest is None:
        raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
    wanted = {CATALOGUE}
    for key in keys:
        wanted |= {key_address(key)} | {name(key) for name in (retired_key, succeeded_key) if store.head(name(key))}
    for release in history(store, newest, keys):
        wanted |= {manifest_key(release.id), f"{manifest_key(release.id)}.sig"}
        wanted |= {cas_key(blob.sha256) for named in release.articles.values() for blob in named.values()}
        wanted |= {cas_key(event.editions.sha256) for event in release.withdrawn}
        if release.credentials:
            wanted.add(root_key(release.credentials))
    for key in sorted(wanted):
        data, stored = store.read(key)
        copied.put(key, data, media_type=stored.media_type)
    print(f"{len(wanted)} objects in {folder}; verify offline with: loa verify --store {folder} --key FINGERPRINT FILE")
    return 0


def _release(store: Store, number: int) -> Release:
    keys = tuple(published_keys(store))
    newest = read_catalogue(store, keys)
    if newest is None:
        raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
    return find_release(store, newest, number, keys)


def _entries(store: Store, release: Release) -> dict[tuple[str, ...], Entry]:
    parts = (read_part(store, blob) for named in release.articles.values() for blob in named.values())
    return {(part.slug, *entry.place): entry for part in parts for entry in part.entries}


def _told(release: Release) -> dict[str, object]:
    return {
        "number": release.number,
        "id": release.id,
        "made_at": release.made_at,
        "previous": release.previous,
        "key": release.key,
        "articles": len(release.articles),
        "note": release.note,
        "restores": release.restores,
        "audit_head": dict(release.audit_head),
        "events": [event.id for event in release.withdrawn if event.number == release.number],
    }


# ----- room


def collect_rubbish(args: argparse.Namespace, settings: Settings) -> int:
    """`loa collect`: says what nothing leads to, and with --go takes it away and blocks what was withdrawn."""
    if args.cache:
        return _collect_cache(args, settings)
    if args.grace_days > _LONGEST_GRACE_DAYS:
        raise SettingsError("nothing lies there for so long", where="--grace-days", mend="Give 3650 or fewer")
    grace = dt.timedelta(days=args.grace_days)
    with with_store(settings, args.store) as here:
        store = public_store(here)
        who = publisher(here, store, credited=False)
        release = None
        if args.go:
            found, release = collect(who, open_store(here.cache), grace=grace, keep=args.keep)
        else:
            found = look(store, who.keys, at=who.at, grace=grace, keep=args.keep)
    told = {
        "kept": found.kept, "kept_bytes": found.kept_bytes, "young": found.young, "rubbish": len(found.rubbish),
        "rubbish_bytes": found.rubbish_bytes, "withdrawn": len(found.recalled), "done": bool(args.go),
        "release": release.number if release else None,
    }  # fmt: skip
    if args.json:
        print(json.dumps(told | {"keys": [one.key for one in found.rubbish]}, ensure_ascii=False, indent=1))
        return 0
    done = "removed" if args.go else "would remove"
    print(f"kept {found.kept} objects, {found.kept_bytes / 1e6:.1f} MB; {found.young} more are younger than the grace")
    print(f"{done} {len(found.rubbish)} objects that nothing leads to, {found.rubbish_bytes / 1e6:.1f} MB")
    print(f"{'blocked' if args.go else 'would block'} {len(found.recalled)} files that were withdrawn")
    if release is not None:
        print(f"release {release.number} tells of it")
    if not args.go:
        print("nothing was changed; say --go to do it")
    return 0


def _collect_cache(args: argparse.Namespace, settings: Settings) -> int:
    found = evict(settings.cache, most_bytes=args.most_gb * 10**9, unused_days=args.unused_days, go=args.go)
    done = "removed" if args.go else "would remove"
    if args.json:
        print(json.dumps({"steps": found.steps, "files": found.files, "bytes": found.bytes, "left": found.left_bytes}))
        return 0
    print(f"{done} {found.steps} steps and {found.files} files, {found.bytes / 1e6:.1f} MB")
    print(f"{found.left_bytes / 1e6:.1f} MB stay" + ("" if args.go else "; nothing was changed, say --go to do it"))
    return 0


# ----- keys


def keys(args: argparse.Namespace, settings: Settings) -> int:
    """`loa keys`: the publisher's key and the fingerprint that readers hold; made when there is none."""
    actions = {"show": _show_key, "make": _make_key, "list": _list_keys, "rotate": _rotate, "retire": _retire}
    return actions[args.action](args, settings)


def _show_key(args: argparse.Namespace, settings: Settings) -> int:
    signer = signer_of(settings)
    print(f"{signer.fingerprint}  {settings.signing_key}")
    credentials = load_or_make_credentials(settings.c2pa_key, settings.c2pa_certs, now=now())
    print(f"{credentials.root}  {settings.c2pa_certs} (content credentials)")
    return 0


def _make_key(args: argparse.Namespace, settings: Settings) -> int:
    print(f"{make_key(settings.signing_key).fingerprint}  {settings.signing_key}")
    return 0


def _list_keys(args: argparse.Namespace, settings: Settings) -> int:
    ours = signer_of(settings).fingerprint
    with with_store(settings, args.store) as here:
        store = open_store(here.store)
        known = sorted(published_keys(store))
        for key in dict.fromkeys([ours, *known]):
            ended = retirement(store, key, frozenset(known))
            state = "signs now" if key == ours else "known"
            if ended:
                word = "stolen" if ended.compromised else "retired"
                state = f"{word} {ended.at[:10]}, counts up to release {ended.last_number}: {ended.reason}"
            print(f"{key}  {state}")
    return 0


def _rotate(args: argparse.Namespace, settings: Settings) -> int:
    """A new key signs from now on. What is killed half-way is gone on with when it is called again."""
    path = settings.signing_key
    new_path = path.with_name(f"{path.name}.next")
    with with_store(settings, args.store) as here:
        store = public_store(here)
        current = load_signer(path)
        left = _left_half_way(store, path, current)
        old, new = (left, current) if left else (current, None)
        read_catalogue(store, (current.fingerprint, old.fingerprint, *here.trusted_keys))  # no key is changed over it
        if new is None:
            new = load_signer(new_path) if new_path.exists() else make_key(new_path)
        if not args.compromised:
            name_successor(store, old, new, now())
        aside = path.with_name(f"{path.name}.{old.fingerprint[:8]}")
        if not left:
            with contextlib.suppress(FileExistsError):  # one that was killed had put it there
                os.link(path, aside)
            new_path.replace(path)
        _end(here, store, old.fingerprint, new, args)
    print(f"{new.fingerprint}  {path}")
    print(f"the old key {old.fingerprint} lies in {aside}; destroy it when its backups are gone")
    if args.compromised:
        print("tell every reader the new fingerprint by another way: a stolen key can name nobody to follow it")
    return 0


def _left_half_way(store: Store, path: Path, current: Signer) -> Signer | None:
    """The key that a rotation had put aside before it was killed: it ended nowhere yet."""
    for aside in sorted(path.parent.glob(f"{path.name}.{'[0-9a-f]' * 8}")):
        old = load_signer(aside)
        known = frozenset({*published_keys(store), current.fingerprint})
        if old.fingerprint != current.fingerprint and retirement(store, old.fingerprint, known) is None:
            return old
    return None


def _retire(args: argparse.Namespace, settings: Settings) -> int:
    """End a key by hand: one that was replaced without this command, or whose theft is noticed later."""
    if not args.fingerprint:
        raise SettingsError("no key is named", where="loa keys retire", mend="Give the fingerprint of the old key")
    (key,) = read_fingerprints([args.fingerprint], "loa keys retire")
    with with_store(settings, args.store) as here:
        store = public_store(here)
        if key not in published_keys(store):
            mend = "loa keys list shows those that are"
            raise SettingsError("no key of that fingerprint is in the store", where=key, mend=mend)
        last = _end(here, store, key, signer_of(here), args)
    print(f"retired {key}: it counts up to release {last}")
    return 0


def _end(settings: Settings, store: Store, old: str, signer: Signer, args: argparse.Namespace) -> int:
    """What is current is signed by the new key first, so that readers of today go on; then the old one ends.

    Returns the last release that counts. A release that was made while this machine's clock was ahead counts too.
    """
    refuse_own_end(signer, old)
    reason = args.reason or ("Khóa bị lộ." if args.compromised else "Đổi khóa định kỳ.")
    who = publisher(settings, store, credited=False)
    renew(replace(who, trusted=tuple(dict.fromkeys((*who.trusted, old)))), reason)
    signed = [one for one in releases(store) if one.key == old]
    last = max((one.number for one in signed), default=0)
    at = max([who.at, *(dt.datetime.fromisoformat(one.made_at) for one in signed)])
    retire(store, signer, old, last_number=last, reason=reason, compromised=args.compromised, at=at)
    return last
