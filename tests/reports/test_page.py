"""The page says what the rows say, runs nothing that a name smuggles in, and fits in one file."""

import base64
import gzip
import hashlib
import json
import re

import pytest

from fixtures.gate.row import decode
from reports.numbers import number, signed
from reports.row_view import address, reading
from tests.reports.sample_rows import EVIL, STATEMENTS, draw, judged, plain, session_of, write_page
from tests.reports.sample_sessions import controls, green, many, mixed


def page_of(rows, session, folder):
    return write_page(rows, session, folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    return page_of(*mixed(folder), folder)


def packs(page):
    found = re.findall(r'<script type="text/plain" id="([^"]*)">([^<]*)</script>', page)
    return {name: json.loads(gzip.decompress(base64.b64decode(text))) for name, text in found}


def text_of(page):
    return " ".join(re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL).split())


def test_top_says_no_go_how_many_and_where(page):
    assert "<h1>NO-GO</h1>" in page
    assert "<title>NO-GO · 13 fail · 1 error · 1 warn · gonogo</title>" in page
    text = text_of(page)
    assert "13 failed and 1 in error of 64 statements, on 7 of 16 runs." in text
    assert "nothing could be judged in minilm/J0.0" in text
    assert "caught 22, missed 1" in text
    assert "matches no statement of this session" in text


def test_green_session_says_go_and_shows_the_closest_calls(tmp_path):
    rows = [row for row in green()[0] if row["verdict"] == "pass"]
    page = page_of(rows, session_of(rows), tmp_path)
    assert "<h1>GO</h1>" in page
    assert f"All {len(rows)} statements hold on 15 runs." in page
    assert "Closest to a limit" in page
    assert 'id="fail"' not in page


def test_page_takes_go_from_the_session_and_not_from_the_counts(tmp_path):
    rows, session = green()
    page = page_of(rows, session | {"word": "no-go", "reasons": ["nothing could be judged in x"]}, tmp_path)
    assert "<h1>NO-GO</h1>" in page
    assert "nothing could be judged in x" in page


def test_failures_come_worst_first(page):
    section = page.partition('id="fail"')[2].partition("</section>\n\n")[0]
    margins = re.findall(r'class="card lead fail".*?<span class="margin fail">([^<]*)', section, flags=re.DOTALL)
    assert margins[0] == "∞"
    values = [float(text.replace("−", "-")) for text in margins[1:]]
    assert values == sorted(values, reverse=True)


def test_every_reading_can_be_reached(page):
    index = json.loads(re.search(r'id="index">(.*?)</script>', page)[1])
    packed = packs(page)
    for address_, _, statement, *_ in index["rows"]:
        assert address_ in packed["pack-" + index["statements"][statement]]["cards"]
    links = set(re.findall(r'href="#(s-[0-9a-f]+)"', page))
    assert links <= {row[0] for row in index["rows"]}


def test_names_and_messages_are_text_and_never_markup(tmp_path):
    evil = "</script><img src=x onerror=alert(1)>'\"&"
    rows = [judged(STATEMENTS[1], run, place, case={evil: evil}) for run in (EVIL, evil) for place in (0.1, 3.0)]
    rows = [row | {"statement": evil, "message": evil, "means": evil, "advice": evil, "limits": [evil]} for row in rows]
    rows[0] |= {"evidence": {"path": evil, "sha256": evil}, "rerun": evil, "figures": [evil], "known": {"reason": evil}}
    rows.append(plain(STATEMENTS[0], evil, "skip", evil) | {"family": evil, "check": evil})
    session = session_of(rows) | {"reasons": [evil], "stale": [evil], "denominator": [evil], "unrecognised": {evil: 2}}
    page = page_of(rows, session | {"command": evil, "roots": [evil], "limits": [evil], "started": evil}, tmp_path)
    # What a search looks through is compared, never shown.
    shown = [content for name, content in packs(page).items() if name != "pack-search"]
    everything = page + "".join(map(json.dumps, shown)).replace('\\"', '"')
    assert "<img src=x" not in everything
    assert "<script>alert" not in everything
    assert page.count("<script>") == 1
    assert not re.search(r"<[^>]*\son\w+\s*=\s*[\"']", page.replace("&#39;", "").replace("&#34;", ""))


