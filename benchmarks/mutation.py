"""How many wrong versions of the maths its own tests reject: mutation of checks/gonogo.

Usage: python -m benchmarks.mutation [--family F ...] [--share 1.0] [--seed 0] [--out FILE]

A mutant is one operator, comparison, sign or small constant changed in one place. The tests of the maths and its
doctests are collected once; which of them call which function is recorded once; every mutant then lives in a fork that
runs only the tests that call the changed function, quickest first, until one fails. Prints the share that is killed and
every survivor. The boundary of a comparison is moved where counts may lie on it, elsewhere it is turned round: two
measured numbers are never equal. Numbers below 1e-6 guard against rounding and stay.
"""

import ast
import json
import os
import random
import select
import signal
import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["CI"] = "1"  # hypothesis draws the same examples every time: a survivor survives again

ROOT = Path(__file__).parents[1]
MATHS = ROOT / "checks" / "gonogo"
NOT_MATHS = ("__init__.py", "__main__.py", "command_line.py", "arrays.py")
GUARD = 1e-6
LONGEST = 120  # seconds of one mutant's tests; a mutant that hangs is killed

ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
COMPARISON = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}  # fmt: skip


def changes(tree):
    """Every single change of a module: (line, old text, function that makes it).

    Left out are what is no maths: messages and raised errors, annotations, decorators, docstrings, ``strict=`` of zip.
    """
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)):
            continue
        yield from _of(node)
        for name, value in reversed(list(ast.iter_fields(node))):
            if name in ("annotation", "returns", "decorator_list", "bases"):
                continue
            if isinstance(node, ast.keyword) and node.arg == "strict":
                continue
            children = value if isinstance(value, list) else [value]
            pending += [child for child in reversed(children) if isinstance(child, ast.AST)]


