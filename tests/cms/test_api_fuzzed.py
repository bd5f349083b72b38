"""Everything that the API's own description allows, and much that it does not, asked of it by schemathesis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis import GenerationMode

from cms.delivery import limits, released
from tests.cms.delivered import Bucket, caller, fresh_process, member

pytestmark = pytest.mark.slow


@pytest.fixture
def application(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The site as a web server runs it, with something published, and no limit in the way."""
    from cms.wsgi import application

    fresh_process()
    for name in ("PER_TOKEN", "PER_ADDRESS", "WRONG_TOKENS"):
        monkeypatch.setattr(limits, name, 1_000_000)
    monkeypatch.setattr(released, "LOOK_S", 60.0)
    bucket = Bucket()
    bucket.article("mot", offices=("66",), products="leaflet bulletin")
    bucket.withdraw("mot", "Con số in sai.")
    bucket.article("hai", products="leaflet bulletin")
    yield application
    fresh_process()


# The rules are the same for all of them: an office is asked most, nobody least, whose way ends at the door.
@pytest.mark.parametrize(
    ("office", "examples"), [("66", 10), ("", 4), (None, 2)], ids=["an office", "the centre", "nobody"]
)
def test_no_check_of_schemathesis_fails(application: Any, office: str | None, examples: int) -> None:
    headers = {}
    if office is not None:
        headers = caller(office, user=member(office)).headers
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=examples, deadline=None, derandomize=True, database=None,
                phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                nonlocal asked
                assume(not any(value in ([], {}) for value in (case.query or {}).values()))  # it would not be sent
                asked += 1
                case.call_and_validate(headers=dict(headers))

            ask()
    assert asked > 10 * examples
