"""Why a gradient fell: the run has fitted, the stream's growth divides it away, or credit is lost between blocks."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike, Bools, Floats
from gonogo.curve_operations import log_log_slope
from gonogo.estimate import Estimate, NotEnoughData

# Decades that count as a change at all, and as a stream that grows.
MOVED, GREW = 0.5, 1.0


@dataclass(frozen=True, eq=False)
class Mechanism:
    """Change of a gradient's logarithm, split into what it is made of [decades].

    Attributes
    ----------
    label : str
        ``steady``, ``fitted``, ``cancelled by the stream``, ``vanishing credit``, ``lost at the output``,
        ``no terminal norm``, ``fitted or vanishing credit``, or ``unknown``.
    fall : float
        Change of log10 of the gradient from the first usable epoch to the last one considered.
    error, credit, growth : float
        Its parts; they add up to it. ``credit`` is NaN where the log has one block only, ``error`` then holds both.
    power : Estimate or None
        Power of the gradient in the stream over the last two thirds of the epochs; None where the stream spans less
        than a decade.
    epoch, stream, gradient : ndarray, shape (N,)
        Usable rows at the judged block.
    """

    label: str
    fall: float
    error: float
    credit: float
    growth: float
    power: Estimate | None
    epoch: np.ndarray
    stream: np.ndarray
    gradient: np.ndarray

    @property
    def text(self) -> str:
        """The label with its numbers, for messages."""
        if self.label == "unknown":
            return "too few rows with positive, finite norms to say why"
        parts = [f"{self.growth:+.1f} from the stream's norm", f"{self.error:+.1f} from the error at the output"]
        if not np.isnan(self.credit):
            parts.append(f"{self.credit:+.1f} between the blocks")
        text = f"{self.label}: up to epoch {self.epoch[-1]} g moved {self.fall:+.1f} decades ({', '.join(parts)})"
        return text + (f"; g goes like h to the power {self.power.value:.2f}" if self.power else "")


def credit_mechanism(
    epoch: ArrayLike,
    stream: ArrayLike,
    gradient: ArrayLike,
    *,
    column: int = 0,
    until: int | None = None,
    accuracy: ArrayLike | None = None,
) -> Mechanism:
    r"""Split the change of a gradient into error, credit and growth of the stream.

    Parameters
    ----------
    epoch : array_like of int, shape (N,)
        Logged epochs.
    stream, gradient : array_like, shape (N, B)
        Norms at the same blocks, the last residual state in the last column. With one column they may belong to
        different blocks.
    column : int
        The column to explain.
    until : int, optional
        Last epoch considered, e.g. that of the first violation.
    accuracy : array_like, shape (N,), optional
        Accuracy, of the training samples where it is known.

    Returns
    -------
    Mechanism

    Notes
    -----
    Behind a normalisation the loss depends on a state's direction only, so its gradient goes like ``1/h``; ``g h`` at
    the last state is then the error that arrives there, and

    .. math:: g_b = (g_L h_L) \cdot \frac{g_b h_b}{g_L h_L} \cdot \frac{1}{h_b}.

    A run that fits loses the first factor, at all blocks alike; a stream that explodes the third; a network through
    which no credit flows the second. The median over samples of the first factor cannot be small while half of the
    samples are wrong: below an accuracy of 1/2 no fall is called fitting.

    Examples
    --------
    >>> h = np.logspace(0, 6, 7)[:, None]
    >>> m = credit_mechanism(range(7), h, 1 / h)
    >>> m.label, round(m.fall, 6), round(m.power.value, 6)
    ('cancelled by the stream', -6.0, -1.0)
    """
    epoch, stream, gradient = np.asarray(epoch), np.asarray(stream, float), np.asarray(gradient, float)
    ends = [column, -1]
    values = np.concatenate([stream[:, ends], gradient[:, ends]], axis=1)
    usable = np.all(np.isfinite(values) & (values > 0), axis=1)
    usable &= epoch <= (epoch[-1] if until is None else until)
    logs = np.log10(values[usable])
    if len(logs) < 2:
        empty = np.array([])
        return Mechanism("unknown", np.nan, np.nan, np.nan, np.nan, None, empty, empty, empty)
    h_b, h_last, g_b, g_last = (logs[-1] - logs[0]).tolist()
    one_block = stream.shape[1] == 1
    error = g_b + h_b if one_block else g_last + h_last
    credit = np.nan if one_block else g_b + h_b - error
    right = _final(accuracy, usable)
    return Mechanism(
        _label(g_b, error, credit, -h_b, right), g_b, error, credit, -h_b,
        _power(stream[usable, column], gradient[usable, column]), epoch[usable], stream[usable, column],
        gradient[usable, column],
    )  # fmt: skip


def _final(accuracy: ArrayLike | None, usable: Bools) -> float:
    """Last accuracy of the rows considered; NaN if not known."""
    if accuracy is None:
        return np.nan
    known = np.asarray(accuracy, float)[usable]
    known = known[np.isfinite(known)]
    return float(known[-1]) if len(known) else np.nan


def _label(fall: float, error: float, credit: float, growth: float, accuracy: float) -> str:
    """Name the largest negative part."""
    if fall > -MOVED:
        return "no terminal norm" if growth < -GREW else "steady"
    parts = {"error": error, "growth": growth} | ({} if np.isnan(credit) else {"credit": credit})
    largest = min(parts, key=lambda name: parts[name])
    if largest == "growth":
        return "cancelled by the stream"
    if largest == "credit":
        return "vanishing credit"
    if np.isnan(credit):
        return "fitted or vanishing credit" if accuracy > 0.5 else "vanishing credit"
    return "fitted" if accuracy > 0.5 else "lost at the output"


def _power(stream: Floats, gradient: Floats) -> Estimate | None:
    """Power of the gradient in the stream over the last two thirds of the rows."""
    start = len(stream) // 3
    if np.ptp(np.log10(stream[start:])) < GREW:
        return None
    try:
        return log_log_slope(stream[start:], gradient[start:])
    except NotEnoughData:
        return None
