"""Driving a headless browser through the page."""

import json
import shutil
import time

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")


def start():
    """Start a browser, or skip with the reason why there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    if not (CHROMIUM and CHROMEDRIVER):
        pytest.skip("needs chromium and chromedriver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))


def js(browser, code, *arguments):
    return browser.execute_script(code, *arguments)


def wait(browser, code, seconds=5):
    """Return what the code gives as soon as it is true."""
    end = time.monotonic() + seconds
    while not (answer := js(browser, f"return {code}")):
        assert time.monotonic() < end, code
        time.sleep(0.02)
    return answer


def press(browser, keys):
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(keys).perform()


def visible_cards(browser):
    return js(browser, "return [...document.querySelectorAll('.lead')].filter(c => c.checkVisibility()).map(c => c.id)")


def requests(browser):
    """Every address that was asked for since the last call."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
