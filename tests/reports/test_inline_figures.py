"""Figures travel inside the page, as small as they come, and follow its light."""

import base64
import gzip
import json
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from reports.figures.style import INK
from reports.inline_figures import INK_ON_DARK, INK_ON_LIGHT, Album, data_uri, follow_light, pack
from tests.reports.sample_rows import draw

SVG = f'<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><path style="stroke: {INK}"/></svg>'
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAMAAAADCAAAAABzQ+pjAAAAC0lEQVR4nGNgwAcAAB4AAaxx7v0AAAAASUVORK5CYII=")


@pytest.fixture
def drawn(tmp_path):
    return tmp_path / draw(tmp_path, "real", {"run": "a <b> & 'c' \"d\" 100% #1"})


def test_real_figure_survives_the_way_into_an_attribute(drawn):
    uri = data_uri(drawn)
    assert uri.startswith("data:image/svg+xml,")
    assert not set(uri) & set('"<>&#\n')
    ElementTree.fromstring(unquote(uri.partition(",")[2]))


def test_ink_turns_with_the_light():
    text = follow_light(SVG)
    light, dark = text.split("@media (prefers-color-scheme:dark)")
    assert f"stroke:{INK_ON_LIGHT}!important" in light
    assert f"stroke:{INK_ON_DARK}!important" in dark
    assert text.index("<style>") < text.index("<path")


def test_matplotlib_writes_the_ink_as_the_rule_expects_it(drawn):
    assert f"stroke: {INK}" in drawn.read_text()
    assert f"fill: {INK}" in drawn.read_text()


def test_smaller_of_two_drawings_is_taken(tmp_path):
    (tmp_path / "f.svg").write_text(SVG + " " * 500)
    (tmp_path / "f.png").write_bytes(PNG)
    assert Album(tmp_path).figure("f.svg")["raster"]
    (tmp_path / "f.svg").write_text("<svg/>")
    assert not Album(tmp_path).figure("f.svg")["raster"]


def test_sizes_are_those_of_the_page(tmp_path):
    (tmp_path / "f.svg").write_text(SVG)
    (tmp_path / "g.png").write_bytes(PNG)
    (tmp_path / "h.svg").write_text("<svg/>")
    assert [Album(tmp_path).figure(name)["size"] for name in ("f.svg", "g.png", "h.svg")] == [(96, 48), (2, 2), None]


def test_figures_beyond_the_budget_are_linked_and_missing_ones_named(tmp_path):
    (tmp_path / "f 1.svg").write_text(SVG)
    album = Album(tmp_path, budget=10)
    assert album.figure("f 1.svg")["link"] == "f%201.svg"
    assert album.linked == 1
    lost = album.figure("lost.svg")
    assert (lost["uri"], lost["link"], lost["path"]) == (None, None, "lost.svg")


def test_pack_is_gzip_of_json_and_the_same_every_time():
    value = {"a": ["ΔH", "</script>", 1]}
    assert json.loads(gzip.decompress(base64.b64decode(pack(value)))) == value
    assert pack(value) == pack(value)
