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
        Columns as the fields of ``fixtures.gate.row.Row``; ``attrs["header"]`` holds how the session was started.

    Raises
    ------
    fixtures.gate.row.RowError
        If it is no file of rows, or of another schema.
    """
    import msgspec
    import pandas as pd

    from fixtures.gate.row import Row, load

    header, rows = load(path)
    frame = pd.DataFrame([msgspec.to_builtins(row) for row in rows], columns=list(Row.__struct_fields__))
    frame.attrs["header"] = msgspec.to_builtins(header)
    return frame
