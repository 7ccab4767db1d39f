"""What the terminal says of a verdict."""

LETTERS = {
    "pass": ("passed", ".", "PASSED"),
    "fail": ("failed", "F", "FAILED"),
    "error": ("error", "E", "ERROR"),
    "skip": ("skipped", "s", "SKIPPED"),
    "inconclusive": ("inconclusive", "?", ("INCONCLUSIVE", {"yellow": True})),
    "warn": ("warn", "W", ("WARN", {"yellow": True})),
}


def letter(row, *, failed):
    """Category, letter and word of a verdict, as pytest's status hook wants them.

    Parameters
    ----------
    row : dict
        A verdict's row.
    failed : bool
        Whether pytest counts it as failed: so with ``--strict`` an inconclusive one.
    """
    category, sign, word = LETTERS[row["verdict"]]
    return ("failed", sign, word) if failed and row["verdict"] == "inconclusive" else (category, sign, word)


def block(row):
    """Explain a verdict on a screen: claim, numbers, meaning, remedy, sources, and how to see it again."""
    evidence = row["evidence"] if isinstance(row["evidence"], list) else [row["evidence"]]
    case = ", ".join(f"{key} = {value}" for key, value in row["case"].items())
    first, *more = row["message"].splitlines() or [""]
    lines = [
        ("", "\n".join(more)),
        ("claim", row["statement"]),
        ("run", f"{row['run']}{f' ({case})' if case else ''}"),
        ("means", row["means"]),
        ("do", row["advice"]),
        ("limits", "\n".join(row["limits"])),
        ("read", "\n".join(f"{e['path']}  sha256 {e['sha256'][:12]}" for e in evidence)),
        ("figures", ", ".join(row["figures"])),
        ("rerun", row["rerun"]),
    ]
    return f"{row['verdict']}: {first}\n" + "\n".join(
        f"{label if n == 0 else '':>9}  {line}"
        for label, text in lines
        if text
        for n, line in enumerate(text.splitlines())
    )
