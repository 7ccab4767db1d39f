"""The search in a real browser: fields, negation, settings, messages; every table follows, the address keeps it."""

from urllib.parse import quote

import pytest

from tests.reports.browser import js, visible_cards, wait
from tests.reports.sample_rows import STATEMENTS, judged, session_of, write_page

FLOOR, CEILING = STATEMENTS[5], STATEMENTS[6]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    rows = []
    for n, run in enumerate(("x/s42", "x/s43", "y/s42", "y/s43")):
        config = {"lam": 0.1 * n, "method": "dfa" if n < 2 else "bp"}
        rows += [judged(s, run, 1.9 if n == 1 else 0.1) | {"config": config} for s in (FLOOR, CEILING)]
    rows[2]["message"] += "\nblock 3 was Cut Short at epoch 12"
    rows[4]["planted"] = {"caught": ["misscaled"], "missed": [], "impossible": []}
    rows[2]["earlier"], rows[6]["earlier"] = [{"verdict": "pass"}], [{"verdict": "fail"}]
    folder = tmp_path_factory.mktemp("search")
    session = session_of(rows, since="2026-01-01T00:00:00+00:00", changes={"new": 2, "fixed": 1})
    return write_page(rows, session, folder)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("run:s43", 4), ("run:s43 -verdict:pass", 2), ("-run:s43", 4), ("check:floor", 4), ("run=x/s43", 2),
        ("family:gradient check:ceiling verdict:fail", 1), ("cut short", 1), ('"cut short" -run:x', 0),
        ("message:block", 1), ("config.lam=0", 2), ("config.lam>0.05 config.lam<=0.2", 4), ("config.method:DFA", 4),
        ("-config.method=dfa", 4), ("config.nothing=1", 0), ("is:planted", 1), ("is:new", 2), ("is:fixed", 1),
        ("nothing:at-all", 0), ("s42", 4),
    ],
)  # fmt: skip
def test_fields_settings_messages_and_negation(visit, page, query, rows):
    browser = visit(page, "#q=" + quote(query))
    wait(browser, f"document.querySelector('#matches').textContent === '{rows} of 8 statements'")
    assert js(browser, "return document.querySelector('#nothing').checkVisibility()") == (rows == 0)


def test_causes_and_what_broke_follow_and_say_how_many(visit, page):
    browser = visit(page, "#q=" + quote("check:ceiling"))
    wait(browser, "document.querySelector('#calls-shown').textContent === '1 of 2 statements'")
    shown = "[...document.querySelectorAll('{}')].filter(e => e.checkVisibility()).length"
    assert js(browser, "return " + shown.format("[data-call]")) == 1
    assert js(browser, "return " + shown.format(".cause")) == 1
    assert len(visible_cards(browser)) == 1
    js(browser, "location.hash = '#q=run%3Ay'")
    wait(browser, "document.querySelector('#matches').textContent.startsWith('4')")
    assert not js(browser, "return document.querySelector('.causes').checkVisibility()")
    assert not js(browser, "return document.querySelector('.calls').checkVisibility()")


def test_controls_follow_the_search(visit):
    browser = visit("controls", "#q=check%3Alinear_matches")
    shown = "[...document.querySelectorAll('.controls tbody tr')].filter(r => r.checkVisibility()).length"
    assert wait(browser, shown + " === 1")
    assert (
        js(
            browser,
            "return [...document.querySelectorAll('.controls caption')].filter(c => c.checkVisibility()).length",
        )
        == 1
    )


def test_a_count_leads_to_what_it_counts_and_filters(visit):
    browser = visit()
    js(browser, "document.querySelector('.counts a.warn').click()")
    wait(browser, "document.activeElement?.id === 'warn' || location.hash === '#warn&verdict=warn'")
    wait(browser, "document.querySelector('#verdict input[value=warn]').checked")
    wait(browser, "Math.abs(document.querySelector('#warn').getBoundingClientRect().top) < 300")
    assert {card.split()[-1] for card in js(
        browser, "return [...document.querySelectorAll('.lead')].filter(c => c.checkVisibility()).map(c => c.className)"
    )} == {"warn"}  # fmt: skip


def test_a_change_at_the_top_searches_for_it(visit, page):
    browser = visit(page)
    js(browser, "document.querySelector('.since a').click()")
    wait(browser, "document.querySelector('#q').value === 'is:new'")
    wait(browser, "document.querySelector('#matches').textContent === '2 of 8 statements'")
