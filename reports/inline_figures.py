"""Everything in one file: figures as data URIs that follow the page's light, and what is shown later, packed."""

import base64
import gzip
import json
import re
import struct
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from reports.figure_numbers import numbers_in
from reports.figures.style import BLUE, INK

INK_ON_LIGHT, INK_ON_DARK, BLUE_ON_DARK = "#1b1f24", "#e4e7eb", "#2e8fd0"
# What a browser may read as it stands inside a double-quoted attribute holding a data URI.
PLAIN = " !$'()*+,-./:;=?@[]^_`{|}~"
FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif"
BUDGET = 18 << 20
PIXELS_PER_CSS_PIXEL = 1.5  # figures of pixels are drawn at 150 dpi, the web counts 96


class Album:
    """Embeds figures until their share of the file is used up; later ones are linked beside the page.

    Parameters
    ----------
    folder : Path
        What the figures' paths are relative to.
    budget : int
        Bytes that the embedded figures may take.
    """

    def __init__(self, folder, budget=BUDGET):
        self.folder, self.left, self.linked = Path(folder), budget, 0

    def figure(self, path):
        """Return what the page shows of a figure: ``uri``, ``link`` if the budget is spent, else neither."""
        candidates = [self.folder / Path(path).with_suffix(suffix) for suffix in (Path(path).suffix, ".svg", ".png")]
        found = [candidate for candidate in candidates if candidate.is_file()]
        shown = {"path": str(path), "name": Path(path).stem, "numbers": None}
        shown |= {"uri": None, "link": None, "raster": False, "size": None}
        if not found:
            return shown
        smallest = min(found, key=lambda candidate: candidate.stat().st_size)
        uri, numbers = data_uri(smallest), _numbers(smallest)
        if len(uri) + len(numbers or "") > self.left:
            self.linked += 1
            return shown | {"link": quote(smallest.relative_to(self.folder).as_posix())}
        self.left -= len(uri) + len(numbers or "")
        return shown | {
            "numbers": numbers,
            "uri": Markup(uri),
            "raster": smallest.suffix == ".png",
            "size": size(smallest),
        }


def _numbers(path):
    """Packed numbers behind a figure; None where it keeps none."""
    kept = numbers_in(path.read_text(encoding="utf-8")) if path.suffix == ".svg" else None
    return pack(kept) if kept else None


def data_uri(path):
    """Encode a figure; the result needs no escaping inside a double-quoted attribute."""
    if path.suffix == ".svg":
        text = follow_light(path.read_text(encoding="utf-8"))
        return "data:image/svg+xml," + quote(" ".join(text.split()), safe=PLAIN)
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def size(path):
    """Width and height at which a figure is shown [CSS pixels]; None if the file does not say."""
    head = path.read_bytes()[:2000]
    if head.startswith(b"\x89PNG"):
        return tuple(round(n / PIXELS_PER_CSS_PIXEL) for n in struct.unpack(">II", head[16:24]))
    tag = re.search(rb"<svg\b[^>]*>", head)
    sides = [re.search(rb'\b%b="([\d.]+)(pt|px)?"' % side, tag[0]) for side in (b"width", b"height")] if tag else [None]
    if not all(sides):
        return None
    return tuple(round(float(side[1]) * (4 / 3 if side[2] == b"pt" else 1)) for side in sides)


def follow_light(svg):
    """Let a figure's ink be dark on light and light on dark, and its letters the page's.

    A figure drawn by matplotlib carries its colours in ``style`` attributes; only a rule with ``!important`` wins.
    """
    svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata\b.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    rules = f'text[style*="DejaVu Sans"]{{font-family:{FONT}!important}}' + _ink(INK_ON_LIGHT)
    rules += f"@media (prefers-color-scheme:dark){{{_ink(INK_ON_DARK)}{_ink(BLUE_ON_DARK, BLUE.lower())}}}"
    return re.sub(r"(<svg\b[^>]*>)", lambda match: f"{match[1]}<style>{rules}</style>", svg, count=1)


def _ink(colour, ink=INK):
    return "".join(
        f'[style*="{name}: {ink}"],[{name}="{ink}"]{{{name}:{colour}!important}}' for name in ("fill", "stroke")
    )


def pack(value):
    """Compress plain data for a page that unpacks it when somebody looks.

    >>> pack({"a": 1})[:4]
    'H4sI'
    """
    return base64.b64encode(gzip.compress(json.dumps(value).encode(), compresslevel=6, mtime=0)).decode()
