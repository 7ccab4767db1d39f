"""What the terminal says of a verdict."""

LETTERS = {"pass": "✓", "fail": "F", "error": "E", "warn": "W", "inconclusive": "?", "skip": "s"}
CATEGORIES = {
    "pass": "passed",
    "fail": "failed",
    "skip": "skipped",
}  # as pytest counts them; the others under their name
APART = {"yellow": True}


def letter(verdict, *, failed):
    """Category, letter and word of a verdict, as pytest's status hook wants them.

    Parameters
    ----------
    verdict : str
        One of the six words.
    failed : bool
        Whether pytest counts it as failed: so with ``--strict`` an inconclusive one.
    """
    category = "failed" if failed and verdict == "inconclusive" else CATEGORIES.get(verdict, verdict)
    sign = "." if verdict == "pass" else LETTERS[verdict]
    word = {"pass": "PASSED", "fail": "FAILED", "skip": "SKIPPED"}.get(verdict, verdict.upper())
    return category, sign, (word, APART) if verdict in ("inconclusive", "warn") else word


def block(row):
    """Explain a verdict on a screen: claim, numbers, meaning, remedy, sources, and how to see it again."""
    case = ", ".join(f"{key} = {value}" for key, value in row.case.items())
    first, *more = row.message.splitlines() or [""]
    lines = [
        ("", "\n".join(more)),
        ("claim", row.statement),
        ("run", f"{row.run}{f' ({case})' if case else ''}"),
        ("means", row.means),
        ("do", row.advice),
        ("limits", "\n".join(row.limits)),
        ("read", "\n".join(f"{e.path}  sha256 {e.sha256[:12]}" for e in row.pieces)),
        ("figures", ", ".join(row.figures)),
        ("rerun", row.rerun),
    ]
    return f"{row.verdict}: {plain(first)}\n" + "\n".join(
        f"{label if n == 0 else '':>9}  {plain(line)}"
        for label, text in lines
        if text
        for n, line in enumerate(text.splitlines())
    )


def plain(line):
    """A line that no terminal obeys: control characters show as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
