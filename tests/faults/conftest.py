"""Says at the end of a run what the crash tests came to, since a figure is what they are for."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print each test's own figures."""
    for report in terminalreporter.getreports("passed"):
        figures = ", ".join(f"{value} {name}" for name, value in report.user_properties)
        if figures and "/faults/" in report.nodeid:
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")
