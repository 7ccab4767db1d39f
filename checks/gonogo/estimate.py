"""A measured value with its uncertainty, and the three-way rule that judges it."""

import math
from dataclasses import dataclass, replace

from scipy.special import ndtr, ndtri, stdtr, stdtrit

RULES = ("equivalence", "compatibility", "bare")


class NotEnoughData(Exception):
    """The data are valid but too few to say anything; the message says how many would do.

    Parameters
    ----------
    message : str
        Why nothing can be said.
    cause : str
        A word for it, for those who count causes, e.g. ``planned_end``: nobody says how long the run was meant to be.
    """

    def __init__(self, message: str, cause: str = "") -> None:
        self.cause = cause
        super().__init__(message)


class NotApplicable(Exception):
    """The question does not arise for these data; the message says why."""


def critical_value(comparisons: int = 1, *, alpha: float = 0.001, floor: float = 3.0) -> float:
    """Bonferroni-corrected two-sided normal quantile, never below a floor.

    Parameters
    ----------
    comparisons : int
        Number of decisions that share the error rate.
    alpha : float
        Family-wise error rate.
    floor : float
        Smallest value returned.

    Returns
    -------
    float
        ``max(floor, Phi^-1(1 - alpha / (2 m)))``.

    Examples
    --------
    >>> round(critical_value(1), 2), round(critical_value(30), 2)
    (3.29, 4.15)
    """
    return max(floor, float(-ndtri(alpha / (2 * max(comparisons, 1)))))


def student_quantile(z: float, dof: float) -> float:
    """Quantile of Student's t that leaves the same tail as ``z`` leaves under the normal law.

    >>> round(student_quantile(3.0, 4.0), 2), student_quantile(3.0, math.inf)
    (6.62, 3.0)
    """
    return z if math.isinf(dof) else float(-stdtrit(dof, ndtr(-z)))


def normal_quantile(t: float, dof: float) -> float:
    """Normal quantile that leaves the same tail as ``t`` leaves under Student's law; undoes ``student_quantile``.

    >>> round(normal_quantile(6.62, 4.0), 2), normal_quantile(3.0, math.inf)
    (3.0, 3.0)
    """
    return t if math.isinf(dof) else float(-ndtri(stdtr(dof, -t)))


def capped_quantile(z: float, dof: float, *, most: float, tail: float = 0.005) -> float:
    """Normal quantile whose counterpart under Student's law is at most ``most`` standard errors.

    Parameters
    ----------
    z : float
        The quantile where nothing caps it, corrected for many decisions.
    dof : float
        Degrees of freedom.
    most : float
        Standard errors that decide however many decisions there are.
    tail : float
        Probability that the result leaves in a tail at most, however few the degrees of freedom.

    Examples
    --------
    >>> [round(student_quantile(capped_quantile(4.0, dof, most=4.0), dof), 2) for dof in (2.0, 7.0, 50.0, math.inf)]
    [9.92, 4.0, 4.0, 4.0]
    """
    return min(z, max(normal_quantile(most, dof), float(-ndtri(tail))))


