"""The listing of evidence as a person reads it on a terminal."""

import shutil
import textwrap

import msgspec

HEAD = ("run", "read as", "steps", "state", "statements")
LEAST, MOST = 80, 200


def inventory_text(inventory, form="table"):
    """Text of a listing.

    Parameters
    ----------
    inventory : fixtures.gate.inventory.Inventory
        What was found.
    form : {"table", "json"}
        For people or for programs.
    """
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(inventory), indent=1).decode()
    width = min(max(shutil.get_terminal_size((120, 24)).columns, LEAST), MOST)
    lines = [*_table(inventory, width), *_details(inventory, width)]
    runs, pieces = len(inventory.runs), sum(len(entry.evidence) for entry in inventory.runs)
    bad = sum(bool(item.problem) for entry in inventory.runs for item in entry.evidence)
    lines.append(f"{runs} runs, {pieces} pieces of evidence" + (f", {bad} in error" if bad else ""))
    return "\n".join(lines)


def _table(inventory, width):
    """One line a piece of evidence; names are cut in the middle where the terminal is narrow."""
    rows = [_cells(entry.run, item) for entry in inventory.runs for item in entry.evidence]
    if not rows:
        return
    widths = [max(len(cell) for cell in column) for column in zip(HEAD, *rows, strict=True)]
    widths[0] = max(16, min(widths[0], width - sum(widths[1:]) - 2 * (len(HEAD) - 1)))
    for cells in (HEAD, *rows):
        first = _cut(cells[0], widths[0])
        yield "  ".join(cell.ljust(size) for cell, size in zip((first, *cells[1:]), widths, strict=True)).rstrip()
    yield ""


def _cells(run, item):
    if item.problem:
        return run, item.title, "", "ERROR", "none"
    steps = "" if item.steps is None else f"{item.steps} ({item.first:g}-{item.last:g})"
    if item.planned is not None:
        steps += f" of {item.planned:g}"
    ready = f"{len(item.enables)}" + (f", {len(item.lacking)} lack data" if item.lacking else "")
    return run, item.title, steps, item.state, ready


def _cut(text, width):
    """A text of at most some length, cut in its middle: its ends tell runs apart."""
    if len(text) <= width:
        return text
    head = (width - 3) // 3
    return f"{text[:head]}...{text[len(text) - (width - 3 - head) :]}"


def _details(inventory, width):
    """What was logged and noticed, what is lacking and how to map it, and what nothing reads."""
    yield from _section("logged", _by_text(inventory, lambda item: ", ".join(item.metrics[:40])), width)
    yield from _section("in error", _by_text(inventory, lambda item: item.problem), width)
    yield from _section("noticed", _by_text(inventory, lambda item: "; ".join(item.notes)), width)
    lacking = {}
    for entry in inventory.runs:
        for item in entry.evidence:
            for lack in item.lacking:
                lacking.setdefault((lack.key, lack.statement), []).append(entry.run)
    lines = [f"{statement} lacks {key} in {_runs(runs)}" for (key, statement), runs in lacking.items()]
    yield from _section("skipped for want of data", lines, width)
    mapping = dict.fromkeys(line for entry in inventory.runs for line in entry.mapping)
    if mapping:
        yield "metrics that the suite may know by another name; in gonogo.toml:"
        yield from ("  " + line for line in ("[names]", *mapping))
        yield ""
    unread = [f"{place}: {_first(names, 8)}" for place, names in inventory.unread.items()]
    yield from _section("read by nothing", unread, width, most=40)
    yield from _section("duplicates", [f"{copy} equals {of}" for copy, of in inventory.duplicates], width)
    yield from _section("could not be looked at", inventory.problems, width)


def _by_text(inventory, text):
    """Lines that several runs share, once, with the runs."""
    found = {}
    for entry in inventory.runs:
        for item in entry.evidence:
            if said := text(item):
                found.setdefault(said, []).append(entry.run)
    return [f"{_runs(runs)}: {said}" for said, runs in found.items()]


def _runs(runs):
    return _first(list(dict.fromkeys(runs)), 3)


def _first(names, most):
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _section(title, lines, width, most=25):
    if not lines:
        return
    yield f"{title}:"
    for line in lines[:most]:
        yield from textwrap.wrap(line, width, initial_indent="  ", subsequent_indent="    ", break_long_words=False)
    if len(lines) > most:
        yield f"  and {len(lines) - most} more; --list-evidence=json lists all"
    yield ""
