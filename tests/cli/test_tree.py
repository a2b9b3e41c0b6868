"""modelkin atlas tree: models with a known lineage, and names that are anybody's, in all its forms."""
import base64
import gzip
import json
import os
import pathlib
import re
import struct
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import jsonschema
import numpy

from support import run

HOSTILE = "a'(b),[c]:1;<d>&\"e\"\u202e\x1b[31m"
SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "tree.schema.json").read_text())
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def write_model(folder, outputs, base=None):
    os.makedirs(folder)
    header, data = {}, b""
    for i, values in enumerate(outputs):
        values = values.astype(numpy.float32)
        header[f"model.layers.{i}.self_attn.o_proj.weight"] = {
            "dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    if base:
        with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
            file.write(f"---\nbase_model: {base}\n---\n")


def read_newick(line):
    """(label, [children]) of a tree whose labels are quoted."""
    tokens = re.findall(r"'(?:[^']|'')*'|[(),;]|:[0-9.]+", line.strip())
    assert "".join(tokens) == line.strip(), line
    at = 0

    def subtree():
        nonlocal at
        children = []
        if tokens[at] == "(":
            at += 1
            children.append(subtree())
            while tokens[at] == ",":
                at += 1
                children.append(subtree())
            assert tokens[at] == ")"
            at += 1
        label = tokens[at][1:-1].replace("''", "'")
        at += 1
        if tokens[at].startswith(":"):
            at += 1
        return label, children

    tree = subtree()
    assert tokens[at:] == [";"]
    return tree


def labels(tree):
    return [tree[0]] + [label for child in tree[1] for label in labels(child)]


class Tree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        random = numpy.random.default_rng(3)

        def draw():
            return [random.standard_normal((64, 64)) for _ in range(4)]

        def trained(model, much):
            return [layer + much * random.standard_normal(layer.shape) for layer in model]

        base, stranger = draw(), draw()
        a, b = trained(base, 0.4), trained(base, 0.5)
        models = {"base": (base, None), "a": (a, "org/base"), "b": (b, "org/elsewhere"), "c": (trained(base, 0.6), None),
                  "merge": ([(x + y) / 2 for x, y in zip(a, b)], "org/a"), "pretender": (stranger, "org/base"),
                  HOSTILE: (trained(stranger, 0.3), None)}
        for name, (outputs, declared) in models.items():
            write_model(os.path.join(cls.folder, name), outputs, declared)
        cls.atlas = os.path.join(cls.folder, "models.atlas")
        process = run("atlas", "add", cls.atlas, *(os.path.join(cls.folder, name) for name in models), "-q")
        assert process.returncode == 0, process.stderr

    def path(self, name):
        return os.path.join(self.folder, name)

    def tree(self, *arguments):
        process = run("atlas", "tree", self.atlas, "--json", *arguments)
        self.assertEqual(process.returncode, 0, process.stderr)
        tree = json.loads(process.stdout)
        jsonschema.validate(tree, SCHEMA)
        return tree

    def written(self, form):
        process = run("atlas", "tree", self.atlas, "--format", form)
        self.assertEqual(process.returncode, 0, process.stderr)
        return process.stdout

    def test_json_says_who_is_whose_relative(self):
        tree = self.tree()
        names = [os.path.basename(model["model"]) for model in tree["models"]]
        self.assertEqual(tree["compared_pairs"], 21)
        group = {name: model["group"] for name, model in zip(names, tree["models"])}
        self.assertEqual(len({group[name] for name in ("base", "a", "b", "c", "merge")}), 1)
        self.assertNotEqual(group["base"], group["pretender"])
        # The merge is the centre, and cards lead to the base.
        self.assertEqual(names[tree["groups"][0]["root"]], "base")
        self.assertEqual(tree["groups"][0]["root_basis"], "declared")
        [contradiction] = tree["contradictions"]
        edge = tree["edges"][contradiction["edge"]]
        self.assertEqual({names[edge["a"]], names[edge["b"]]}, {"base", "pretender"})
        self.assertEqual(contradiction["kind"], "no_agreement")
        [between] = tree["between"]
        self.assertEqual(names[between["model"]], "merge")
        self.assertEqual({names[between["a"]], names[between["b"]]}, {"a", "b"})
        self.assertGreater(between["share"], 0.9)
        [declared] = [e for e in tree["edges"] if {names[e["a"]], names[e["b"]]} == {"a", "base"}]
        self.assertEqual(declared["direction"]["basis"], "declared")
        self.assertEqual(names[declared["direction"]["from"]], "base")
        self.assertEqual(tree["unmatched_declarations"], 1)

    def test_does_not_depend_on_threads(self):
        one, three = self.tree("--threads", "1"), self.tree("--threads", "3")
        del one["run"], three["run"]
        self.assertEqual(one, three)

    def test_of_one_model(self):
        tree = self.tree("--of", self.path(HOSTILE))
        self.assertEqual(len(tree["models"]), 2)
        process = run("atlas", "tree", self.atlas, "--of", "nobody")
        self.assertEqual(process.returncode, 2)
        self.assertIn("no model is called nobody", process.stderr)

    def test_text_has_contradictions_and_trees(self):
        process = run("atlas", "tree", self.atlas)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("contradictions", process.stdout)
        self.assertIn("between two others", process.stdout)
        self.assertNotIn("\x1b[31m", process.stdout)
        self.assertNotIn("\u202e", process.stdout)

    def test_graphml_is_the_same_graph(self):
        tree = self.tree()
        root = ElementTree.fromstring(self.written("graphml"))
        graph = root.find(f"{GRAPHML}graph")
        keys = {key.get("id"): key.get("for") for key in root.findall(f"{GRAPHML}key")}
        nodes, edges = graph.findall(f"{GRAPHML}node"), graph.findall(f"{GRAPHML}edge")
        self.assertEqual(len(nodes), len(tree["models"]))
        self.assertEqual([(e.get("source"), e.get("target")) for e in edges],
                         [(f"n{e['a']}", f"n{e['b']}") for e in tree["edges"]])
        for element, of in [(node, "node") for node in nodes] + [(edge, "edge") for edge in edges]:
            for data in element.findall(f"{GRAPHML}data"):
                self.assertEqual(keys[data.get("key")], of)
        names = [next(d.text for d in node if d.get("key") == "name") for node in nodes]
        shown = HOSTILE.replace("\u202e", "\\xe2\\x80\\xae").replace("\x1b", "\\x1b")
        self.assertIn(self.path(shown), names)
        self.assertEqual(sum(d.text == "no_agreement" for e in edges for d in e), 1)

    def test_graphml_is_read_by_networkx(self):
        try:
            import networkx
        except ImportError:
            self.skipTest("networkx is not installed")
        graph = networkx.parse_graphml(self.written("graphml"))
        self.assertEqual(graph.number_of_edges(), len(self.tree()["edges"]))

    def test_newick_has_a_tree_for_each_group(self):
        trees = [read_newick(line) for line in self.written("newick").splitlines()]
        self.assertEqual([len(labels(tree)) for tree in trees], [group["models"] for group in self.tree()["groups"]])
        self.assertEqual(os.path.basename(trees[0][0]), "base")
        shown = HOSTILE.replace("\u202e", "\\xe2\\x80\\xae").replace("\x1b", "\\x1b")
        self.assertIn(self.path(shown), labels(trees[1]))

    def test_page_holds_the_tree_and_no_markup_of_names(self):
        path = self.path("tree.html")
        self.assertEqual(run("atlas", "tree", self.atlas, "--format", "html", "-o", path, "-q").returncode, 0)
        with open(path, encoding="utf-8") as file:
            page = file.read()
        self.assertIn("default-src 'none'", page)
        packed = re.search(r'id="modelkin-data">([^<]*)<', page).group(1)
        data = json.loads(gzip.decompress(base64.b64decode(packed)))
        tree = self.tree()
        self.assertEqual(len(data["models"]), len(tree["models"]))
        self.assertEqual([(e["a"], e["b"], e["role"]) for e in data["edges"]],
                         [(e["a"], e["b"], e["role"]) for e in tree["edges"]])

    def test_says_what_is_no_atlas(self):
        process = run("atlas", "tree", self.path("a") + "/model.safetensors")
        self.assertEqual(process.returncode, 3)
        self.assertEqual(process.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
