"""What the page reads (web/src/data.ts) is what the schemas of results promise (docs/*.schema.json)."""

import json
import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
# Members of the report that have a schema of their own.
SCHEMAS = {"trace": "trace", "compare": "results", "config": "config", "inspect_a": "inspect",
           "inspect_b": "inspect", "tokenizer": "tokenizer", "diff": "diff"}
PRIMITIVES = {"string": {"string"}, "number": {"number", "integer"}, "boolean": {"boolean"}}
TOKEN = re.compile(r"\s*(//[^\n]*|[A-Za-z_]\w*|\[\]|[{}<>()\[\]:;?,|&=]|\S)")


class Types:
    """Of data.ts: a type is a name, ("object", {member: type}), ("array", type) or ("any",)."""

    def __init__(self, text):
        self.tokens = []
        self.named = {}
        for match in re.finditer(r"^export type (\w+) = ", text, re.M):
            self.tokens = [t for t in TOKEN.findall(text[match.end():]) if not t.startswith("//")]
            self.named[match[1]] = self.union()
            self.take(";")

    def take(self, *expected):
        token = self.tokens.pop(0)
        if expected and token not in expected:
            raise AssertionError(f"{token}, not {expected}, before {self.tokens[:8]}")
        return token

    def union(self):
        """A type and what may follow it; null and undefined say nothing."""
        found = self.postfix()
        while self.tokens and self.tokens[0] in "|&":
            self.take()
            other = self.postfix()
            found = other if found in ("null", "undefined") else found
        return found

    def postfix(self):
        found = self.single()
        while self.tokens and self.tokens[0] == "[]":
            self.take()
            found = ("array", found)
        return found

    def single(self):
        token = self.take()
        if token == "{":
            members = {}
            while self.tokens[0] != "}":
                name = self.take()
                if self.tokens[0] == "?":
                    self.take()
                self.take(":")
                members[name] = self.union()
                if self.tokens[0] == ";":
                    self.take()
            self.take("}")
            return ("object", members)
        if self.tokens and self.tokens[0] == "<":
            self.take("<")
            arguments = [self.union()]
            while self.tokens[0] == ",":
                self.take()
                arguments.append(self.union())
            self.take(">")
            return ("any",) if token == "Record" else arguments[0]
        return token


class PageTypes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schemas = {}
        for name in {*SCHEMAS.values(), "report"}:
            with open(os.path.join(ROOT, "docs", f"{name}.schema.json"), encoding="utf-8") as file:
                cls.schemas[name] = json.load(file)
        with open(os.path.join(ROOT, "web", "src", "data.ts"), encoding="utf-8") as file:
            cls.types = Types(file.read())
        cls.members = 0

    def resolve(self, schema, node):
        """The node that is meant, and in which schema. Inputs are described once."""
        node = {} if node is True else node
        while "$ref" in node:
            steps = node["$ref"].removeprefix("#/").split("/")
            node = self.schemas[schema]
            for step in steps:
                node = node[step]
        for choice in (node.get("oneOf") or node.get("anyOf") or []):
            if choice.get("type") != "null":
                return self.resolve(schema, choice)
        return schema, node

    def compare(self, found, schema, node, place):
        """Each member that the page reads is promised, and of the type that it expects."""
        schema, node = self.resolve(schema, node)
        if isinstance(found, str) and found in self.types.named:
            found = self.types.named[found]
        if found == ("any",) or found == "unknown":
            return
        kinds = node.get("type", [])
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        if isinstance(found, str):
            self.assertIn(found, PRIMITIVES, place)
            if "enum" in node or "const" in node:
                values = [v for v in node.get("enum", [node.get("const")]) if v is not None]
                kinds = {{str: "string", bool: "boolean", int: "integer"}[type(v)] for v in values}
            if kinds:
                self.assertTrue(kinds & PRIMITIVES[found], f"{place}: {found}, and the schema says {kinds}")
            return
        if found[0] == "array":
            self.assertIn("array", kinds, place)
            items = node.get("items", {})
            if place.endswith(".inputs") and "properties" not in self.resolve(schema, items)[1]:
                schema, items = "results", {"$ref": "#/definitions/input"}
            self.compare(found[1], schema, items, place + "[]")
            return
        for name, member in found[1].items():
            PageTypes.members += 1
            if place == "report" and name in SCHEMAS:
                self.compare(member, SCHEMAS[name], self.schemas[SCHEMAS[name]], f"report.{name}")
                continue
            if place == "report" and name in self.page_only:
                continue
            properties = node.get("properties")
            if properties is None:
                self.assertNotEqual(node.get("additionalProperties"), False, f"{place} has no members")
                continue
            self.assertIn(name, properties, f"{place}.{name} is read by the page and in no schema")
            self.compare(member, schema, properties[name], f"{place}.{name}")

    def test_the_page_reads_what_is_promised(self):
        # What the page gets beyond report --format json, in people's words: no schema promises it.
        with open(os.path.join(ROOT, "src/report/report_page.cc"), encoding="utf-8") as file:
            writer = file.read()
        of_page = writer[writer.index("JsonDetail::kPage"):]
        PageTypes.page_only = set(re.findall(r'writer\.Member\("(\w+)"', of_page))
        self.assertEqual(self.page_only, {"written_on", "answer", "words", "said", "norms"})
        self.compare("Report", "report", self.schemas["report"], "report")
        self.assertGreater(self.members, 250)

    def test_a_member_that_nothing_promises_is_found(self):
        with self.assertRaises(AssertionError):
            self.compare(("object", {"nonsense": "string"}), "trace",
                         {"type": "object", "properties": {"sense": {"type": "string"}}}, "here")
        with self.assertRaises(AssertionError):
            self.compare("number", "trace", {"type": "string"}, "here")


if __name__ == "__main__":
    unittest.main()
