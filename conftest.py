"""Where the rooms meet: the plugins that feed the checks and that report what they found."""

pytest_plugins = ["fixtures.gate.given", "fixtures.plugin", "reports.plugin"]
