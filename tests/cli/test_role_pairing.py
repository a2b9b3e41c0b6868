"""compare across families: one model stored in the ways of several families is found equal, to the bit.

The layouts are written down here once more, from the families' own code, element by element.
"""

import json
import os
import unittest

from support import CliTest, f32, noise, run, validate

RESIDUAL, HEADS, KV_HEADS, HEAD_DIM, WIDTH, EXPERTS, VOCAB = 8, 4, 4, 2, 6, 3, 10
LAYERS = range(2)


class Matrix:
    """Rows of numbers, every one of which occurs nowhere else."""

    next_number = 1

    def __init__(self, rows, columns):
        self.rows = [[Matrix.take() for _ in range(columns)] for _ in range(rows)]

    @staticmethod
    def take():
        Matrix.next_number += 1
        return float(Matrix.next_number)


def vector(length):
    return [Matrix.take() for _ in range(length)]


def stored(rows):
    """A tensor entry of nested lists."""
    shape, flat = [], rows
    level = rows
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0]
    while flat and isinstance(flat[0], list):
        flat = [item for row in flat for item in row]
    return ("F32", shape, f32(flat))


def transposed(rows):
    return [list(column) for column in zip(*rows)]


def model(experts, biases=False):
    """Parts under Llama-like names, as rows [out][in]."""
    parts = {"model.embed_tokens.weight": Matrix(VOCAB, RESIDUAL).rows, "model.norm.weight": vector(RESIDUAL)}
    for layer in LAYERS:
        prefix = f"model.layers.{layer}."
        parts[prefix + "input_layernorm.weight"] = vector(RESIDUAL)
        parts[prefix + "post_attention_layernorm.weight"] = vector(RESIDUAL)
        for name in "qkvo":
            parts[prefix + f"self_attn.{name}_proj.weight"] = Matrix(RESIDUAL, RESIDUAL).rows
            if biases:
                parts[prefix + f"self_attn.{name}_proj.bias"] = vector(RESIDUAL)
        mlps = [prefix + f"mlp.experts.{e}." for e in range(EXPERTS)] if experts else [prefix + "mlp."]
        if experts:
            parts[prefix + "mlp.gate.weight"] = Matrix(EXPERTS, RESIDUAL).rows
        for mlp in mlps:
            parts[mlp + "gate_proj.weight"] = Matrix(WIDTH, RESIDUAL).rows
            parts[mlp + "up_proj.weight"] = Matrix(WIDTH, RESIDUAL).rows
            parts[mlp + "down_proj.weight"] = Matrix(RESIDUAL, WIDTH).rows
    return parts


def config(model_type, **more):
    values = {"model_type": model_type, "hidden_size": RESIDUAL, "num_hidden_layers": len(LAYERS),
              "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "head_dim": HEAD_DIM,
              "intermediate_size": WIDTH, "vocab_size": VOCAB, "max_position_embeddings": 16,
              "tie_word_embeddings": True}
    values.update(more)
    return values


def plain(parts):
    return {name: stored(rows) for name, rows in parts.items()}


def fused_experts(parts):
    """As transformers 5 holds them: gate above up, experts outermost."""
    tensors = {name: stored(rows) for name, rows in parts.items() if ".experts." not in name}
    for layer in LAYERS:
        prefix = f"model.layers.{layer}.mlp.experts."
        of = lambda e, kind, prefix=prefix: parts[f"{prefix}{e}.{kind}_proj.weight"]
        tensors[prefix + "gate_up_proj"] = stored([of(e, "gate") + of(e, "up") for e in range(EXPERTS)])
        tensors[prefix + "down_proj"] = stored([of(e, "down") for e in range(EXPERTS)])
    return tensors


def mixtral(parts):
    names = {"gate_proj": "w1", "down_proj": "w2", "up_proj": "w3"}
    tensors = {}
    for name, rows in parts.items():
        name = name.replace(".mlp.", ".block_sparse_moe.")
        if ".experts." in name:
            for usual, short in names.items():
                name = name.replace(usual, short)
        tensors[name] = stored(rows)
    return tensors


