"""Ask one statement about records in memory, with the suite's own limits."""

from benchmarks.replicates import Replicate, subject_of
from fixtures.gate.ask import ask
from fixtures.gate.statements import statements


def asked(name, *records, peers=()):
    """Verdict of the statement ``family.check`` on a record, or on a group of them, beside reference records."""
    return ask(statements()[name], subject_of(records), Replicate(peers))
