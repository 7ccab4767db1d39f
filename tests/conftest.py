"""How the tests draw examples: at random here, the same ones every time in CI."""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None)  # a time limit an example would test the machine
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
