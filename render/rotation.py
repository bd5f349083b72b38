"""Keys that follow one another: who succeeds a key, and which releases of a retired one still count.

Two small statements lie beside a public key, each signed. `keys/<old>.succeeded.json`, by the old key itself: readers
who hold only its fingerprint go on to the new one. `keys/<old>.retired.json`, by the key that came after: up to which
release, and until when, the old one counts. A number cannot be set back like a clock, so it is the number that
decides; the date refuses a release that a thief gives a small number.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from render.errors import ReleaseError
from render.manifest import DIGEST, FORMAT, MUTABLE
from render.publickey import verify_signature
from render.steps import canonical
from render.store import Missing, Store

if TYPE_CHECKING:
    from render.keys import Signer

_LONGEST_LINE = 16  # successions in a row; a publisher who changes keys each year reaches it in 16


@dataclass(frozen=True)
class Retired:
    """The end of a key. `compromised`: somebody else has it, so nothing that it alone vouches for counts."""

    key: str
    last_number: int  # of the last release that it signed
    at: str  # no release of it was made after
    reason: str
    compromised: bool


def succeeded_key(key: str) -> str:
    """Where the statement lies that names a key's successor."""
    return f"keys/{key}.succeeded.json"


def retired_key(key: str) -> str:
    """Where the statement lies that ends a key."""
    return f"keys/{key}.retired.json"


def name_successor(store: Store, old: Signer, new: Signer, at: dt.datetime) -> None:
    """Say, under the old key, that the new one follows it."""
    from render.keys import publish_key  # here: what makes and writes keys takes readers too long to load

    publish_key(store, old)
    publish_key(store, new)
    said = {"format": FORMAT, "key": old.fingerprint, "successor": new.fingerprint, "at": _stamp(at)}
    _put(store, succeeded_key(old.fingerprint), said, old)


def retire(
    store: Store, signer: Signer, key: str, *, last_number: int, reason: str, compromised: bool, at: dt.datetime
) -> Retired:
    """Say, under the key that counts now, that another ended."""
    refuse_own_end(signer, key)
    from render.keys import publish_key

    publish_key(store, signer)
    retired = Retired(key, last_number, _stamp(at), " ".join(reason.split()), compromised)
    _put(store, retired_key(key), {"format": FORMAT, **asdict(retired)}, signer)
    return retired


def refuse_own_end(signer: Signer, key: str) -> None:
    """A `ReleaseError` when a key is to end itself."""
    if key == signer.fingerprint:
        mend = "Say loa keys rotate: it makes a new key and retires this one"
        raise ReleaseError("a key cannot retire itself: nobody could sign after it", where=key, mend=mend)


def trusted_for(store: Store, trusted: Sequence[str]) -> frozenset[str]:
    """The keys a reader trusts: those it holds, and those that they name as their successors.

    A key that was stolen, as another that the reader holds says, names nobody.
    """
    held = frozenset(trusted)
    stolen = {key for key in held if (ended := retirement(store, key, held - {key})) and ended.compromised}
    line = sorted(held - stolen)
    found = set(held)
    for _ in range(_LONGEST_LINE):
        line = [new for key in line if (new := _successor(store, key)) and new not in found]
        if not line:
            break
        found.update(line)
    return frozenset(found)


def retirement(store: Store, key: str, trusted: frozenset[str]) -> Retired | None:
    """How a key ended, by a statement that a trusted key signed; None when it did not."""
    said, signer = _read(store, retired_key(key))
    if said is None or signer not in trusted or signer == key:
        return None
    try:
        return Retired(
            key=str(said["key"]), last_number=int(said["last_number"]), at=str(said["at"]),
            reason=str(said["reason"]), compromised=bool(said["compromised"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        raise ReleaseError("the end of a key is told in another format", where=retired_key(key)) from None


def _successor(store: Store, key: str) -> str:
    said, signer = _read(store, succeeded_key(key))
    new = str(said.get("successor")) if said else ""
    return new if said and signer == key == said.get("key") and DIGEST.fullmatch(new) else ""


def _put(store: Store, key: str, said: dict[str, Any], signer: Signer) -> None:
    told = {
        "said": said,
        "by": signer.fingerprint,
        "signature": base64.b64encode(signer.sign(canonical(said))).decode(),
    }
    store.put(key, canonical(told), media_type="application/json", cache_control=MUTABLE)


def _read(store: Store, key: str) -> tuple[dict[str, Any] | None, str]:
    """A statement and who signed it, proven; (None, "") when there is none. A forged one is refused."""
    try:
        told = json.loads(store.get(key))
        said, by, signature = dict(told["said"]), str(told["by"]), base64.b64decode(told["signature"], validate=True)
    except Missing:
        return None, ""
    except (ValueError, KeyError, TypeError):
        mend = "Do not use these files; ask the publisher"
        raise ReleaseError("a statement about a key is broken", where=key, mend=mend) from None
    if not DIGEST.fullmatch(by):
        raise ReleaseError("a statement about a key is signed by nobody", where=key)
    verify_signature(store, by, canonical(said), signature)
    return said, by


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
