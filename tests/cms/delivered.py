"""A store with a few releases, and a caller of the API with a token: what the tests of delivery stand on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from cms.core.roles import CENTRAL_EDITOR, PROVINCIAL_EDITOR
from cms.delivery import limits, released
from cms.delivery.actions import MakeTokenAction
from cms.delivery.enums import Scope
from cms.offices.models import Office, OfficeMember, offices
from render.keys import load_or_make_signer
from render.manifest import Release
from render.publication import Publication
from render.release import publish, withdraw
from render.store import open_store
from tests.render.sample_publications import Files, edition_id, publication

EDITION = edition_id("mot vi 1")
ORDER = {
    "client_id": "don-in-001", "office": "66", "edition": EDITION, "product": "leaflet-a4", "quantity": 5000,
    "cost_vnd": 7_500_000, "funding": "Ngân sách tỉnh năm 2025", "printer": "Công ty in MẪU",
    "printer_address": "Số 1, đường MẪU", "licence": "123/GP-SVHTTDL", "licensed_by": "Sở VHTTDL",
    "licensed_on": "2025-08-20",
}  # fmt: skip
START = dt.datetime(2025, 9, 1, 8, 0, tzinfo=dt.UTC)


@dataclass
class Bucket:
    """Publishes into the store of the settings, an hour a release; the API looks anew at each request."""

    files: Files = field(default_factory=Files)
    count: int = 0

    def _more(self) -> dict[str, Any]:
        self.count += 1
        loa = settings.LOA
        few = offices(("66", "91"))  # pages of the others say nothing here, and cost their drawing
        return {"offices": few, "public_url": loa.public_url, "at": START + dt.timedelta(hours=self.count)}

    def publish(self, *publications: Publication) -> Release:
        loa = settings.LOA
        store, signer = open_store(loa.store), load_or_make_signer(loa.signing_key)
        found = publish(store, signer, publications, load=self.files.load, **self._more())
        assert found is not None
        return found

    def article(self, slug: str, **more: Any) -> Release:
        return self.publish(publication(self.files, slug, **more))

    def withdraw(self, slug: str, reason: str = "Con số in sai.", **more: Any) -> Release:
        loa = settings.LOA
        return withdraw(
            open_store(loa.store), load_or_make_signer(loa.signing_key), slug, reason=reason, **more, **self._more()
        )


class Caller:
    """Somebody with a token."""

    def __init__(self, text: str = "", address: str = "203.0.113.7") -> None:
        self.client = Client(raise_request_exception=False)
        self.address = address
        self.headers = {"Authorization": f"Bearer {text}"} if text else {}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.generic(
            method.upper(), f"/api/v1{path}", **data, headers=self.headers | headers, REMOTE_ADDR=self.address
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("get", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("post", path, body, **headers)


def fresh_process() -> None:
    """As if the web process had just started."""
    limits.forget()
    released.forget()


def member(office: str = "", name: str = "") -> Any:
    """An editor of a province, or of the centre."""
    user = get_user_model().objects.create_user(name or f"nguoi-{office or 'tw'}", password="x")
    user.groups.add(Group.objects.get(name=PROVINCIAL_EDITOR if office else CENTRAL_EDITOR))
    if office:
        OfficeMember.objects.create(user=user, office_id=office)
    return user


def caller(
    office: str = "", scopes: Sequence[str] = tuple(Scope.values), *, user: Any = None, days: int = 30
) -> Caller:
    """With a fresh token of an office, or of the centre."""
    owner = user or member(office)
    row = Office.objects.get(pk=office) if office else None
    _token, text = MakeTokenAction(user=owner, name="Máy trạm", office=row, scopes=list(scopes), days=days).execute()
    return Caller(text)


def owner_of_66() -> Any:
    """The same editor at each example of a test."""
    return get_user_model().objects.filter(username="nguoi-66").first() or member("66")
