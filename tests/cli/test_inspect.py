"""modelkin inspect: what a checkpoint is, from headers and config.json."""

import json
import os
import shutil
import unittest

from support import DOCS, CliTest, bf16, noise, run, validate

CONFIGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "configs")

SHARED = os.environ.get("MODELKIN_SHARED_DATA", "")

LLAMA = {"model_type": "llama", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 4,
         "num_key_value_heads": 2, "intermediate_size": 24, "vocab_size": 8,
         "max_position_embeddings": 64, "tie_word_embeddings": True, "torch_dtype": "bfloat16"}


def llama_tensors():
    layer = "model.layers.0."
    shapes = {"model.embed_tokens.weight": [8, 16], "model.norm.weight": [16],
              layer + "input_layernorm.weight": [16], layer + "post_attention_layernorm.weight": [16],
              layer + "self_attn.q_proj.weight": [16, 16], layer + "self_attn.k_proj.weight": [8, 16],
              layer + "self_attn.v_proj.weight": [8, 16], layer + "self_attn.o_proj.weight": [16, 16],
              layer + "mlp.gate_proj.weight": [24, 16], layer + "mlp.up_proj.weight": [24, 16],
              layer + "mlp.down_proj.weight": [16, 24]}
    tensors = {}
    for seed, (name, shape) in enumerate(shapes.items()):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        tensors[name] = ("BF16", shape, bf16(noise(count, seed)))
    return tensors


# As published sentence encoders have it: without "model_type".
ENCODER = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 24,
           "vocab_size": 8, "max_position_embeddings": 12, "type_vocab_size": 2}


def encoder_tensors(first_seed):
    layer = "encoder.layer.0."
    weights = {"embeddings.word_embeddings": [8, 16], "embeddings.position_embeddings": [12, 16],
               "embeddings.token_type_embeddings": [2, 16], "embeddings.LayerNorm": [16],
               layer + "attention.self.query": [16, 16], layer + "attention.self.key": [16, 16],
               layer + "attention.self.value": [16, 16], layer + "attention.output.dense": [16, 16],
               layer + "attention.output.LayerNorm": [16], layer + "intermediate.dense": [24, 16],
               layer + "output.dense": [16, 24], layer + "output.LayerNorm": [16]}
    shapes = {}
    for name, shape in weights.items():
        shapes[name + ".weight"] = shape
        if not name.endswith("_embeddings"):
            shapes[name + ".bias"] = shape[:1]
    return {name: ("BF16", shape, bf16(noise(shape[0] * (shape[1] if len(shape) > 1 else 1), first_seed + i)))
            for i, (name, shape) in enumerate(shapes.items())}


