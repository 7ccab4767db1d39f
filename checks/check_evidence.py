"""Every data file beside the runs is whole."""

import pytest

from gonogo import Estimate

pytestmark = pytest.mark.evidence


@pytest.mark.reads("json_file", answers=True, faults=("empty", "cut_short"))
def check_file_is_whole(record, limits, judge):
    """A JSON file holds at least {smallest:.0f} bytes and ends where a document ends.

    Means: a job was killed while it wrote, or the disk was full; what the file should have said is lost.

    Do: look at the job's own log, then run it again, or remove the file if it is not part of the run.
    """
    size = Estimate(len(record.text), unit="bytes")
    judge(limits.decide(size, lower=limits.smallest))
