"""Turns the rows of a session into one page that needs nothing but itself."""

import base64
import hashlib
from collections import Counter
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from reports.causes import causes
from reports.clusters import clusters, nameless, template
from reports.inline_figures import Album, pack
from reports.matrix import columns, matrices
from reports.measured import measured
from reports.numbers import middle, number
from reports.row_view import LETTERS, VERDICTS, reading, worst_first
from reports.summary import CLOSE_CALLS, calls, headline, lasted

HERE = Path(__file__).parent
SESSION = {
    **dict.fromkeys(("version", "started", "finished", "command", "since"), ""),
    **dict.fromkeys(("roots", "limits", "runs", "duplicates", "reasons", "denominator", "stale", "known"), ()),
    "unrecognised": {},
    "overviews": {},
    "changes": {},
    "gone": 0,
    "sentences": {},
    "planted": {"planted": 0, "caught": 0, "missed": 0},
    "word": "no-go",
    "strict": False,
    "tree_limits": "",
}


def write_page(rows, session, out):
    """Write ``index.html``, with every figure in it.

    Parameters
    ----------
    rows : list of Row
        One a verdict.
    session : dict
        What there is to say beside the rows; missing keys are left out of the page.
    out : Path
        Folder of the report; the rows' figures are paths relative to it.

    Returns
    -------
    Path
        The page.
    """
    out = Path(out)
    session = SESSION | {key: value for key, value in session.items() if value is not None}
    environment = _environment()
    environment.globals["compared"] = bool(session["since"])
    readings = [reading(row) for row in rows]
    context = _context(readings, session)
    _embed(Album(out), context)
    parts = environment.get_template("card.html").module
    context["packs"] = {key: _packed(entries, parts) for key, entries in context["statements"].items()}
    context["folds"] = {
        f"{t}-{n}": pack([str(parts.line(line, table["checks"], True)) for line in folder.folded])
        for t, table in enumerate(context["tables"])
        for n, folder in enumerate(table["folders"])
        if folder.folded
    }
    path = out / "index.html"
    path.write_text(environment.get_template("page.html").render(context), encoding="utf-8", newline="\n")
    return path


def _environment():
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": number, "middle": middle, "percent": lambda x: f"{100 * x:.2f}%"}
    environment.globals |= {"letters": LETTERS, "verdicts": VERDICTS}
    return environment


def _context(readings, session):
    """Everything the template shows."""
    style, script = _source("page.css"), _source("search.js", "accept.js", "numbers.js", "page.js")
    real = [entry for entry in readings if entry["run"] and not entry["control"]]
    found = causes(readings)
    # Runs that could not be judged come after what failed.
    idle = [reason for reason in session["reasons"] if found and reason.startswith("nothing could be judged in")]
    statements = {}
    for entry in readings:
        statements.setdefault(entry["key"], []).append(entry)
    return {
        "session": session,
        "headline": headline(readings),
        "lasted": lasted(session),
        "counts": Counter(entry["verdict"] for entry in readings),
        "runs": list(dict.fromkeys(entry["run"] for entry in real)),
        "unjudged_runs": _without_rows(real, session),
        "causes": found,
        "reasons": [reason for reason in session["reasons"] if reason not in idle],
        "idle": idle,
        "calls": (called := calls(readings)),
        "calls_shown": min(len(called), CLOSE_CALLS),
        "tables": matrices(real, session["runs"]),
        "sections": {word: clusters(readings, word) for word in ("fail", "error", "warn", "inconclusive")},
        "families": columns(readings),
        "measured": measured(readings, session["sentences"]),
        "statements": statements,
        "controls": _controls(readings),
        "skipped": _skipped(readings),
        "index": (index := _index(readings, statements)),
        "searched": _searched(readings, index["runs"], compared=bool(session["since"])),
        **{"style": style, "script": script, "style_hash": _hash(style), "script_hash": _hash(script)},
    }


def _embed(album, context):
    """Embed the figures: overviews first, then what is seen at once, then the rest."""
    context["overviews"] = {
        family: [entry | {"figure": album.figure(entry["figure"])} for entry in entries]
        for family, entries in context["session"]["overviews"].items()
    }
    leads = [cluster.worst for found in context["sections"].values() for cluster in found]
    seen = {entry["id"] for entry in leads}
    rest = [entry for entries in context["statements"].values() for entry in entries if entry["id"] not in seen]
    for entry in [*leads, *sorted(rest, key=worst_first)]:
        entry["figures"] = [album.figure(path) for path in entry["figures"]]
    context["linked"] = album.linked


def _packed(entries, parts):
    """Table and cards of one statement, as the page unpacks them when somebody opens it."""
    ordered = sorted(entries, key=worst_first)
    return pack({"rows": str(parts.rows(ordered)), "cards": {entry["id"]: str(parts.card(entry)) for entry in entries}})


def _controls(readings):
    """Statement -> its readings of healthy controls and of faults, by family."""
    found = {}
    for entry in readings:
        if entry["control"]:
            pair = found.setdefault(entry["family"], {}).setdefault(entry["check"], {"healthy": [], "faults": []})
            pair["healthy" if entry["control"] == "healthy" else "faults"].append(entry)
    return found


def _skipped(readings):
    """What was skipped: pairs of a reason and its readings, most frequent first."""
    groups = {}
    for entry in readings:
        if entry["verdict"] == "skip":
            groups.setdefault(template(entry), []).append(entry)
    said = [(nameless(group[0], _file_name), group) for group in groups.values()]
    return sorted(said, key=lambda pair: -len(pair[1]))


def _file_name(path):
    return "…/" + path[0].rpartition("/")[2]


def _without_rows(real, session):
    named = {entry["run"] for entry in real} | {copy.get("run") for copy in session["duplicates"]}
    named |= {piece.get("run") for entry in real for piece in entry["evidence"]}
    return [run for run in session["runs"] if run not in named]


def _index(readings, statements):
    """What the page's search needs of every row, in as few bytes as it takes."""
    runs = {run: n for n, run in enumerate(dict.fromkeys(entry["run"] for entry in readings))}
    keys = {key: n for n, key in enumerate(statements)}
    rows = [
        [entry["id"], runs[entry["run"]], keys[entry["key"]], VERDICTS.index(entry["verdict"]), entry["place"]]
        for entry in readings
    ]
    claims = [entries[0]["statement"] for entries in statements.values()]
    families = [entries[0]["family"] for entries in statements.values()]
    return {
        "runs": list(runs), "statements": list(keys), "claims": claims, "families": families,
        "verdicts": VERDICTS, "rows": rows,
    }  # fmt: skip


def _searched(readings, runs, *, compared):
    """What a search looks through beside the index: messages, marks of single rows, settings of runs."""
    marks, configs = {}, {}
    for n, entry in enumerate(readings):
        configs.setdefault(entry["run"], {}).update(entry["config"])
        words = [
            entry["change"] if compared else "",
            "known" if entry["known"] else "",
            "planted" if entry["planted"] else "",
        ]
        if any(words):
            marks[n] = " ".join(filter(None, words))
    messages = [entry["message"] for entry in readings]
    return pack({"messages": messages, "marks": marks, "configs": [configs[run] for run in runs]})


def _source(*names):
    return Markup("\n" + "\n".join((HERE / name).read_text(encoding="utf-8") for name in names))


def _hash(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
