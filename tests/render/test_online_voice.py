"""The online voice against a server that speaks its protocol: asked once ever, never hurried, never of drafts."""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from render.build import make_context
from render.errors import VoiceError
from render.settings import read_settings
from render.speech import online
from render.speech.engines import espeak_paths
from render.speech.online import clauses, google, online_speech_available
from render.speech.sound import VOICE_RATE
from tests.render.voices_at_hand import encoded, said

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng lends its voice to the server")


@dataclass
class Service:
    """What the server answers next, and what it was asked."""

    mood: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    sound: bytes = b""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    state = Service(sound=encoded(said("Nộp cho xã."), "mp3", "libmp3lame", 24_000))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = json.loads(urllib.parse.parse_qs(body)["f.req"][0])
            assert asked[0][0][0] == "jQ1olc"
            state.asked.append(json.loads(asked[0][0][1])[0])
            state.at.append(time.monotonic())
            mood = state.mood.pop(0) if state.mood else "well"
            if mood == "hang":
                time.sleep(3)
                return
            if mood == "drip":
                self.send_response(200)
                self.end_headers()
                for _ in range(40):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.1)
                return
            if mood == "cut":
                self.send_response(200)
                self.send_header("Content-Length", "5000")
                self.end_headers()
                self.wfile.write(b'[["wrb.fr","jQ1olc","[\\"abc')
                return
            if mood.isdigit():
                self.send_response(int(mood))
                self.send_header("Retry-After", "7")
                self.end_headers()
                return
            sound = b"not an mp3" * 40 if mood == "no sound" else state.sound
            inner = json.dumps([base64.b64encode(sound).decode()])
            line = json.dumps([["wrb.fr", "jQ1olc", inner, None, None, None, "generic"]])
            answer = {
                "well": f")]}}'\n\n123\n{line}\n25\n",
                "garbage": "<html>Sorry…</html>",
                "nothing": ")]}'\n\n" + json.dumps([["wrb.fr", "jQ1olc", None]]) + "\n",
                "no sound": line,
            }[mood]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(online, "SERVICE", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setattr(online, "BETWEEN_S", 0.05)
    monkeypatch.setattr(online, "_BREATH_S", 0.05)
    monkeypatch.setattr(online, "_LONGEST_BREATH_S", 0.1)
    yield state
    server.shutdown()
    server.server_close()


LONG = (
    "Người từ đủ bảy mươi lăm tuổi không có lương hưu được nhận trợ cấp, bà con còn được cấp thẻ bảo hiểm y tế. "
    "Xin cảm ơn."
)


def test_a_text_is_asked_clause_by_clause_and_each_clause_once_ever(service: Service) -> None:
    first = google(LONG, "vi", 3.5)
    assert len(first) / VOICE_RATE == pytest.approx(2 * 0.9, abs=1.2)
    assert len(service.asked) == len(clauses(LONG)) > 1
    assert all(len(clause) < 100 for clause in service.asked)
    assert (google(LONG, "vi", 3.5) == first).all()
    assert len(service.asked) == len(clauses(LONG))
    google("Xin cảm ơn.", "km", 3.5)  # another language is another voice
    assert len(service.asked) == len(clauses(LONG)) + 1


def test_what_was_answered_lies_apart_from_the_cache_of_steps(service: Service) -> None:
    google("Xin cảm ơn.", "vi", 3.5)
    (kept,) = (read_settings().home / "online-speech").glob("*/*.mp3")
    assert kept.read_bytes() == service.sound
    kept.write_bytes(b"damaged")
    google("Xin cảm ơn.", "vi", 3.5)
    assert kept.read_bytes() == service.sound


def test_requests_keep_their_distance_in_whatever_thread(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "BETWEEN_S", 0.25)
    asking = [threading.Thread(target=google, args=(f"Câu số {word}.", "vi", 3.5)) for word in ("một", "hai", "ba")]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    gaps = [late - early for early, late in zip(service.at, service.at[1:], strict=False)]
    assert len(gaps) == 2
    assert min(gaps) > 0.2


def test_a_hurried_service_is_asked_again_after_a_breath(service: Service) -> None:
    service.mood = ["429", "503"]
    google("Xin cảm ơn.", "vi", 3.5)
    assert len(service.asked) == 3


def test_a_service_that_stays_busy_is_given_up_with_the_wait_told(service: Service) -> None:
    service.mood = ["429"] * 9
    with pytest.raises(VoiceError, match=r"asked too often.*429") as refused:
        google(LONG, "vi", 3.5)
    assert "wait 7 s" in refused.value.mend
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("mood", "told"),
    [
        ("403", "refused the text"),
        ("garbage", "without any sound"),
        ("nothing", "without any sound"),
        ("no sound", "is no sound"),
        ("cut", "network broke off|without any sound"),
    ],
)
def test_an_answer_that_is_no_sound_is_told_and_not_kept(service: Service, mood: str, told: str) -> None:
    service.mood = [mood]
    with pytest.raises(VoiceError, match=told) as refused:
        google("Xin cảm ơn.", "vi", 3.5)
    assert refused.value.where == "Xin cảm ơn."
    assert not list((read_settings().home / "online-speech").glob("*/*.mp3"))


@pytest.mark.parametrize("mood", ["hang", "drip"])
def test_a_network_that_hangs_costs_five_seconds_in_all_whatever_there_is_to_say(
    service: Service, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "REQUEST_S", 0.6)
    service.mood = [mood] * 30
    for number in range(12):
        with pytest.raises(VoiceError, match=r"network broke off|not asked again yet"):
            google(f"Câu {'một ' * number}đây.", "vi", 3.5)
    assert len(service.asked) == 1
    monkeypatch.setattr(online, "DEAD_FOR_S", 0.0)
    service.mood = []
    assert len(google("Câu này được.", "vi", 3.5))


def test_no_network_at_all_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    monkeypatch.setattr(online, "SERVICE", f"http://127.0.0.1:{port}/")
    with pytest.raises(VoiceError, match="network broke off"):
        google("Xin cảm ơn.", "vi", 3.5)


def test_asking_whether_the_service_answers_never_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        over.wait(60)
        raise requests.ConnectionError("too late")

    over = threading.Event()
    monkeypatch.setattr(requests, "head", hang)
    began = time.monotonic()
    assert online_speech_available(timeout_s=0.2) is False
    assert time.monotonic() - began < 50
    over.set()


def test_a_draft_never_leaves_the_machine_nor_is_the_network_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked for a draft")

    monkeypatch.setattr(requests, "head", asked)
    for wish in ("auto", "on", "off"):
        context = make_context(read_settings({"LOA_ONLINE_SPEECH": wish}))
        assert context.draft
        assert not context.online_speech
    public = make_context(read_settings({"LOA_ONLINE_SPEECH": "on"}), draft=False)
    assert (public.draft, public.online_speech) == (False, True)


@given(st.lists(st.text(alphabet="abcđêươ,.;?! ", min_size=1, max_size=40), min_size=1, max_size=20))
def test_clauses_are_short_enough_and_lose_no_word(pieces: list[str]) -> None:
    text = " ".join(pieces)
    cut = clauses(text)
    assert all(len(clause) < 100 for clause in cut)
    assert re.findall(r"\w", "".join(cut)) == re.findall(r"\w", text)


def test_clauses_are_cut_at_marks_before_words() -> None:
    assert clauses(LONG)[0].endswith("trợ cấp,")
