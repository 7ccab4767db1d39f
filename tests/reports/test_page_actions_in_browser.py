"""What a reader does with the page: keys, figures, accepting a failure, printing, and opening a large one."""

import datetime
import tomllib

import msgspec

from fixtures.gate.limits import Known
from tests.reports.browser import js, press, visible_cards, wait
from tests.reports.sample_rows import EVIL, STATEMENTS, judged, session_of, write_page
from tests.reports.sample_sessions import many

# As WebDriver writes them.
ESCAPE, RIGHT, DOWN = "\ue00c", "\ue014", "\ue015"


def test_keys_go_from_card_to_card_search_and_help(visit):
    browser = visit()
    cards = visible_cards(browser)
    where = "return document.activeElement.id"
    press(browser, "j")
    assert js(browser, where) == cards[0]
    press(browser, "jj")
    assert js(browser, where) == cards[2]
    press(browser, "k")
    assert js(browser, where) == cards[1]
    press(browser, "/jk")
    assert js(browser, where) == "q"
    assert js(browser, "return document.querySelector('#q').value") == "jk"
    press(browser, ESCAPE)
    assert js(browser, where) != "q"
    press(browser, "c?")
    assert js(browser, "return document.querySelector('#help').open")
    press(browser, ESCAPE)
    assert not js(browser, "return document.querySelector('#help').open")


def test_arrows_move_in_the_matrix(visit):
    browser = visit()
    press(browser, "m")
    place = "const td = document.activeElement.closest('td'); return [td.parentElement.dataset.run, td.cellIndex]"
    run, column = js(browser, place)
    press(browser, RIGHT)
    assert js(browser, place) == [run, column + 1]
    press(browser, DOWN)
    below, same = js(browser, place)
    assert below != run
    assert same == column + 1


def test_figure_loads_when_it_comes_near_and_enlarges(visit):
    browser = visit()
    holder = "[...document.querySelectorAll('.lead.fail .figure')].at(-1)"
    assert js(browser, f"return {holder}.querySelector('noscript') !== null")
    js(browser, f"{holder}.scrollIntoView()")
    wait(browser, f"{holder}.querySelector('img')?.naturalWidth > 300")
    js(browser, f"{holder}.querySelector('button').click()")
    assert js(browser, "return document.querySelector('#enlarged img').checkVisibility()")
    width = "return document.querySelector('#enlarged img').offsetWidth"
    before = js(browser, width)
    click = "document.querySelector('#enlarged img').click()"
    js(browser, click)
    assert js(browser, width) > 2.5 * before
    js(browser, click)
    assert js(browser, width) == before
    press(browser, ESCAPE)
    assert not js(browser, "return document.querySelector('#enlarged').open")


def test_ink_of_a_figure_follows_the_light(visit):
    browser = visit()
    darkest = """
      const done = arguments[0], image = document.querySelector('.figure img');
      const canvas = document.createElement('canvas');
      canvas.width = 300; canvas.height = 150; const pen = canvas.getContext('2d');
      pen.drawImage(image, 0, 0, 300, 150);
      const d = pen.getImageData(0, 0, 300, 150).data; let sum = 0, n = 0;
      for (let k = 0; k < d.length; k += 4) if (d[k + 3] > 128 && Math.abs(d[k] - d[k + 2]) < 24) { sum += d[k]; n++; }
      done(sum / n);"""
    tones = []
    for scheme in ("light", "dark"):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        visit()
        js(browser, "document.querySelector('.figure').scrollIntoView()")
        wait(browser, "document.querySelector('.figure img')?.complete")
        tones.append(browser.execute_async_script(darkest))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert tones[0] < 128 < tones[1]


def accept(browser, selector, owner, reason, *, everyone=False):
    js(browser, "document.querySelector(arguments[0]).click()", selector)
    for name, value in (("owner", owner), ("reason", reason), ("until", "2031-02-28")):
        js(browser, "const f = document.getElementById(arguments[0]); f.value = arguments[1];"
                    "f.dispatchEvent(new Event('input', {bubbles: true}))", name, value)  # fmt: skip
    if everyone:
        js(browser, "document.querySelector('#all').click()")
    return tomllib.loads(js(browser, "return document.querySelector('#known').textContent"))["known"]