def test_policy_admits_this_script_and_style_and_nothing_from_outside(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    for name in ("script", "style"):
        source = re.search(rf"<{name}>(.*?)</{name}>", page, flags=re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"<[^>]*\s(style|on\w+)=", re.sub(r"<noscript>.*?</noscript>", "", page, flags=re.DOTALL))
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_several_parts_of_a_message_stay_apart(page):
    assert len(re.findall(r"<li>layer \d: measured", page)) == 4


def test_what_was_not_judged_is_said_with_its_reason(page):
    text = text_of(page.partition('id="not-judged"')[2].partition("</section>")[0])
    assert "2 skipped no run with config.l1 = 0" in text
    assert "old/run_01/results.json equals E_256/run_01" in text
    assert "wandb-summary.json ×4" in text


def test_run_that_nobody_judged_is_named(tmp_path):
    rows, session = green()
    assert "lost/run" in text_of(page_of(rows, session | {"runs": [*session["runs"], "lost/run"]}, tmp_path))


def test_controls_stand_apart_and_an_overlooked_fault_is_no_go(tmp_path):
    passed, blind = page_of(*controls(), tmp_path), page_of(*controls(blind="linear_matches_true"), tmp_path)
    assert "<h1>CONTROLS HOLD</h1>" in passed
    assert "No run was judged." in passed
    assert 'class="verdict go"' not in passed
    assert 'id="matrix"' not in passed
    assert text_of(passed).count("misscaled rejected") == len(STATEMENTS)
    assert "<h1>NO-GO</h1>" in blind
    assert "misscaled overlooked" in text_of(blind)
    assert "data-accept" not in blind.partition("<script>")[0]


@pytest.mark.parametrize("session", [{}, {"word": "go"}, {"planted": {}, "duplicates": [{}], "started": None}])
def test_missing_keys_are_left_out_and_break_nothing(tmp_path, session):
    page_of([], session, tmp_path)
    bare = {"run": "a", "family": "f", "check": "x"}
    rows = [bare | {"verdict": word} for word in ("fail", "pass", "error", "skip")]
    rows += [bare | {"evidence": [{"path": ""}], "known": {}, "planted": {}, "verdict": "warn"}]
    page_of(rows, session, tmp_path)


def test_overview_of_a_family_and_figures_that_are_missing(page, tmp_path):
    assert "<h4>True ΔH, all runs</h4>" in page
    rows = [judged(STATEMENTS[1], "a", 3.0) | {"figures": ["figures/lost.svg"]}]
    assert "Figure figures/lost.svg is missing." in page_of(rows, session_of(rows), tmp_path)


def test_address_is_the_same_in_every_session_and_differs_by_case_and_control():
    row = judged(STATEMENTS[1], "a", 0.1, case={"eta": 1e-6})
    again = judged(STATEMENTS[1], "a", 3.0, case={"eta": 1e-6})
    others = [judged(STATEMENTS[1], "a", 0.1, case={"eta": 2e-6}), judged(STATEMENTS[1], "a", 0.1, control="healthy")]
    assert address(decode(row)) == address(decode(again)) == reading(decode(row))["id"]
    assert len({address(decode(entry)) for entry in (row, *others)}) == 3


@pytest.mark.parametrize(
    ("x", "said"), [(27.0, "+27"), (-0.2, "−0.2"), (float("inf"), "∞"), (None, "–"), (1e-7, "+1e−7")]
)
def test_distance_beyond_the_limit_carries_its_sign(x, said):
    assert signed(x) == said


def test_numbers_in_words():
    assert [number(x) for x in (123456.0, 1.5e-8, 200, "text")] == ["1.235e+5", "1.5e−8", "200", "text"]


def test_three_thousand_statements_take_a_megabyte(tmp_path):
    rows, session = many(tmp_path, runs=300)
    path = write_page(rows, session, tmp_path)
    assert path.stat().st_size < 3e6


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green_, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green_ + 0.0722 * blue


@pytest.mark.parametrize("light", [0, 1], ids=["light", "dark"])
def test_text_reaches_contrast_of_4_5(page, light):
    blocks = re.findall(
        r":root \{(.*?)\}", re.search("<style>(.*?)</style>", page, flags=re.DOTALL)[1], flags=re.DOTALL
    )
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[light]))
    pairs = [(name[3:], name) for name in colours if name.startswith("on-")]
    pairs += [("ground", name) for name in colours if name.endswith("ink") or name in ("quiet", "link")]
    pairs += [("raised", name) for name in ("ink", "quiet", "link")]
    for ground, text in pairs:
        low, high = sorted(luminance(colours[name]) for name in (ground, text))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (ground, text)