def phi3(parts):
    tensors = {name: stored(rows) for name, rows in parts.items()
               if not any(kind in name for kind in ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"))}
    for layer in LAYERS:
        prefix = f"model.layers.{layer}."
        of = lambda name, prefix=prefix: parts[f"{prefix}{name}.weight"]
        tensors[prefix + "self_attn.qkv_proj.weight"] = stored(
            of("self_attn.q_proj") + of("self_attn.k_proj") + of("self_attn.v_proj"))
        tensors[prefix + "mlp.gate_up_proj.weight"] = stored(of("mlp.gate_proj") + of("mlp.up_proj"))
    return tensors


def gpt_oss_experts(parts):
    """Input first; gate and up in turn along the last axis."""
    tensors = {name.replace("mlp.gate.weight", "mlp.router.weight"): stored(rows)
               for name, rows in parts.items() if ".experts." not in name}
    for layer in LAYERS:
        prefix = f"model.layers.{layer}.mlp.experts."
        gate_up, down = [], []
        for e in range(EXPERTS):
            gate, up = (parts[f"{prefix}{e}.{kind}_proj.weight"] for kind in ("gate", "up"))
            gate_up.append([[value for i in range(WIDTH) for value in (gate[i][j], up[i][j])]
                            for j in range(RESIDUAL)])
            down.append(transposed(parts[f"{prefix}{e}.down_proj.weight"]))
        tensors[prefix + "gate_up_proj"] = stored(gate_up)
        tensors[prefix + "down_proj"] = stored(down)
    return tensors


def gpt2(parts):
    """Conv1D: weights are [in][out], q, k and v side by side."""
    tensors = {"transformer.wte.weight": stored(parts["model.embed_tokens.weight"]),
               "transformer.ln_f.weight": stored(parts["model.norm.weight"])}
    for layer in LAYERS:
        of = lambda name, layer=layer: parts[f"model.layers.{layer}.{name}"]
        prefix = f"transformer.h.{layer}."
        tensors[prefix + "ln_1.weight"] = stored(of("input_layernorm.weight"))
        tensors[prefix + "ln_2.weight"] = stored(of("post_attention_layernorm.weight"))
        qkv = [transposed(of(f"self_attn.{name}_proj.weight")) for name in "qkv"]
        tensors[prefix + "attn.c_attn.weight"] = stored([q + k + v for q, k, v in zip(*qkv)])
        tensors[prefix + "attn.c_attn.bias"] = stored(
            [value for name in "qkv" for value in of(f"self_attn.{name}_proj.bias")])
        tensors[prefix + "attn.c_proj.weight"] = stored(transposed(of("self_attn.o_proj.weight")))
        tensors[prefix + "attn.c_proj.bias"] = stored(of("self_attn.o_proj.bias"))
        tensors[prefix + "mlp.c_fc.weight"] = stored(transposed(of("mlp.up_proj.weight")))
        tensors[prefix + "mlp.c_proj.weight"] = stored(transposed(of("mlp.down_proj.weight")))
    return tensors


def nanogpt(parts):
    """GPT-2's names on Linear layers: weights are [out][in], q, k and v one above the other."""
    tensors = gpt2(parts)
    for layer in LAYERS:
        of = lambda name, layer=layer: parts[f"model.layers.{layer}.{name}"]
        prefix = f"transformer.h.{layer}."
        tensors[prefix + "attn.c_attn.weight"] = stored(
            [row for name in "qkv" for row in of(f"self_attn.{name}_proj.weight")])
        tensors[prefix + "attn.c_proj.weight"] = stored(of("self_attn.o_proj.weight"))
        tensors[prefix + "mlp.c_fc.weight"] = stored(of("mlp.up_proj.weight"))
        tensors[prefix + "mlp.c_proj.weight"] = stored(of("mlp.down_proj.weight"))
    return tensors


def gpt_neox(parts):
    """query_key_value: for each head its rows of q, then k, then v."""
    tensors = {"gpt_neox.embed_in.weight": stored(parts["model.embed_tokens.weight"]),
               "gpt_neox.final_layer_norm.weight": stored(parts["model.norm.weight"])}
    for layer in LAYERS:
        of = lambda name, layer=layer: parts[f"model.layers.{layer}.{name}"]
        prefix = f"gpt_neox.layers.{layer}."
        for ending, entry in (("weight", list), ("bias", float)):
            rows = []
            for head in range(HEADS):
                for name in "qkv":
                    part = of(f"self_attn.{name}_proj.{ending}")
                    rows += [entry(part[head * HEAD_DIM + i]) for i in range(HEAD_DIM)]
            tensors[prefix + f"attention.query_key_value.{ending}"] = stored(rows)
            tensors[prefix + f"attention.dense.{ending}"] = stored(of(f"self_attn.o_proj.{ending}"))
        tensors[prefix + "input_layernorm.weight"] = stored(of("input_layernorm.weight"))
        tensors[prefix + "post_attention_layernorm.weight"] = stored(of("post_attention_layernorm.weight"))
        tensors[prefix + "mlp.dense_h_to_4h.weight"] = stored(of("mlp.up_proj.weight"))
        tensors[prefix + "mlp.dense_4h_to_h.weight"] = stored(of("mlp.down_proj.weight"))
    return tensors


class RolePairing(CliTest):
    def model(self, name, values, tensors):
        self.write_model(f"{name}/model.safetensors", tensors)
        self.write(f"{name}/config.json", json.dumps(values))
        return os.path.join(self.folder, name)

    def expect_equal_parts(self, a, b, pairs, only_in_b=0):
        for threads in (1, 3):
            results = self.compare(a, b, "--threads", threads)
            validate(results, "results.schema.json")
            summary = results["summary"]
            self.assertEqual(summary["paired_by"], "role")
            self.assertEqual(summary["compared"], pairs)
            self.assertEqual((summary["only_in_a"], summary["only_in_b"], summary["shape_mismatches"]),
                             (0, only_in_b, 0))
            for row in results["tensors"]:
                if row["comparable"]:
                    self.assertEqual(row["bit_equal"], row["elements"], row)
        return results

    def test_dense_layouts(self):
        parts = model(experts=False)
        llama = self.model("llama", config("llama"), plain(parts))
        other = self.model("phi3", config("phi3"), phi3(parts))
        results = self.expect_equal_parts(other, llama, len(parts))
        row = next(row for row in results["tensors"] if row["role"] == "self_attn.k_proj.weight")
        self.assertEqual(row["a"], "model.layers.0.self_attn.qkv_proj.weight")
        self.assertEqual(row["a_view"]["offset"], RESIDUAL * RESIDUAL)
        self.assertEqual(row["b"], "model.layers.0.self_attn.k_proj.weight")
        self.assertNotIn("b_view", row)
        self.assertIn("paired by what tensors do", run("compare", other, llama).stdout)
        by_name = self.compare(other, llama, "--by-name")
        self.assertEqual(by_name["summary"]["paired_by"], "name")
        self.assertGreater(by_name["summary"]["only_in_a"], 0)

    def test_expert_layouts(self):
        parts = model(experts=True)
        moe = {"moe_intermediate_size": WIDTH, "num_experts": EXPERTS, "num_local_experts": EXPERTS,
               "num_experts_per_tok": 2}
        layouts = {"mixtral": mixtral(parts), "olmoe": fused_experts(parts),
                   "gpt_oss": gpt_oss_experts(parts)}
        separate = self.model("separate", config("olmoe", **moe), plain(parts))
        for name, tensors in layouts.items():
            with self.subTest(name):
                other = self.model(name, config(name, attention_bias=False, **moe), tensors)
                self.expect_equal_parts(separate, other, len(parts))
                self.expect_equal_parts(other, separate, len(parts))

    def test_old_names(self):
        parts = model(experts=False, biases=True)
        without_gate = {name: rows for name, rows in parts.items() if "gate_proj" not in name}
        llama = self.model("llama", config("llama", attention_bias=True), plain(parts))
        gpt = {"model_type": "gpt2", "n_embd": RESIDUAL, "n_layer": len(LAYERS), "n_head": HEADS,
               "n_positions": 16, "n_inner": WIDTH, "vocab_size": VOCAB}
        old = self.model("gpt2", gpt, gpt2(parts))
        self.expect_equal_parts(old, llama, len(without_gate), only_in_b=len(LAYERS))
        nano = self.model("nanogpt", gpt, nanogpt(parts))
        self.expect_equal_parts(nano, llama, len(without_gate), only_in_b=len(LAYERS))
        self.expect_equal_parts(nano, old, len(without_gate))  # by name, squares would be turned
        neox = self.model("neox", config("gpt_neox"), gpt_neox(parts))
        self.expect_equal_parts(neox, llama, len(without_gate), only_in_b=len(LAYERS))
        # Neither side has Llama's names.
        self.expect_equal_parts(neox, old, len(without_gate))

    def test_wrappers(self):
        """What tools wrap a model in is no part of its names, with a configuration and without."""
        for parts, values in ((model(experts=False, biases=True), config("qwen2")),
                              (model(experts=True), config("olmoe", num_experts=EXPERTS, num_experts_per_tok=2))):
            own = self.model("own", values, plain(parts))
            bare = self.model("bare", values, plain(parts))
            os.remove(os.path.join(bare, "config.json"))
            for prefix in ("_orig_mod.", "module.", "module._orig_mod.", "pretrained_model.", "base_model.model.",
                           "language_model.", "model.language_model.", "someone.elses."):
                with self.subTest(values["model_type"] + " " + prefix):
                    tensors = {prefix + name: entry for name, entry in plain(parts).items()}
                    wrapped = self.model("wrapped", values, tensors)
                    self.expect_equal_parts(own, wrapped, len(parts))
                    self.expect_equal_parts(wrapped, own, len(parts))
                    os.remove(os.path.join(wrapped, "config.json"))
                    self.expect_equal_parts(bare, wrapped, len(parts))
                    self.expect_equal_parts(wrapped, own, len(parts))

    def test_rotary_layouts(self):
        """Queries and keys in Meta's order are compared in A's, under its names and under Meta's."""
        heads, size = 4, 8
        width = heads * size
        numbers = noise(2 * width * width, 3)
        parts = model(experts=False)
        for layer in LAYERS:
            for i, name in enumerate("qk"):
                rows = [numbers[(i * width + r) * width:(i * width + r + 1) * width] for r in range(width)]
                parts[f"model.layers.{layer}.self_attn.{name}_proj.weight"] = rows
        in_pairs = dict(parts)
        for name, rows in parts.items():
            if "q_proj" in name or "k_proj" in name:
                in_pairs[name] = [rows[h * size + j * size // 2 + i] for h in range(heads)
                                  for i in range(size // 2) for j in range(2)]
        meta = {}
        for name, rows in in_pairs.items():
            for usual, short in (("model.layers", "layers"), ("self_attn.q_proj", "attention.wq"),
                                 ("self_attn.k_proj", "attention.wk")):
                name = name.replace(usual, short)
            meta[name] = rows
        halves = self.model("halves", {}, plain(parts))
        for other in (self.model("pairs", {}, plain(in_pairs)), self.model("meta", {}, plain(meta))):
            for a, b, layout in ((halves, other, "pairs_in_b"), (other, halves, "halves_in_b")):
                results = self.compare(a, b)
                self.assertEqual(results["summary"]["rotary_layout"], layout)
                self.assertEqual(results["summary"]["byte_identical"], len(parts))
                self.assertIn("rotary order", " ".join(run("compare", a, b).stdout.split()))
        self.assertEqual(self.compare(halves, halves)["summary"]["rotary_layout"], "same")

    def test_rotary_layouts_under_other_names(self):
        """Where the family calls queries and keys otherwise, and both files alike, as Nemotron-H's and its GGUF."""
        heads, size = 4, 8
        width = heads * size
        config = {"model_type": "nemotron_h", "hidden_size": width, "num_hidden_layers": 4, "num_attention_heads": heads,
                  "num_key_value_heads": heads, "head_dim": size, "intermediate_size": 48, "vocab_size": 20,
                  "hybrid_override_pattern": "*-*-"}
        numbers = noise(4 * width * width, 7)
        rows = [numbers[i * width:(i + 1) * width] for i in range(4 * width)]
        halves, pairs = {}, {}
        for i, (layer, name) in enumerate(((0, "q"), (0, "k"), (2, "q"), (2, "k"))):
            tensor = f"backbone.layers.{layer}.mixer.{name}_proj.weight"
            halves[tensor] = rows[i * width:(i + 1) * width]
            pairs[tensor] = [halves[tensor][h * size + j * size // 2 + i] for h in range(heads)
                             for i in range(size // 2) for j in range(2)]
        for tensors in (halves, pairs):
            tensors["backbone.embeddings.weight"] = rows[:20]
        a, b = (self.model(name, config, plain(tensors)) for name, tensors in (("halves", halves), ("pairs", pairs)))
        for first, second, layout in ((a, b, "pairs_in_b"), (b, a, "halves_in_b")):
            results = self.compare(first, second)
            self.assertEqual(results["summary"]["rotary_layout"], layout)
            self.assertEqual(results["summary"]["byte_identical"], len(halves))
            self.assertIn("backbone.layers.0.mixer.q_proj.weight", json.dumps(results))

    def test_nothing_in_common(self):
        own = self.model("own", config("llama"), plain(model(experts=False)))
        other = self.model("other", {}, {"net.0.weight": ("F32", [2, 2], f32([1, 2, 3, 4]))})
        done = run("compare", own, other)
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, "^modelkin: nothing was compared: no tensor of A has a partner in B.*\n$")
        done = run("compare", own, own, "--layers", "7", "--quiet")
        self.assertEqual(done.returncode, 3)
        self.assertIn("the filter leaves no tensor", done.stderr)

    def test_shapes_that_config_denies_stay_whole(self):
        parts = model(experts=False)
        llama = self.model("llama", config("llama"), plain(parts))
        other = self.model("phi3", config("phi3", num_key_value_heads=2), phi3(parts))
        results = self.compare(other, llama)
        self.assertIn("model.layers.0.self_attn.qkv_proj.weight",
                      [row["a"] for row in results["tensors"] if row["b"] is None])
        for broken in ("{", "[]", '{"model_type": "phi3", "hidden_size": 1e99}'):
            self.write("phi3/config.json", broken)
            results = self.compare(other, llama)
            self.assertEqual(results["summary"]["paired_by"], "name")
            warnings = [warning for side in results["inputs"] for warning in side["warnings"]]
            self.assertEqual(len(warnings), 1)
            self.assertRegex(warnings[0], "^config.json.*: its tensors are paired by name alone$")


if __name__ == "__main__":
    unittest.main()
