"""A few mutants of every kind's files: each gets its verdict, none a crash, a hang or a changed neighbour."""

import pytest

from benchmarks.fuzz import fuzzed
from fixtures.kinds import NAMES


@pytest.mark.parametrize("kind", [name for name in NAMES if not name.startswith("baseline")])
def test_a_damaged_file_is_judged_or_named_and_harms_nobody(kind):
    counts, offenders = fuzzed(kind, range(20))

    assert offenders == []
    assert counts.total() == 20
