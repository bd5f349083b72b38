"""What a translator can mend."""

from __future__ import annotations

from render.errors import EditionError


class TranslationError(EditionError):
    """Something a translator can mend; `what` is said to them as it is."""

    slug = "translation"
