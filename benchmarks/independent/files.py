"""Data files that other libraries wrote, whole and cut at a random byte."""

import io
import json

import numpy as np

from benchmarks.independent.rates import Counts
from benchmarks.replicates import verdicts
from fixtures.evidence import EvidenceError
from fixtures.kinds import data_file

STATEMENT = "evidence.file_is_whole"


def documents(rng):
    """Suffix -> bytes of a file that holds random numbers, names and nested tables."""
    import pandas as pd
    from safetensors.numpy import save

    rows = int(rng.integers(1, 400))
    arrays = {f"layer.{n}": rng.standard_normal((rows, int(rng.integers(1, 9)))).astype(np.float32) for n in range(3)}
    frame = pd.DataFrame(rng.standard_normal((rows, 3)), columns=["loss", "val é", "lr"])
    frame["note"] = rng.choice(["ok", "NaN", "{", '"'], rows)
    orient = str(rng.choice(["records", "columns", "split", "table"]))
    packed, plain = io.BytesIO(), io.BytesIO()
    np.savez_compressed(packed, **arrays)
    np.savez(plain, **arrays)
    nested = {"config": {"lr": 1e-3, "tags": ["a", None, True]}, "log": frame["loss"].tolist()}
    return [
        (".json", frame.to_json(orient=orient, indent=int(rng.integers(0, 3))).encode()),
        (".json", json.dumps(nested, ensure_ascii=False, indent=2).encode()),
        (".npz", packed.getvalue()),
        (".npz", plain.getvalue()),
        (".safetensors", save(arrays, metadata={"format": "np"})),
        (".safetensor", save(arrays)),
    ]


def word(content, suffix, folder):
    """Verdict of a file that lies on a disk: claimed only where it is broken, as in a session."""
    path = folder / f"file{suffix}"
    path.write_bytes(content)
    claims = data_file.find_unclaimed([data_file_of(path)])
    if claims:
        try:
            data_file.read(claims[0])
        except EvidenceError:
            return "error"
    return verdicts("data_file", False, [data_file.DataFile(content, suffix)], [])[STATEMENT]


def data_file_of(path):
    """A file as the walk over a folder hands it on."""
    from fixtures.evidence import File

    return File(path, path.stat().st_size)


def measured(runs, seed=0):
    """Judge whole files of six writers, and each cut at a random byte."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    counts = Counts()
    with TemporaryDirectory() as folder:
        for run in range(runs):
            rng = np.random.default_rng([seed, run])
            for suffix, content in documents(rng):
                counts.add("healthy", {STATEMENT: word(content, suffix, Path(folder))})
                cut = content[: int(rng.integers(0, len(content)))]
                counts.add(f"cut {suffix}", {STATEMENT: word(cut, suffix, Path(folder))})
    return counts
