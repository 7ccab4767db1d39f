"""A decision without a standard error is one of a statement whose table says why it is exact, and no other."""

import tomllib
from functools import cache

import pytest

from benchmarks.calibration import LIMITS
from benchmarks.replicates import Replicate, drawn, statements, subject_of
from fixtures.gate.ask import ask
from fixtures.gate.parametrize import control_cases
from fixtures.gate.subject import missing
from fixtures.kinds import kind_named

TABLE = {}
for path in LIMITS.glob("*.toml"):
    TABLE |= tomllib.loads(path.read_text("utf-8"))
EXACT = {
    f"{family}.{check}"
    for family, checks in TABLE.items()
    for check, entries in checks.items()
    if isinstance(entries, dict) and entries.get("exact")
}
# Bounds of what was not seen, which a healthy control does not have.
NOT_ON_CONTROLS = {"neural_collapse.fit_collapse_generalise_in_order"}
JUDGED = {s.name: s.reads for s in statements().values() if s.family != "entropy_change"}


@cache
def controls(kind, group):
    """Healthy records of a kind, and what lies beside them."""
    module = kind_named(kind)
    made = module.healthy_group if group else module.healthy
    return drawn(made, 0, {}) if group else [drawn(made, 0, {})], (
        module.healthy_peers(0) if hasattr(module, "healthy_peers") else []
    )


def parts(name, reads):
    """Named decisions of a statement about its healthy control, in its last case."""
    records, peers = controls(reads.kind, reads.group is not None)
    kept = [record for record in records if not missing(record, reads.needs)]
    case = control_cases(reads, kept[0])[-1]
    return ask(statements()[name], subject_of(kept, case), Replicate(peers)).parts


@pytest.mark.parametrize(("name", "reads"), JUDGED.items(), ids=JUDGED)
def test_a_decision_without_a_standard_error_says_why(name, reads):
    # An equation within a record holds or not, within its own tolerance; its unit says so.
    bare = [part for part, d in parts(name, reads) if d.estimate.se is None and d.estimate.unit != "tolerances"]

    assert bool(bare) == (name in EXACT - NOT_ON_CONTROLS), bare


def test_every_table_that_says_exact_is_of_a_statement():
    assert set(statements()) >= EXACT
