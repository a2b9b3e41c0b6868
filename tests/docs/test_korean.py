"""Sentences of findings are said in Korean as well, with the same values in them."""

import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src" / "kinship"
HANGUL = re.compile("[\uac00-\ud7a3]")


def calls(text, begin):
    """Yields the arguments of each call or braces that begin so, with texts of several literals joined."""
    for match in re.finditer(begin, text):
        depth, end = 1, match.end()
        while depth:
            if text[end] == '"':
                end = re.compile(r'"(?:[^"\\]|\\.)*"').match(text, end).end()
                continue
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(text[end], 0)
            end += 1
        yield re.sub(r'"\s+"', "", text[match.end():end - 1])


class Korean(unittest.TestCase):
    def test_each_sentence_has_both_languages(self):
        seen = 0
        for path in sorted(SOURCE.rglob("*.cc")):
            for arguments in calls(path.read_text(encoding="utf-8"), r"\bSay\("):
                english, korean = re.findall(r'"((?:[^"\\]|\\.)*)"', arguments)[:2]
                with self.subTest(path=path.name, english=english):
                    self.assertNotRegex(english, HANGUL)
                    if re.search("[a-z]{3}", re.sub(r"\{[^}]*\}", "", english)):
                        self.assertRegex(korean, HANGUL)
                    places = [len(re.findall(r"\{[^{}]*\}", one)) for one in (english, korean)]
                    # An English sentence may have a word more that depends on a number.
                    self.assertLessEqual(abs(places[0] - places[1]), 1)
                seen += 1
        self.assertGreater(seen, 30)


if __name__ == "__main__":
    unittest.main()
