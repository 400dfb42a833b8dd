"""No module of `app` reads a data file when it is imported."""

import subprocess
import sys

from tests.processes import ROOT

# An audit hook sees every open, whatever function makes it; one cannot be removed, so it runs in a process of its own.
PROGRAM = """
import pkgutil, sys
from importlib import import_module

opened = []

def record_data_files(event, arguments):
    if event == "open" and str(arguments[0]).endswith((".csv", ".txt", ".json")) and "/data/" in str(arguments[0]):
        opened.append((module.name, arguments[0]))

import app
sys.addaudithook(record_data_files)
for module in pkgutil.walk_packages(app.__path__, "app."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
print(*opened, sep="\\n", end="")
"""


def test_importing_every_module_opens_no_data_file() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == ""
