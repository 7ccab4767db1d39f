"""What a histogram of Jacobian magnitudes says: the share above a threshold, and by which factor each part shrank."""

from typing import NamedTuple

import numpy as np

from gonogo.arrays import ArrayLike, Floats
from gonogo.estimate import Estimate, NotEnoughData


class Histogram(NamedTuple):
    """Magnitudes of all active pairs of all tokens.

    Attributes
    ----------
    edges : ndarray, shape (n + 1,)
        Bin edges.
    counts : ndarray, shape (n,)
        Entries in each bin.
    tokens : int
        Tokens behind them: the number of independent samples, entries of a token are not.
    total : float
        Entries of all tokens, those beyond the last edge included.
    """

    edges: np.ndarray
    counts: np.ndarray
    tokens: int
    total: float

    @property
    def overflow(self) -> float:
        """Share of entries beyond the last edge."""
        return 1 - float(np.sum(self.counts)) / self.total

    @property
    def survival(self) -> Floats:
        """Share of entries at or above each edge, shape (n + 1,)."""
        return 1 - np.concatenate([[0.0], np.cumsum(self.counts)]) / self.total


class ScaleProfile(NamedTuple):
    """By which factor a Jacobian is smaller than its twin's, from its bulk to its tail.

    Attributes
    ----------
    share : ndarray, shape (m,)
        Share of entries that are larger.
    size, twin : ndarray, shape (m,)
        Magnitude exceeded by that share, here and in the twin.
    factor : ndarray, shape (m,)
        ``size / twin``: constant where the Jacobian only shrank, rising towards the tail where it became sparser.
    bulk, tail : int
        The two places that are compared.
    gain : Estimate
        Factor of the tail over factor of the bulk.
    """

    share: np.ndarray
    size: np.ndarray
    twin: np.ndarray
    factor: np.ndarray
    bulk: int
    tail: int
    gain: Estimate


def histogram(counts: ArrayLike, edges: ArrayLike, *, tokens: int, k: int) -> Histogram:
    """Histogram with the entries that it dropped put back at the far end.

    Parameters
    ----------
    counts : array_like, shape (n,)
        Entries in each bin.
    edges : array_like, shape (n + 1,)
        Bin edges.
    tokens : int
        Number of tokens.
    k : int
        Active latents of a token, on either side.

    Returns
    -------
    Histogram
    """
    counts, edges = np.asarray(counts, float), np.asarray(edges, float)
    if edges.shape != (len(counts) + 1,):
        raise ValueError(f"edges must be one more than counts, got {edges.shape} and {counts.shape}")
    return Histogram(edges, counts, int(tokens), float(tokens) * k * k)


def fraction_above(histogram: Histogram, threshold: float) -> Estimate:
    """Share of active pairs whose magnitude is at least a threshold.

    Parameters
    ----------
    histogram : Histogram
        Of the magnitudes.
    threshold : float
        Must be an edge, within a thousandth of a bin.

    Returns
    -------
    Estimate
        Binomial with one sample a token: entries of a token move together.

    Examples
    --------
    Two tokens of two pairs each; one entry lies beyond the range and counts as large:

    >>> h = Histogram(np.array([0.0, 1.0, 2.0]), np.array([2.0, 1.0]), 2, 4.0)
    >>> fraction_above(h, 1.0).value
    0.5
    """
    nearest = int(np.argmin(np.abs(histogram.edges - threshold)))
    width = histogram.edges[1] - histogram.edges[0]
    if abs(histogram.edges[nearest] - threshold) > 1e-3 * width:
        raise ValueError(f"threshold must be a bin edge, got {threshold:g} between edges {width:g} apart")
    share = float(histogram.survival[nearest])
    return Estimate(
        share, float(np.sqrt(max(share * (1 - share), 0.0) / histogram.tokens)), n=histogram.tokens, counted="tokens"
    )


def fraction_ratio(fraction: Estimate, other: Estimate) -> Estimate:
    """Ratio of two independent fractions with its standard error by the delta method.

    >>> fraction_ratio(Estimate(0.1, 0.01, n=100), Estimate(0.5, 0.0, n=100)).value
    0.2
    """
    if not other.value > 0:
        raise NotEnoughData("the twin has no entry above the threshold: the ratio needs one")
    value = fraction.value / other.value
    se = np.hypot(fraction.error, value * other.error) / other.value
    return Estimate(value, float(se), n=min(fraction.n or 0, other.n or 0), counted="tokens")


def _magnitude(histogram: Histogram, share: float) -> tuple[float, float]:
    """Magnitude that a share of entries exceeds, and its standard error; the survival is log-linear inside a bin."""
    survival = np.maximum(histogram.survival, 0.0)
    bin_ = np.searchsorted(-survival, -share, side="right") - 1
    if bin_ >= len(histogram.counts) or share <= max(histogram.overflow, 0.0):
        return np.nan, np.nan
    high, low = survival[bin_], survival[bin_ + 1]
    width = histogram.edges[bin_ + 1] - histogram.edges[bin_]
    inside = np.log(high / share) / np.log(high / low) if low > 0 else (high - share) / (high - low)
    density = (high - low) / width
    return histogram.edges[bin_] + inside * width, np.sqrt(share * (1 - share) / histogram.tokens) / density


def scale_profile(
    histogram: Histogram,
    twin: Histogram,
    *,
    bulk: float = 0.2,
    tail: float = 0.02,
    resolution: float = 3,
    points: int = 60,
) -> ScaleProfile:
    """Compare two distributions of magnitudes share by share.

    Parameters
    ----------
    histogram, twin : Histogram
        Of a pair, and of the pair trained without the penalty.
    bulk, tail : float
        Shares of entries that are larger, at the two places to compare.
    resolution : float
        Bins that the bulk's magnitude must be away from zero.
    points : int
        Length of the profile.

    Returns
    -------
    ScaleProfile

    Raises
    ------
    NotEnoughData
        If a histogram does not resolve the bulk or does not reach the tail.

    Notes
    -----
    ``J = c J_twin`` leaves the factor constant. The gain is the same whatever either Jacobian is multiplied with.
    The two factors are taken as independent, which overstates the error: neighbouring quantiles move together.
    """
    share = np.unique(np.concatenate([[bulk, tail], np.geomspace(0.9, tail / 10, points)]))[::-1]
    found = [np.array([_magnitude(h, s) for s in share]).T for h in (histogram, twin)]
    at = [int(np.argmin(np.abs(share - place))) for place in (bulk, tail)]
    for name, (size, _), h in zip(("histogram", "twin's histogram"), found, (histogram, twin), strict=True):
        if not np.isfinite(size[at]).all():
            raise NotEnoughData(
                f"the {name} lost {h.overflow:.1%} of its entries beyond {h.edges[-1]:g}; the largest {tail:.0%} needs "
                "wider bins"
            )
        bins = size[at[0]] / (h.edges[1] - h.edges[0])
        if bins < resolution:
            raise NotEnoughData(
                f"{1 - bulk:.0%} of the {name} lie in {bins:.1f} bins; needs {resolution:g}, so finer ones"
            )
    (size, size_se), (twin_size, twin_se) = found
    factor = size / twin_size
    relative = np.hypot(size_se / size, twin_se / twin_size)
    gain = factor[at[1]] / factor[at[0]]
    se = float(gain * np.hypot(*relative[at]))
    estimate = Estimate(float(gain), se, n=min(histogram.tokens, twin.tokens), counted="tokens")
    return ScaleProfile(share, size, twin_size, factor, at[0], at[1], estimate)
