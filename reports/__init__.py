"""What a session leaves behind: rows, figures, one page."""


def results(path):
    """Rows of a session as a pandas DataFrame, one line a verdict.

    Parameters
    ----------
    path : str or Path
        A ``results.jsonl``.

    Returns
    -------
    DataFrame
        Columns as the fields of ``fixtures.gate.row.Row``, and two for every quantity that was measured beside
        verdicts, ``values.<name>`` and ``values.<name>.se`` (``values.true ΔH``, ...; NaN where a row has none or its
        error is not known). ``attrs["header"]`` holds how the session was started, ``attrs["sentences"]`` one sentence
        a run.

    Raises
    ------
    fixtures.gate.row.RowError
        If it is no file of rows, or of another schema.
    """
    import msgspec
    import pandas as pd

    from fixtures.gate.row import Row, load
    from reports.sentences import sentences

    header, rows = load(path)
    frame = pd.DataFrame([msgspec.to_builtins(row) for row in rows], columns=list(Row.__struct_fields__))
    for name in dict.fromkeys(name for row in rows for name in row.values):
        found = [row.values.get(name, {}) for row in rows]
        frame[f"values.{name}"] = [value.get("value") for value in found]
        frame[f"values.{name}.se"] = [None if value.get("se") == "unknown" else value.get("se") for value in found]
    frame.attrs["header"] = msgspec.to_builtins(header)
    frame.attrs["sentences"] = {run: text for (_, run), text in sentences(rows).items()}
    return frame
