"""What docs/python.md shows is run: commands of the program, snippets, and the values that they say.

Needs the package in this Python: scripts/test-wheel installs the wheel. A snippet that imports a library
that is not here is left out, which is said.
"""

import ast
import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
import unittest

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "python.md")
BLOCK = re.compile(r"(?ms)^```(sh|python)\n(.*?)^```$")
SAID = re.compile(r"  # -> (.*)$")
OPTIONAL = {"duckdb", "matplotlib", "pandas", "polars", "pyarrow", "torch"}


def statements(code):
    """Yields each statement, and what a comment says that its value is; None where none does."""
    lines = code.split("\n")
    for node in ast.parse(code).body:
        said = SAID.search(lines[node.end_lineno - 1])
        yield node, said and said[1]


def run_snippet(code, names):
    """Runs code among `names`. Returns values that differ from what it says, and how many agree."""
    wrong, right = [], 0
    for node, said in statements(code):
        if said is None:
            exec(compile(ast.Module([node], []), "docs/python.md", "exec"), names)
            continue
        value = eval(compile(ast.Expression(node.value), "docs/python.md", "eval"), names)
        if repr(value) == said:
            right += 1
        else:
            wrong.append(f"{ast.unparse(node)} is {value!r}, not {said}")
    return wrong, right


def missing_imports(code, optional):
    """Returns the libraries among `optional` that code imports and this Python lacks."""
    imported = {alias.name.partition(".")[0] for node in ast.walk(ast.parse(code))
                if isinstance(node, ast.Import) for alias in node.names}
    return {name for name in imported & optional if importlib.util.find_spec(name) is None}


def run_commands(code):
    """Runs commands of the program. Returns how many there are."""
    commands = [line.split() for line in code.splitlines() if line.startswith("modelkin ")]
    for words in commands:
        subprocess.run([sys.executable, "-m", *words], check=True, capture_output=True)
    return len(commands)


@contextlib.contextmanager
def quiet():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


class TheCheck(unittest.TestCase):
    def test_values_are_held_to_what_is_said(self):
        names = {}
        self.assertEqual(run_snippet("x = 2\nx + 1  # -> 3\nprint  # a function", names), ([], 1))
        self.assertEqual(run_snippet("x  # -> 3", names), (["x is 2, not 3"], 0))
        with self.assertRaises(NameError):
            run_snippet("y", names)

    def test_libraries_that_are_not_here(self):
        code = "import json, nowhere, elsewhere"
        self.assertEqual(missing_imports(code, {"json", "nowhere"}), {"nowhere"})


@unittest.skipIf(importlib.util.find_spec("modelkin") is None, "modelkin is not installed in this Python")
class TheDocument(unittest.TestCase):
    def test_what_it_shows_can_be_run(self):
        with open(DOCUMENT, encoding="utf-8") as file:
            blocks = BLOCK.findall(file.read())
        names, wrong, right, commands = {}, [], 0, 0
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            for language, code in blocks:
                if language == "sh":
                    commands += run_commands(code)
                elif missing := missing_imports(code, OPTIONAL):
                    print(f"left out: a snippet that needs {', '.join(sorted(missing))}", file=sys.stderr)
                else:
                    with self.subTest(code), quiet():
                        differing, agreeing = run_snippet(code, names)
                        wrong += differing
                        right += agreeing
        self.assertEqual(wrong, [])
        self.assertGreater(commands, 0)
        self.assertGreater(right, 12)


if __name__ == "__main__":
    unittest.main()
