"""dossier: two parties compare without showing weights, and catch each other's lies."""

import json
import os
import stat
import tempfile
import unittest

import jsonschema

from demo_models import make_demo_models
from support import DOCS, CliTest, bf16, noise, run, small_model


class DossierTest(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.models = tempfile.TemporaryDirectory()
        make_demo_models(cls.models.name)

    @classmethod
    def tearDownClass(cls):
        cls.models.cleanup()

    def model(self, name):
        return os.path.join(self.models.name, name)

    def succeed(self, *arguments):
        process = run("dossier", *arguments)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return process.stdout

    def commit(self, name, party):
        self.succeed("commit", self.model(name), "-o", self.path(party + ".json"))
        return self.path(party + ".json")

    def session(self, a="dense-a", b="dense-a-tuned", beacon="x"):
        """Both parties' commitments and dossiers."""
        commitments = [self.commit(a, "a"), self.commit(b, "b")]
        seed = self.succeed("seed", *commitments, "--beacon", beacon).strip()
        dossiers = []
        for name, commitment in zip((a, b), commitments):
            dossiers.append(commitment.replace(".json", "-dossier.json"))
            self.succeed("write", self.model(name), "--commit", commitment, "--seed", seed, "-o", dossiers[-1])
        return commitments, dossiers

    def compared(self, dossiers, *more):
        found = json.loads(self.succeed("compare", *dossiers, "--json", *more))
        with open(os.path.join(DOCS, "dossier.schema.json"), encoding="utf-8") as file:
            jsonschema.validate(found, json.load(file))
        return found

    def test_a_derived_model_is_found_and_no_more_is_said_than_is_known(self):
        _, dossiers = self.session()
        found = self.compared(dossiers, "--beacon", "x")
        self.assertEqual(found["verdict"]["category"], "shares_material")
        self.assertIn("Consistent with a common origin", found["verdict"]["sentence"])
        self.assertIn("only started from the same random numbers", found["verdict"]["sentence"])
        self.assertEqual(found["verdict"]["warnings"], [])
        self.assertTrue(found["seed"]["is_agreed"])
        self.assertIsNone(found["smallest_share"])
        text = self.succeed("compare", *dossiers, "--beacon", "another")
        self.assertIn("shares_material", text)
        self.assertIn("Beware: The seed is not that of both roots", text)

    def test_strangers_are_not_accused(self):
        _, dossiers = self.session(b="dense-b")
        found = self.compared(dossiers, "--beacon", "x")
        self.assertEqual(found["verdict"]["category"], "no_evidence")
        self.assertIn("no proof of independence", found["verdict"]["sentence"])
        self.assertLess(0, found["smallest_share"])
        self.assertTrue(all(not test["strong"] for test in found["tests"]))

    def test_models_of_other_widths_are_not_comparable(self):
        commitments = [self.commit("dense-a", "a")]
        shapes = {"gate": [40, 16], "up": [40, 16], "down": [16, 40]}
        path = self.write_model("narrow.safetensors", small_model(1) | {
            f"model.layers.{layer}.mlp.{role}_proj.weight": ("BF16", shape, bf16(noise(640, 3 * layer + i)))
            for layer in range(2) for i, (role, shape) in enumerate(shapes.items())})
        self.succeed("commit", path, "-o", self.path("n.json"))
        for model, commitment in ((self.model("dense-a"), commitments[0]), (path, self.path("n.json"))):
            self.succeed("write", model, "--commit", commitment, "--seed", "s", "-o", commitment + ".dossier")
        found = self.compared([commitments[0] + ".dossier", self.path("n.json") + ".dossier"])
        self.assertEqual(found["verdict"]["category"], "not_comparable")
        self.assertIn("residual widths differ", found["verdict"]["sentence"])

    def test_what_is_challenged_is_opened_and_checked(self):
        (commitment, _), (dossier, _) = self.session()
        listed = self.succeed("challenge", dossier, "--challenge", "b's words")
        opening = self.path("opening.safetensors")
        challenge = ("--dossier", dossier, "--challenge", "b's words")
        self.succeed("open", self.model("dense-a"), "--commit", commitment, *challenge, "-o", opening)
        text = self.succeed("check", commitment, opening, *challenge)
        self.assertIn("Passed.", text)
        for line in listed.splitlines():
            self.assertIn(line.strip() + ":", text)
        for wrong in (("--dossier", dossier, "--challenge", "others"),):
            process = run("dossier", "check", commitment, opening, *wrong)
            self.assertEqual(process.returncode, 1)
            self.assertIn("NOT OPENED", process.stdout)

    def test_a_dossier_that_was_changed_is_caught(self):
        (commitment, _), (dossier, _) = self.session()
        with open(dossier, encoding="utf-8") as file:
            told = json.load(file)
        side = told["blocks"][0]["first"]
        side["rows"] = ("B" if side["rows"][0] == "A" else "A") + side["rows"][1:]
        forged = self.write("forged.json", json.dumps(told))
        opening = self.path("opening.safetensors")
        self.succeed("open", self.model("dense-a"), "--commit", commitment, "--tensor",
                     side["weights"][0]["tensor"], "-o", opening)
        self.assertIn("Passed", self.succeed("check", commitment, opening, "--dossier", dossier))
        process = run("dossier", "check", commitment, opening, "--dossier", forged)
        self.assertEqual(process.returncode, 1)
        self.assertIn("ARE NOT those of the dossier", process.stdout)

    def test_a_copied_commitment_or_dossier_is_refused(self):
        (commitment, _), (dossier, _) = self.session()
        for arguments in (("seed", commitment, commitment), ("compare", dossier, dossier)):
            process = run("dossier", *arguments)
            self.assertEqual(process.returncode, 2)
            self.assertIn("same root", process.stderr)

    def test_a_dossier_of_another_model_than_committed_is_not_written(self):
        commitment = self.commit("dense-a", "a")
        for other in ("dense-a-tuned", "dense-b"):
            process = run("dossier", "write", self.model(other), "--commit", commitment, "--seed", "s",
                          "-o", self.path("d.json"))
            self.assertEqual(process.returncode, 3)
            self.assertIn("not what was committed to", process.stderr)
            self.assertFalse(os.path.exists(self.path("d.json")))

    def test_the_private_file_is_private_and_never_replaced(self):
        commitment = self.commit("dense-a", "a")
        private = self.path("a.private.json")
        self.assertEqual(stat.S_IMODE(os.stat(private).st_mode) & 0o077, 0)
        with open(private, "rb") as file:
            before = file.read()
        process = run("dossier", "commit", self.model("dense-a"), "-o", commitment, "--force")
        self.assertEqual(process.returncode, 2)
        self.assertIn("is there already", process.stderr)
        with open(private, "rb") as file:
            self.assertEqual(file.read(), before)
        with open(commitment, encoding="utf-8") as file:
            self.assertEqual(set(json.load(file)), {"schema_version", "tool", "kind", "root", "tensors"})

    def test_wrong_calls_say_what_is_wrong(self):
        commitment = self.commit("dense-a", "a")
        model = self.model("dense-a")
        for arguments in ((), ("commit", model), ("write", model, "--commit", commitment, "-o", "x"),
                          ("open", model, "--commit", commitment, "-o", self.path("x")),
                          ("open", model, "--commit", commitment, "--tensor", "t", "--challenge", "c",
                           "-o", self.path("x")),
                          ("open", model, "--commit", commitment, "--tensor", "none", "-o", self.path("x")),
                          ("check", commitment, commitment, "--challenge", "c"),
                          ("write", model, "--commit", commitment, "--seed", "s", "--dimensions", "65",
                           "-o", self.path("x"))):
            with self.subTest(arguments):
                process = run("dossier", *arguments)
                self.assertEqual(process.returncode, 2, process.stderr)
                self.assertEqual(process.stderr.count("\n"), 1)
        process = run("dossier", "check", commitment, commitment)
        self.assertEqual(process.returncode, 3)

    def test_the_same_input_gives_the_same_bytes(self):
        commitment = self.commit("dense-a", "a")
        texts = set()
        for threads in ("1", "3"):
            path = self.path(threads + ".json")
            self.succeed("write", self.model("dense-a"), "--commit", commitment, "--seed", "s", "-o", path,
                         "--threads", threads)
            with open(path, "rb") as file:
                texts.add(file.read())
        self.assertEqual(len(texts), 1)
        self.assertNotIn(self.folder.encode(), texts.pop())  # nor where it was made


if __name__ == "__main__":
    unittest.main()
