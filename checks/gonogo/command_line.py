"""Refuse a command line that would execute what lies in a folder of runs, before pytest loads anything from there.

This module is the distribution's ``pytest11`` entry point. It is silent unless the command line names this suite's
checks. pytest takes ``--runs DIR``, written with a space, for a path to collect as long as the option is not declared,
and it is declared by a conftest that is loaded together with those of the paths: ``DIR/conftest.py`` would run.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Options of the suite that take a value.
OPTIONS = frozenset(
    f"--{name}"
    for name in (
        "runs", "limits", "report", "baseline", "save-baseline", "baseline-update", "history", "require", "min-runs",
        "plant", "figures", "exclude", "max-file-size", "checks", "cache", "mirror", "jobs", "scheduler", "shard",
        "per", "page",
    )
)  # fmt: skip
USAGE_ERROR = 4


def suite_of(path: Path) -> Path | None:
    """Folder of the suite whose checks a path is about, in a checkout or installed; None where it is about none."""
    for folder in (path, *path.parents):
        if folder.name == "checks" and (folder / "limits" / "session.toml").is_file():
            return folder.parent
    return None


def refusal(args: Sequence[str], here: Path) -> str:
    """Say why a command line is refused; empty where it is not, or is none of ours.

    Parameters
    ----------
    args : sequence of str
        Arguments of pytest.
    here : Path
        Folder that it was called from.

    Examples
    --------
    >>> refusal(["tests", "--runs", "x"], Path("/"))
    ''
    """
    paths = [(arg, (here / arg.partition("::")[0]).resolve()) for arg in args if not arg.startswith("-")]
    roots = {root for _, path in paths if (root := suite_of(path))}
    if not roots:
        return ""
    for option, value in zip(args, [*args[1:], ""], strict=True):
        if option in OPTIONS:
            # What is no option, and no address that may hold a password.
            value = "..." if value.startswith("-") or not value or "://" in value else value
            return (
                f"write {option}={value} with an equals sign: with a space pytest would take {value} for tests and "
                "execute it"
            )
    for arg, path in paths:
        if path.is_dir() and not any(path == root or root in path.parents for root in roots):
            return f"{arg} is no folder of this suite, and nothing from there is executed; for runs write --runs={arg}"
    return ""


def pytest_load_initial_conftests(early_config: Any, parser: Any, args: list[str]) -> None:
    """End the session with a usage error before the conftests of any path are loaded."""
    stop_if_refused(args, Path(early_config.invocation_params.dir))


def stop_if_refused(args: Sequence[str], here: Path) -> None:
    """Exit with pytest's code of usage errors where a command line is refused."""
    if problem := refusal([str(arg) for arg in args], here):
        print(f"ERROR: {problem}", file=sys.stderr)
        raise SystemExit(USAGE_ERROR)
