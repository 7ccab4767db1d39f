"""The session in Markdown, for the summary that a CI service shows beside a job."""

from pathlib import Path

from reports.earlier import in_words
from reports.row_view import VERDICTS, reading, worst_first
from reports.summary import headline

ROWS = 20
LENGTH = 160
MARKUP = frozenset("&<>|\\`*_[]()~@#$!:\"'")


def append_summary(path, rows, session):
    """Append the session to a file.

    Parameters
    ----------
    path : str or Path
        The file; what other steps wrote there stays.
    rows : list of Row
        One a verdict.
    session : dict
        What the ledger says beside the rows.

    Returns
    -------
    str
        Why it could not be written; empty if it was. A summary never changes a verdict.
    """
    try:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(summary(rows, session))
    except (OSError, ValueError) as error:
        return f"no summary in {path}: {error}"
    return ""


def summary(rows, session):
    """Verdict, counts, reasons, and what is not passed, worst margin first."""
    readings = [reading(row) for row in rows]
    counts = session["counts"]
    bad = {"fail", "error", "inconclusive"} if session["strict"] else {"fail", "error"}
    failures = sorted((entry for entry in readings if entry["verdict"] in bad), key=worst_first)
    blocks = [
        f"## gonogo: {session['word']}",
        ("No run was judged. " if session["word"] == "controls hold" else "") + headline(readings),
        " · ".join(f"{counts[word]} {word}" for word in VERDICTS if counts.get(word)),
        literal(in_words(session["since"], session["changes"], session["gone"])),
        "\n".join(f"- {literal(reason)}" for reason in session["reasons"]),
        _table(failures[:ROWS]) if failures else "",
        f"… and {len(failures) - ROWS} more." if len(failures) > ROWS else "",
    ]
    return "\n" + "\n\n".join(block for block in blocks if block) + "\n"


def _table(failures):
    lines = ["| verdict | run | statement | measured ± z·se | limit |", "| --- | --- | --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(_cells(entry))} |" for entry in failures])


def _cells(entry):
    """Verdict, run with its case, statement, value or reason, limit."""
    unit = f" {literal(entry['unit'])}" if entry["unit"] else ""
    place = f" ({literal(entry['place'])})" if entry["place"] else ""
    reason = entry["parts"][0] if entry["parts"] else ""
    measured = f"{literal(entry['measured'])}{unit}" if entry["measured"] else literal(_short(reason))
    limit = f"{literal(entry['bounds'])}{unit}" if entry["bounds"] else ""
    return (
        entry["verdict"],
        f"<code>{literal(entry['run'])}</code>{place}",
        literal(entry["statement"]),
        measured,
        limit,
    )


def _short(text):
    return text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"


def literal(text):
    """Text as a Markdown table shows it, whatever is in it.

    >>> literal("<b>|x|")
    '&#60;b&#62;&#124;x&#124;'
    """
    shown = "".join(character if character.isprintable() else " " for character in str(text))
    return "".join(f"&#{ord(c)};" if c in MARKUP else c for c in " ".join(shown.split()))
