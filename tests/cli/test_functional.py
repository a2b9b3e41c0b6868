"""compare --functional: what models do with the same texts, whatever their residual basis."""

import json
import unittest

import numpy as np

from support import CliTest, f32, run, safetensors, validate

WIDTH, LAYERS, HEADS, HEAD_DIM, MLP, VOCABULARY = 32, 3, 4, 8, 48, 256
TEXTS = ["A tensor is a table.", "Who was first?", "Once upon a time", "p < 0.05", "rotated, renamed",
         "Nothing is known.", "zzzzzzzz", "0123456789"]


def model(seed, vocabulary=VOCABULARY):
    """Weights of a Llama with random norms."""
    generator = np.random.default_rng(seed)

    def matrix(rows, columns):
        return generator.normal(size=(rows, columns)) / np.sqrt(columns)

    weights = {"model.embed_tokens.weight": generator.normal(size=(vocabulary, WIDTH)),
               "model.norm.weight": 1 + 0.3 * generator.normal(size=WIDTH),
               "lm_head.weight": 2 * matrix(vocabulary, WIDTH)}
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weights[f"{prefix}{norm}.weight"] = 1 + 0.3 * generator.normal(size=WIDTH)
        for part in "qkv":
            weights[f"{prefix}self_attn.{part}_proj.weight"] = matrix(HEADS * HEAD_DIM, WIDTH)
        weights[f"{prefix}self_attn.o_proj.weight"] = matrix(WIDTH, HEADS * HEAD_DIM)
        weights[f"{prefix}mlp.gate_proj.weight"] = matrix(MLP, WIDTH)
        weights[f"{prefix}mlp.up_proj.weight"] = matrix(MLP, WIDTH)
        weights[f"{prefix}mlp.down_proj.weight"] = matrix(WIDTH, MLP)
    return weights


def disguised(weights, seed):
    """The same function: residual basis rotated, norms folded away, hidden units in another order."""
    generator = np.random.default_rng(seed)
    rotation = np.linalg.qr(generator.normal(size=(WIDTH, WIDTH)))[0]
    hidden = {}
    norm_before = {"q": "input_layernorm", "k": "input_layernorm", "v": "input_layernorm",
                   "gate": "post_attention_layernorm", "up": "post_attention_layernorm"}
    for name, value in weights.items():
        part = name.split(".")[-2].removesuffix("_proj")
        prefix = name[: name.rfind(".layers.") + len(".layers.0.")] if ".layers." in name else ""
        if part in norm_before:
            value = value * weights[f"{prefix}{norm_before[part]}.weight"] @ rotation
        elif part == "lm_head":
            value = value * weights["model.norm.weight"] @ rotation
        elif part == "embed_tokens":
            value = value @ rotation
        elif part in ("o", "down"):
            value = rotation.T @ value
        else:
            value = np.ones(WIDTH)
        order = np.random.default_rng(seed + int(name.split(".")[2]) if prefix else seed).permutation(MLP)
        if part in ("gate", "up"):
            value = value[order]
        elif part == "down":
            value = value[:, order]
        hidden[name] = value
    return hidden