class Inspect(CliTest):
    def inspect(self, *arguments):
        process = run("inspect", *arguments, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        result = json.loads(process.stdout)
        validate(result, "inspect.schema.json")
        return result

    def model(self, config, tensors):
        folder = os.path.join(self.folder, "model")
        os.makedirs(folder, exist_ok=True)
        if config is not None:
            with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
                file.write(config if isinstance(config, str) else json.dumps(config))
        if tensors is not None:
            self.write_model("model/model.safetensors", tensors)
        return folder

    def test_heads_that_are_tied(self):
        """By config.json: stored once more it counts nothing, and another one is a contradiction."""
        tensors = llama_tensors()
        embedding = tensors["model.embed_tokens.weight"]
        total = self.inspect(self.model(LLAMA, tensors))["parameters"]["total"]
        self.assertIn("the embedding again", run("inspect", self.folder + "/model", "--details").stdout)
        tensors["lm_head.weight"] = embedding
        copy = self.inspect(self.model(LLAMA, tensors))
        self.assertEqual(copy["parameters"]["total"], total)
        self.assertEqual([(finding["kind"], finding["message"]) for finding in copy["findings"]],
                         [("note", "lm_head.weight is stored, the embedding once more, although "
                                   "tie_word_embeddings is true")])
        self.assertIn("the embedding again", run("inspect", self.folder + "/model", "--details").stdout)
        tensors["lm_head.weight"] = ("BF16", embedding[1], bf16(noise(128, 99)))
        other = self.inspect(self.model(LLAMA, tensors))
        self.assertEqual(other["parameters"]["total"], total + 128)
        self.assertEqual([(finding["kind"], finding["message"]) for finding in other["findings"]],
                         [("contradiction", "lm_head.weight is stored and is not the embedding, although "
                                            "tie_word_embeddings is true")])
        self.assertNotIn("the embedding again", run("inspect", self.folder + "/model", "--details").stdout)

    def test_a_model(self):
        folder = self.model(LLAMA, llama_tensors())
        result = self.inspect(folder)
        self.assertEqual(result["family"], "llama")
        self.assertEqual(result["parameters"]["total"], 128 + 16 + 32 + 256 + 128 + 128 + 256 + 3 * 384)
        self.assertEqual(result["parameters"]["active"], result["parameters"]["total"])
        self.assertEqual(result["parameters"]["by_component"]["attention"], 768)
        self.assertEqual(result["memory"]["key_value_bytes_per_token"], 2 * 2 * 4 * 2)
        self.assertEqual(result["findings"], [])
        self.assertEqual(result, dict(self.inspect(os.path.join(folder, "model.safetensors")),
                                      model=result["model"]))
        text = run("inspect", folder).stdout
        self.assertIn("config.json and tensors agree", " ".join(text.split()))
        text = run("inspect", folder, "--details").stdout
        self.assertIn("4 query heads on 2 key and value heads of 4 (GQA 2:1)", text)
        self.assertIn("config.json and tensors agree", text)
        self.assertNotIn("\x1b", text)

    def test_the_three_published_configurations(self):
        for name, total, active in (("solar-open-100b", 102651799552, 12054833152),
                                    ("glm-4.5-air", 110468824832, 13424129664),
                                    ("phi-3.5-moe", 41873153344, 6640999744)):
            folder = os.path.join(self.folder, name)
            os.makedirs(folder)
            shutil.copy(os.path.join(CONFIGS, name + ".json"), os.path.join(folder, "config.json"))
            result = self.inspect(folder)
            self.assertEqual(result["parameters"]["source"], "config")
            self.assertEqual(result["parameters"]["total"], total)
            self.assertEqual(result["parameters"]["active"], active)
            self.assertEqual(result, dict(self.inspect(os.path.join(folder, "config.json")),
                                          model=folder))

    def test_contradiction(self):
        result = self.inspect(self.model(dict(LLAMA, intermediate_size=32), llama_tensors()))
        findings = [finding for finding in result["findings"] if finding["kind"] == "contradiction"]
        self.assertEqual(len(findings), 3)
        self.assertEqual({finding["config_key"] for finding in findings}, {"intermediate_size"})
        self.assertEqual({finding["config_value"] for finding in findings}, {"32"})

    def test_without_config_and_unknown_family(self):
        result = self.inspect(self.model(None, llama_tensors()))
        self.assertIsNone(result["family"])
        self.assertTrue(result["inferred"])
        self.assertEqual([finding["kind"] for finding in result["findings"]], ["no_config", "note"])
        result = self.inspect(self.model({"model_type": "mamba\x1b[31m"}, llama_tensors()))
        self.assertEqual(result["findings"][0]["kind"], "unknown_family")
        self.assertNotIn("\x1b", run("inspect", os.path.join(self.folder, "model")).stdout)

    def test_an_index_alone(self):
        folder = self.model(LLAMA, None)
        names = [*llama_tensors(), "model.odd.thing"]
        index = os.path.join(folder, "model.safetensors.index.json")
        with open(index, "w", encoding="utf-8") as file:
            json.dump({"metadata": {"total_size": 12345},
                       "weight_map": {name: f"model-0000{1 + i % 2}-of-00002.safetensors"
                                      for i, name in enumerate(names)}}, file)
        for path in (folder, index):
            result = self.inspect(path)
            self.assertEqual((result["family"], result["names_only"]), ("llama", True))
            self.assertEqual(result["tensors"], len(names))
            self.assertEqual(result["parameters"]["source"], "config")
            self.assertEqual(result["memory"]["by_dtype"], {})
            named = result["components"][0]["named"]
            self.assertEqual(named["unplaced"], [{"pattern": "model.odd.thing", "tensors": 1}])
            self.assertEqual({finding["kind"] for finding in result["findings"]}, {"note", "unexplained_tensor"})
            self.assertIn("12345 bytes by its own count", json.dumps(result["findings"]))
        self.assertIn("tensors are here by name alone", " ".join(run("inspect", folder).stdout.split()))
        for command in ("compare", "trace", "diff"):
            with self.subTest(command):
                done = run(command, folder, folder)
                self.assertEqual(done.returncode, 3)
                self.assertIn("none of the shards that it names is there", done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    @unittest.skipUnless(SHARED, "MODELKIN_SHARED_DATA is not set: REAL INDEXES NOT INSPECTED")
    def test_experts_that_were_dropped(self):
        for size, experts in (("18b", 128), ("25b", 180)):
            folder = os.path.join(self.folder, size)
            os.mkdir(folder)
            for name in ("config.json", "model.safetensors.index.json"):
                shutil.copy(os.path.join(SHARED, "realdata", "configs", f"qwen35-reap-{size}.{name}"),
                            os.path.join(folder, name))
            result = self.inspect(folder)
            self.assertEqual(result["family"], "qwen3_5_moe")
            named = result["components"][0]["named"]
            self.assertEqual(named["experts"], experts)
            self.assertEqual(named["mlps"]["routed_experts"], "gated")

    def test_config_without_model_type(self):
        """The family that alone fits names and shapes: said so, and used by trace and run."""
        folder = self.model(ENCODER, encoder_tensors(1))
        result = self.inspect(folder)
        self.assertEqual((result["family"], result["model_type"]), ("bert", None))
        self.assertEqual([finding["message"] for finding in result["findings"] if finding["kind"] == "note"],
                         ['config.json has no "model_type"; tensors are named and shaped as in bert, and the model '
                          "is taken for one"])
        self.assertNotIn("other", result["parameters"]["by_component"])
        self.assertIn("BERT (inferred)", run("inspect", folder).stdout)
        other = os.path.join(self.folder, "other")
        shutil.copytree(folder, other)
        self.write_model("other/model.safetensors", encoder_tensors(100))
        trace = json.loads(run("trace", folder, other, "--json").stdout)
        reasons = [test["skipped"] for test in trace["tests"] if test["skipped"]]
        self.assertNotIn("no MLPs are known in both", reasons)
        self.assertNotIn("the numbers of heads are not known", reasons)
        self.assertEqual(run("run", folder, "--ids", "1,2,3").returncode, 0)

    def test_bad_configs(self):
        for config in ("", "[]", "{", "{\"a\": " * 100000, "nonsense"):
            process = run("inspect", self.model(config, llama_tensors()))
            self.assertEqual(process.returncode, 3)
            self.assertEqual(process.stderr.count("\n"), 1)
            self.assertIn("config.json", process.stderr)
        for key, value in (("num_hidden_layers", 2**60), ("hidden_size", -1), ("vocab_size", "many"),
                           ("hidden_size", 1e300), ("num_attention_heads", 0),
                           ("num_attention_heads", [4])):
            result = self.inspect(self.model(dict(LLAMA, **{key: value}), llama_tensors()))
            self.assertEqual(result["findings"][0]["kind"], "bad_value")
            self.assertIsNone(result["architecture"])
        self.assertEqual(run("inspect", os.path.join(self.folder, "nothing")).returncode, 3)
        self.assertEqual(run("inspect").returncode, 2)

    def test_numbers_that_python_writes(self):
        text = json.dumps(dict(LLAMA, time_step_limit=[0.0, float("inf")], other=float("nan")))
        result = self.inspect(self.model(text, llama_tensors()))
        self.assertIsNotNone(result["architecture"])

    def test_what_nothing_says_is_null(self):
        for config in ({"model_type": "mamba"}, dict(LLAMA, hidden_size=-1)):
            result = self.inspect(self.write("alone/config.json", json.dumps(config)))
            self.assertIsNone(result["parameters"])
            self.assertIsNone(result["memory"]["weight_bytes"])
            self.assertIsNone(result["memory"]["key_value_bytes_per_token"])
        unsaid = ("max_position_embeddings", "torch_dtype")
        endless = {key: value for key, value in LLAMA.items() if key not in unsaid}
        result = self.inspect(self.write("alone/config.json", json.dumps(endless)))
        self.assertIsNone(result["memory"]["weight_bytes"])
        self.assertIsNone(result["memory"]["key_value_bytes_at_full_context"])
        self.assertGreater(result["memory"]["key_value_bytes_per_token"], 0)
        text = run("inspect", self.write("alone/config.json", '{"model_type": "mamba"}')).stdout
        self.assertNotIn("Memory", text)

    def test_output_file(self):
        folder = self.model(LLAMA, llama_tensors())
        path = os.path.join(self.folder, "inspect.json")
        process = run("inspect", folder, "-q", "-o", path)
        self.assertEqual((process.returncode, process.stdout), (0, ""))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(json.load(file), self.inspect(folder))

    def test_families_document_is_current(self):
        with open(os.path.join(DOCS, "families.md"), encoding="utf-8") as file:
            self.assertEqual(file.read(), run("inspect", "--families").stdout,
                             "run `modelkin inspect --families > docs/families.md`")


if __name__ == "__main__":
    unittest.main()
