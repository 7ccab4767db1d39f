"""Mutants of files: what transport, disks, editors and producers' bugs make of them, by a seeded generator."""

import json
import math
import random

DEEP = 3000
FOREIGN = (b"\x1b[31m", b"\r", b"\xff\xfe", b"NaN,", b"<<<<<<< HEAD\n", b"\xed\xa0\x80")
HUGE = (1e308, -1e308, 1e-320, 10**30, -1)
ODD = (None, "", "N/A", "nan", "broken", True, [], {}, [1, 2], {"value": 1.0}, math.nan, math.inf, -math.inf, *HUGE)


def mutant(name: str, data: bytes, rng: random.Random) -> tuple[str, bytes]:
    """Return what was done to a file's bytes, and the result.

    Parameters
    ----------
    name : str
        File name; JSON, JSON lines and CSV are also changed by their structure.
    data : bytes
        Its content.
    rng : random.Random
        Source of every choice.
    """
    ways = [truncated, flipped, zeroed, repeated_slice, inserted]
    if name.endswith((".json", ".jsonl")):
        ways += [structured] * 8
    elif name.endswith(".csv"):
        ways += [cells] * 6
    way = rng.choice(ways)
    return (way.__name__, way(data, rng)) if way is not structured else structured(name, data, rng)


def truncated(data, rng):
    """Keep a beginning."""
    return data[: rng.randrange(len(data) + 1)]


def flipped(data, rng):
    """Flip a few bits."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def zeroed(data, rng):
    """Leave a hole of NUL bytes."""
    at, length = rng.randrange(len(data) + 1), rng.choice((1, 16, 4096))
    return data[:at] + b"\0" * min(length, len(data) - at) + data[at + length :]


def repeated_slice(data, rng):
    """Write a stretch once more."""
    at, length = rng.randrange(len(data) + 1), rng.randrange(1, 2000)
    return data[: at + length] + data[at : at + length] + data[at + length :]


def inserted(data, rng):
    """Put in what does not belong there."""
    at = rng.randrange(len(data) + 1)
    return (
        data[:at]
        + rng.choice((b"\x1b[31m", b"\r", b"\xff\xfe", b"NaN,", b"<<<<<<< HEAD\n", b"\xed\xa0\x80"))
        + data[at:]
    )


def structured(name, data, rng):
    """Change a document or one or more of its rows, and write it as JSON."""
    try:
        rows = (
            [json.loads(line) for line in data.splitlines() if line.strip()] if name.endswith("l") else json.loads(data)
        )
    except ValueError:
        return "flipped", flipped(data, rng)
    way = rng.choice((rename, delete, retype, shuffle, double, nest))
    text = way(rows, rng, lines=name.endswith("l"))
    return way.__name__, text.encode("utf-8", "surrogatepass")


def _places(document):
    """Every container of a document, with its keys or indices; long lists by a sample."""
    pending, found = [document], []
    while pending and len(found) < 400:
        item = pending.pop()
        if isinstance(item, dict):
            found.append((item, list(item)))
            pending += item.values()
        elif isinstance(item, list) and item:
            found.append((item, range(len(item))))
            pending += item[:3] + item[-2:]
    return [(item, keys) for item, keys in found if len(keys)]


def _choose(document, rng, kind=None):
    places = [place for place in _places(document) if kind is None or isinstance(place[0], kind)]
    if not places:
        return None, None
    item, keys = rng.choice(places)
    return item, rng.choice(list(keys) if isinstance(keys, range) and len(keys) < 64 else keys)


def _text(document, lines):
    return "".join(json.dumps(row) + "\n" for row in document) if lines else json.dumps(document)


def rename(document, rng, *, lines):
    """Give a key another name."""
    item, key = _choose(document, rng, dict)
    if item is not None:
        item[rng.choice((key.upper(), key + "s", " " + key, key[:-1] or "x", "\ud800"))] = item.pop(key)
    return _text(document, lines)


def delete(document, rng, *, lines):
    """Lose a key or an element."""
    item, key = _choose(document, rng)
    if item is not None:
        del item[key]
    return _text(document, lines)


def retype(document, rng, *, lines):
    """Put another value in the place of one."""
    item, key = _choose(document, rng)
    if item is not None:
        value = item[key]
        item[key] = str(value) if rng.random() < 0.3 else rng.choice(ODD)
    return _text(document, lines)


def shuffle(document, rng, *, lines):
    """Put the elements of a list into another order, or some of them twice."""
    item, _ = _choose(document, rng, list)
    if item is not None:
        rng.shuffle(item) if rng.random() < 0.5 else item.extend(item[: rng.randrange(1, len(item) + 1)])
    return _text(document, lines)


def double(document, rng, *, lines):
    """Name a key twice."""
    item, key = _choose(document, rng, dict)
    text = _text(document, lines)
    if item is None:
        return text
    word = json.dumps(key) + ":"
    return text.replace(word, f"{word} {json.dumps(rng.choice((0, None, 1.5, 'x')))}, {word}", 1)


def nest(document, rng, *, lines):
    """Put a value into very many brackets."""
    item, key = _choose(document, rng)
    if item is None:
        return _text(document, lines)
    item[key] = "@"
    return _text(document, lines).replace('"@"', "[" * DEEP + "1" + "]" * DEEP, 1)


def cells(data, rng):
    """Change cells, rows or the header of a table."""
    rows = [line.split(",") for line in data.decode("utf-8", "replace").splitlines()]
    row = rng.choice(rows)
    way = rng.randrange(5)
    if way == 0:
        row[rng.randrange(len(row))] = rng.choice(("N/A", "broken", "", "inf", "1e999", "1,5"))
    elif way == 1:
        row.append("1")
    elif way == 2:
        rows.insert(rng.randrange(len(rows)), list(rows[0]))
    elif way == 3:
        rows[0][rng.randrange(len(rows[0]))] = rng.choice(rows[0])
    else:
        rng.shuffle(rows)
    return "\n".join(",".join(cells) for cells in rows).encode("utf-8", "surrogatepass") + b"\n"
