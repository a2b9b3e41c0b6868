"""Bills of materials, and what check makes of those that others wrote and of models' cards."""

import json
import os
import shutil
import struct
import tempfile
import unittest

import numpy as np

from demo_models import make_demo_models
from support import CliTest, run, validate

MODELS = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with  # of all tests here
QUICK = ("--quick", "--permutations", "1000")


def setUpModule():  # pylint: disable=invalid-name
    make_demo_models(MODELS.name)


def tearDownModule():  # pylint: disable=invalid-name
    MODELS.cleanup()


def model(name):
    return os.path.join(MODELS.name, name)


def properties(component):
    """{name: value}, of those that are there once."""
    return {one["name"]: one["value"] for one in component["properties"]}


class BillTest(CliTest):
    def tuned_with_card(self, front_matter):
        """A copy of the fine-tune with this card."""
        folder = self.path("tuned")
        shutil.copytree(model("dense-a-tuned"), folder, dirs_exist_ok=True)
        self.write("tuned/README.md", front_matter)
        return folder

    def bill(self, a, b, kind, *more):
        process = run("report", a, b, "--format", kind, *more, env={"SOURCE_DATE_EPOCH": "1767225600"})
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(process.stdout)


class Written(BillTest):
    def test_related_weights_alone_make_no_ancestor(self):
        """Which was first is not shown: neither order may claim the other as its ancestor."""
        for a, b in (("dense-a", "dense-a-tuned"), ("dense-a-tuned", "dense-a")):
            bill = self.bill(model(a), model(b), "cyclonedx", *QUICK)
            pedigree = bill["metadata"]["component"]["pedigree"]
            self.assertEqual(pedigree["ancestors"], [])
            self.assertEqual([one["name"] for one in pedigree["variants"]], [a])
            facts = properties(pedigree["variants"][0])
            self.assertEqual((facts["modelkin:lineage"], facts["modelkin:lineage:basis"]), ("related", "weights"))
            spdx = self.bill(model(a), model(b), "spdx", *QUICK)
            kinds = [e["relationshipType"] for e in spdx["@graph"] if e["type"] == "Relationship"]
            self.assertIn("hasVariant", kinds)
            self.assertNotIn("ancestorOf", kinds)

    def test_a_declared_base_is_an_ancestor_and_what_the_weights_say_of_it(self):
        tuned = self.tuned_with_card("---\nbase_model: [org/dense-a, org/other]\nbase_model_relation: finetune\n"
                                     "license: mit\n---\n# Card\n")
        for kind, version in (("cyclonedx", "1.6"), ("cyclonedx-1.7", "1.7")):
            bill = self.bill(model("dense-a"), tuned, kind)
            self.assertEqual((bill["bomFormat"], bill["specVersion"]), ("CycloneDX", version))
            self.assertEqual(bill["metadata"]["timestamp"], "2026-01-01T00:00:00Z")
            component = bill["metadata"]["component"]
            self.assertEqual(component["type"], "machine-learning-model")
            self.assertEqual(component["modelCard"]["modelParameters"]["architectureFamily"], "llama")
            checked, declared = component["pedigree"]["ancestors"]
            self.assertEqual((checked["group"], checked["name"]), ("org", "dense-a"))
            facts = properties(checked)
            self.assertEqual(facts["modelkin:lineage"], "related")
            self.assertEqual(facts["modelkin:lineage:basis"], "declared_and_weights")
            self.assertEqual(facts["modelkin:lineage:relation"], "finetune")
            self.assertLess(float(facts["modelkin:lineage:test:log10-p-adjusted"]), -6)
            self.assertEqual(declared["purl"], "pkg:huggingface/org/other")
            self.assertEqual(properties(declared)["modelkin:lineage"], "declared")
            self.assertNotIn("modelkin:lineage:verdict", properties(declared))
            self.assertEqual(bill, self.bill(model("dense-a"), tuned, kind))  # to the last byte of its UUID
        graph = self.bill(model("dense-a"), tuned, "spdx")["@graph"]
        by_id = {element.get("spdxId"): element for element in graph}
        relations = {element["from"]: element for element in graph if element.get("relationshipType") == "ancestorOf"}
        self.assertEqual(sorted(by_id[one]["name"] for one in relations), ["org/dense-a", "org/other"])
        facts = {}
        for element in graph:
            if element["type"] == "Annotation" and element.get("contentType") == "application/json":
                name = by_id[by_id[element["subject"]]["from"]]["name"]
                facts[name] = json.loads(element["statement"])["modelkin:lineage"]
        self.assertEqual(facts, {"org/dense-a": "related", "org/other": "declared"})
        licences = [e for e in graph if e["type"] == "simplelicensing_LicenseExpression"]
        self.assertEqual([e["simplelicensing_licenseExpression"] for e in licences], ["mit"])

    def test_a_declared_base_that_nothing_shows_stays_declared(self):
        tuned = self.tuned_with_card("---\nbase_model: org/dense-b\n---\n")
        ancestors = self.bill(model("dense-b"), tuned, "cyclonedx", *QUICK)["metadata"]["component"]["pedigree"]["ancestors"]
        self.assertEqual([properties(one)["modelkin:lineage"] for one in ancestors], ["declared"])
        self.assertEqual(properties(ancestors[0])["modelkin:lineage:verdict"], "no_evidence")

    def test_strangers_are_named_nowhere_in_a_pedigree(self):
        component = self.bill(model("dense-b"), model("dense-a"), "cyclonedx", *QUICK)["metadata"]["component"]
        self.assertEqual(component["pedigree"]["ancestors"], [])
        self.assertNotIn("variants", component["pedigree"])
        graph = self.bill(model("dense-b"), model("dense-a"), "spdx", *QUICK)["@graph"]
        self.assertEqual([e["name"] for e in graph if e["type"] == "ai_AIPackage"], ["dense-a"])

    def test_a_copy_is_a_verified_ancestor(self):
        copy = self.path("copy")
        shutil.copytree(model("dense-a"), copy)
        ancestors = self.bill(model("dense-a"), copy, "cyclonedx")["metadata"]["component"]["pedigree"]["ancestors"]
        self.assertEqual([properties(one)["modelkin:lineage"] for one in ancestors], ["verified"])

    def test_names_and_cards_are_text(self):
        name = 'a"}],"x":[{"<script>\u202e'
        folder = self.path(name)
        shutil.copytree(model("dense-a-tuned"), folder)
        self.write(name + "/README.md", "---\nbase_model: '<b>\"}]'\n---\n")
        for kind in ("cyclonedx", "spdx"):
            bill = self.bill(model("dense-a"), folder, kind, *QUICK)
            self.assertIn(name, json.dumps(bill, ensure_ascii=False).replace('\\"', '"'))

    def test_it_replaces_its_own_alone(self):
        path = self.path("bill.json")
        for kind in ("cyclonedx", "spdx", "cyclonedx-1.7"):
            process = run("report", model("dense-a"), model("dense-b"), "--format", kind, *QUICK, "-o", path, "-q")
            self.assertEqual(process.returncode, 0, process.stderr)
        other = self.write("other.json", '{"bomFormat": "CycloneDX", "specVersion": "1.6"}')
        process = run("report", model("dense-a"), model("dense-b"), "--format", "cyclonedx", *QUICK, "-o", other)
        self.assertEqual(process.returncode, 2)
        process = run("report", model("dense-a"), model("dense-b"), "--format", "spdx", "--text", "x")
        self.assertEqual(process.returncode, 2)


