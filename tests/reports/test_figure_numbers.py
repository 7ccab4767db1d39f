"""A figure carries its own numbers: in its file, on hover, and as CSV."""

import csv
import math
from types import SimpleNamespace

import pytest

from reports.drawing import draw
from reports.figure_numbers import POINTS, numbers_in
from reports.figures.style import panels
from tests.reports.browser import js, wait
from tests.reports.sample_rows import STATEMENTS, judged, session_of, write_page

pytest.importorskip("matplotlib")
NAME = 'this, the "best" run <&>'


@panels(1, 2)
def picture(axes, x, y):
    left, right = axes
    left.plot(x, y, label=NAME)
    left.axhline(3.0, color="r")
    left.errorbar([1.0], [2.0], yerr=[0.5], capsize=3, label="mean")
    left.set(xlabel="step", ylabel="loss [nats]", yscale="log", title="falling")
    right.bar([1, 2], [3.0, 5.0], label="counts")
    right.scatter([0.5], [1.0], label="point")


def blank(axes):
    axes.set_axis_off()


def drawn(folder, function, *arguments):
    row = SimpleNamespace(run="a", check="c", case={}, z=None)
    paths, problems = draw([(function, *arguments)], folder, "node", row)
    assert problems == []
    return paths[0], (folder / paths[0]).read_text("utf-8")


def test_lines_points_and_bars_are_kept_as_they_were_drawn(tmp_path):
    _, svg = drawn(tmp_path, picture, [0, 1, 2, 3], [8.0, 4.0, math.nan, 1.23456789])
    left, right = numbers_in(svg)

    assert left["series"][0] == {"name": NAME, "x": [0, 1, 2, 3], "y": [8, 4, None, 1.23457]}
    assert [series["name"] for series in left["series"]] == [NAME, ""]  # neither the limit nor the caps of the bar
    assert (left["title"], left["x"]["label"], left["y"]["label"], left["y"]["scale"]) == (
        "falling",
        "step",
        "loss [nats]",
        "log",
    )
    assert {s["name"]: (s["x"], s["y"]) for s in right["series"]} == {"counts": ([1, 2], [3, 5]), "point": ([0.5], [1])}
    assert all(0 <= side <= 1 for panel in (left, right) for side in panel["box"])
    assert left["box"][0] + left["box"][2] < right["box"][0]


def test_of_very_many_points_every_so_many_are_kept_and_said(tmp_path):
    _, svg = drawn(tmp_path, picture, range(10 * POINTS), [1.0] * (10 * POINTS))
    series = numbers_in(svg)[0]["series"][0]

    assert len(series["x"]) <= POINTS
    assert series["x"][1] == series["every"] > 1


def test_a_figure_without_points_keeps_no_panel(tmp_path):
    assert numbers_in(drawn(tmp_path, blank)[1]) == []
    assert numbers_in("<svg></svg>") is None


@pytest.fixture
def page(tmp_path):
    path, _ = drawn(tmp_path, picture, [0, 1, 2, 3], [8.0, 4.0, math.nan, 1.5])
    row = judged(STATEMENTS[5], "a", 1.9) | {"figures": [path]}
    return write_page([row], session_of([row]), tmp_path)


def test_hover_names_the_nearest_point(visit, page):
    browser = visit(page, "#fail")
    image = wait(browser, "document.querySelector('.lead .figure img')")
    js(browser, "arguments[0].scrollIntoView({block: 'center'})", image)
    said = browser.execute_async_script("""
      const [image, done] = arguments, figure = image.closest('.figure');
      numbersOf(figure).then(async ([panel]) => {
        const box = image.getBoundingClientRect(), [px, py] = place(panel, 1, 4);
        const at = { clientX: box.left + px * box.width + 3, clientY: box.top + py * box.height - 3, bubbles: true };
        image.dispatchEvent(new PointerEvent('pointermove', at));
        setTimeout(() => done([figure.querySelector('.tip').textContent, figure.querySelector('.tip').hidden]), 300);
      })""", image)  # fmt: skip
    assert said == [f"{NAME}: step 1, loss [nats] 4", False]


def test_a_button_saves_all_numbers_as_csv(visit, page):
    browser = visit(page, "#fail")
    wait(browser, "document.querySelector('.lead .figure img')")
    text, name = browser.execute_async_script("""
      const done = arguments[0];
      let text = '';
      URL.createObjectURL = (blob) => { text = blob.text(); return '#'; };
      HTMLAnchorElement.prototype.click = function () { text.then((all) => done([all, this.download])); };
      saveNumbers(document.querySelector('.lead .figure'))""")  # fmt: skip
    rows = list(csv.DictReader(text.splitlines()))
    assert name.endswith(".csv")
    assert [(r["x"], r["y"]) for r in rows if r["series"] == NAME] == [("0", "8"), ("1", "4"), ("2", ""), ("3", "1.5")]
    assert {r["panel"] for r in rows} == {"falling", "2"}
    assert {r["y name"] for r in rows} == {"loss [nats]", ""}