def test_accepting_table_loads_as_a_known_exception_of_that_run_alone(visit, tmp_path):
    runs = [EVIL, "a*[b]?\\c\x7fd\n\"'''", "plain/run"]
    rows = [judged(STATEMENTS[5], run, 1.5 + n / 10) for n, run in enumerate(runs)]
    browser = visit(write_page(rows, session_of(rows), tmp_path))
    reason = 'it is "known" \\ ΔH\n\x7f until \U0001f40c'
    (single,) = msgspec.convert(accept(browser, "[data-accept]", "Vision", reason), list[Known])
    assert (single.check, single.owner, single.reason) == ("gradient_above_floor", "Vision", reason)
    assert single.until == datetime.date(2031, 2, 28)
    assert [single.covers(run, single.check) for run in runs] == [False, False, True]
    js(browser, "document.querySelector('#all').click()")
    text = js(browser, "return document.querySelector('#known').textContent")
    known = msgspec.convert(tomllib.loads(text)["known"], list[Known])
    assert {run for run in runs for entry in known if entry.covers(run, entry.check)} == set(runs)
    assert not any(entry.covers("axb_c", entry.check) for entry in known)


def test_table_cannot_be_copied_before_somebody_answers_for_it(visit):
    browser = visit()
    accept(browser, "[data-accept]", " ", "why")
    assert js(browser, "return document.querySelector('#accept [data-copy]').disabled")
    assert "a name" in js(browser, "return document.querySelector('#lacking').textContent")


def test_rerun_command_is_copied(visit):
    browser = visit()
    js(browser, "document.querySelector('.lead [data-copy]').click()")
    wait(browser, "document.querySelector('#said').textContent === 'Copied'")


def test_opening_a_statement_lists_its_readings(visit):
    browser = visit("green")
    js(browser, "document.querySelector('.statement summary').click()")
    wait(browser, "document.querySelectorAll('.statement[open] tr[data-id]').length === 5")
    js(browser, "document.querySelector('.statement[open] tr[data-id] a').click()")
    wait(browser, "document.querySelector('.statement[open] .card.pass .bar')")


def test_without_scripts_failures_and_figures_are_there(visit):
    browser = visit()
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        visit()
        found = browser.find_elements("css selector", ".lead.fail noscript img")
        assert found
        assert all(image.size["width"] > 300 for image in found[:2])
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_page_names_every_control_for_screen_readers(visit):
    browser = visit()
    unnamed = js(browser, """
      return [...document.querySelectorAll('a, button, input, select, textarea, img, svg[role=img], dialog, section')]
        .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')
                       || e.alt || e.labels?.[0]?.textContent.trim()))
        .map(e => e.outerHTML.slice(0, 80))""")  # fmt: skip
    assert unnamed == []
    assert js(browser, "return ['header', 'main', 'footer', 'search'].every(n => document.querySelector(n))")
    ids = js(browser, "return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_page_prints_with_its_figures(visit):
    browser = visit()
    assert len(browser.execute_cdp_cmd("Page.printToPDF", {})["data"]) > 100_000
    wait(browser, "document.querySelector('.lead .figure img') !== null")


def test_ten_thousand_statements_and_three_hundred_figures_open_and_filter(visit, tmp_path):
    path = write_page(*many(tmp_path, figures=300), tmp_path)
    browser = visit(path)
    assert wait(browser, "document.querySelectorAll('.lead').length")
    assert path.stat().st_size < 25e6
    js(browser, "location.hash = 'run=s0168'")
    wait(browser, "document.querySelectorAll('tr[data-run=\"sweep_00/lam_0/s0168\"]').length === 1")


def test_print_keeps_the_names_of_folded_folders(visit, tmp_path):
    browser = visit(write_page(*many(tmp_path, runs=300), tmp_path))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = js(browser, "return [...document.querySelectorAll('[data-fold]')].map(b => b.checkVisibility())")
        assert shown
        assert all(shown)
        assert not js(browser, "return document.querySelector('.filter').checkVisibility()")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
