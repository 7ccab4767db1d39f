"""Carry the suite inside the wheel, as data of the package that holds the maths, so that `gonogo` finds it anywhere.

Its rooms are called `fixtures` and `reports`: names that must not stand in anybody's site-packages as they are.
"""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WHOLE = ("fixtures", "reports", "checks/limits", "conftest.py", "pyproject.toml")


class CustomBuildHook(BuildHookInterface):
    """Adds the rooms to a wheel; an editable installation finds the checkout instead."""

    def initialize(self, version, build_data):
        """Say where each room goes."""
        if version == "editable":
            return
        root = Path(self.root)
        checks = [path.relative_to(root).as_posix() for path in sorted(root.glob("checks/check_*.py"))]
        for name in (*WHOLE, *checks):
            build_data["force_include"][str(root / name)] = f"gonogo/suite/{name}"
