"""Test `reports.figures.style`: colours that every eye tells apart, the same for a name in every figure."""

from itertools import combinations

import numpy as np
import pytest

from reports.figures.style import LIMIT, MUTED, SERIES, colours_of, setting_colour, standouts

# Machado, Oliveira and Fernandes, IEEE Trans. Vis. Comput. Graph. 15 (2009) 1291: severity 1, linear RGB.
EYES = {
    "all cones": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    rgb = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, eye):
    xyz = TO_XYZ @ np.clip(np.array(eye) @ linear(colour), 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one, other):
    bright = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


@pytest.mark.parametrize("eye", EYES)
def test_every_two_colours_are_told_apart(eye):
    near = {
        pair: np.linalg.norm(lab(pair[0], EYES[eye]) - lab(pair[1], EYES[eye]))
        for pair in combinations((*SERIES, LIMIT, MUTED), 2)
    }
    assert min(near.values()) >= 20, min(near, key=near.get)


@pytest.mark.parametrize("colour", [*SERIES, LIMIT, MUTED])
def test_every_colour_is_seen_on_light_and_on_dark(colour):
    assert contrast(colour, "#ffffff") > 2
    assert contrast(colour, "#14181d") > 2


def test_no_series_has_the_limit_s_colour():
    assert LIMIT not in SERIES
    assert MUTED not in SERIES


def test_a_method_has_one_colour_whatever_stands_beside_it():
    alone, together = colours_of(["dfa"]), colours_of(["bp", "pepita", "dfa λ=0.1", "frozen", "dfa"])

    assert alone["dfa"] == together["dfa"]
    assert colours_of(["dfa λ=0.1"]) == {"dfa λ=0.1": together["dfa λ=0.1"]}
    assert len(set(together.values())) == 5


def test_names_without_a_colour_of_their_own_never_share_one_in_a_figure():
    found = colours_of(["uniform", "repo_vonmises", "another", "third"])

    assert len(set(found.values())) == 4
    assert found == colours_of(["uniform", "repo_vonmises", "another", "third"])


def test_settings_half_a_decade_apart_differ_and_are_in_order():
    colours = [setting_colour(10**power) for power in np.arange(-3, 0.1, 0.5)]
    light = [lab(colour, np.eye(3))[0] for colour in colours]

    assert light == sorted(light)
    assert min(np.diff(light)) > 5


def test_what_lies_farthest_out_stands_out_and_what_has_no_number_first():
    assert standouts([1.0, 1.2, 9.0, 0.9, float("nan")], most=2) == [4, 2]
