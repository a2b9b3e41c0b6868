"""Forty typical mistakes, and more: each gets one line that says what is wrong and what to do."""

import os
import shlex
import sys
import tempfile
import unittest

import mistakes
from support import DOCS, run

DOCUMENT = os.path.join(DOCS, "mistakes.md")
HEAD = """# Mistakes, and what the program says of them

Each gets one line on standard error that says what is wrong and what to do. Exit codes: 2 the call is wrong, 3 an input is,
4 the system refused, 0 nothing is wrong, and a line of the answer says what may not have been thought of. `tests/cli/mistakes.py` has what was typed and what lay there; `cli.mistakes` holds the program, and
this table, to it.

| what | typed after `modelkin` | what it says | exit |
| --- | --- | --- | --- |
"""


def cell(text):
    """A line as code in a table of Markdown."""
    return f"`{text}`".replace("|", "\\|")


def document():
    return HEAD + "".join(f"| {one.what} | {cell(one.command)} | {cell(one.line.strip())} | {one.code} |\n"
                          for one in (*mistakes.MISTAKES, *mistakes.HINTS))


def said_of(mistake, folder):
    """The exit code and what is printed, of which standard error only where the call fails."""
    process = run(*shlex.split(mistake.command), cwd=folder)
    return process.returncode, process.stderr, process.stdout


class Mistakes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        mistakes.lay_out(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_there_are_forty(self):
        self.assertGreaterEqual(len(mistakes.MISTAKES), 40)
        self.assertEqual(len({one.command for one in mistakes.MISTAKES}), len(mistakes.MISTAKES))

    def test_each_gets_one_line(self):
        before = sorted(os.listdir(self.folder.name))
        for mistake in mistakes.MISTAKES:
            if os.geteuid() == 0 and not mistake.as_root:
                continue  # root may do it
            with self.subTest(mistake.what, command=mistake.command):
                code, error, printed = said_of(mistake, self.folder.name)
                self.assertEqual(error, f"modelkin: {mistake.line}\n")
                self.assertEqual((code, printed != ""), (mistake.code, mistake.prints))
        self.assertEqual(sorted(os.listdir(self.folder.name)), before)

    def test_what_is_no_mistake_is_hinted_at(self):
        for hint in mistakes.HINTS:
            with self.subTest(hint.what, command=hint.command):
                code, error, printed = said_of(hint, self.folder.name)
                self.assertEqual((code, error), (0, ""))
                self.assertIn(hint.line, printed.splitlines())

    def test_the_document_has_them(self):
        with open(DOCUMENT, encoding="utf-8") as file:
            self.assertEqual(file.read(), document(), "write it anew: test_mistakes.py --write")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        with open(DOCUMENT, "w", encoding="utf-8") as written:
            written.write(document())
    elif sys.argv[1:] == ["--show"]:
        with tempfile.TemporaryDirectory() as made:
            mistakes.lay_out(made)
            for each in mistakes.MISTAKES:
                print(each.command, said_of(each, made), sep="\n    ")
    else:
        unittest.main()
