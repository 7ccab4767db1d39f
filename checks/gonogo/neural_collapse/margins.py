"""Margins of a linear classifier: signed distances to its decision boundaries, class against class."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from gonogo.arrays import Array, Floats
from gonogo.estimate import NotEnoughData
from gonogo.neural_collapse.collapse import class_members


@dataclass(frozen=True, eq=False)
class Margins:
    """Margins of n samples against C classes.

    Attributes
    ----------
    values : ndarray, shape (n, C)
        Signed distance of each sample to the boundary of its own class and another, positive on its own side; NaN
        against its own class [feature units].
    labels : ndarray of int, shape (n,)
        Own class.
    counts : ndarray, shape (C,)
        Samples of each class.
    mean, sd : ndarray, shape (C, C)
        Mean and population standard deviation over the samples of class a (row) against class b (column).
    error : ndarray, shape (C, C)
        Share of class a's samples on class b's side.
    """

    values: np.ndarray
    labels: np.ndarray
    counts: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    error: np.ndarray

    @property
    def bound(self) -> Floats:
        """Cantelli's bound on ``error``: sd^2 / (sd^2 + mean^2), and 1 where the mean is not positive."""
        energy = self.sd**2 + self.mean**2
        bound = np.divide(self.sd**2, energy, out=np.zeros_like(energy), where=energy > 0)
        return np.where(self.mean > 0, bound, np.where(np.isnan(self.mean), np.nan, 1.0))

    @property
    def error_bound(self) -> float:
        """Bound on the share of misclassified samples: union over the other classes, mean over the samples."""
        return float(np.average(np.minimum(np.nansum(self.bound, axis=1), 1.0), weights=self.counts))

    def between(self, a: int, b: int) -> tuple[Floats, Floats]:
        """Signed distances of the samples of two classes to their boundary, positive on the side of class a."""
        return self.values[self.labels == a, b], -self.values[self.labels == b, a]


def margins(features: Array, labels: Array, weight: Array, bias: Array) -> Margins:
    """Signed distances to every decision boundary.

    Parameters
    ----------
    features : array_like, shape (n, d)
        Features before the last layer, NumPy or torch.
    labels : array_like of int, shape (n,)
        Classes, each present.
    weight : array_like, shape (C, d)
        Weights of the last layer.
    bias : array_like, shape (C,)
        Its biases.

    Returns
    -------
    Margins
        As NumPy arrays.

    Notes
    -----
    Distance of h to the boundary of a and b is (h.(w_a - w_b) + b_a - b_b) / |w_a - w_b|; mind the sign of the biases.

    Examples
    --------
    >>> import numpy as np
    >>> h, w, b = np.array([[1.0, 0.0], [0.0, 3.0]]), np.eye(2), np.zeros(2)
    >>> margins(h, np.array([0, 1]), w, b).mean.round(3).tolist()
    [[nan, 0.707], [2.121, nan]]
    """
    xp = array_namespace(features, labels, weight, bias)
    h, w, b = (xp.astype(x, xp.float64) for x in (features, weight, bias))
    return margins_from_logits(h @ w.T + b, labels, weight)


def margins_from_logits(logits: Array, labels: Array, weight: Array) -> Margins:
    """Margins where the logits are at hand; see ``margins``.

    Parameters
    ----------
    logits : array_like, shape (n, C)
        Outputs of the last layer.
    labels : array_like of int, shape (n,)
        Classes, each present.
    weight : array_like, shape (C, d)
        Weights of the last layer.
    """
    xp = array_namespace(logits, labels, weight)
    logits, w = xp.astype(logits, xp.float64), xp.astype(weight, xp.float64)
    members, counts = class_members(labels)
    if members.shape[1] != w.shape[0]:
        raise NotEnoughData(f"margins need samples of all {w.shape[0]} classes, got {members.shape[1]}")
    squares = xp.sum(w**2, axis=1)
    distance = xp.sqrt(xp.clip(squares[:, None] + squares[None, :] - 2 * (w @ w.T), min=0.0))
    own = xp.sum(members * logits, axis=1)
    values, m, labels = (_numpy(x) for x in ((own[:, None] - logits), members, labels))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(m > 0, np.nan, values / _numpy(members @ distance))
    counts = _numpy(counts)
    filled = np.where(m > 0, 0.0, values)
    own_pair = np.eye(len(counts), dtype=bool)
    mean = np.where(own_pair, np.nan, m.T @ filled / counts[:, None])
    spread = np.where(m > 0, 0.0, filled - m @ np.where(own_pair, 0.0, mean))
    sd = np.where(own_pair, np.nan, np.sqrt(m.T @ spread**2 / counts[:, None]))
    error = np.where(own_pair, np.nan, m.T @ ((filled <= 0) & (m == 0)) / counts[:, None])
    return Margins(values, labels, counts, mean, sd, error)


def _numpy(x: Array) -> NDArray[Any]:
    """Array on the host."""
    return x.detach().cpu().numpy() if hasattr(x, "detach") else np.asarray(x)


def smallest_margins(margins: Margins) -> Floats:
    """Smallest margin of each sample, shape (n,): positive where it is classified correctly."""
    return np.nanmin(margins.values, axis=1)
