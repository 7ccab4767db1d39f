"""One browser for the tests of this folder, and the pages that they open in it."""

import pytest

from tests.reports.browser import start
from tests.reports.sample_rows import write_page
from tests.reports.sample_sessions import controls, green, mixed


@pytest.fixture(scope="session")
def browser():
    driver = start()
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    made = {}
    for name, session in {"mixed": mixed, "green": lambda _: green(), "controls": lambda _: controls()}.items():
        folder = tmp_path_factory.mktemp(name)
        made[name] = write_page(*session(folder), folder)
    return made


@pytest.fixture
def visit(browser, pages):
    """Open a page by name or path; whatever the test does there, the console must stay silent."""

    def open_page(name="mixed", fragment=""):
        browser.get("about:blank")
        browser.get(pages.get(name, name).as_uri() + fragment)
        return browser

    yield open_page
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
