"""What comments and documents point to is there: documents, headings, anchors, sources."""

import glob
import os
import re
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FOLDERS = ("src", "apps", "include", "python", "tests", "bench", "fuzz", "scripts", "cmake", "docs")
GENERATED = {"dist", "node_modules", "__pycache__", "data"}

# docs/lineage.md, "The tests": of which a line break of a comment may be a part.
REFERENCE = re.compile(r'\b(docs/[\w.-]+\.md)(?:,\s+"([^"\n]+)")?')
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
SOURCE = re.compile(r"`?\b((?:src|apps|include|tests|bench|fuzz|scripts|cmake)/[\w./-]*\w\.(?:h|cc|py|txt|cmake))\b")
# `scan/role_pairing.*`, of src/.
MODULE_FILE = re.compile(r"`(\w+/[\w/]+\.(?:h|cc|\*))`")
# METHODS 2b: a section of something that is no file here.
ELSEWHERE = re.compile(r"//.*?\b(?!ICML|EMNLP|EUSIPCO|OOPSLA)([A-Z]{5,} \d{1,2}[a-z]?)\b(?!\d)")


def headings(text):
    """The headings of a document, without those in blocks of code."""
    prose = re.sub(r"(?ms)^```.*?^```", "", text)
    return re.findall(r"(?m)^#+ +(.*?) *$", prose)


def slug(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def joined(text):
    """Comments whose lines are put together, so that a quoted heading may run over an end."""
    return re.sub(r"\n[ \t]*(?://|#)[ \t]*(?=\S)", " ", text)


def broken_references(text, documents):
    """What `text` points to that `documents` {path: text} does not have."""
    for path, heading in REFERENCE.findall(joined(text)):
        if path not in documents:
            yield path
        elif heading and heading.rstrip(".,") not in headings(documents[path]):
            yield f'{path}, "{heading}"'
    yield from ELSEWHERE.findall(text)


def broken_links(place, text, documents, exists):
    """Links of the Markdown document at `place` to what is not there."""
    for target in LINK.findall(re.sub(r"(?ms)^```.*?^```", "", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(place), path)) if path else place
        if not exists(path):
            yield target
        elif anchor and anchor not in map(slug, headings(documents.get(path, ""))):
            yield target


def files():
    """Paths from the root of all text that people wrote."""
    found = [name for name in os.listdir(ROOT) if name.endswith(".md")]
    for folder in FOLDERS:
        for place, folders, names in os.walk(os.path.join(ROOT, folder)):
            folders[:] = [name for name in folders if name not in GENERATED]
            found += [os.path.relpath(os.path.join(place, name), ROOT) for name in names]
    return sorted(path for path in found
                  if path.endswith((".md", ".h", ".cc", ".py", ".txt", ".cmake")) or path.startswith("scripts/"))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


class TheCheck(unittest.TestCase):
    documents = {"docs/a.md": "# A\n\n## The tests\n\n```\n# not one\n```\n"}

    def broken(self, text):
        return list(broken_references(text, self.documents))

    def test_references(self):
        self.assertEqual(self.broken('// docs/a.md, "The\n// tests", has it; (docs/a.md).'), [])
        self.assertEqual(self.broken('// docs/b.md'), ["docs/b.md"])
        self.assertEqual(self.broken('// docs/a.md,\n// "not one"'), ['docs/a.md, "not one"'])
        self.assertEqual(self.broken("// METHODS 2b: of one"), ["METHODS 2b"])

    def test_links(self):
        def broken(text):
            return list(broken_links("docs/a.md", text, self.documents, {"docs/a.md", "LICENSE"}.__contains__))
        self.assertEqual(broken("[x](a.md#the-tests) [y](#a) [z](../LICENSE) [w](https://example.org/a)"), [])
        self.assertEqual(broken("[x](b.md) [y](a.md#none)"), ["b.md", "a.md#none"])


class TheRepository(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.texts = {path: read(path) for path in files()
                     if os.path.join(ROOT, path) != os.path.realpath(__file__)}

    def exists(self, path):
        return os.path.exists(os.path.join(ROOT, path))

    def test_references(self):
        self.assertGreater(len(self.texts), 700)
        broken = [f"{path}: {reference}" for path, text in self.texts.items()
                  for reference in broken_references(text, self.texts)]
        self.assertEqual(broken, [])

    def test_links(self):
        broken = [f"{path}: {link}" for path, text in self.texts.items() if path.endswith(".md")
                  for link in broken_links(path, text, self.texts, self.exists)]
        self.assertEqual(broken, [])

    def test_the_readme_shows_the_example_as_it_is(self):
        example = read("tests/consumer/example/main.cc").partition("\n")[2]  # but for what it says of itself
        self.assertIn(f"```cpp\n{example}```\n", self.texts["README.md"])

    def test_sources_that_documents_name(self):
        documents = {path: text for path, text in self.texts.items() if path.endswith(".md")}
        broken = [f"{path}: {source}" for path, text in documents.items()
                  for source in SOURCE.findall(text) if not self.exists(source)]
        broken += [f"{path}: {source}" for path, text in documents.items() for source in MODULE_FILE.findall(text)
                   if not any(glob.glob(os.path.join(ROOT, folder, source)) for folder in ("src", "", "tests"))]
        self.assertEqual(broken, [])


if __name__ == "__main__":
    unittest.main()