@dataclass(frozen=True, slots=True)
class Decision:
    """What the three-way rule says of an estimate against its limits.

    Attributes
    ----------
    verdict : {"pass", "fail", "inconclusive"}
        Demonstrated, refuted, or undecided.
    estimate : Estimate
        What was judged.
    lower, upper : float or None
        The limits; None where that side is open.
    multiplier : float
        Multiple of the standard error that was used (Student's t where the estimate has few degrees of freedom).
    rule : {"equivalence", "compatibility", "bare"}
        How an undecided case was treated.
    note : str
        What a reader must know beside the verdict, e.g. "compatible, not verified".
    significance : float or None
        Multiple of the standard error beyond which any departure from zero fails.
    corrected : bool
        Whether the multiplier allows for the decisions beside this one.
    """

    verdict: str
    estimate: "Estimate"
    lower: float | None
    upper: float | None
    multiplier: float
    rule: str
    note: str = ""
    significance: float | None = None
    corrected: bool = False

    @property
    def beyond(self) -> float:
        """Signed distance beyond the nearer limit, in the estimate's unit; negative inside."""
        value = self.estimate.value
        return max(
            value - self.upper if self.upper is not None else -math.inf,
            self.lower - value if self.lower is not None else -math.inf,
        )

    @property
    def by_significance(self) -> bool:
        """Whether the value fails because it is not zero, although it may lie within its limits."""
        if self.verdict != "fail" or self.significance is None or self.rule == "bare" or not self.estimate.error > 0:
            return False
        value, half = self.estimate.value, self.multiplier * self.estimate.error
        over = self.upper is not None and value - half > self.upper
        under = self.lower is not None and value + half < self.lower
        return math.isfinite(value) and not (over or under)

    @property
    def excess(self) -> float:
        """Signed distance beyond the nearer limit, in units of the limits' half-width; negative inside.

        Where significance decided, it is the distance from zero in standard errors that lies beyond its limit.
        """
        value = self.estimate.value
        if not math.isfinite(value):
            return math.inf
        if self.by_significance:
            limit = self.significance or 0.0
            return (abs(value) / self.estimate.error - limit) / (limit or 1.0)
        if self.lower is not None and self.upper is not None:
            width = (self.upper - self.lower) / 2
        else:
            width = max(abs(limit) for limit in (self.lower, self.upper) if limit is not None)
        return self.beyond / (width or 1.0)

    @property
    def n_to_decide(self) -> float | None:
        """Sample size at which the interval clears the limit if the value stays where it is; None if unknown.

        The standard error is taken to fall as the square root of ``n``, and each further sample to bring a degree of
        freedom where they are few.
        """
        estimate, size, se = self.estimate, self.estimate.n, self.estimate.error
        if self.verdict != "inconclusive" or size is None or not se or not math.isfinite(se):
            return None
        gap = min(abs(estimate.value - limit) for limit in (self.lower, self.upper) if limit is not None)
        if gap < 1e-6 * se:
            return math.inf
        if math.isinf(estimate.dof):
            return math.ceil(size * (self.multiplier * se / gap) ** 2)
        z = normal_quantile(self.multiplier, estimate.dof)

        def clears(n: int) -> bool:
            return student_quantile(z, estimate.dof + n - size) * se * math.sqrt(size / n) <= gap

        few = many = size
        while not clears(many):
            few, many = many, 2 * many
        while many - few > 1:
            middle = (few + many) // 2
            few, many = (few, middle) if clears(middle) else (middle, many)
        return many


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value with its standard error.

    Attributes
    ----------
    value : float
        The measured value.
    se : float or None
        Standard error in the value's unit; None for a deterministic statistic of the data, NaN where it should
        exist but is not known.
    unit : str
        Unit; "1" for a pure number.
    n : int or None
        Number of independent samples behind the value.
    dof : float
        Degrees of freedom of the standard error; infinite for large samples.
    counted : str
        What ``n`` counts, in the plural: more of these would make the standard error smaller.
    """

    value: float
    se: float | None = None
    unit: str = "1"
    n: int | None = None
    dof: float = math.inf
    counted: str = "samples"

    @property
    def error(self) -> float:
        """Standard error as a number: zero for a deterministic statistic of the data."""
        return 0.0 if self.se is None else self.se

    def minus(self, number: float) -> "Estimate":
        """Return this estimate less a number that is taken as known.

        >>> Estimate(3.0, se=0.5).minus(1.0)
        Estimate(value=2.0, se=0.5, unit='1', n=None, dof=inf, counted='samples')
        """
        return replace(self, value=self.value - number)

    def over(self, number: float) -> "Estimate":
        """Return this estimate, a pure number, over a number that is taken as known.

        >>> Estimate(3.0, se=0.5).over(-2.0)
        Estimate(value=-1.5, se=0.25, unit='1', n=None, dof=inf, counted='samples')
        """
        return replace(self, value=self.value / number, se=None if self.se is None else self.se / abs(number))

    def decide(
        self,
        *,
        lower: float | None = None,
        upper: float | None = None,
        z: float = 3.0,
        rule: str = "equivalence",
        significance: float | None = None,
        corrected: bool = False,
    ) -> Decision:
        r"""Judge the estimate against limits by the three-way rule.

        Parameters
        ----------
        lower, upper : float, optional
            Limits in the estimate's unit; at least one.
        z : float
            Multiple of the standard error.
        rule : {"equivalence", "compatibility", "bare"}
            ``equivalence`` passes only what is demonstrated; ``compatibility`` also passes what is undecided and says
            so; ``bare`` ignores the standard error.
        significance : float, optional
            Also fail when ``|value| > significance * se`` and the limits are not demonstrated to hold: for statements
            whose truth makes the value exactly zero, so that any significant departure is a violation.
        corrected : bool
            Whether ``z`` allows for the decisions that are taken beside this one.

        Returns
        -------
        Decision

        Raises
        ------
        ValueError
            If no limit is given, a limit is NaN, or the rule is unknown.

        Notes
        -----
        With half-width ``h = t se``: pass if ``[value - h, value + h]`` lies within the limits, fail if it lies
        outside, inconclusive otherwise. NaN satisfies no limit. Equivalence testing: Schuirmann, J. Pharmacokinet.
        Biopharm. 15 (1987) 657.

        Examples
        --------
        >>> Estimate(0.5, se=0.1).decide(upper=1.0).verdict
        'pass'
        >>> Estimate(0.9, se=0.1).decide(upper=1.0).verdict
        'inconclusive'
        >>> Estimate(1.5, se=0.1).decide(upper=1.0).verdict
        'fail'
        """
        if lower is None and upper is None:
            raise ValueError("decide needs a lower or an upper limit, got neither")
        if any(limit is not None and math.isnan(limit) for limit in (lower, upper)):
            raise ValueError(f"limits must be numbers, got lower={lower}, upper={upper}")
        if rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
        lo, hi = (-math.inf if lower is None else lower), (math.inf if upper is None else upper)
        t = student_quantile(z, self.dof)
        decision = Decision("inconclusive", self, lower, upper, t, rule, "", significance, corrected)
        if math.isnan(self.value):
            return replace(decision, verdict="fail", note="the value is not a number")
        if rule == "bare" or self.se is None or math.isinf(self.value):
            return replace(decision, verdict="pass" if lo <= self.value <= hi and math.isfinite(self.value) else "fail")
        if math.isfinite(self.se):
            half = t * self.se
            if lo <= self.value - half and self.value + half <= hi:
                return replace(decision, verdict="pass")
            if self.value - half > hi or self.value + half < lo:
                return replace(decision, verdict="fail")
            if significance is not None and abs(self.value) > significance * self.se:
                return replace(decision, verdict="fail")
        elif rule == "equivalence":
            return replace(decision, note="the standard error is not known")
        if rule == "compatibility":
            return replace(decision, verdict="pass", note="compatible, not verified")
        return decision
