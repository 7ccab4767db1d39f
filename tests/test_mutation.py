"""Test `benchmarks.mutation`: what it changes, that a fork runs the change, and that nothing else does."""

import ast
import time

import pytest

from benchmarks.mutation import MATHS, Loop, changes, chosen, functions, install, mutants, mutated, tested
from gonogo import estimate

SOURCE = '''
"""Docstring with 1 + 1."""
LIMIT = 2
@decorated(3)
def measure(x: int | None, y: "a + b" = 0.5) -> int | str:
    if not x or len(x) < LIMIT:
        raise ValueError(f"{x + 1} is wrong, 7 < 8")
    return -x ** 2 if x > y else zip(x, y, strict=True) % 1e-9
'''


def every(source):
    found = []
    for number, _ in enumerate(changes(ast.parse(source))):
        tree = ast.parse(source)
        node, change = next(item for n, item in enumerate(changes(tree)) if n == number)
        before = ast.unparse(node)
        change()
        found.append((before, ast.unparse(node)))
    return found


def test_each_operator_comparison_sign_and_constant_is_changed_once_and_nothing_else():
    assert every(SOURCE) == [
        ("2", "3"),
        ("0.5", "0.75"),
        ("not x or len(x) < LIMIT", "not x and len(x) < LIMIT"),
        ("not x", "not not x"),
        ("len(x) < LIMIT", "len(x) <= LIMIT"),
        ("len(x) < LIMIT", "len(x) >= LIMIT"),
        ("x > y", "x <= y"),  # two measured numbers are never equal
        ("-x ** 2", "+x ** 2"),
        ("x ** 2", "x * 2"),
        ("2", "3"),
        ("zip(x, y, strict=True) % 1e-09", "zip(x, y, strict=True) * 1e-09"),
    ]


def number_of(path, words):
    return next(n for n in range(mutants(path)) if mutated(path, n)[2] == words)


def test_a_fork_runs_the_changed_function_and_leaves_this_process_alone():
    path = MATHS / "estimate.py"
    tree, line, _ = mutated(path, number_of(path, "self.value - number  ->  self.value + number"))

    def changed():
        install(path, tree)
        return estimate.Estimate(3.0).minus(1.0).value

    assert Loop.in_fork(changed, 30) == 4.0
    assert estimate.Estimate(3.0).minus(1.0).value == 2.0
    assert any(first <= line <= last for first, last in functions(path))


def test_a_constant_and_its_users_are_changed_too():
    path = MATHS / "neural_collapse" / "information_plane.py"
    import numpy as np

    from gonogo.neural_collapse.information_plane import nhsic

    z = np.random.default_rng(0).normal(size=(6, 2))
    tree, _, _ = mutated(path, number_of(path, "5.0  ->  7.5"))

    def changed():
        install(path, tree)
        return nhsic(z, z)

    assert Loop.in_fork(changed, 30) != pytest.approx(nhsic(z, z))


def test_a_fork_that_hangs_or_fails_says_so():
    assert Loop.in_fork(lambda: time.sleep(60), 0.2) == "hangs"
    assert Loop.in_fork(lambda: 1 / 0, 30) == "ZeroDivisionError: division by zero"
    assert Loop.in_fork(lambda: None, 30) is None


def test_a_share_of_every_file_is_drawn_the_same_each_time():
    drawn = chosen(["curves"], 0.2, 3)

    assert drawn == chosen(["curves"], 0.2, 3) != chosen(["curves"], 0.2, 4)
    assert {path.parent.name for path, _ in drawn} == {"curves"}
    assert len(chosen(["curves"], 1.0, 0)) == sum(mutants(path) for path in {path for path, _ in drawn})
    assert {path.stem for path, _ in chosen(["curves/margin"], 1.0, 0)} == {"margin"}
    assert tested(["curves", "curves/margin"])[1:] == [MATHS / "curves"]
    assert tested(["curves", "estimate"])[1] == MATHS
