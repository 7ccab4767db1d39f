"""The command ``gonogo``: the suite over folders of runs, from a checkout or as it is installed.

``gonogo ../runs -m curves`` is ``pytest <checks> --runs=../runs -m curves``: folders (or locations) first, then
whatever options pytest and the suite have.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from gonogo.command_line import USAGE_ERROR

USAGE = """usage: gonogo [RUNS ...] [options of pytest and of the suite]

  gonogo ../runs                         judge the runs in a folder
  gonogo ../runs --list-evidence         what is there, and what it can be asked
  gonogo ../runs -m curves --strict      one family; what is undecided fails
  gonogo                                 controls only: every check against its healthy run and its faults

Options follow; `gonogo --help` lists them under "gonogo". The page is written to gonogo-report/.
"""
INSTALLED = Path(__file__).parent / "suite"
CHECKOUT = Path(__file__).parents[2]
NEEDED = (
    "cachetools",
    "google_crc32c",
    "jinja2",
    "matplotlib",
    "msgspec",
    "natsort",
    "pandas",
    "pytest",
    "safetensors",
    "yaml",
)


def suite() -> Path:
    """Folder that holds the suite: inside this package where it is installed, the checkout otherwise."""
    return INSTALLED if INSTALLED.is_dir() else CHECKOUT


def command(arguments: Sequence[str], root: Path, here: Path) -> list[str]:
    """Arguments of pytest for arguments of the command.

    Parameters
    ----------
    arguments : sequence of str
        Runs first, options after them.
    root, here : Path
        Folder of the suite, and the one that the command is called from.

    Examples
    --------
    >>> command(["../runs", "-k", "loss"], Path("/suite"), Path("/home"))[2:]
    ['/suite/checks', '-o', 'cache_dir=/home/.gonogo_cache', '--report=gonogo-report', '--runs=../runs', '-k', 'loss']
    """
    first = next((n for n, arg in enumerate(arguments) if arg.startswith("-")), len(arguments))
    runs, options = arguments[:first], arguments[first:]
    report = [] if any(option.startswith("--report=") for option in options) else ["--report=gonogo-report"]
    return [
        # Not the settings of the folder that it is called from, and no caches beside an installed package.
        f"--config-file={root / 'pyproject.toml'}",
        f"--rootdir={root}",
        str(root / "checks"),
        "-o",
        f"cache_dir={here / '.gonogo_cache'}",
        *report,
        *(f"--runs={run}" for run in runs),
        *options,
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; returns pytest's exit code."""
    if lacking := [name for name in NEEDED if find_spec(name) is None]:
        print(f"the gate needs {', '.join(lacking)}: pip install 'gonogo[gate]'", file=sys.stderr)
        return USAGE_ERROR
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments:
        print(USAGE)
    import pytest

    return int(pytest.main(command(arguments, suite(), Path.cwd())))


if __name__ == "__main__":
    sys.exit(main())
