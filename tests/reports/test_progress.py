"""Test `reports.progress`: a bar where somebody looks, a line now and then where nobody does."""

import io
import threading
import time

import pytest

from reports import progress
from reports.progress import Progress


class Stream(io.StringIO):
    """A stream whose text outlives it."""

    text = ""

    def write(self, text):
        """Keep the text."""
        self.text += text
        return super().write(text)


@pytest.fixture
def stream():
    return Stream()


def until(condition):
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_a_long_statement_is_told_of_while_it_lasts(stream):
    shown = Progress(stream, bar=False, every=0.05)
    shown.tell("judging", 3, 40, "F 2")  # and then nothing is said for long

    assert until(lambda: stream.text.count("\n") >= 2)
    shown.close()
    lines = stream.text.splitlines()
    assert all(line.startswith("judging: 3 of 40, ") and line.endswith("F 2") for line in lines)


def test_what_is_quick_says_nothing_in_a_log(stream):
    shown = Progress(stream, bar=False)
    for n in range(1000):
        shown.tell("judging", n, 1000)
    shown.close()

    assert stream.text == ""


def test_a_bar_shows_how_far_it_is_and_is_gone_at_the_end(stream, monkeypatch):
    monkeypatch.setattr(progress, "REDRAW", 0.01)
    shown = Progress(stream, bar=True)
    shown.tell("judging", 10, 40, "F 2")

    assert until(lambda: "10 of 40" in stream.text)
    assert "judging:  25% " in stream.text
    shown.tell("writing the page", 7)
    assert until(lambda: "writing the page: 7" in stream.text)
    shown.close()
    assert stream.text.rpartition("\r")[0].endswith(" ")
    assert not any(thread.name == "gonogo-progress" for thread in threading.enumerate())


def test_nothing_is_said_while_it_pauses(stream):
    shown = Progress(stream, bar=False, every=0.02)
    shown.tell("reading", 1)
    assert until(lambda: stream.text)
    shown.pause()
    before = stream.text
    time.sleep(0.2)
    shown.close()

    assert stream.text == before


def test_there_is_no_progress_without_a_terminal_of_its_own():
    assert progress.on_screen(None) is None