def test_a_cell_of_the_matrix_is_called_after_its_run_its_statement_and_its_verdict(tmp_path):
    page = page_of([judged(STATEMENTS[5], "a/b", 1.9)], session_of([]), tmp_path)
    assert '<span class="unseen">a/b, gradient above floor: fail</span>' in page


def test_a_figure_is_told_in_a_sentence_for_those_who_do_not_see_it(tmp_path):
    row = judged(STATEMENTS[6], "a", 3.0)
    row["figures"] = [draw(tmp_path, "figure", row)]
    page = page_of([row], session_of([row]), tmp_path)
    alt = re.search(r'<img alt="([^"]*)"', page)[1]
    assert alt.startswith(f"a: {STATEMENTS[6][2]}. Measured 600 ± 33, must be at most 200: fail.")


def test_a_figure_that_an_equal_finding_shows_is_said_to_be_left_out(tmp_path):
    row = judged(STATEMENTS[6], "a", 3.0) | {"undrawn": 2}
    said = f"2 figures left out, since an equal finding shows the same; --figures={STATEMENTS[6][1]} draws them."
    assert said in page_of([row], session_of([row]), tmp_path)
    assert "left out" not in page_of([row | {"undrawn": 0}], session_of([row]), tmp_path)


def test_known_exceptions_are_listed_with_who_why_until_when_and_whether_they_are_needed(tmp_path):
    row = judged(STATEMENTS[5], "a/b", 1.9) | {"verdict": "warn"}
    known = {
        "run": "a/*",
        "check": STATEMENTS[5][1],
        "reason": "old sampler",
        "owner": "vision",
        "until": "2026-06-30",
    }
    covers = [address(decode(row))]
    healed = known | {"run": "z/*", "state": "healed", "covers": covers}
    page = page_of([row], session_of([row], known=[known | {"state": "needed", "covers": covers}, healed]), tmp_path)
    section = text_of(page.partition('<section id="known-exceptions"')[2].partition("</section>")[0])
    assert "needed gradient_above_floor a/* old sampler vision 2026-06-30 1" in section
    assert "healed gradient_above_floor z/* old sampler vision 2026-06-30 1" in section
    assert 'id="known-exceptions"' not in page_of([row], session_of([row]), tmp_path)


def test_long_names_in_the_matrix_keep_the_end_that_tells_them_apart(tmp_path):
    runs = [f"sae_pair_all-MiniLM-L6-v2_layer3_2048_J{n}_k32_normed" for n in range(2)]
    page = page_of([judged(STATEMENTS[5], run, 1.9) for run in runs], session_of([]), tmp_path)
    shown = re.findall(r'<th scope="row"><a href="[^"]*" title="sae[^"]*">([^<]*)</a>', page)
    assert [name[-13:] for name in shown] == ["J0_k32_normed", "J1_k32_normed"]
    assert all(len(name) <= 38 for name in shown)