class Claimed(BillTest):
    def claims(self, checked, *more, code=0):
        process = run("check", checked, *more, "--json", *QUICK)
        self.assertEqual(process.returncode, code, process.stderr)
        found = json.loads(process.stdout)
        validate(found, "check.schema.json")
        return found["claims"]

    def refused(self, *arguments, code=3):
        process = run("check", *arguments, *QUICK)
        self.assertEqual((process.returncode, process.stdout), (code, ""), process.stderr)
        self.assertRegex(process.stderr, r"\Amodelkin: [^\n]+\n\Z")
        return process.stderr

    def test_the_models_own_card(self):
        tuned = self.tuned_with_card("---\nlicense: mit\nbase_model: org/dense-a\nbase_model_relation: finetune\n---\n")
        at = "org/dense-a=" + model("dense-a")
        claim, = self.claims(tuned, "--claim-at", at)
        self.assertEqual((claim["name"], claim["source"], claim["relation"], claim["outcome"]),
                         ("org/dense-a", tuned + "/README.md", "finetune", "related"))
        self.assertEqual(self.claims(tuned, "--claim", tuned + "/README.md", "--claim-at", at), [claim])

    def test_several_bases_are_checked_each(self):
        tuned = self.tuned_with_card("---\nbase_model:\n- org/dense-a\n- 'other/dense-b'\n---\n")
        claims = self.claims(tuned, "--claim-at", "org/dense-a=" + model("dense-a"), "--claim-at",
                             "other/dense-b=" + model("dense-b"), code=1)
        self.assertEqual([claim["outcome"] for claim in claims], ["related", "unsupported"])

    def test_what_a_card_names_is_looked_for_at_the_hub_alone(self):
        """A card is a stranger's: no path in it is followed, and nothing in it is an option."""
        for name in ("/etc", "../dense-a", "./dense-a", "a/b/c", "dense-a", "--force", "file:///etc", "~/x",
                     "org/../x"):
            message = self.refused(self.tuned_with_card(f"---\nbase_model: '{name}'\n---\n"))
            self.assertIn("say where it is by --claim-at", message, name)
        message = self.refused(self.tuned_with_card("---\nbase_model: org/name\n---\n"), "--offline", code=4)
        self.assertIn("hf://org/name", message)

    def test_cards_that_claim_nothing(self):
        for card in ("", "# Title\n", "---\nlicense: mit\n---\n", "---\nbase_model: []\n---\n", "---\nbase_model:\n---\n",
                     "---\nbase_model: ~\n---\n", "---\nbase_model: org/x\n"):
            self.assertIn("claims nothing", self.refused(self.tuned_with_card(card), code=2))
        self.assertIn("claims nothing", self.refused(model("dense-a"), code=2))
        path = self.write("notes.md", "nothing\n")
        self.assertIn("claims nothing", self.refused(model("dense-a"), "--claim", path))

    def test_hostile_cards(self):
        bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8))
        cards = (("base_model: !!python/object/apply:os.system ['touch pwned']\n", "has a tag"),
                 ("base_model: !x org/y\n", "has a tag"), (bomb + "base_model: org/x\n", "has an alias"),
                 ("base_model: *x\n", "has an alias"), ("base_model: org/x\nbase_model: org/y\n", 'has the key "base_model" twice'),
                 ("base_model: {a: b}\n", "is no name"), ("base_model: [[org/x]]\n", "is no name"),
                 ("base_model: " + "[" * 20000 + "\n", "nested deeper than 32"), ("base_model: [org/x\n", "is not YAML"),
                 ("? {a: b}\n: c\n", "has a key that is not a word"), ("base_model: \"\\x00\\u202e\"\n", "--claim-at"),
                 ("base_model: org/x\nbase_model_relation: stolen\n", "claims the relation stolen"),
                 ("base_model: [" + "org/x," * 65 + "]\n", "65 names"), ("a: \xff\xfe\n".encode("latin-1"), "is not YAML"),
                 ("base_model: " + "x" * 100000 + "\n", "is no name"), ("x: [" + "a," * 600000 + "]\n", "has over 524288 values"))
        for front_matter, message in cards:
            with self.subTest(message):
                raw = front_matter if isinstance(front_matter, bytes) else front_matter.encode()
                folder = self.tuned_with_card(b"---\n" + raw + b"---\n")
                self.assertIn(message, self.refused(folder))
        self.assertFalse(os.path.exists("pwned"))
        self.assertIn("at most", self.refused(self.tuned_with_card("---\n" + "a" * (5 << 20))))

    def test_how_it_was_made_is_held_against_what_was_found(self):
        """By the whole trace, as a quick one names no kinds."""
        at = "org/dense-a=" + model("dense-a")
        for relation, agrees, words in (("quantized", False, "quantized, and that was NOT found"),
                                        ("merge", None, "merge; what was found does not tell")):
            tuned = self.tuned_with_card(f"---\nbase_model: org/dense-a\nbase_model_relation: {relation}\n---\n")
            process = run("check", tuned, "--claim-at", at, "--json")
            claim, = json.loads(process.stdout)["claims"]
            self.assertEqual((claim["relation"], claim["relation_agrees"]), (relation, agrees), claim["kinds"])
            self.assertIn(words, " ".join(run("check", tuned, "--claim-at", at).stdout.split()))
            self.assertEqual(process.returncode, 0)
            strict = ("check", tuned, "--claim-at", at, "--fail-on", "contradicted,unsupported")
            self.assertEqual(run(*strict).returncode, 0 if agrees is None else 1)
            sarif = json.loads(run(*strict, "--format", "sarif").stdout)["runs"][0]
            result, = sarif["results"]
            self.assertEqual((result["ruleId"], result["level"]), ("base-model/related", "none") if agrees is None
                             else ("base-model/contradicted", "error"))
            rule = sarif["tool"]["driver"]["rules"][result["ruleIndex"]]
            self.assertEqual((rule["id"], rule["defaultConfiguration"]["level"]), (result["ruleId"], result["level"]))
            junit = run(*strict, "--format", "junit").stdout
            self.assertEqual('<failure type="contradicted"' in junit, agrees is False)
            self.assertEqual("declared as quantized, and that was not found" in junit, agrees is False)

    def test_a_merge_is_found_among_all_that_are_claimed(self):
        """The mean of two models, declared as that, and as something else."""
        folder = self.path("tuned")
        shutil.copytree(model("dense-a"), folder)
        contents = []
        for name in ("dense-a", "dense-a-tuned"):
            with open(os.path.join(model(name), "model.safetensors"), "rb") as file:
                contents.append(file.read())
        begin = 8 + struct.unpack("<Q", contents[0][:8])[0]
        self.assertEqual(contents[0][:begin], contents[1][:begin])  # all of it BF16, in the same places
        halves = [np.frombuffer(content[begin:], "<u2").astype("<u4") << 16 for content in contents]
        mean = ((halves[0].view("<f4") + halves[1].view("<f4")) / 2).view("<u4")
        rounded = ((mean + 0x7fff + (mean >> 16 & 1)) >> 16).astype("<u2")
        self.write("tuned/model.safetensors", contents[0][:begin] + rounded.tobytes())
        for relation, agrees in (("merge", True), ("quantized", False)):
            self.write("tuned/README.md", f"---\nbase_model: [org/a, org/tuned]\nbase_model_relation: {relation}\n---\n")
            process = run("check", folder, "--claim-at", "org/a=" + model("dense-a"), "--claim-at",
                          "org/tuned=" + model("dense-a-tuned"), "--json")
            self.assertEqual(process.returncode, 0, process.stderr)
            for claim in json.loads(process.stdout)["claims"]:
                self.assertIn("merged", claim["kinds"])
                self.assertIs(claim["relation_agrees"], agrees)

    def cyclonedx(self, ancestors, **component):
        return {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {
            "component": {"type": "machine-learning-model", "name": "dense-a-tuned",
                          "pedigree": {"ancestors": ancestors}, **component}}}

    def test_bills_of_others(self):
        bills = {
            "purl": self.cyclonedx([{"type": "machine-learning-model", "name": "x",
                                     "purl": "pkg:huggingface/org/dense-a@0123abc?x=y"}]),
            "group": self.cyclonedx([{"type": "machine-learning-model", "group": "org", "name": "dense-a"}]),
            "reference": self.cyclonedx([{"type": "library", "name": "x", "externalReferences": [
                {"type": "website", "url": "https://huggingface.co/org/dense-a/tree/main"}]}]),
            "component": {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
                {"name": "other"}, {"name": "b", "pedigree": {"ancestors": [{"group": "org", "name": "dense-a"}]}}]},
            "spdx2": {"spdxVersion": "SPDX-2.3", "packages": [
                {"SPDXID": "SPDXRef-a", "name": "org/dense-a"}, {"SPDXID": "SPDXRef-b", "name": "b"}],
                "relationships": [{"spdxElementId": "SPDXRef-b", "relationshipType": "DESCENDANT_OF",
                                   "relatedSpdxElement": "SPDXRef-a"}]},
            "spdx3": {"@context": "x", "@graph": [
                {"spdxId": "urn:a", "type": "ai_AIPackage", "name": "x",
                 "software_packageUrl": "pkg:huggingface/org/dense-a"},
                {"spdxId": "urn:b", "type": "ai_AIPackage", "name": "b"},
                {"type": "Relationship", "from": "urn:a", "relationshipType": "ancestorOf", "to": ["urn:b"]}]},
            # As pitloom 0.20 writes it of a model at Hugging Face.
            "descendant": {"@context": "x", "@graph": [
                {"spdxId": "urn:a", "type": "ai_AIPackage", "name": "dense-a", "externalRef": [
                    {"type": "ExternalRef", "externalRefType": "altWebPage",
                     "locator": ["https://huggingface.co/org/dense-a"]}]},
                {"spdxId": "urn:b", "type": "ai_AIPackage", "name": "b"},
                {"type": "Relationship", "from": "urn:b", "relationshipType": "descendantOf", "to": ["urn:a"],
                 "comment": "base_model_relation:adapter"}]}}
        names = {"purl": "hf://org/dense-a@0123abc", "reference": "hf://org/dense-a", "spdx3": "hf://org/dense-a"}
        for kind, bill in bills.items():
            with self.subTest(kind):
                path = self.write("bill.json", json.dumps(bill))
                at = names.get(kind, "org/dense-a") + "=" + model("dense-a")
                claim, = self.claims(model("dense-a-tuned"), "--claim", path, "--claim-at", at)
                self.assertEqual((claim["outcome"], claim["source"]), ("related", path))
                self.assertEqual(claim["relation"], "adapter" if kind == "descendant" else None)

    def test_of_several_models_the_one_that_is_meant(self):
        one = {"name": "dense-a-tuned", "pedigree": {"ancestors": [{"group": "org", "name": "a"}]}}
        other = {"name": "unrelated", "pedigree": {"ancestors": [{"group": "org", "name": "b"}]}}
        bill = {"bomFormat": "CycloneDX", "components": [other, one]}
        path = self.write("bill.json", json.dumps(bill))
        claim, = self.claims(model("dense-a-tuned"), "--claim", path, "--claim-at", "org/a=" + model("dense-a"))
        self.assertEqual(claim["name"], "org/a")
        self.assertIn("no telling which one is meant", self.refused(model("dense-b"), "--claim", path))

    def test_our_own_bill_is_read_back(self):
        tuned = self.tuned_with_card("---\nbase_model: org/dense-a\nbase_model_relation: finetune\n---\n")
        at = "org/dense-a=" + model("dense-a")
        for kind in ("cyclonedx", "spdx"):
            path = self.write("bill.json", json.dumps(self.bill(model("dense-a"), tuned, kind, *QUICK)))
            claim, = self.claims(tuned, "--claim", path, "--claim-at", at)
            self.assertEqual((claim["name"], claim["outcome"]), ("org/dense-a", "related"))
            self.assertEqual(claim["relation"], "finetune")

    def test_hostile_bills(self):
        deep = '{"bomFormat": "CycloneDX", "x": ' + "[" * 100000
        cases = ((deep, "nested too deeply"), ("{", "is not JSON"), ("{}", "is neither a bill"),
                 (json.dumps({"bomFormat": "CycloneDX"}), "claims nothing"),
                 (json.dumps({"@graph": []}), "claims nothing"), (json.dumps({"@graph": 3}), "claims nothing"),
                 (json.dumps({"spdxVersion": "SPDX-2.3", "relationships": [3, {}]}), "claims nothing"),
                 (json.dumps(self.cyclonedx([{}])), "a base without a name"),
                 (json.dumps(self.cyclonedx([3])), "a base without a name"),
                 (json.dumps(self.cyclonedx([{"name": "../../etc"}])), "say where it is by --claim-at"),
                 (json.dumps(self.cyclonedx([{"group": "g", "name": f"n{i}"} for i in range(65)])), "names 65 ancestors"),
                 ('{"bomFormat": "CycloneDX", "x": [' + "0," * 4300000 + "0]}", "too many values"))
        for content, message in cases:
            with self.subTest(message):
                self.assertIn(message, self.refused(model("dense-a"), "--claim", self.write("bill.json", content)))
        path = self.path("large.json")
        with open(path, "wb") as file:
            file.write(b"{")
            file.truncate(100_000_000)
        self.assertIn("is 100000000 bytes long", self.refused(model("dense-a"), "--claim", path))
        os.mkfifo(self.path("fifo.json"))
        self.assertIn("is not a regular file", self.refused(model("dense-a"), "--claim", self.path("fifo.json")))

    def test_several_files(self):
        card = self.write("a.md", "---\nbase_model: org/dense-a\n---\n")
        bill = self.write("b.json", json.dumps(self.cyclonedx([{"group": "org", "name": "dense-b"}])))
        claims = self.claims(model("dense-a-tuned"), "--claim", card, "--claim", bill, "--claim",
                             "base_model=" + model("moe-c"), "--claim-at", "org/dense-a=" + model("dense-a"),
                             "--claim-at", "org/dense-b=" + model("dense-b"), code=1)
        self.assertEqual([(claim["source"], claim["outcome"]) for claim in claims],
                         [(card, "related"), (bill, "unsupported"), (None, "unsupported")])

    def test_calls_that_make_no_sense(self):
        tuned = self.tuned_with_card("---\nbase_model: org/dense-a\n---\n")
        for at, message in (("org/x=" + model("dense-a"), "--claim-at org/x: no file claims that"), ("org/x", "not NAME=MODEL"),
                            ("=x", "not NAME=MODEL"), ("x=", "not NAME=MODEL")):
            more = [] if at.startswith("org/x=") is False else ["--claim-at", "org/dense-a=" + model("dense-a")]
            self.assertIn(message, self.refused(tuned, "--claim-at", at, *more, code=2))
        self.assertIn("absent.json", self.refused(tuned, "--claim", self.path("absent.json")))


if __name__ == "__main__":
    unittest.main()