class Functional(CliTest):
    def store(self, name, weights):
        vocabulary = len(weights["model.embed_tokens.weight"])
        config = {"model_type": "llama", "hidden_size": WIDTH, "num_hidden_layers": LAYERS,
                  "num_attention_heads": HEADS, "head_dim": HEAD_DIM, "intermediate_size": MLP,
                  "vocab_size": vocabulary, "max_position_embeddings": 64, "rms_norm_eps": 1e-6}
        self.write(f"{name}/config.json", json.dumps(config))
        tensors = {key: ("F32", list(value.shape), f32(np.ravel(value).tolist()))
                   for key, value in weights.items()}
        self.write(f"{name}/model.safetensors", safetensors(tensors))
        return self.path(name)

    def compare(self, a, b, *more):
        texts = [word for text in TEXTS for word in ("--text", text)]
        process = run("compare", "--functional", a, b, "--bytes", "--json", *texts, *more)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        results = json.loads(process.stdout)
        validate(results, "results.schema.json")
        return results["functional"]

    def test_the_same_function_in_another_basis(self):
        weights = model(1)
        a = self.store("a", weights)
        b = self.store("b", disguised(weights, 5))
        stranger = self.store("c", model(2))
        found = self.compare(a, b, "--control", stranger)
        pair = found["pair"]
        self.assertEqual(pair["tokens_a"], sum(map(len, TEXTS)))
        self.assertEqual(pair["aligned_positions"], pair["tokens_a"])
        self.assertLess(pair["next_tokens"]["divergence_bits"], 1e-8)
        self.assertGreater(pair["next_tokens"]["divergence_bits_elsewhere"], 0.1)
        self.assertEqual(pair["next_tokens"]["same_likeliest"], 1)
        self.assertEqual(pair["next_tokens"]["shared_tokens"], 256)
        for layer, row in enumerate(pair["cka"]["values"]):
            self.assertAlmostEqual(row[layer], 1, places=4)
        self.assertEqual([layer["agreed"] for layer in pair["units"]["layers"]], [MLP] * LAYERS)
        self.assertEqual(pair["routers"], [])
        for control in found["controls"]:
            self.assertLess(control["mean_unit_share"], 0.2)
            self.assertGreater(control["next_tokens"]["divergence_bits"], 0.1)

    def test_threads_change_nothing(self):
        a, b = self.store("a", model(1)), self.store("b", model(2))
        self.assertEqual(self.compare(a, b, "--threads", 1), self.compare(a, b, "--threads", 3))

    def test_vocabularies_of_other_sizes(self):
        a, b = self.store("a", model(1)), self.store("b", model(2, vocabulary=300))
        pair = self.compare(a, b)["pair"]
        self.assertEqual(pair["next_tokens"]["shared_tokens"], 256)
        self.assertEqual(pair["next_tokens"]["outside_a"], 0)
        self.assertGreater(pair["next_tokens"]["outside_b"], 0.01)

    def test_text(self):
        a, b = self.store("a", model(1)), self.store("b", disguised(model(1), 5))
        self.write("texts.txt", "\n\n".join(TEXTS) + "\r\n")
        text = run("compare", "--functional", a, b, "--bytes", "--texts", self.path("texts.txt")).stdout
        self.assertIn("8 texts", text)
        self.assertIn("no evidence of a common origin", " ".join(text.split()))
        self.assertRegex(text, r"\n  pair +.*divergence.*\n  a and b +")
        self.assertLessEqual(max(map(len, text.split("\n"))), 80)

    def test_few_texts(self):
        a, b = self.store("a", model(1)), self.store("b", model(2))
        process = run("compare", "--functional", a, b, "--bytes", "--text", "ab", "--json")
        pair = json.loads(process.stdout)["functional"]["pair"]
        self.assertEqual(pair["cka"]["skipped"], "fewer than four texts")
        self.assertIsNone(pair["median_best_cka"])
        self.assertIn("too few positions", pair["units"]["layers"][0]["skipped"])

    def test_wrong_calls(self):
        a, b = self.store("a", model(1)), self.store("b", model(2))
        for arguments, message in (
                (("--functional", a, b), "--functional needs two models, and --text or --texts"),
                ((a, b, "--text", "x"), "are for --functional"),
                ((a, b, "--bytes"), "are for --functional"),
                (("--functional", a, "--within", "--text", "x"), "--functional needs two models")):
            process = run("compare", *arguments)
            self.assertEqual(process.returncode, 2)
            self.assertIn(message, process.stderr)
        process = run("compare", "--functional", a, b, "--text", "x")
        self.assertEqual(process.returncode, 3)  # no tokenizer.json
        self.assertIn("tokenizer.json", process.stderr)


class Report(CliTest):
    store = Functional.store

    def test_report_has_it(self):
        a, b = self.store("a", model(1)), self.store("b", disguised(model(1), 5))
        text = run("report", a, b, "--bytes", "--text", "Once upon a time", "--format", "md").stdout
        self.assertIn("What they do with the same 1 text.", text)
        report = json.loads(run("report", a, b, "--bytes", "--text", "x", "--format", "json").stdout)
        self.assertEqual(report["compare"]["functional"]["pair"]["texts"], 1)
        process = run("report", a, b, "--bytes", "--text", "x", "--quick")
        self.assertEqual((process.returncode, process.stdout), (2, ""))


if __name__ == "__main__":
    unittest.main()
