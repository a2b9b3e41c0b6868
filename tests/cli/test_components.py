"""Models of several components: a verdict each and one for the whole, whatever they are wrapped in."""

import json
import unittest

from support import CliTest, run, validate
from test_trace import changed, decoder, matrix

TOWER = "vision_tower.vision_model.encoder.layers.{}.{}"


def tower(seed, names=TOWER, beginning="vision_tower.vision_model."):
    """An image encoder; `decoder` gives it layers."""
    layers = {name: tensor for name, tensor in decoder(seed, names=names).items() if "embed_tokens" not in name}
    patches = {f"{beginning}embeddings.patch_embedding.weight": matrix(32, 12, 31 * seed)}
    return layers | patches


def model(text, vision, projector):
    """A model of three components, each from a seed or made already."""
    parts = {}
    for name, tensor in (decoder(text) if isinstance(text, int) else text).items():
        parts["language_model." + name] = tensor
    parts |= tower(vision) if isinstance(vision, int) else vision
    return parts | {"multi_modal_projector.linear_1.weight": matrix(32, 32, projector)}


class Components(CliTest):
    def trace(self, *arguments):
        process = run("trace", *arguments, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        results = json.loads(process.stdout)
        validate(results, "trace.schema.json")
        return results

    def made(self, name, tensors):
        return self.write_model(f"{name}.safetensors", tensors)

    def verdicts(self, results):
        return {one["component"]: one["verdict"]["category"] for one in results["components"]}

    def test_a_taken_encoder_is_named(self):
        a = self.made("a", model(1, 2, 3))
        b = self.made("b", model(4, changed(tower(2), 0.1), 6))
        results = self.trace(a, b)
        self.assertEqual(self.verdicts(results),
                         {"text": "no_evidence", "vision": "derived", "projector": "no_evidence"})
        self.assertEqual(results["verdict"]["category"], "shares_material")
        self.assertEqual(results["verdict"]["kind"], "component_taken")
        self.assertIn("text: no evidence; vision: derived, noise added; projector: no evidence",
                      results["verdict"]["sentence"])
        kinds = [kind["kind"] for kind in results["relation"]["kinds"]]
        self.assertEqual(kinds, ["component_taken", "text_replaced", "noise_added"])
        text = run("trace", a, b).stdout
        said = " ".join(text.split())
        self.assertIn("PARTLY SHARED The image encoder of b and that of a go back to the same trained model.", said)
        self.assertIn("text model NOTHING FOUND", said)
        self.assertIn("image encoder SAME LINEAGE noise added", said)
        details = run("trace", a, b, "--details").stdout
        self.assertIn("Verdict: shares_material (component_taken)", details)
        self.assertIn("Component vision", details)

    def test_strangers_have_nothing_in_common(self):
        results = self.trace(self.made("a", model(1, 2, 3)), self.made("b", model(4, 5, 6)))
        self.assertEqual(set(self.verdicts(results).values()), {"no_evidence"})
        self.assertEqual(results["verdict"]["category"], "no_evidence")
        self.assertIsNone(results["relation"])

    def test_a_model_beside_itself_is_identical(self):
        a = self.made("a", model(1, 2, 3))
        results = self.trace(a, self.made("again", model(1, 2, 3)))
        self.assertEqual(set(self.verdicts(results).values()), {"identical"})
        self.assertEqual(results["verdict"]["category"], "identical")

    def test_an_encoder_by_itself_is_found_in_a_model(self):
        bare = self.made("bare", tower(2, "encoder.layers.{}.{}", ""))
        b = self.made("b", model(4, changed(tower(2), 0.1), 6))
        results = self.trace(bare, b)
        self.assertEqual(self.verdicts(results), {"vision": "derived", "text": "not_comparable",
                                                  "projector": "not_comparable"})
        self.assertEqual(results["verdict"]["kind"], "component_taken")
        # The other way round the encoder is all that there is, and all of it comes from the model.
        self.assertEqual(self.trace(b, bare)["verdict"]["category"], "derived")

    def test_a_model_is_found_in_what_was_built_on_its_text(self):
        text = self.made("text", decoder(1))
        b = self.made("b", model(changed(decoder(1), 0.1), 2, 3))
        results = self.trace(text, b)
        self.assertEqual(results["verdict"]["category"], "derived")
        self.assertEqual(self.verdicts(results)["vision"], "not_comparable")

    # Whoever calls a copied text model an encoder, beside a text model of their own, hides nothing.
    def test_a_copy_under_another_components_name_is_found(self):
        text = self.made("text", decoder(1))
        copied = {"vision_tower." + name.replace("model.", "", 1): tensor
                  for name, tensor in changed(decoder(1), 0.1).items()}
        b = self.made("b", {"language_model." + name: tensor for name, tensor in decoder(9).items()} | copied)
        results = self.trace(text, b)
        self.assertEqual(results["verdict"]["category"], "shares_material")
        self.assertIn("derived", self.verdicts(results).values())

    def test_one_component_alone(self):
        a = self.made("a", model(1, 2, 3))
        b = self.made("b", model(4, changed(tower(2), 0.1), 6))
        results = self.trace(a, b, "--component", "vision")
        self.assertEqual(self.verdicts(results), {"vision": "derived"})
        self.assertEqual(results["verdict"]["category"], "derived")
        self.assertEqual(results["run"]["request"]["components"], ["vision"])
        verified = self.path("trace.json")
        run("trace", a, b, "--component", "vision", "-o", verified)
        self.assertEqual(run("verify", verified).returncode, 0)
        for command in (("compare",), ("diff",)):
            process = run(*command, a, b, "--component", "vision", "--json")
            self.assertNotIn("language_model", process.stdout)
            self.assertIn("vision_tower", process.stdout)

    def test_a_component_that_is_not_there(self):
        a, b = self.made("a", model(1, 2, 3)), self.made("b", model(1, 2, 3))
        process = run("trace", a, b, "--component", "audio")
        self.assertEqual(process.returncode, 3)
        self.assertIn("has no audio component: it has text, vision, projector", process.stderr)
        process = run("trace", a, b, "--component", "tail")
        self.assertEqual(process.returncode, 2)

    def test_roles_of_text_and_encoder_are_kept_apart(self):
        a = self.made("a", model(1, 2, 3))
        b = self.made("b", model(4, changed(tower(2), 0.1), 6))
        results = json.loads(run("compare", a, b, "--json").stdout)
        validate(results, "results.schema.json")
        medians = {one["component"]: one["pearson_correlation"]["median"] for one in results["summary"]["by_role"]
                   if one["role"] == "self_attn.q_proj.weight"}
        self.assertGreater(medians["vision"], 0.9)
        self.assertLess(medians["text"], 0.2)
        self.assertIn("vision: self_attn.q_proj.weight", run("compare", a, b, "--details").stdout)

    def test_inspect_lists_components(self):
        a = self.made("a", model(1, 2, 3))
        results = json.loads(run("inspect", a, "--json").stdout)
        validate(results, "inspect.schema.json")
        self.assertEqual([one["component"] for one in results["components"]], ["text", "vision", "projector"])
        self.assertEqual(results["parameters"]["total"], sum(one["parameters"] for one in results["components"]))
        self.assertEqual(results["tensors"], sum(one["tensors"] for one in results["components"]))

    def test_check_says_which_component_a_claim_is_true_of(self):
        a = self.made("a", model(1, 2, 3))
        b = self.made("b", model(4, changed(tower(2), 0.1), 6))
        process = run("check", b, "--claim", f"base_model={a}", "--json")
        results = json.loads(process.stdout)
        validate(results, "check.schema.json")
        claim = results["claims"][0]
        self.assertEqual(claim["outcome"], "partial")
        self.assertEqual({one["component"]: one["verdict"] for one in claim["components"]},
                         {"text": "no_evidence", "vision": "derived", "projector": "no_evidence"})

    # The second control alone has an encoder: it is the second all the same.
    def test_controls_keep_their_numbers(self):
        a = self.made("a", model(1, 2, 3))
        b = self.made("b", model(4, 5, 6))
        text = self.made("text", decoder(8))
        bare = self.made("bare", tower(9, "encoder.layers.{}.{}", ""))
        results = self.trace(a, b, "--control", text, "--control", bare, "--component", "text", "--component", "vision")
        self.assertEqual({one["control"] for one in results["controls"]}, {"control_1"})
        effects = {one["component"]: [test["control_effects"] for test in one["tests"] if test["skipped"] is None]
                   for one in results["components"]}
        self.assertTrue(all(map(any, effects.values())), effects)

    def test_what_would_have_been_found_is_said_of_each(self):
        results = self.trace(self.made("a", model(1, 2, 3)), self.made("b", model(4, 5, 6)))
        for one in results["components"]:
            self.assertIsNotNone(one["power"], one["component"])
            self.assertRegex(results["verdict"]["sentence"].split("more:")[1],
                             one["component"] + r" (\d+\.\d%|not even a copy|not simulated)")

    def test_two_encoders_of_one_kind(self):
        second = tower(7, "vision_encoder.encoder.layers.{}.{}", "vision_encoder.")
        a = self.made("a", model(1, tower(2) | second, 3))
        results = self.trace(a, self.made("again", model(1, tower(2) | second, 3)))
        self.assertEqual([one["component"] for one in results["components"]],
                         ["text", "vision", "vision", "projector"])
        self.assertEqual(results["verdict"]["category"], "identical")


if __name__ == "__main__":
    unittest.main()
