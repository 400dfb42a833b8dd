"""Joins ES modules into the one file that is served, without a build tool."""

import re
from pathlib import Path

_NAMES = r"\{((?:(?! as )[\w\s,])*)\}"
_IMPORT = re.compile(rf'^import (?:{_NAMES} from )?"(\./[^"]+)";\n', re.MULTILINE)
_REEXPORT = re.compile(rf'^export {_NAMES} from "(\./[^"]+)";\n', re.MULTILINE)
_EXPORT_LIST = re.compile(rf"^export {_NAMES};\n", re.MULTILINE)
_EXPORT_KEYWORD = re.compile(r"^export (?=(?:async function|function|class|const|let)\b)", re.MULTILINE)
_MODULE_SYNTAX = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_DECLARATION = re.compile(r"^(?:async function|function|class|const|let) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
_BLANK = re.compile(r"^[ \t]+|^\n", re.MULTILINE)


class UnsupportedModule(ValueError):
    """A module uses syntax that `bundle` does not support; the message names its file."""


def bundle(entry: Path) -> str:
    """Return `entry` and the modules that it imports as one module, each module after its dependencies.

    The modules share one scope, so their top-level names must be unique and no import may rename. Supported are, on
    lines of their own: `import { a } from "./x.js";`, `import "./x.js";`, `export` before a declaration and, in the
    entry alone, `export { a } from "./x.js";` and `export { a };`. Only the exports of the entry remain.

    Comments that fill whole lines, indentation and empty lines are removed. The rule does not parse strings: in a
    template literal, a line must not begin with `//` or `/**`, and blanks at the start of a line must not matter.

    Raises UnsupportedModule for other module syntax, a name declared twice or a circular import.
    """
    exports: list[str] = []
    bodies: dict[Path, str] = {}
    _add(entry, bodies, exports, ())
    code = "".join(bodies.values())
    names = _DECLARATION.findall(code)
    if duplicates := sorted({name for name in names if names.count(name) > 1}):
        raise UnsupportedModule(f"{entry.name}: two modules declare {', '.join(duplicates)}")
    return _BLANK.sub("", code) + (f"export {{ {', '.join(exports)} }};\n" if exports else "")


def _add(path: Path, bodies: dict[Path, str], exports: list[str], importers: tuple[Path, ...]) -> None:
    """Append the body of `path` to `bodies`, after those of its dependencies, and the exports of the entry."""
    if path in importers:
        raise UnsupportedModule(f"{path.name}: circular import")
    if path in bodies:
        return
    source = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    for _, target in [*_IMPORT.findall(source), *_REEXPORT.findall(source)]:
        _add((path.parent / target).resolve(), bodies, exports, (*importers, path))
    body = _EXPORT_KEYWORD.sub("", _IMPORT.sub("", source))
    if not importers:
        lists = [*(names for names, _ in _REEXPORT.findall(body)), *_EXPORT_LIST.findall(body)]
        exports += [name.strip() for names in lists for name in names.split(",") if name.strip()]
        body = _EXPORT_LIST.sub("", _REEXPORT.sub("", body))
    if unsupported := _MODULE_SYNTAX.search(body):
        raise UnsupportedModule(f"{path.name}: {unsupported[0]}")
    bodies[path] = body
