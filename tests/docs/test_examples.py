"""Commands that README and documents show, with what they print, are run and print that."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MODELKIN")
# Documents whose examples run on the demo's models.
DOCUMENTS = ["README.md", "docs/attestation.md", "docs/audit.md", "docs/commands.md", "docs/merge.md", "docs/report.md",
             "docs/requant.md", "docs/three-models.md"]
BLOCK = re.compile(r"^```(?:text)?\n(\$ modelkin .*?)^```$", re.MULTILINE | re.DOTALL)


def examples(document):
    """Yields (command, lines that it is to print) of a document's blocks that begin with `$ modelkin`."""
    for block in BLOCK.findall((ROOT / document).read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command.split("#")[0].strip(), output.rstrip("\n").split("\n") if output.strip() else []


def first_difference(wanted, printed):
    """Returns the first wanted line that is not printed where it belongs, None where all are.

    A line "..." stands for any lines, and one that ends in " ..." for any line that begins like it.
    """
    at = 0
    anywhere = False
    for line in wanted:
        if line.strip() == "...":
            anywhere = True
            continue
        cut = line.removesuffix(" ...")
        found = (lambda text: text.startswith(cut)) if cut != line else (lambda text: text == line)
        places = range(at, len(printed) if anywhere else min(at + 1, len(printed)))
        place = next((i for i in places if found(printed[i])), None)
        if place is None:
            return line
        at, anywhere = place + 1, False
    return None


class Examples(unittest.TestCase):
    def test_print_what_documents_show(self):
        run = 0
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ, NO_COLOR="1", COLUMNS="80")
            subprocess.run([PROGRAM, "demo", "--keep", "demo"], cwd=folder, env=environment, check=True,
                           stdout=subprocess.DEVNULL)
            os.symlink(ROOT / "tests/data/requant", pathlib.Path(folder) / "small")
            subprocess.run([os.environ["WRITE_PUBLISHED_SHAPES"], folder, ROOT / "tests/data/configs"], check=True)
            for document in DOCUMENTS:
                for command, wanted in examples(document):
                    with self.subTest(document=document, command=command):
                        words = ["bash", "-c", re.sub(r"\bmodelkin ", f"'{PROGRAM}' ", command, count=1)]
                        process = subprocess.run(words, cwd=folder, env=environment, capture_output=True,
                                                 text=True)
                        self.assertIn(process.returncode, (0, 1), process.stderr)
                        self.assertIsNone(first_difference(wanted, process.stdout.rstrip("\n").split("\n")),
                                          process.stdout)
                        run += 1
        self.assertGreaterEqual(run, 6, "the documents have lost their examples")

    def test_configurations_are_as_the_document_has_them(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([os.environ["WRITE_PUBLISHED_SHAPES"], folder, ROOT / "tests/data/configs"], check=True)
            told = subprocess.run([PROGRAM, "config", "solar-open-100b", "glm-4.5-air", "--markdown"], cwd=folder,
                                  capture_output=True, text=True, check=True).stdout
        tables = [line for line in told.splitlines() if line.startswith("| ")]
        self.assertGreater(len(tables), 30)
        document = (ROOT / "docs/three-models.md").read_text(encoding="utf-8").splitlines()
        self.assertEqual([line for line in tables if line not in document], [])

    def test_no_document_is_forgotten(self):
        shown = [str(path.relative_to(ROOT)) for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
                 if BLOCK.search(path.read_text(encoding="utf-8"))]
        self.assertEqual(sorted(set(shown) - set(DOCUMENTS)), [])

    def test_differences_are_seen(self):
        self.assertIsNone(first_difference(["a", "...", "c ..."], ["a", "b", "b", "c d"]))
        self.assertEqual(first_difference(["a", "c"], ["a", "b", "c"]), "c")
        self.assertEqual(first_difference(["...", "x"], ["a"]), "x")
        self.assertEqual(first_difference(["a ..."], ["b a"]), "a ...")


if __name__ == "__main__":
    unittest.main()
