"""Attestations and bills beside the programs that others read them with: PyPI's model-signing, in-toto-attestation,
securesystemslib, cyclonedx-python-lib, spdx-python-model and spdx-tools, in both directions.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from demo_models import make_demo_models
from support import CliTest, run, safetensors, small_model, validate

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.environ.get("MODELKIN_ORACLES") or os.path.join(HERE, "..", "..", "build", "oracles", "bin", "python3")
ARE_THERE = os.path.exists(PYTHON)
if not ARE_THERE:
    print(f"SKIPPED: no {PYTHON}; scripts/oracles makes it", file=sys.stderr)
MODELS = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with  # of all tests here


def setUpModule():  # pylint: disable=invalid-name
    if ARE_THERE:
        make_demo_models(MODELS.name)


def tearDownModule():  # pylint: disable=invalid-name
    MODELS.cleanup()


def model(name):
    return os.path.join(MODELS.name, name)


def ask(*arguments):
    """What an oracle answers."""
    process = subprocess.run([PYTHON, os.path.join(HERE, "oracles.py"), *arguments], capture_output=True, text=True,
                             check=False, timeout=120)
    if process.returncode != 0:
        raise AssertionError(process.stderr)
    return json.loads(process.stdout)


@unittest.skipUnless(ARE_THERE, "scripts/oracles was not run")
class OracleTest(CliTest):
    def attest(self, b, *more):
        path = self.path("att.json")
        process = run("attest", model("dense-a"), b, "--quick", "-o", path, "-q", *more)
        self.assertEqual(process.returncode, 0, process.stderr)
        return path

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return json.load(file)


class ModelSigning(OracleTest):
    def same_digest(self, b, *oracle):
        statement = self.read(self.attest(b))
        theirs = ask("model_digest", *(oracle or (b,)))
        self.assertEqual(statement["subject"][0]["digest"], theirs["subject"][0]["digest"])
        recorded = statement["predicate"]["model"]
        self.assertEqual(recorded["resources"], theirs["predicate"]["resources"])
        serialization = theirs["predicate"]["serialization"]
        self.assertEqual(recorded["serialization"]["allow_symlinks"], serialization["allow_symlinks"])
        self.assertEqual(sorted(recorded["serialization"]["ignore_paths"]), sorted(serialization.get("ignore_paths", [])))
        return statement

    def test_digests_of_folders(self):
        folder = self.path("model")
        shutil.copytree(model("dense-a-tuned"), folder)
        for name in ("a-b/x", "a/y", "a/Z", "a.txt", ".hidden", ".git/HEAD", ".gitattributes", ".gitignore", ".github/w",
                     "sub/.gitattributes", "sub/.git/HEAD", "é", "ﬀ", "😀", "x:1", "with space", "a/b/c/d", ".gitx"):
            self.write("model/" + name, name)
        self.write("model/empty", "")
        os.mkdir(self.path("model/nothing"))
        self.same_digest(folder)
        os.symlink(model("dense-a/config.json"), self.path("model/link"))
        os.symlink(model("dense-b"), self.path("model/folder"))
        self.same_digest(folder, folder, "links")

    def test_digest_of_one_file(self):
        self.same_digest(os.path.join(model("dense-a-tuned"), "model.safetensors"))

    def test_digest_of_an_index_is_of_what_it_names(self):
        tensors = small_model(1, layers=2, width=64)
        names = sorted(tensors)
        shards = {"m-00001-of-00002.safetensors": names[:2], "m-00002-of-00002.safetensors": names[2:]}
        for shard, held in shards.items():
            self.write("model/" + shard, safetensors({name: tensors[name] for name in held}))
        index = {name: shard for shard, held in shards.items() for name in held}
        self.write("model/m.safetensors.index.json", json.dumps({"weight_map": index}))
        self.write("model/other.safetensors", safetensors(small_model(2)))
        place = self.path("model/m.safetensors.index.json")
        path = self.path("att.json")
        process = run("attest", place, place, "--quick", "-o", path, "-q")
        self.assertEqual(process.returncode, 0, process.stderr)
        theirs = ask("model_digest", self.path("model"), "", "m.safetensors.index.json", *shards)
        statement = self.read(path)
        self.assertEqual(statement["subject"][0]["digest"], theirs["subject"][0]["digest"])
        self.assertEqual(statement["predicate"]["model"]["resources"], theirs["predicate"]["resources"])
        self.assertEqual([one["name"] for one in statement["subject"][1:]], sorted(shards))

    def test_our_statement_is_read_by_them(self):
        path = self.attest(model("dense-a-tuned"))
        statement = self.read(path)
        read = ask("read_statement", path)
        self.assertEqual((read["_type"] if "_type" in read else read["Type"], read["predicateType"]),
                         (statement["_type"], statement["predicateType"]))
        self.assertEqual(read["subject"], statement["subject"])
        self.assertEqual(read["predicate"]["claim"], statement["predicate"]["claim"])
        manifest = ask("read_manifest", path)
        self.assertEqual(manifest, {r["name"]: r["digest"] for r in statement["predicate"]["model"]["resources"]})

    def test_envelopes_in_both_directions(self):
        ask("make_keys", self.folder)
        key, public, other = (self.path(name) for name in ("ed25519.pem", "ed25519.pub", "p256.pub"))
        ours = self.attest(model("dense-a-tuned"), "--key", key)
        self.assertEqual(ask("verify_envelope", ours, public), [self.read(ours)["signatures"][0]["keyid"]])
        self.assertEqual(ask("verify_envelope", ours, other), [])
        plain, theirs = self.attest(model("dense-a-tuned"), "--force"), self.path("theirs.json")
        for name in ("ed25519", "p256", "p384"):
            ask("sign_envelope", plain, self.path(name + ".pem"), theirs)
            process = run("verify", theirs, "--public-key", self.path(name + ".pub"), "--json")
            self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
            self.assertEqual(json.loads(process.stdout)["attestation"]["signature"], "holds")
        process = run("verify", theirs, "--public-key", public)
        self.assertEqual(process.returncode, 5)

    def test_their_signatures(self):
        ask("make_keys", self.folder)
        folder, out = self.path("model"), self.path("model.sig")
        shutil.copytree(model("dense-a-tuned"), folder)
        self.write("model/a-b/x", "1")
        self.write("model/a/y", "2" * 300000)
        self.write("model/.git/HEAD", "3")

        def verified(place, key, code):
            process = run("verify", out, "--public-key", self.path(key + ".pub"), "--input", "model=" + place, "--json")
            self.assertEqual(process.returncode, code, process.stdout + process.stderr)
            found = json.loads(process.stdout)
            validate(found, "verify.schema.json")
            return found["attestation"]["models"][0]

        for key, more in (("p256", ()), ("p384", ()), ("p521", ("100000",))):
            ask("sign_model", folder, self.path(key + ".pem"), out, *more)
            self.assertEqual(verified(folder, key, 0)["changed"], [])
            verified(folder, "ed25519", 5)
        with open(self.path("model/a/y"), "r+b") as file:
            file.seek(150000)
            file.write(b"3")
        self.assertEqual(verified(folder, "p521", 1)["changed"], ["a/y:100000:200000"])
        file = os.path.join(folder, "model.safetensors")
        ask("sign_model", file, self.path("p256.pem"), out)
        self.assertEqual(verified(file, "p256", 0)["equal"], 1)
        # Where the signature lies among the files, as they are published.
        ask("sign_model", folder, self.path("p256.pem"), out)
        shutil.move(out, os.path.join(folder, "model.sig"))
        out = os.path.join(folder, "model.sig")
        verified(folder, "p256", 0)
        process = run("verify", out, "--public-key", self.path("p256.pub"))
        self.assertEqual(process.returncode, 2)
        self.assertIn("--input model=PATH", process.stderr)


class Bills(OracleTest):
    def write_bill(self, kind, name):
        folder = self.path("tuned")
        shutil.copytree(model("dense-a-tuned"), folder, dirs_exist_ok=True)
        self.write("tuned/README.md", "---\nbase_model: [org/dense-a, org/other]\nlicense: apache-2.0\n---\n")
        path = self.path(name)
        process = run("report", model("dense-a"), folder, "--format", kind, "-o", path, "-q")
        self.assertEqual(process.returncode, 0, process.stderr)
        return path

    def test_cyclonedx_is_strictly_valid(self):
        for kind, version in (("cyclonedx", "1.6"), ("cyclonedx-1.7", "1.7")):
            path = self.write_bill(kind, kind + ".json")
            found = ask("validate_cyclonedx", path, version)
            self.assertIsNone(found["error"])
            self.assertEqual((found["name"], found["type"]), ("tuned", "machine-learning-model"))
            self.assertEqual(sorted(found["ancestors"]), ["dense-a", "other"])
            self.assertEqual(found["properties"].count("modelkin:lineage"), 2)
        spoilt = self.read(path)
        spoilt["metadata"]["component"]["evidence"]["identity"][0]["field"] = "lineage"
        self.assertIsNotNone(ask("validate_cyclonedx", self.write("spoilt.json", json.dumps(spoilt)), "1.7")["error"])

    def test_spdx_is_valid(self):
        path = self.write_bill("spdx", "spdx.json")
        found = ask("validate_spdx", path)
        self.assertEqual(found["packages"], ["org/dense-a", "org/other", "tuned"])
        relations = {(a, kind, tuple(to)) for a, kind, to in found["relations"]}
        self.assertIn(("org/dense-a", "ancestorOf", ("tuned",)), relations)
        self.assertIn(("org/other", "ancestorOf", ("tuned",)), relations)
        known = ask("spdx3_names")
        self.assertTrue({"ANCESTOR", "VARIANT", "CONTAINS"} <= set(known["types"]))
        for change in (lambda e: e.update(relationshipType="parentOf"), lambda e: e.pop("from"),
                       lambda e: e.update(unheard_of=3)):
            spoilt = self.read(path)
            change(next(e for e in spoilt["@graph"] if e["type"] == "Relationship"))
            with self.assertRaises(AssertionError):
                ask("validate_spdx", self.write("spoilt.json", json.dumps(spoilt)))

    def test_bills_that_they_write(self):
        for function in ("write_cyclonedx", "write_spdx2"):
            path = self.path(function + ".json")
            ask(function, path)
            process = run("check", model("dense-a-tuned"), "--claim", path, "--claim-at",
                          "hf://org/dense-a=" + model("dense-a"), "--quick", "--json")
            self.assertEqual(process.returncode, 0, process.stderr)
            claim, = json.loads(process.stdout)["claims"]
            self.assertEqual((claim["outcome"], claim["source"]), ("related", path))


if __name__ == "__main__":
    unittest.main()
