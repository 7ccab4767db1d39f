"""The rules of the house: who imports whom, what every check must have, what the wheel holds, what stays lazy."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from fixtures.gate.limits import SETTINGS
from fixtures.kinds import kinds

ROOT = Path(__file__).parents[1]
ROOMS = {"gonogo": ROOT / "checks" / "gonogo", "fixtures": ROOT / "fixtures", "reports": ROOT / "reports"}
CHECK_FILES = sorted((ROOT / "checks").glob("check_*.py"))
MODULES = sorted(path for room in ROOMS.values() for path in room.rglob("*.py")) + CHECK_FILES
LIMITS = {}
for tables in sorted((ROOT / "checks" / "limits").glob("*.toml")):
    LIMITS |= tomllib.loads(tables.read_text("utf-8"))


def module_name(path):
    base = ROOT / "checks" if path.is_relative_to(ROOT / "checks") else ROOT
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


def imports(path, *, lazy=True):
    """Full names that a module imports; without ``lazy`` only those at its top level."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree) if lazy else tree.body:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def room_of(name):
    return name.partition(".")[0]


def family_of(path):
    """Family of a check file: its stem up to the two underscores before the part that it holds."""
    return path.stem.removeprefix("check_").partition("__")[0]


def functions():
    """Every check: (file, function node)."""
    for path in CHECK_FILES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("check_"):
                yield pytest.param(path, node, id=f"{path.stem}::{node.name}")


CHECKS = list(functions())


