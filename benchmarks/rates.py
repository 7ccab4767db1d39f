"""Rates of verdicts with their intervals, the goals that they miss, and their words for the table of limits."""

from scipy.special import betaincinv

from fixtures.gate.statements import statements

FALSE_ALARM, ABSTENTION, DETECTION = 0.01, 0.2, 0.95


def interval(hits, n, alpha=0.05):
    """Clopper and Pearson's interval of a share.

    >>> [round(end, 3) for end in interval(0, 200)]
    [0.0, 0.018]
    """
    low = betaincinv(hits, n - hits + 1, alpha / 2) if hits else 0.0
    high = betaincinv(hits + 1, n - hits, 1 - alpha / 2) if hits < n else 1.0
    return float(low), float(high)


def share(hits, n):
    """A share as plain data: hits, n, rate, and the ends of its interval."""
    low, high = interval(hits, n)
    return {"hits": hits, "n": n, "rate": hits / n, "low": low, "high": high}


def table(counts):
    """Rates of every statement and size, and who else fires at each fault.

    Parameters
    ----------
    counts : dict
        (statement, size, fault or None) -> Counter of verdicts.

    Returns
    -------
    dict
        ``statements``: a row a statement and size with ``false_alarm``, ``abstention`` and ``detection`` (fault ->
        share); ``specificity``: family -> fault -> statement -> share of replicates that it rejects, at nominal size.
    """
    own = {(s.name, f"{s.reads.kind}:{fault}") for s in statements().values() for fault in s.reads.faults}
    rows, matrix = {}, {}
    for (statement, size, fault), words in sorted(counts.items(), key=lambda item: tuple(map(str, item[0]))):
        n, fired = words.total(), words["fail"] + words["error"]
        row = rows.setdefault((statement, size), {"statement": statement, "size": size, "detection": {}})
        if fault is None:
            row["false_alarm"], row["abstention"] = share(fired, n), share(words["inconclusive"] + words["skip"], n)
        elif (statement, fault) in own:
            row["detection"][fault] = share(fired, n)
        if fault and size == "nominal":
            matrix.setdefault(statement.partition(".")[0], {}).setdefault(fault, {})[statement] = fired / n
    order = ["nominal", "small", "large"]
    kept = [row for row in rows.values() if "false_alarm" in row]
    return {
        "statements": sorted(kept, key=lambda row: (row["statement"], order.index(row["size"]))),
        "specificity": matrix,
    }


def misses(row):
    """What misses its goal: pairs of F (false alarms), A (abstention) or D (detection), and the words."""
    if row["false_alarm"]["rate"] > FALSE_ALARM:
        yield "F", f"false alarms {row['false_alarm']['rate']:.1%}"
    if row["abstention"]["rate"] > ABSTENTION:
        yield "A", f"undecided on {row['abstention']['rate']:.0%} of healthy runs"
    for fault, found in row["detection"].items():
        if found["rate"] < DETECTION:
            yield "D", f"detects {fault.partition(':')[2]} in {found['rate']:.0%}"


def lines(result):
    """Table for the terminal, and what misses its goal at nominal size."""
    yield f"{'statement':<58}{'size':>8}{'false alarm':>15}{'undecided':>10}  detection"
    for row in result["statements"]:
        found = sorted(row["detection"].items())
        detection = ", ".join(f"{fault.partition(':')[2]} {share['rate']:.0%}" for fault, share in found)
        alarms = f"{row['false_alarm']['rate']:>7.1%} ≤ {row['false_alarm']['high']:5.1%}"
        yield f"{row['statement']:<58}{row['size']:>8}{alarms}{row['abstention']['rate']:>10.1%}  {detection}"
    for row in result["statements"]:
        if row["size"] == "nominal":
            yield from (f"misses its goal: {row['statement']}: {text}" for _, text in misses(row))


def in_words(row):
    """Rates of one statement as the table of limits carries them.

    The counts in it are bounds: `tests/test_calibration.py` judges some of the same replicates again.
    """
    alarm, abstained = row["false_alarm"], row["abstention"]
    plural = "" if alarm["hits"] == 1 else "s"
    healthy = f"{alarm['n']} healthy: {alarm['hits']} false alarm{plural} (<= {alarm['high']:.1%}), "
    healthy += f"{abstained['hits']} undecided"
    found = [
        f"{fault.partition(':')[2]} {share['hits']} of {share['n']} (>= {share['low']:.0%})"
        for fault, share in sorted(row["detection"].items())
    ]
    return f"{healthy}; detected: {', '.join(found)}"