def _of(node):
    def setting(attribute, value, holder=node):
        return lambda: setattr(holder, attribute, value)

    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in ARITHMETIC:
        yield node, setting("op", ARITHMETIC[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield node, setting("op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.Compare):
        for n, op in enumerate(node.ops):
            others = COMPARISON[type(op)]
            for other in others if _counts(node) else others[-1:]:
                yield node, setting("ops", [*node.ops[:n], other(), *node.ops[n + 1 :]])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node, setting("op", ast.UAdd())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, setting("operand", ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float)):
        value = node.value
        if 0 < value < GUARD:
            return
        new = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else value * 1.5 or 1.0
        yield node, setting("value", new)


def _counts(comparison):
    """Whether something may lie on the boundary: a side is a whole number, a length or a named constant."""
    for side in (comparison.left, *comparison.comparators):
        whole = isinstance(side, ast.Constant) and isinstance(side.value, int)
        length = isinstance(side, ast.Call) and isinstance(side.func, ast.Name) and side.func.id == "len"
        if whole or length or (isinstance(side, ast.Name) and side.id.isupper()):
            return True
    return False


def mutants(path):
    """Number of mutants of a file."""
    return sum(1 for _ in changes(ast.parse(path.read_text("utf-8"))))


def mutated(path, number):
    """Tree of a file with one change, its line, and the change in words."""
    tree = ast.parse(path.read_text("utf-8"))
    node, change = next(found for n, found in enumerate(changes(tree)) if n == number)
    old, line = ast.unparse(node), node.lineno
    change()
    return ast.fix_missing_locations(tree), line, f"{old}  ->  {ast.unparse(node)}"


def install(path, tree):
    """Put a changed module's code into the imported one, wherever its functions have been imported to."""
    name = ".".join(path.relative_to(ROOT / "checks").with_suffix("").parts)
    module, fresh = sys.modules[name], {"__name__": name, "__file__": str(path)}
    exec(compile(tree, str(path), "exec"), fresh)
    for key, value in fresh.items():
        if not key.startswith("__"):
            _replace(vars(module), key, value, name)


def _replace(holder, key, new, module):
    old = holder.get(key)
    if getattr(new, "__module__", None) != module:
        if not callable(new):  # a constant
            holder[key] = new
    elif isinstance(new, type):
        for name, member in vars(new).items():
            mine = vars(old).get(name)
            for part in ("fget", "__func__"):
                member, mine = getattr(member, part, member), getattr(mine, part, mine)
            if hasattr(member, "__code__") and hasattr(mine, "__code__"):
                _take_over(mine, member)
    elif hasattr(new, "__code__"):
        _take_over(old, new)


def _take_over(old, new):
    while hasattr(new, "__wrapped__"):
        old, new = old.__wrapped__, new.__wrapped__
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def functions(path):
    """(first line, last line) of a file's outermost functions and methods."""
    tree = ast.parse(path.read_text("utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [(min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno) for node in found]


class Loop:
    """Replaces pytest's loop over the tests by one over the mutants.

    Parameters
    ----------
    todo : list of (Path, int)
        File and number of each mutant.
    told : callable
        Called with (path, line, change, who killed it or None).
    """

    def __init__(self, todo, told):
        self.todo, self.told, self.failed, self.error = todo, told, None, None

    def pytest_collection(self):
        """Let hypothesis fail at its first counterexample instead of looking for the smallest one."""
        from hypothesis import Phase, settings

        settings.register_profile("mutation", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
        settings.load_profile("mutation")

    def pytest_runtest_logreport(self, report):
        """Note a failure."""
        if report.failed:
            self.failed = report.nodeid

    def run(self, session, item):
        """Run one test; whether it passed."""
        self.failed = None
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return self.failed is None

    def pytest_runtestloop(self, session):
        """Run the mutants."""
        found = self.in_fork(lambda: self.called(session), LONGEST * 20)
        if isinstance(found, str):
            raise SystemExit(found)
        seconds, calls = found[1], {file: dict(lines) for file, lines in found[0]}
        items = {item.nodeid: item for item in session.items}
        for path, number in self.todo:
            tree, line, change = mutated(path, number)
            around = [(a, b) for a, b in functions(path) if a <= line <= b]
            wanted = calls.get(str(path), {})
            lines = [at for at in wanted if not around or any(a <= at <= b for a, b in around)]
            names = sorted({name for at in lines for name in wanted[at]}, key=seconds.get)
            tests = [items[name] for name in names]
            killer = self.in_fork(partial(self.killer, session, path, tree, tests), LONGEST)
            self.told(path, line, change, killer, len(names))
        return True

    def called(self, session):
        """Functions that each test calls: file -> first line -> names of tests; and how long each test takes."""
        calls, seconds, inside = defaultdict(lambda: defaultdict(set)), {}, str(MATHS)
        for item in session.items:
            seen = set()

            def trace(frame, event, _, seen=seen):
                if frame.f_code.co_filename.startswith(inside):
                    seen.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

            began = time.perf_counter()
            sys.settrace(trace)
            passed = self.run(session, item)
            sys.settrace(None)
            seconds[item.nodeid] = time.perf_counter() - began
            if not passed:
                raise SystemExit(f"fails without any mutation: {self.failed}")
            for file, line in seen:
                calls[file][line].add(item.nodeid)
        plain = [(file, [(line, sorted(names)) for line, names in lines.items()]) for file, lines in calls.items()]
        return plain, seconds

    def killer(self, session, path, tree, items):
        """Name of the first test that fails; None if all pass."""
        install(path, tree)
        return next((item.nodeid for item in items if not self.run(session, item)), None)

    @staticmethod
    def in_fork(work, limit):
        """What ``work`` returns in a fork, or a word for how the fork ended."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, 1), os.dup2(sink, 2)
            try:
                answer = work()
            except BaseException as error:
                answer = f"{type(error).__name__}: {error}"
            with os.fdopen(writer, "w") as pipe:
                json.dump(answer, pipe)
            os._exit(0)
        os.close(writer)
        text, until = b"", time.monotonic() + limit
        while True:
            ready, _, _ = select.select([reader], [], [], max(until - time.monotonic(), 0))
            part = os.read(reader, 1 << 20) if ready else None
            if not part:
                break
            text += part
        if part is None:
            os.kill(child, signal.SIGKILL)
        os.close(reader)
        os.waitpid(child, 0)
        if part is None:
            return "hangs"
        return json.loads(text) if text else "the process died"


def chosen(families, share, seed):
    """Files and numbers of the mutants to make: a share of those of every file."""
    rng, todo = random.Random(seed), []
    for path in sorted(MATHS.rglob("*.py")):
        family = path.parent.name if path.parent != MATHS else path.stem
        if path.name in NOT_MATHS or (families and not {family, f"{family}/{path.stem}"} & set(families)):
            continue
        every = range(mutants(path))
        todo += [(path, n) for n in sorted(rng.sample(every, round(share * len(every))))]
    return todo


def tested(families):
    """Where the tests of some families lie; those of all where a shared file is among them."""
    rooms, folders = (ROOT / "tests" / "gonogo", MATHS), {family.partition("/")[0] for family in families}
    if folders and all((MATHS / folder).is_dir() for folder in folders):
        return [room / folder for room in rooms for folder in sorted(folders)]
    return rooms


def main(arguments=None):
    """Make the mutants, print the survivors and the shares."""
    import pytest

    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--family",
        action="append",
        default=[],
        help="only this folder of the maths, or file of it (curves, curves/margin, estimate)",
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of every file's mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON lines, one a mutant")
    options = parser.parse_args(arguments)
    todo, killed, made = chosen(options.family, options.share, options.seed), defaultdict(int), defaultdict(int)
    out = options.out.open("w", buffering=1) if options.out else None
    terminal = os.fdopen(os.dup(1), "w", buffering=1)

    def told(path, line, change, killer, tests):
        name, place = path.relative_to(MATHS).as_posix(), path.relative_to(MATHS).parts[0]
        made[place] += 1
        killed[place] += killer is not None
        if killer is None:
            print(f"survives {name}:{line}: {change} ({tests} tests)", file=terminal)
        if out:
            row = {"file": name, "line": line, "change": change, "killer": killer, "tests": tests}
            out.write(json.dumps(row) + "\n")

    what = [str(folder) for folder in tested(options.family)] + ["--doctest-modules"]
    code = pytest.main(["-p", "no:cacheprovider", "-p", "no:terminal", *what], plugins=[Loop(todo, told)])
    for place in made:
        print(f"{place}: {killed[place]} of {made[place]} killed ({killed[place] / made[place]:.1%})", file=terminal)
    print(f"all: {sum(killed.values())} of {sum(made.values())} killed", file=terminal)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
