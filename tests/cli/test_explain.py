"""modelkin explain, held against modelkin run and against the formulas worked out in Python."""

import json
import math
import os
import shutil
import struct
import unittest

from demo_models import make_demo_models
from support import CliTest, run, validate

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "inference", "golden")
SHARED = os.environ.get("MODELKIN_SHARED_DATA", "")
IDS = "3,1,4,1,5,9"

ROUTERS = {
    "solar_open-released": "sigmoid_with_correction_bias",
    "solar_open-groups": "sigmoid_with_correction_bias_and_groups",
    "glm4_moe-plain": "sigmoid_with_correction_bias",
    "glm4_moe-closed-groups": "sigmoid_with_correction_bias_and_groups",
    "deepseek_v3-yarn": "sigmoid_with_correction_bias_and_groups",
    "mixtral-plain": "softmax_over_all_normalised",
    "qwen3_moe-plain": "softmax_over_all_normalised",
    "qwen3_moe-mixed": "softmax_over_all",
    "gpt_oss-plain": "softmax_over_chosen",
    "phimoe-plain": "sparsemixer",
    "phimoe-longrope": "sparsemixer",
}
ROPES = {
    "solar_open-plain": "rope", "solar_open-released": "rope_yarn", "gpt_oss-plain": "rope_yarn",
    "phimoe-longrope": "rope_longrope", "llama-linear": "rope_linear", "llama-llama3": "rope_llama3",
    "llama-dynamic": "rope_dynamic_ntk", "deepseek_v3-plain": "rope", "glm4_moe-prediction": "rope",
    "gpt2-plain": "learned_positions", "bert-plain": "learned_positions",
}
ATTENTIONS = {
    "solar_open-released": "multi_query", "gpt2-plain": "multi_head", "bert-plain": "multi_head",
    "deepseek_v3-yarn": "multi_head_latent",
}
MLPS = {
    "solar_open-released": "swiglu", "phimoe-plain": "swiglu", "gemma2-plain": "geglu",
    "gpt_oss-plain": "clamped_swiglu", "gpt_oss-limits": "clamped_swiglu", "gpt2-plain": "plain_mlp",
    "bert-plain": "plain_mlp",
}


def golden(case):
    return os.path.join(GOLDEN, case)


def fact(result, name):
    (found,) = [item for item in result["facts"] if item["name"] == name]
    return found


def softmax(values):
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    return [power / sum(powers) for power in powers]


def near(logits, epsilon, best):
    """SparseMixer's survivors about the expert `best`."""
    top = logits[best]
    return [e for e, z in enumerate(logits) if (top - z) / max(abs(z), top) <= 2 * epsilon]


def expected_weights(result):
    """Weights by expert, from the logits alone."""
    work = result["worked_token"]["router"]
    rows = sorted(work["experts"], key=lambda row: row["expert"])
    logits = [row["logit"] for row in rows]
    chosen = [row["expert"] for row in work["experts"][:work["chosen"]]]
    kind = result["formula"]["kind"]
    if kind.startswith("sigmoid"):
        scores = [1 / (1 + math.exp(-z)) for z in logits]
        total = sum(scores[e] for e in chosen) if fact(result, "norm_topk_prob")["value"] else 1
        return {e: scores[e] / total * fact(result, "scale")["value"] for e in chosen}
    if kind == "softmax_over_chosen" or kind == "softmax_over_all_normalised":
        return dict(zip(chosen, softmax([logits[e] for e in chosen])))
    if kind == "softmax_over_all":
        return {e: softmax(logits)[e] for e in chosen}
    epsilon = fact(result, "epsilon")["value"]
    order = sorted(range(len(logits)), key=lambda e: -logits[e])
    weights = {}
    for place, best in enumerate(order[:2]):
        survivors = [e for e in near(logits, epsilon, best) if place == 0 or e != order[0]]
        weights[best] = softmax([logits[e] for e in survivors])[survivors.index(best)]
    return weights


