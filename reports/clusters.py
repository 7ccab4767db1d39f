"""Equal failures told once: what they have in common, and what sets their runs apart."""

import re
from typing import NamedTuple

from reports.numbers import number
from reports.row_view import worst_first

NUMBER = re.compile(r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|\b(?:nan|inf)\b", re.IGNORECASE)
PATH = re.compile(r"(?<!\S)/\S*[^\s:;,.]|\S*/\S+[./]\S*[^\s:;,.]")  # no unit: "nats/token" is none


class Cluster(NamedTuple):
    """Readings of one statement that say the same.

    Attributes
    ----------
    worst : dict
        The reading farthest beyond its limit; it stands for all.
    others : list of dict
        The other readings, worst first.
    runs : list of str
        Ids of the runs, each once, worst first.
    apart : list of str
        What these runs share and the passing ones do not, as far as their configuration tells.
    """

    worst: dict
    others: list
    runs: list
    apart: list

    @property
    def readings(self):
        """All readings, worst first."""
        return [self.worst, *self.others]


def nameless(reading, path="…"):
    """First line of what a reading says, without its own name and with its paths replaced."""
    text = reading["parts"][0] if reading["parts"] else "no reason given"
    for name in (reading["run"], reading["control"]):
        if name and len(name) > 2:  # a run called "a" must not eat letters
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", text)
    return PATH.sub(path, text)


def template(reading):
    """What a reading says, without names, paths and numbers: equal for readings that say the same."""
    return NUMBER.sub("#", nameless(reading))


def clusters(readings, verdict, *, among=None):
    """Group the readings of one verdict, worst cluster first.

    Parameters
    ----------
    readings : sequence of dict
        Readings to group.
    verdict : str
        The verdict that is grouped.
    among : sequence of dict, optional
        Readings that tell which runs pass; default: ``readings``.
    """
    passing, groups = {}, {}
    for entry in readings if among is None else among:
        if entry["verdict"] == "pass":
            passing.setdefault(entry["key"], []).append(entry)
    for entry in readings:
        if entry["verdict"] == verdict:
            groups.setdefault((entry["key"], bool(entry["control"]), template(entry)), []).append(entry)
    found = []
    for (key, control, _), group in groups.items():
        group.sort(key=worst_first)
        apart = [] if control else separators(group, passing.get(key, []))
        found.append(Cluster(group[0], group[1:], list(dict.fromkeys(entry["run"] for entry in group)), apart))
    return sorted(found, key=lambda cluster: (*worst_first(cluster.worst), -len(cluster.runs)))


def separators(failing, passing):
    """Settings that all failing runs share and no passing run has.

    >>> separators([{"config": {"lam": 0, "seed": 1}}, {"config": {"lam": 0, "seed": 2}}], [{"config": {"lam": 0.1}}])
    ['lam = 0 (passing: 0.1)']
    """
    configs, others = ([entry["config"] for entry in group if entry["config"]] for group in (failing, passing))
    if len(configs) < 2 or not others:
        return []
    shared = [name for name in configs[0] if all(name in config for config in configs)]
    lines = (
        _separator(name, [config[name] for config in configs], [o[name] for o in others if name in o])
        for name in shared
    )
    return [line for line in lines if line]


def _separator(name, bad, good):
    """One setting that tells failing from passing values; empty if it does not."""
    if not good or any(isinstance(value, dict | list) for value in (*bad, *good)):
        return ""
    if all(value == bad[0] for value in bad):
        seen = list(dict.fromkeys(number(value) for value in good))
        passing = ", ".join(seen[:3]) + (", …" if len(seen) > 3 else "")
        return f"{name} = {number(bad[0])} (passing: {passing})" if bad[0] not in good else ""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in (*bad, *good)):
        if min(bad) > max(good):
            return f"{name} ≥ {number(min(bad))} (passing: ≤ {number(max(good))})"
        if max(bad) < min(good):
            return f"{name} ≤ {number(max(bad))} (passing: ≥ {number(min(good))})"
    return ""
