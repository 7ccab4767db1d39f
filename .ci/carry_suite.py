"""Carry the suite inside the wheel, as data of the package that holds the maths, so that `gonogo` finds it anywhere.

Its rooms are called `fixtures` and `reports`: names that must not stand in anybody's site-packages as they are.
"""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = (
    "conftest.py",
    "pyproject.toml",
    "checks/check_*.py",
    "checks/limits/*.toml",
    "fixtures/**/*",
    "reports/**/*",
)
KINDS = {".py", ".toml", ".html", ".css", ".js"}
WRITTEN = "reports/out/"  # what sessions leave there is nobody's


class CustomBuildHook(BuildHookInterface):
    """Adds the rooms to a wheel; an editable installation finds the checkout instead."""

    def initialize(self, version, build_data):
        """Say where each file goes."""
        if version == "editable":
            return
        root = Path(self.root)
        for path in sorted({path for pattern in CARRIED for path in root.glob(pattern)}):
            name = path.relative_to(root).as_posix()
            if path.suffix in KINDS and not name.startswith(WRITTEN):
                build_data["force_include"][str(path)] = f"gonogo/suite/{name}"
