"""Prints the figures of the crash tests at the end of a run."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the recorded properties of each passed test."""
    for report in terminalreporter.getreports("passed"):
        figures = ", ".join(f"{value} {name}" for name, value in report.user_properties)
        if figures and "/faults/" in report.nodeid:
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")