class Explain(CliTest):
    def explain(self, topic, model, *arguments):
        process = run("explain", topic, "--model", model, *arguments, "--json")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        result = json.loads(process.stdout)
        validate(result, "explain.schema.json")
        self.assertEqual(result["topic"], topic)
        return result

    def expect_like_run(self, model, ids=IDS):
        """Every routed layer and two tokens: what explain shows is what run does."""
        process = run("run", model, "--ids", ids, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        routed = [layer for layer in json.loads(process.stdout)["layers"] if layer["router"]]
        self.assertTrue(routed)
        for layer in routed:
            for token in (0, ids.count(",")):
                result = self.explain("router", model, "--ids", ids, "--layer", layer["layer"],
                                      "--token", token)
                work = result["worked_token"]["router"]
                chosen = work["experts"][:work["chosen"]]
                self.assertEqual([row["expert"] for row in chosen],
                                 layer["router"]["choices"][token])
                self.assertEqual([row["weight"] for row in chosen],
                                 layer["router"]["weights"][token])
                self.expect_consistent(result)

    def expect_consistent(self, result):
        work = result["worked_token"]["router"]
        for expert, weight in expected_weights(result).items():
            (row,) = [row for row in work["experts"] if row["expert"] == expert]
            self.assertAlmostEqual(row["weight"], weight, places=5)
        last = min(row["choosing"] for row in work["experts"][:work["chosen"]])
        for row in work["experts"]:
            if row["bias"] is not None and row["choosing"] is not None:
                self.assertAlmostEqual(row["choosing"], row["score"] + row["bias"], places=6)
            self.assertEqual(row["weight"] is None, row not in work["experts"][:work["chosen"]])
            if row["missed_by"] is not None:
                self.assertGreaterEqual(row["missed_by"], 0)
                self.assertAlmostEqual(row["missed_by"], last - row["choosing"], places=6)
        self.assertAlmostEqual(
            work["weight_sum"], sum(row["weight"] or 0 for row in work["experts"]), places=6)

    def test_routers_by_family(self):
        for case, kind in ROUTERS.items():
            with self.subTest(case):
                self.assertEqual(self.explain("router", golden(case))["formula"]["kind"], kind)
                self.expect_like_run(golden(case))

    def test_demo_models(self):
        make_demo_models(self.path("demo"))
        self.expect_like_run(self.path("demo/moe-c"))
        # Eight query heads and two of keys and values: head 5 is in the second group.
        for head in (0, 3, 5):
            result = self.explain("gqa", self.path("demo/dense-a"), "--ids", IDS, "--head", head)
            self.assertEqual(result["formula"]["kind"], "grouped_query")
            work = result["worked_token"]["gqa"]
            self.assertEqual((work["kv_head"], work["first_head_of_group"]), (head // 4, head // 4 * 4))
            shares = [key["shares"][head % 4] for key in work["keys"]]
            for share, expected in zip(shares, softmax([key["score"] for key in work["keys"]])):
                self.assertAlmostEqual(share, expected, places=5)

    def test_groups(self):
        work = self.explain("router", golden("glm4_moe-closed-groups"))["worked_token"]["router"]
        size = len(work["experts"]) // len(work["groups"])
        for index, group in enumerate(work["groups"]):
            members = [row for row in work["experts"] if row["group"] == index]
            self.assertEqual(len(members), size)
            self.assertTrue(all((row["choosing"] is not None) == group["kept"] for row in members))
            best = sorted((row["score"] + row["bias"] for row in members), reverse=True)[:2]
            self.assertAlmostEqual(group["score"], sum(best), places=5)

    def test_sources_of_numbers(self):
        result = self.explain("router", golden("solar_open-released"))
        self.assertEqual((fact(result, "experts")["value"], fact(result, "experts")["from"]),
                         (5, "n_routed_experts"))
        self.assertEqual(fact(result, "norm_topk_prob")["origin"], "config")
        self.assertEqual(fact(self.explain("router", golden("mixtral-plain")),
                              "norm_topk_prob")["origin"], "family")
        (bias,) = [item for item in result["ranges"] if item["label"] == "correction bias"]
        self.assertEqual([item["layer"] for item in bias["layers"]], [0, 1])
        self.assertEqual(min(item["smallest"] for item in bias["layers"]), bias["all"]["smallest"])

    def test_models_without(self):
        for topic, case in (("router", "llama-plain"), ("router", "gpt2-plain"), ("rope", "gpt2-plain"),
                            ("rope", "bert-plain")):
            result = self.explain(topic, golden(case))
            self.assertFalse(result["present"])
            self.assertIsNone(result["worked_token"])
            process = run("explain", topic, "--model", golden(case))
            self.assertEqual(process.returncode, 0)
            self.assertIn("this model has no", process.stdout)

    def test_rope(self):
        for case, kind in ROPES.items():
            with self.subTest(case):
                result = self.explain("rope", golden(case), "--ids", IDS)
                self.assertEqual(result["formula"]["kind"], kind)
                if not result["present"]:
                    continue
                for pair, frequency in zip(result["worked_token"]["rope"]["pairs"],
                                           result["frequencies"], strict=True):
                    self.assertAlmostEqual(pair["angle"], 5 * frequency["scaled"], places=5)
                    self.assertAlmostEqual(
                        frequency["scaled_turn_tokens"] * frequency["scaled"], 2 * math.pi, places=6)
                    (a, b), cosine, sine = pair["before"], pair["cosine"], pair["sine"]
                    self.assertAlmostEqual(pair["after"][0], a * cosine - b * sine, places=5)
                    self.assertAlmostEqual(pair["after"][1], b * cosine + a * sine, places=5)
                    scale = math.hypot(cosine, sine)
                    self.assertAlmostEqual(cosine / scale, math.cos(pair["angle"]), places=5)

    def test_yarn_numbers_of_solar(self):
        # Of the released model's keys: theta 1e6, 128 dims, factor 2 over 65536 positions.
        shutil.copytree(golden("solar_open-released"), self.path("solar"))
        with open(self.path("solar/config.json"), encoding="utf-8") as file:
            config = json.load(file)
        config["rope_scaling"]["original_max_position_embeddings"] = 65536
        self.write("solar/config.json", json.dumps(config))
        result = self.explain("rope", self.path("solar"))
        dims = config["head_dim"]

        def edge(turns):
            return dims * math.log(65536 / (turns * 2 * math.pi)) / (2 * math.log(1e6))
        self.assertEqual(fact(result, "low")["value"], math.floor(edge(32)))
        self.assertEqual(fact(result, "high")["value"], math.ceil(edge(1)))
        self.assertAlmostEqual(fact(result, "multiplier")["value"], 1.0693147180559945)
        self.assertEqual(fact(result, "factor")["from"], "rope_scaling.factor")

    def test_attention(self):
        for case, kind in ATTENTIONS.items():
            with self.subTest(case):
                result = self.explain("gqa", golden(case), "--ids", IDS)
                self.assertEqual(result["formula"]["kind"], kind)
                work = result["worked_token"]["gqa"]
                self.assertEqual(len(work["keys"]), 6)
                own = work["head"] - work["first_head_of_group"]
                for key, share in zip(work["keys"], softmax([key["score"] for key in work["keys"]])):
                    self.assertAlmostEqual(key["shares"][own], share, places=5)
        cached = self.explain("gqa", golden("solar_open-released"))
        self.assertEqual(fact(cached, "cache_bytes_per_token")["value"], 2 * 1 * 16 * 2 * 2)
        self.assertEqual(fact(cached, "cache_bytes_per_token_multi_head")["value"], 2 * 6 * 16 * 2 * 2)
        self.assertTrue(any("head_dim is not" in note for note in cached["notes"]))

    def test_window_cap_and_sink(self):
        work = self.explain("gqa", golden("mistral-window"), "--ids", IDS)["worked_token"]["gqa"]
        self.assertEqual([key["position"] for key in work["keys"]], [3, 4, 5])
        work = self.explain("gqa", golden("gpt_oss-plain"), "--ids", IDS)["worked_token"]["gqa"]
        for head, share in enumerate(work["sink_shares"]):
            self.assertAlmostEqual(share + sum(key["shares"][head] for key in work["keys"]), 1, places=5)
        result = self.explain("gqa", golden("gemma2-plain"), "--ids", IDS)
        cap = fact(result, "soft_cap")["value"]
        for key in result["worked_token"]["gqa"]["keys"]:
            self.assertAlmostEqual(key["score"], cap * math.tanh(key["product"] / cap), places=5)

    def test_mlps(self):
        for case, kind in MLPS.items():
            with self.subTest(case):
                result = self.explain("swiglu", golden(case), "--ids", IDS)
                self.assertEqual(result["formula"]["kind"], kind)
                for mlp in result["worked_token"]["swiglu"]:
                    for row in mlp["largest"]:
                        up = 1 if row["up"] is None else row["up"]
                        if kind == "clamped_swiglu":
                            limit, slope = (fact(result, name)["value"] for name in ("limit", "slope"))
                            gate = min(row["gate"], limit)
                            self.assertAlmostEqual(row["activated"],
                                                   gate / (1 + math.exp(-slope * gate)), places=5)
                            up = max(-limit, min(limit, up)) + 1
                        if kind == "swiglu":
                            self.assertAlmostEqual(row["activated"],
                                                   row["gate"] / (1 + math.exp(-row["gate"])), places=5)
                        self.assertAlmostEqual(row["product"], row["activated"] * up, places=5)

    def test_experts_of_the_token(self):
        model = golden("solar_open-released")
        routed = self.explain("router", model)["worked_token"]["router"]
        mlps = self.explain("swiglu", model)["worked_token"]["swiglu"]
        self.assertEqual([(row["expert"], row["weight"]) for row in routed["experts"][:routed["chosen"]]],
                         [(mlp["expert"], mlp["weight"]) for mlp in mlps if mlp["weight"] is not None])
        self.assertEqual(mlps[-1]["part"], "mlp.shared_experts")

    def test_parameters(self):
        result = self.explain("swiglu", golden("solar_open-released"))
        one = 3 * 23 * 9
        self.assertEqual(fact(result, "layer_stored")["value"], 5 * one + one)
        self.assertEqual(fact(result, "layer_active")["value"], 2 * one + one)
        self.assertEqual(fact(result, "model_active")["value"], 2 * (2 * one + one))

    def test_later_layers_are_not_read(self):
        shutil.copytree(golden("solar_open-released"), self.path("broken"))
        path = self.path("broken/model.safetensors")
        with open(path, "rb") as file:
            content = bytearray(file.read())
        (size,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8:8 + size])
        begin, end = header["model.layers.1.self_attn.q_proj.weight"]["data_offsets"]
        content[8 + size + begin:8 + size + end] = b"\xff" * (end - begin)
        self.write("broken/model.safetensors", bytes(content))
        self.explain("router", self.path("broken"))
        process = run("explain", "router", "--model", self.path("broken"), "--layer", 1)
        self.assertEqual(process.returncode, 3)
        self.assertIn("q_proj", process.stderr)

    def test_an_encoder_by_its_headers(self):
        told = self.explain("encoder", golden("qwen3_vl_vision-plain"))
        facts = {fact["name"]: fact for fact in told["facts"]}
        self.assertEqual((told["family"], told["present"], told["worked_token"]),
                         ("qwen3_vl_vision", True, None))
        self.assertEqual([facts[name]["value"] for name in ("layers", "heads", "patch", "positions")],
                         [4, 2, 3, 16])
        self.assertEqual(facts["layers"]["from"], "depth")
        parts = {tensor["stored_name"]: (tensor["part"], tensor["shape"]) for tensor in told["tensors"]}
        self.assertEqual(parts["patch_embed.proj.weight"], ("embedding", [16, 3, 2, 3, 3]))
        self.assertEqual(parts["pos_embed.weight"], ("position_embedding", [16, 16]))
        self.assertNotIn("pixels.0", parts)  # no part of the model
        self.assertIn("Positions[p]", "".join(told["formula"]["lines"]))
        siglip = self.explain("encoder", golden("siglip_vision-headless"))
        self.assertEqual([fact["value"] for fact in siglip["facts"] if fact["name"] == "patches"], [16])

    def test_a_model_without_an_encoder_is_no_error(self):
        told = self.explain("encoder", golden("llama-plain"))
        self.assertEqual((told["present"], told["formula"]["kind"]), (False, "no_encoder"))

    def test_wrong_calls(self):
        dense_first = golden("glm4_moe-plain")
        for arguments, words in (
                (("attention", "--model", dense_first), "router, rope, gqa, swiglu, encoder"),
                (("encoder", "--model", dense_first, "--ids", "1"), "follows no token"),
                (("gqa", "--model", golden("siglip_vision-plain")), "explain encoder"),
                (("router", "--model", dense_first, "--layer", 0), "has no router"),
                (("router", "--model", dense_first, "--layer", 99), "last layer"),
                (("router", "--model", dense_first, "--token", 3), "has 3 tokens"),
                (("rope", "--model", dense_first, "--head", 99), "last query head"),
                (("rope", "--model", dense_first, "--ids", "1", "--ids", "2"), "several texts"),
                (("rope", "--model", dense_first, "--ids", "9999"), "vocabulary ends"),
                (("rope",), "--model MODEL is missing")):
            process = run("explain", *arguments)
            self.assertEqual((process.returncode, process.stdout, process.stderr.count("\n")),
                             (2, "", 1), process.stderr)
            self.assertIn(words, process.stderr)

    def test_text_and_file(self):
        for case in ("solar_open-released", "gpt_oss-plain", "phimoe-plain", "deepseek_v3-yarn",
                     "gemma2-plain", "gpt2-plain", "bert-plain"):
            for topic in ("router", "rope", "gqa", "swiglu"):
                process = run("explain", topic, "--model", golden(case))
                self.assertEqual((process.returncode, process.stderr), (0, ""))
                self.assertNotIn("\x1b", process.stdout)
                self.assertIn("Formula", process.stdout)
        path = self.path("out.json")
        process = run("explain", "gqa", "--model", golden("gpt2-plain"), "--json", "-o", path)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), process.stdout)

    @unittest.skipUnless(SHARED, "MODELKIN_SHARED_DATA is not set: LARGER MODELS NOT EXPLAINED")
    def test_zoo(self):
        for name in ("glm-a", "solar-a"):
            model = os.path.join(SHARED, "zoo", name)
            self.expect_like_run(model)
            for topic in ("rope", "gqa", "swiglu"):
                self.assertTrue(self.explain(topic, model)["present"])


if __name__ == "__main__":
    unittest.main()
