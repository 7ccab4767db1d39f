"""Write synthetic runs of every kind to two folders: healthy ones, and one for each fault.

Usage: python tests/write_runs.py HEALTHY FAULTY
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]

from fixtures.kinds import kinds  # noqa: E402  (the rooms are named on the path only just now)


def write_runs(healthy, faulty=None, *, only=None):
    """Write runs.

    Parameters
    ----------
    healthy, faulty : Path
        Folders; the second may be left out.
    only : collection of str, optional
        Kinds to write.
    """
    for kind, module in kinds().items():
        if only is not None and kind not in only:
            continue
        peers = [("peer", record) for record in getattr(module, "healthy_peers", list)()]
        records = [("healthy", module.healthy()), *peers]
        if hasattr(module, "healthy_group"):
            records += [("group", record) for record in module.healthy_group()[1:]]
        for n, (name, record) in enumerate(records):
            put(module, record, Path(healthy) / kind / f"{name}_{n}")
        if faulty is not None:
            for name, fault in module.FAULTS.items():
                put(module, fault(module.healthy()), Path(faulty) / kind / name)


def put(module, record, folder):
    """Write one record into a folder of its own."""
    folder.mkdir(parents=True)
    module.write(record, folder)


if __name__ == "__main__":
    write_runs(*map(Path, sys.argv[1:3]))