def reads(node):
    """Kind and keywords of a check's marker."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.reads":
            return ast.literal_eval(decorator.args[0]), {k.arg: k.value for k in decorator.keywords}
    raise AssertionError(f"{node.name} has no marker reads")


# Room -> whom it may import: the first of these names that a module's starts with decides.
BELOW = ("fixtures.evidence", "fixtures.formats")
# What the gate needs of the maths.
MATHS = ("gonogo.estimate", "gonogo.false_discoveries")
MAY_IMPORT = {
    "gonogo": ("gonogo",),
    "fixtures.formats": BELOW,
    "fixtures.evidence": ("fixtures.formats",),
    "fixtures.sources": (*BELOW, "fixtures.sources"),
    "fixtures.kinds": (*BELOW, "fixtures.sources", "fixtures.kinds", "gonogo.estimate"),
    "fixtures.gate": (*BELOW, "fixtures.sources", "fixtures.kinds", "fixtures.gate", *MATHS),
    "fixtures.baseline": (*BELOW, "fixtures.kinds", "fixtures.gate", "fixtures.baseline", "gonogo.estimate"),
    "fixtures.remote": (*BELOW, "fixtures.kinds", "fixtures.gate.stores", "fixtures.gate.walk", "fixtures.remote"),
    "fixtures.plugin": ("fixtures", "gonogo.__version__", "gonogo.command_line"),
    "reports.figures": ("gonogo", "reports.figures"),
    # Of the gate, reports know the row only.
    "reports": ("fixtures.gate.row", "reports"),
    "checks": ("gonogo", "reports.figures"),
}
WRITTEN = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").glob("*.py"))]


def starts_with(name, prefix):
    return name == prefix or name.startswith(f"{prefix}.")


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_rooms_import_only_whom_they_may(path):
    name = module_name(path)
    room = next((room for room in MAY_IMPORT if starts_with(name, room)), "checks")
    for imported in imports(path):
        if room_of(imported) not in {"gonogo", "fixtures", "reports", "checks", "tests", "benchmarks"}:
            continue
        allowed = MAY_IMPORT[room] + ((f"checks.check_{family_of(path)}",) if room == "checks" else ())
        assert any(starts_with(imported, prefix) for prefix in allowed), f"{name} imports {imported}"


@pytest.mark.parametrize("path", sorted(ROOMS["gonogo"].rglob("*.py")), ids=module_name)
def test_no_family_imports_another(path):
    family = path.relative_to(ROOMS["gonogo"]).parts[0]
    for imported in imports(path) if (ROOMS["gonogo"] / family).is_dir() else ():
        other = imported.split(".")[1] if imported.startswith("gonogo.") else family
        assert other == family or not (ROOMS["gonogo"] / other).is_dir(), f"{module_name(path)} imports {imported}"


def test_no_module_lies_outside_the_rooms():
    loose = {path.name for path in ROOMS["fixtures"].glob("*.py")}
    rooms = {path.name for path in ROOMS["fixtures"].iterdir() if any(path.glob("*.py"))}

    assert loose == {"__init__.py", "evidence.py", "plugin.py"}
    assert rooms == {"baseline", "formats", "gate", "kinds", "remote", "sources"}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_is_longer_than_a_reader_wants(path):
    assert len(path.read_text("utf-8").splitlines()) <= 350


def test_the_tree_in_the_readme_is_the_real_one():
    text = (ROOT / "README.md").read_text("utf-8")
    tree = re.search(r"```text\nconftest\.py.*?```", text, flags=re.DOTALL)[0]
    named, folders = [], []
    for line in tree.splitlines()[1:-1]:
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        folders[depth:] = [name]
        named.append("".join(folders[:-1]) + name)
    for path in named:
        assert (ROOT / path).exists(), f"README names {path}"
    for room in ("checks/", "fixtures/", "reports/"):
        real = {
            f"{room}{p.name}/" for p in (ROOT / room).iterdir() if p.is_dir() and p.name not in ("__pycache__", "out")
        }
        assert real <= set(named), f"README lacks {real - set(named)}"


@pytest.mark.parametrize("path", sorted(ROOMS["gonogo"].rglob("*.py")), ids=module_name)
def test_the_maths_knows_no_framework_and_no_file(path):
    if path.stem in ("command_line", "__main__"):  # the distribution's command and its guard, no maths
        return
    for imported in imports(path):
        assert room_of(imported) not in {"pytest", "matplotlib", "json", "pathlib", "pandas", "msgspec"}, imported


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_heavy_libraries_are_imported_where_they_are_used(path):
    for imported in imports(path, lazy=False):
        assert room_of(imported) not in {"torch", "matplotlib", "pandas"}, imported
        assert not imported.startswith("scipy.stats"), imported


def test_no_circles():
    graph = {module_name(path): set() for path in MODULES}
    for path in MODULES:
        for imported in imports(path):
            while imported and imported not in graph:
                imported = imported.rpartition(".")[0]
            if imported and imported != module_name(path):
                graph[module_name(path)].add(imported)
    done = set()

    def walk(name, trail):
        assert name not in trail, " -> ".join([*trail, name])
        if name not in done:
            for other in graph[name]:
                if not name.startswith(other + "."):  # a package's own modules may be re-exported by it
                    walk(other, [*trail, name])
            done.add(name)

    for name in graph:
        walk(name, [])


@pytest.mark.parametrize(("path", "node"), CHECKS)
def test_a_check_says_what_a_violation_means_and_what_to_do(path, node):
    text = ast.get_docstring(node)

    assert re.search(r"\n\nMeans: \w", text), "no paragraph 'Means:'"
    assert re.search(r"\n\nDo: \w", text), "no paragraph 'Do:'"


@pytest.mark.parametrize(("path", "node"), CHECKS)
def test_a_check_has_a_fault_that_its_evidence_declares(path, node):
    kind, marker = reads(node)
    module = kinds()[kind]
    faults = ast.literal_eval(marker["faults"])

    assert faults, "a check without a fault cannot show that it can fail"
    assert set(faults) <= set(module.FAULTS) | set(getattr(module, "GROUP_FAULTS", {}))


@pytest.mark.parametrize(("path", "node"), CHECKS)
def test_a_check_uses_every_limit_of_its_table_and_no_other(path, node):
    family, check = family_of(path), node.name.removeprefix("check_")
    table = LIMITS[family][check]
    source = path.read_text("utf-8")

    for name in set(table) - set(SETTINGS):
        used = re.search(rf"limits\.{name}\b", source) or (name == "worst_residual" and "judge.consistent(" in source)
        assert used, f"limit {name} of [{family}.{check}] is read by no check"
    for name in re.findall(r"limits\.([a-z]\w*)", ast.unparse(node)):
        assert name in table or name in ("decide", "values", "declared", "classes"), f"[{family}.{check}] has no {name}"


def test_every_table_of_limits_belongs_to_a_check():
    known = {(family_of(param.values[0]), param.values[1].name.removeprefix("check_"))
             for param in CHECKS}  # fmt: skip

    assert {(family, check) for family, checks in LIMITS.items() if family != "session" for check in checks} == known


def test_every_fault_is_rejected_by_some_check():
    used = {}
    for param in CHECKS:
        kind, marker = reads(param.values[1])
        used.setdefault(kind, set()).update(ast.literal_eval(marker["faults"]))

    for kind, module in kinds().items():
        declared = set(module.FAULTS) | set(getattr(module, "GROUP_FAULTS", {}))
        assert declared == used.get(kind, set()), f"faults of {kind} and of its checks differ"


@pytest.mark.parametrize("path", CHECK_FILES, ids=lambda path: path.stem)
def test_a_diagnostic_keeps_its_stem_in_every_room(path):
    family = family_of(path)
    assert (ROOT / "checks" / "limits" / f"{family}.toml").exists()
    if family != "evidence":
        assert (ROOMS["gonogo"] / family).is_dir()
        assert (ROOMS["reports"] / "figures" / f"{family}.py").exists()
        assert (ROOT / "tests" / "gonogo" / family).is_dir()


@pytest.mark.parametrize("path", sorted(ROOMS["gonogo"].rglob("*.py")), ids=module_name)
def test_public_functions_of_the_maths_are_documented(path):
    module = importlib.import_module(module_name(path))
    for name, thing in vars(module).items():
        if inspect.isfunction(thing) and thing.__module__ == module.__name__ and not name.startswith("_"):
            assert inspect.getdoc(thing), name


def test_the_wheel_holds_gonogo_and_nothing_else(tmp_path):
    pytest.importorskip("hatchling")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    tops = {name.partition("/")[0] for name in names}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"gonogo"}
    assert "gonogo/estimate.py" in names


@pytest.mark.parametrize("arguments", [["--help"], ["--collect-only", "-q"]], ids=["help", "collect"])
def test_nothing_heavy_is_loaded_before_it_is_needed(arguments, tmp_path):
    code = (
        "import sys, pytest\n"
        f"pytest.main(['checks/', *{arguments!r}, '-p', 'no:cacheprovider'])\n"
        "print('LOADED', [m for m in ('torch', 'matplotlib', 'scipy.stats', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "LOADED []", done.stdout[-2000:]


def test_the_readme_names_every_option_and_family():
    text = (ROOT / "README.md").read_text("utf-8")
    declared = "".join(
        path.read_text("utf-8") for path in MODULES if path.parent.name in ("fixtures", "reports", "baseline", "gate")
    )

    for option in set(re.findall(r'add\(\s*"(--[a-z-]+)"', declared)):
        assert f"`{option}" in text, f"README does not explain {option}"
    for path in CHECK_FILES:
        assert f"| `{family_of(path)}` |" in text


def test_the_top_level_is_what_the_owner_fixed():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    tops = {line.partition("/")[0] for line in tracked.stdout.splitlines()}

    assert {top for top in tops if not top.startswith(".")} <= {
        "conftest.py", "checks", "fixtures", "reports", "tests", "benchmarks", "pyproject.toml", "constraints.txt",
        "README.md", "LICENSE",
    }  # fmt: skip


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_nothing_from_a_run_is_ever_executed(path):
    text = path.read_text("utf-8")

    for word in ("pickle.load", "allow_pickle=True", "weights_only=False", "yaml.unsafe_load", "exec("):
        assert word not in text
    assert not re.search(r"(?<![.\w])eval\(", text)
    if "yaml.load(" in text:
        import yaml

        assert issubclass(importlib.import_module(module_name(path))._loader(), yaml.SafeLoader)
    for call in re.findall(r"torch\.load\([^)]*\)", text):
        assert "weights_only=True" in call
