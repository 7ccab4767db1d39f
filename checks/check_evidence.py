"""Every data file beside the runs is whole."""

import pytest

from gonogo import Estimate

pytestmark = pytest.mark.evidence


@pytest.mark.reads("data_file", answers=True, faults=("empty", "cut_short", "tensors_cut_short", "archive_cut_short"))
def check_file_is_whole(record, limits, judge):
    """A data file holds at least {smallest:.0f} byte and ends where its format or its own header says.

    Means: a job was killed while it wrote, or the disk was full; what the file should have said is lost.

    Do: look at the job's own log, then run it again, or remove the file if it is not part of the run.
    """
    size = Estimate(len(record.content), unit="bytes")
    judge(limits.decide(size, lower=limits.smallest))
