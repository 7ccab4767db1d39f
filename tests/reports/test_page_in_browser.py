"""The page in a real browser: silence, escaping, filter and links."""

import json

import pytest

from tests.reports.browser import js, press, requests, visible_cards, wait
from tests.reports.sample_rows import EVIL


def test_page_opens_silently_and_asks_the_network_for_nothing(visit):
    browser = visit()
    requests(browser)
    for name in ("mixed", "green", "controls"):
        visit(name)
    sent = requests(browser)
    assert sent
    assert {url.partition(":")[0] for url in sent} <= {"file", "data", "about"}


def test_name_that_is_a_script_is_shown_and_not_run(visit):
    browser = visit()
    with pytest.raises(Exception, match="no such alert"):
        _ = browser.switch_to.alert.text
    assert js(browser, "return [...document.querySelectorAll('tr[data-run]')].map(r => r.dataset.run)").count(EVIL) == 1


def test_filter_goes_into_the_address_and_comes_back_from_it(visit):
    browser = visit()
    everything = visible_cards(browser)
    js(browser, "document.querySelector('#verdict input[value=fail]').click()")
    js(browser, "const f = document.querySelector('#family'); f.value = 'gradient_floor';"
                "f.dispatchEvent(new Event('input', {bubbles: true}))")  # fmt: skip
    fragment = js(browser, "return location.hash")
    assert fragment == "#family=gradient_floor&verdict=fail"
    chosen = visible_cards(browser)
    assert 0 < len(chosen) < len(everything)
    assert "of 64 statements" in js(browser, "return document.querySelector('#matches').textContent")
    visit("mixed", fragment)
    assert visible_cards(browser) == chosen
    assert js(browser, "return document.querySelector('#family').value") == "gradient_floor"
    press(browser, "c")
    assert visible_cards(browser) == everything
    assert js(browser, "return location.hash") == ""


@pytest.mark.parametrize(
    ("fragment", "runs"),
    [
        ("#run=E_512", {"E_512/run_01"}),
        ("#q=stream%20vanilla%2Fs42", {"dfa/vanilla/s42"}),
        ("#verdict=warn", {"faces/linear-rep1"}),
        ("#run=%3Cscript%3E", {EVIL}),
        ("#q=no+such+thing", set()),
    ],
)
def test_matrix_shows_the_runs_that_match(visit, fragment, runs):
    browser = visit("mixed", fragment)
    shown = "[...document.querySelectorAll('tr[data-run]')].filter(r => r.checkVisibility()).map(r => r.dataset.run)"
    assert set(js(browser, "return " + shown)) == runs
    assert js(browser, "return document.querySelector('#nothing').checkVisibility()") == (not runs)


def test_link_to_a_passing_statement_opens_its_card(visit):
    browser = visit()
    target = js(browser, "return document.querySelector('.matrix td.pass a').hash")
    assert not js(browser, "return document.getElementById(arguments[0].slice(1))", target)
    visit("mixed", target)
    wait(browser, "document.activeElement.matches('.card.pass')")
    assert "#" + js(browser, "return document.activeElement.id") == target
    top = js(browser, "return document.activeElement.getBoundingClientRect().top")
    assert 0 <= top < 300


def test_link_to_what_the_filter_hides_clears_the_filter(visit):
    browser = visit("mixed", "#family=neural_collapse")
    js(browser, "location.hash = document.querySelector('.matrix td.error a').hash")
    wait(browser, "document.activeElement.matches('.card.error')")
    assert js(browser, "return document.querySelector('#family').value") == ""


def test_every_link_of_the_matrix_and_of_the_top_leads_somewhere(visit):
    browser = visit()
    links = js(browser, "return [...document.querySelectorAll('.matrix a, .calls a')].map(a => a.hash)")
    for link in {link for link in links if "=" not in link}:
        js(browser, "location.hash = arguments[0]", link)
        wait(browser, f"document.activeElement.id === {json.dumps(link[1:])}")
