"""How far a session is: a bar on a terminal, a line every ten seconds where nobody watches."""

import os
import threading
import time

MEASURED = "{desc}: {percentage:3.0f}% {bar} {n_fmt} of {total_fmt}, {elapsed}{postfix}"
COUNTED = "{desc}: {n_fmt}, {elapsed}{postfix}"
EVERY = 10.0  # seconds between two lines
REDRAW = 0.5  # seconds between two looks at the bar


class Progress:
    """Tells how far a session is; what takes long is told by a thread, while the session is busy.

    Parameters
    ----------
    stream : file
        Where it is said.
    bar : bool
        Whether a bar is drawn; else a line is written now and then.
    every : float
        Seconds between two lines.
    """

    def __init__(self, stream, *, bar, every=EVERY):
        self.stream, self.bar, self.every = stream, bar, every
        self.stage, self.done, self.total, self.said = "", 0, None, ""
        self.started = self.spoken = time.monotonic()
        self.meter, self.thread, self.over = None, None, threading.Event()
        self.lock = threading.Lock()

    def tell(self, stage, done, total=None, said=""):
        """Note how far it is.

        Parameters
        ----------
        stage : str
            What is being done.
        done : int
            How many are done.
        total : int, optional
            Of how many; None where nobody knows.
        said : str
            What else there is to say, such as the verdicts so far.
        """
        with self.lock:
            if stage != self.stage:
                self._clear()
                self.started = time.monotonic()
            self.stage, self.done, self.total, self.said = stage, done, total, said
        if self.thread is None:
            self.thread = threading.Thread(target=self._watch, name="gonogo-progress", daemon=True)
            self.thread.start()

    def close(self):
        """End it; the bar goes."""
        self.over.set()
        if self.thread is not None:
            self.thread.join()
        with self.lock:
            self._clear()
        self.stream.close()

    def pause(self):
        """Take the bar away for what is written otherwise."""
        with self.lock:
            self._clear()
            self.stage = ""

    def _watch(self):
        while not self.over.wait(REDRAW if self.bar else min(self.every, 1.0)):
            with self.lock:
                if self.stage and self.bar:
                    self._draw()
                elif self.stage and time.monotonic() - self.spoken >= self.every:
                    self.spoken = time.monotonic()
                    self.stream.write(self.line() + "\n")
                    self.stream.flush()

    def line(self):
        """Return where it is in words."""
        far = f"{self.done} of {self.total}" if self.total else f"{self.done}"
        lasted = time.monotonic() - self.started
        return f"{self.stage}: {far}, {lasted:.0f} s" + (f"; {self.said}" if self.said else "")

    def _draw(self):
        from tqdm import tqdm

        if self.meter is None:
            self.meter = tqdm(total=self.total, desc=self.stage, file=self.stream, leave=False, dynamic_ncols=True,
                              bar_format=MEASURED if self.total else COUNTED)  # fmt: skip
        self.meter.total, self.meter.n = self.total, self.done
        self.meter.set_postfix_str(self.said, refresh=False)
        self.meter.refresh()

    def _clear(self):
        if self.meter is not None:
            self.meter.close()
            self.meter = None


def on_screen(screen):
    """Return the progress of a session on pytest's terminal; None where there is none to write to.

    Parameters
    ----------
    screen : pytest.TerminalReporter or None
    """
    try:
        # A copy of the terminal's own file: pytest turns that one aside while it captures.
        stream = os.fdopen(os.dup(screen._tw._file.fileno()), "w", encoding="utf-8", errors="replace")
    except (AttributeError, OSError, ValueError):
        return None
    return Progress(stream, bar=screen.isatty)
