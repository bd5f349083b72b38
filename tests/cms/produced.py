"""What builds have come to: states of products, the catalogue that readers find."""

from __future__ import annotations

from django.conf import settings

from cms.production.models import ProductState
from render.keys import load_or_make_signer
from render.release import Release, read_catalogue
from render.store import open_store

SLUG = "luong-huu-tu-15-nam"
SPECIMEN = "quyen-an-sinh-xa-hoi"


def catalogue() -> Release:
    """The release that readers find."""
    signer = load_or_make_signer(settings.LOA.signing_key)
    release = read_catalogue(open_store(settings.LOA.store), [signer.fingerprint])
    assert release is not None
    return release


def product_states(slug: str = SLUG) -> dict[tuple[str, str, str], str]:
    """The status of each product by language, office and name."""
    return {(row.lang, row.office, row.product): row.status for row in ProductState.objects.of(slug)}
