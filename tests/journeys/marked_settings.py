"""The site's settings with screens in the test language, where each translated text stands in brackets."""

from cms.settings.base import *  # noqa: F403
from cms.settings.base import LOA
from tests.marked import marked_catalogues

LOCALE_PATHS = [str(marked_catalogues(LOA.home / "marked"))]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # of tests; a good one costs half a second a login
