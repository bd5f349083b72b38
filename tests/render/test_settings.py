"""Settings: each from its variable, and one sentence that names the variable when it cannot be used."""

from __future__ import annotations

import pytest

from render.errors import SettingsError
from render.settings import read_settings


def test_without_any_variable_everything_lies_below_home() -> None:
    settings = read_settings({"LOA_HOME": "/srv/loa"})
    assert (settings.store, settings.cache) == ("/srv/loa/public", "/srv/loa/cache")
    assert str(settings.signing_key) == "/srv/loa/keys/publisher.pem"
    assert not settings.store_is_set
    assert not settings.public_url_is_set


def test_lists_lose_their_blanks_and_addresses_their_last_slash() -> None:
    settings = read_settings({"LOA_TRUSTED_KEYS": " a, ,b ", "LOA_PUBLIC_URL": "https://loa.vidu.vn:8443/a/"})
    assert settings.trusted_keys == ("a", "b")
    assert settings.public_url == "https://loa.vidu.vn:8443/a"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x", "x", "http://", "http://h:99999", "http://[::1", "https://a b.vn", "https://h/?q", "https://h/#f",
        "https://user:hunter2@h", "https://h/;script-src *", 'https://h/"',
    ],
)  # fmt: skip
def test_a_public_address_that_no_browser_could_open_is_refused_by_name(url: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_settings({"LOA_PUBLIC_URL": url})
    assert told.value.where == "LOA_PUBLIC_URL"
    assert told.value.mend
    assert "hunter2" not in str(told.value)


def test_a_choice_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"LOA_ONLINE_SPEECH.*auto, on or off"):
        read_settings({"LOA_ONLINE_SPEECH": "maybe"})
