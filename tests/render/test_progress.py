"""Waiting for clips: a bar that counts frames, and an end before the end that leaves nothing half-written."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from render.commands.progress import Bar
from render.jobs import Progress
from render.paths import ROOT
from render.products import File, Planned
from render.run import Job, open_executor, run
from render.steps import Step
from render.video.timing import guessed_frames, unit_rhythms
from tests.render.clips_at_hand import article_file


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_counts_frames_where_clips_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with Bar("making") as bar:
        bar.show(Progress(3, 20, 500, 1000))
        assert "500/1000 khung hình / frames · 3/20" in terminal.getvalue()
        assert terminal.getvalue().count("█") == terminal.getvalue().count("░") == 15
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_the_bar_counts_steps_where_no_clip_is_made_and_says_nothing_in_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with Bar("making") as bar:
        bar.show(Progress(5, 20))
    assert " 5/20" in terminal.getvalue()
    assert "frames" not in terminal.getvalue()
    monkeypatch.setattr(sys, "stderr", file := io.StringIO())
    with Bar("making") as bar:
        bar.show(Progress(5, 20, 10, 100))
    assert file.getvalue() == ""


def test_frames_come_with_the_steps_that_lay_them(tmp_path: Path) -> None:
    told: list[Progress] = []
    units = [
        Step("tests.render.sample_steps:write", {"text": f"{number}"}, frames=100 * number) for number in (1, 2, 3)
    ]
    last = Step("tests.render.sample_steps:upper", {}, {"text": units[0]})
    plan = Planned(tuple(File(step, "out.txt", f"{at}", "text/plain") for at, step in enumerate((last, *units))))
    job = Job("clip-vertical", "thu", "vi", None, None, plan)
    with open_executor() as executor:
        run([job], cache_url=str(tmp_path), executor=executor, on_progress=told.append)
    assert (told[0].frames_done, told[0].frames, told[0].steps) == (0, 600, 4)
    assert told[-1] == Progress(4, 4, 600, 600)
    done = [one.frames_done for one in told]
    assert done == sorted(done)


def test_how_many_frames_are_guessed_changes_no_key() -> None:
    keys = {Step("tests.render.sample_steps:write", {"text": "a"}, frames=frames).key for frames in (0, 5)}
    assert len(keys) == 1


def test_a_guess_of_the_frames_is_near_what_the_voice_will_take() -> None:
    said = "Công dân Việt Nam từ đủ bảy mươi lăm tuổi được nhận trợ cấp."
    rhythm = {"opens": False, "closes": False, "hold_s": 0.0, "captions": [[said]]}
    assert 90 <= guessed_frames(unit_rhythms(rhythm)[0], 30) <= 210


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_clip_given_up_half_way_leaves_nothing_and_is_made_whole_next_time(
    how: signal.Signals, tmp_path: Path
) -> None:
    out, scratch, home = tmp_path / "out", tmp_path / "tmp", tmp_path / "home"
    scratch.mkdir()
    environment = {
        **os.environ, "LOA_HOME": str(home), "LOA_CACHE": str(home / "cache"), "LOA_ONLINE_SPEECH": "off",
        "TMPDIR": str(scratch),
    }  # fmt: skip
    program = [sys.executable, "-m", "render.cli", "build", str(article_file(tmp_path)), "--product", "clip-vertical"]
    program += ["--lang", "vi", "--out", str(out)]

    # In a group of its own, as a terminal gives it one: Ctrl-C reaches all of it.
    def hearing() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell may run us with it ignored

    with subprocess.Popen(
        program, cwd=ROOT, env=environment, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=hearing
    ) as build:
        deadline = time.monotonic() + 120
        while sum(1 for _ in (home / "cache").rglob("*")) < 12 and time.monotonic() < deadline:
            time.sleep(0.02)
        if how == signal.SIGINT:
            os.killpg(build.pid, how)
        else:
            build.send_signal(how)
        _, told = build.communicate(timeout=120)
    assert build.returncode == (130 if how == signal.SIGINT else -how), told
    deadline = time.monotonic() + 60
    while _members(build.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _members(build.pid)
    assert not [path for path in out.rglob("*") if path.is_file()]
    assert not [path for path in scratch.rglob("*.mp4") if path.is_file()]
    again = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert [path.suffix for path in sorted(out.rglob("*")) if path.is_file()].count(".mp4") == 1
    assert not list(out.rglob(".*"))


def _members(group: int) -> list[int]:
    """The processes of a group that still live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state != "Z":
            found.append(int(path.parent.name))
    return found
