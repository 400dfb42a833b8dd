"""The bundler: module order, scope, exports, removed comments, unsupported syntax; and the served bundle."""

import re
from pathlib import Path

import pytest

from app.web.assets import assets
from app.web.javascript_bundle import UnsupportedModule, bundle


def bundled(folder: Path, **modules: str) -> str:
    """Write the modules by their name, and return the bundle of `entry`."""
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return bundle(folder / "entry.js")


def test_each_module_comes_once_after_its_dependencies(tmp_path: Path) -> None:
    code = bundled(
        tmp_path,
        entry='import { b } from "./b.js";\nimport { c } from "./c.js";\nrun(b, c);\n',
        b='import { c } from "./c.js";\nexport const b = c + 1;\n',
        c="export const c = 1;\n",
    )

    assert code == "const c = 1;\nconst b = c + 1;\nrun(b, c);\n"


def test_only_exports_of_the_entry_remain(tmp_path: Path) -> None:
    code = bundled(
        tmp_path,
        entry='import {\n  own,\n} from "./a.js";\n\nexport { shared } from "./b.js";\nexport { own };\n',
        a="export function own() {}\n",
        b="export class shared {}\nexport async function other() {}\n",
    )

    assert code == "function own() {}\nclass shared {}\nasync function other() {}\nexport { shared, own };\n"


def test_modules_of_subfolders_are_found_from_their_importer(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.js").write_text('import "./b.js";\na();\n', encoding="utf-8")
    (tmp_path / "sub" / "b.js").write_text("b();\n", encoding="utf-8")

    assert bundled(tmp_path, entry='import "./sub/a.js";\n') == "b();\na();\n"


def test_whole_line_comments_and_indentation_are_removed(tmp_path: Path) -> None:
    source = """/** A module. */

/**
 * import { x } from "./x.js";
 */
function f() {
  // why
  const a = /** @type {A} */ (g()); // metres
  /** @type {B} */ (h());
  return `https://example.org/*`;
}
"""
    assert bundled(tmp_path, entry=source) == (
        "function f() {\nconst a = /** @type {A} */ (g()); // metres\n/** @type {B} */ (h());\n"
        "return `https://example.org/*`;\n}\n"
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('import { a as b } from "./a.js";\n', "entry.js: import { a as b }"),
        ('import a from "./a.js";\n', "entry.js: import a"),
        ('import * as a from "./a.js";\n', "entry.js: import *"),
        ('import { a } from "elsewhere";\n', "entry.js: import"),
        ("export default 1;\n", "entry.js: export default"),
        ('export * from "./a.js";\n', "entry.js: export *"),
        ('import { a } from "./a.js";\nconst a = 1;\n', "two modules declare a"),
        ('import { entry } from "./circular.js";\n', "entry.js: circular import"),
        ('import "./reexport.js";\n', "reexport.js: export { a }"),
    ],
)
def test_other_syntax_is_refused(tmp_path: Path, entry: str, message: str) -> None:
    with pytest.raises(UnsupportedModule, match=re.escape(message)):
        bundled(
            tmp_path,
            entry=entry,
            a="export const a = 1;\n",
            circular='import "./entry.js";\n',
            reexport='export { a } from "./a.js";\n',
        )


def test_the_served_element_is_one_module_of_all_files() -> None:
    code = assets()["widget.js"].body.decode()
    folder = Path(__file__).parents[2] / "app" / "web" / "static" / "widget"
    sources = [path.read_text(encoding="utf-8") for path in folder.iterdir()]

    assert not re.search(r"^import\b", code, re.MULTILINE)
    assert all(
        f"{name}" in code for source in sources for name in re.findall(r"^export \w+ (\w+)", source, re.MULTILINE)
    )
    (exports,) = re.findall(r"^export \{(.*)\};$", code, re.MULTILINE)
    assert set(exports.replace(",", " ").split()) == {
        "ActionsRecherche",
        "Combobox",
        "FACET_LABELS",
        "TYPEAHEAD_END_DELAY",
        "TYPEAHEAD_PARAMETER",
        "announce",
        "retryDelay",
        "sleep",
    }
