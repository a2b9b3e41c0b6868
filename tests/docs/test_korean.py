"""Sentences that the program says in two languages say the same, with the same values in them."""

import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
HANGUL = re.compile("[\uac00-\ud7a3]")
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Where a sentence begins, and what stands before its English text: its number's words, for one thing and for many.
SAYS = {r"\bSay\(": 0, r"\bSaid\{": 0, r"\bSayOf\(": 2}


def calls(text, begin):
    """Yields the arguments of each call or braces that begin so, with texts of several literals joined."""
    for match in re.finditer(begin, text):
        depth, end = 1, match.end()
        while depth:
            if text[end] == '"':
                end = TEXT.match(text, end).end()
                continue
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(text[end], 0)
            end += 1
        yield re.sub(r'"\s+"', "", text[match.end():end - 1])


def sentences(text):
    """Yields the English and the Korean text of each sentence."""
    for begin, before in SAYS.items():
        for arguments in calls(text, begin):
            found = TEXT.findall(arguments)[before:before + 2]
            if len(found) == 2:  # else it is a copy, or empty
                yield found


def places(text):
    """Returns the number of values that stand in a text."""
    return len(re.findall(r"\{[^{}]*\}", text))


class Korean(unittest.TestCase):
    def test_each_sentence_has_both_languages(self):
        seen = {}
        for path in sorted(SOURCE.rglob("*.cc")):
            for english, korean in sentences(path.read_text(encoding="utf-8")):
                with self.subTest(path=path.name, english=english):
                    self.assertNotRegex(english, HANGUL)
                    if re.search("[a-z]{3}", re.sub(r"\{[^}]*\}|config\.json", "", english)):
                        self.assertRegex(korean, HANGUL)
                    # An English sentence may have a word more that depends on a number.
                    self.assertLessEqual(abs(places(english) - places(korean)), 1)
                stage = path.relative_to(SOURCE).parts[0]
                seen[stage] = seen.get(stage, 0) + 1
        for stage, least in {"kinship": 30, "architecture": 30, "checkpoint": 15, "storage": 4, "wording": 30}.items():
            self.assertGreater(seen.get(stage, 0), least, stage)

    def test_findings_and_warnings_are_sentences(self):
        """What is told of files is never an English text alone."""
        told = re.compile(r"\.message = (?:fmt::format|\")|Warn(?:OfMissing)?\(fmt::format|warnings_?\.(?:push|emplace)_back\(fmt")
        for stage in ("architecture", "checkpoint", "model", "storage"):
            for path in sorted((SOURCE / stage).rglob("*.cc")):
                self.assertNotRegex(path.read_text(encoding="utf-8"), told, path.name)


if __name__ == "__main__":
    unittest.main()
