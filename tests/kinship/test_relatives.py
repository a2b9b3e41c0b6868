"""Disguises leave what a model computes as it was; changes do what they say."""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy

import checkpoints
import made_up
import relatives
import symmetries

HEADS, GROUPS, SIZE = made_up.HEADS, made_up.GROUPS, made_up.SIZE


def norm(x, scale, epsilon):
    return x / numpy.sqrt((x * x).mean(axis=-1, keepdims=True) + epsilon) * scale


def rotated(x, positions, rotary):
    """x: tokens by heads by SIZE; pairs are (i, i + rotary / 2) of the first `rotary`."""
    half = rotary // 2
    angles = positions[:, None] * 10000.0 ** (-numpy.arange(half) / half)
    cosine, sine = numpy.cos(angles)[:, None], numpy.sin(angles)[:, None]
    result = x.copy()
    result[..., :half] = x[..., :half] * cosine - x[..., half:rotary] * sine
    result[..., half:rotary] = x[..., half:rotary] * cosine + x[..., :half] * sine
    return result


class Network:
    """A forward pass of the made-up model, all experts weighed by the router's softmax."""

    def __init__(self, model):
        self.tensors = {name: values.astype(numpy.float64)
                        for name, values in model.tensors.items()}
        self.layers = model.config["num_hidden_layers"]
        self.dense = model.config["first_k_dense_replace"]
        self.rotary = int(SIZE * model.config["partial_rotary_factor"])
        self.routed_scale = model.config["routed_scaling_factor"]
        self.epsilon = model.config["rms_norm_eps"]

    def norm(self, x, name):
        return norm(x, self.tensors[name], self.epsilon)

    def logits(self, tokens):
        x = self.tensors["model.embed_tokens.weight"][tokens]
        for layer in range(self.layers):
            prefix = f"model.layers.{layer}."
            x = x + self.attention(prefix, self.norm(x, prefix + "input_layernorm.weight"))
            mlp = self.gated if layer < self.dense else self.experts
            x = x + mlp(prefix + "mlp.",
                        self.norm(x, prefix + "post_attention_layernorm.weight"))
        return self.norm(x, "model.norm.weight") @ self.tensors["lm_head.weight"].T

    def attention(self, prefix, x):
        q, k, v = ((x @ self.tensors[f"{prefix}self_attn.{role}_proj.weight"].T
                    + self.tensors.get(f"{prefix}self_attn.{role}_proj.bias", 0)
                    ).reshape(len(x), -1, SIZE) for role in "qkv")
        positions = numpy.arange(len(x))
        q, k = (rotated(values, positions, self.rotary) for values in (q, k))
        k, v = (numpy.repeat(values, HEADS // GROUPS, axis=1) for values in (k, v))
        scores = numpy.einsum("qhd,khd->hqk", q, k) / numpy.sqrt(SIZE)
        scores = numpy.where(positions[:, None] >= positions, scores, -numpy.inf)
        shares = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = numpy.einsum("hqk,khd->qhd", shares, v).reshape(len(x), -1)
        return (mixed @ self.tensors[prefix + "self_attn.o_proj.weight"].T
                + self.tensors.get(prefix + "self_attn.o_proj.bias", 0))

    def gated(self, prefix, x):
        gate = x @ self.tensors[prefix + "gate_proj.weight"].T
        up = x @ self.tensors[prefix + "up_proj.weight"].T
        return (gate / (1 + numpy.exp(-gate)) * up) @ self.tensors[prefix + "down_proj.weight"].T

    def experts(self, prefix, x):
        scores = (x @ self.tensors[prefix + "gate.weight"].T
                  + self.tensors[prefix + "gate.e_score_correction_bias"])
        shares = numpy.exp(scores) / numpy.exp(scores).sum(axis=-1, keepdims=True)
        result = self.gated(prefix + "shared_experts.", x)
        for expert in range(scores.shape[1]):
            result = result + (self.routed_scale * shares[:, [expert]]
                               * self.gated(f"{prefix}experts.{expert}.", x))
        return result


TOKENS = numpy.random.default_rng(5).integers(0, made_up.TOKENS, 24)


def in_float32(model):
    model = model.copy()
    model.dtypes = {name: "F32" for name in model.dtypes}
    return model


def all_rotary_without_bias():
    """Attention as in solar_open."""
    model = made_up.made_up_model(1)
    model.config |= {"partial_rotary_factor": 1.0, "attention_bias": False}
    model.tensors = {name: values for name, values in model.tensors.items()
                     if not name.endswith("_proj.bias")}
    return model


class Disguises(unittest.TestCase):
    def test_leave_logits_as_they_were(self):
        for model in (made_up.made_up_model(1), all_rotary_without_bias(),
                      made_up.trained_like_model(1)):
            self.leave_logits(in_float32(model))

    def leave_logits(self, source):
        expected = Network(source).logits(TOKENS)
        for steps in ("permute_hidden", "permute_experts", "permute_heads", "permute_residual",
                      "sign_residual", "permute_residual+sign_residual", "rotate_residual",
                      "scale_hidden:4", "scale_norms:4", "disguise_attention",
                      "rotate_residual+permute_hidden+permute_experts+permute_heads"
                      "+disguise_attention+scale_hidden:2",
                      *symmetries.EXACT, "+".join(symmetries.EXACT)):
            with self.subTest(steps=steps, biases=source.config["attention_bias"],
                              width=source.config["hidden_size"]):
                model = relatives.make(source, steps, seed=3)
                changed = sum(not numpy.array_equal(model.tensors[name], source.tensors[name])
                              for name in source.tensors)
                # Of what is shifted there may be one, or, of biases, none.
                if not all(step.startswith("shift") for step in steps.split("+")):
                    self.assertGreater(changed, 5)
                logits = Network(model).logits(TOKENS)
                # What is added to all logits of a token alike is nothing to a softmax.
                difference = logits - expected
                difference -= difference.mean(axis=1, keepdims=True)
                self.assertLess(abs(difference).max(), 2e-4 * abs(expected).max())

    def test_other_steps_do_not(self):
        source = in_float32(made_up.made_up_model(1))
        expected = Network(source).logits(TOKENS)
        for steps in ("noise:0.1", "int4:32", "prune:0.5", "lora:4", "lora_all:4"):
            logits = Network(relatives.make(source, steps, seed=3)).logits(TOKENS)
            self.assertGreater(abs(logits - expected).max(), 1e-2 * abs(expected).max())


class Changes(unittest.TestCase):
    def setUp(self):
        self.source = made_up.made_up_model(1)
        self.name = "model.layers.0.mlp.gate_proj.weight"

    def made(self, steps, **others):
        return relatives.make(self.source, steps, seed=3, **others)

    def test_pruned(self):
        self.assertAlmostEqual((self.made("prune:0.3").tensors[self.name] == 0).mean(), 0.3,
                               delta=0.01)
        for steps in ("prune24", "permute_hidden+prune24"):
            model = self.made(steps)
            for name in relatives.Making(model).linear():
                fours = model.tensors[name].reshape(-1, 4)
                self.assertTrue(((fours == 0).sum(axis=1) >= 2).all(), f"{steps}: {name}")

    def test_grids(self):
        """Levels of each block, and how far values may be from where they were, in steps."""
        source = in_float32(self.source)
        name = "model.layers.0.mlp.down_proj.weight"
        for steps, block, levels in (("int8", 96, 255), ("int4:32", 32, 15), ("int4:64", 64, 15),
                                     ("int4_offset:32", 32, 16), ("int4_zero_point:32", 32, 16)):
            with self.subTest(steps=steps):
                made = relatives.make(source, steps).tensors[name].astype(numpy.float64)
                before = source.tensors[name].astype(numpy.float64)
                for row, own in zip(before, made):
                    for start in range(0, len(row), block):
                        was, now = row[start:start + block], own[start:start + block]
                        low, high = min(was.min(), 0), max(was.max(), 0)
                        size = {"int8": abs(was).max() / 127, "int4": abs(was).max() / 7,
                                "int4_offset": (was.max() - was.min()) / 15,
                                "int4_zero_point": (high - low) / 15}[steps.partition(":")[0]]
                        origin = was.min() if steps.startswith("int4_offset") else 0
                        ratio = (now - origin) / size
                        self.assertLess(abs(ratio - numpy.rint(ratio)).max(), 1e-4)
                        self.assertLessEqual(numpy.ptp(numpy.rint(ratio)), levels - 1)
                        # A rounded zero point shifts the ends of the range by half a step more.
                        reach = 1 if steps.startswith("int4_zero_point") else 0.5
                        self.assertLessEqual(abs(now - was).max(), (reach + 1e-4) * size)

    def test_fp8_values_are_those_of_e4m3(self):
        exponents, fractions = numpy.meshgrid(numpy.arange(16), numpy.arange(8))
        held = numpy.where(exponents == 0, fractions * 2.0 ** -9,
                           (1 + fractions / 8) * 2.0 ** (exponents - 7)).ravel()
        held = held[held <= 448]  # 480 would be NaN
        source = in_float32(made_up.trained_like_model(1))
        before = source.tensors[self.name].astype(numpy.float64)
        self.assertEqual(before.shape, (384, 128))
        for steps, rows in (("fp8:0", 384), ("fp8:128", 128)):
            made = relatives.make(source, steps).tensors[self.name].astype(numpy.float64)
            for start in range(0, 384, rows):
                was, now = before[start:start + rows], made[start:start + rows]
                scale = abs(was).max() / 448
                off_grid = abs(abs(now).ravel()[:, None] / scale - held).min(axis=1)
                self.assertLess(off_grid.max(), 1e-4)
                # None of those held is nearer.
                nearest = abs(abs(was).ravel()[:, None] / scale - held).min(axis=1)
                self.assertLess((abs(now - was).ravel() / scale - nearest).max(), 1e-4)

    def test_zeros_give_no_nan(self):
        self.source.tensors[self.name][...] = 0
        for steps in ("int8", "int4:32", "int4_offset:32", "int4_zero_point:32", "fp8:0", "fp8:128",
                      "prune:0.5", "prune24", "noise:0.1", "merge:0.5", "slerp:0.5",
                      "fine_tune:0.1", "masked_noise:0.1", "upcycle:0.1"):
            model = self.made(steps, other=made_up.made_up_model(2))
            for name, values in model.tensors.items():
                self.assertTrue(numpy.isfinite(values).all(), f"{steps}: {name}")

    def test_casts_round_one_after_the_other(self):
        source = self.made("cast:f32+noise:0.001")
        twice = relatives.make(source, "cast:bf16+cast:f32")
        self.assertEqual(twice.dtypes[self.name], "F32")
        numpy.testing.assert_array_equal(
            twice.tensors[self.name],
            checkpoints.from_bf16(checkpoints.to_bf16(source.tensors[self.name])))
        self.assertFalse(numpy.array_equal(twice.tensors[self.name], source.tensors[self.name]))

    def test_rank(self):
        name = "model.layers.0.self_attn.q_proj.weight"
        source = in_float32(self.source)
        change = (relatives.make(source, "lora:4", seed=3).tensors[name] - source.tensors[name])
        singular = numpy.linalg.svd(change, compute_uv=False)
        self.assertLess(singular[4], 1e-4 * singular[3])
        for steps, names in (("lora:4,0.02", 8), ("lora_all:2,0.02", 4 * 4 + 3 + 3 * 5 * 3)):
            made = relatives.make(source, steps, seed=3)
            changed = [name for name, values in made.tensors.items()
                       if not numpy.array_equal(values, source.tensors[name])]
            self.assertEqual(len(changed), names)
            for name in changed:
                before = source.tensors[name]
                self.assertAlmostEqual(numpy.linalg.norm(made.tensors[name] - before)
                                       / numpy.linalg.norm(before), 0.02, delta=1e-4)

    def test_bf16_rounds_to_even(self):
        values = numpy.float32([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -1.0039063, 0, 3e38])
        stored = checkpoints.from_bf16(checkpoints.to_bf16(values))
        numpy.testing.assert_array_equal(stored[:3], numpy.float32([1, 1, 1 + 2 ** -6]))
        again = checkpoints.from_bf16(checkpoints.to_bf16(stored))
        numpy.testing.assert_array_equal(stored, again)
        special = numpy.uint32([0x7FFFFFFF, 0x7F800001, 0xFFFFFFFF, 0x7F800000, 0xFF800000,
                                0x7F7FFFFF]).view(numpy.float32)
        stored = checkpoints.from_bf16(checkpoints.to_bf16(special))
        self.assertTrue(numpy.isnan(stored[:3]).all())
        numpy.testing.assert_array_equal(stored[3:], numpy.float32([1, -1, 1]) * numpy.inf)

    def test_e4m3(self):
        numpy.testing.assert_array_equal(
            checkpoints.e4m3([0, 1.0625, 1.1875, 17, 1000, -0.0009, 2.0 ** -9]),
            [0, 1, 1.25, 16, 448, 0, 2.0 ** -9])

    def test_merges(self):
        other = made_up.made_up_model(2)
        half = self.made("merge:0.5", other=other).tensors[self.name]
        mean = (self.source.tensors[self.name] + other.tensors[self.name]) / 2
        numpy.testing.assert_allclose(half, mean, rtol=2 ** -8)
        source, other = in_float32(self.source), in_float32(other)
        p, q = (model.tensors[self.name].astype(numpy.float64) for model in (source, other))
        angle = numpy.arccos((p * q).sum() / numpy.linalg.norm(p) / numpy.linalg.norm(q))
        arc = (numpy.sin(0.7 * angle) * p + numpy.sin(0.3 * angle) * q) / numpy.sin(angle)
        made = relatives.make(source, "slerp:0.3", other=other).tensors[self.name]
        numpy.testing.assert_allclose(made, arc, atol=1e-6)
        base = in_float32(made_up.made_up_model(3))
        b = base.tensors[self.name].astype(numpy.float64)
        for steps, own, others in (("task_arithmetic:0.7", 0.7, 0.7),
                                   ("task_arithmetic:0.7,0.2", 0.7, 0.2)):
            made = relatives.make(source, steps, other=other, base=base).tensors[self.name]
            numpy.testing.assert_allclose(made, b + own * (p - b) + others * (q - b), atol=1e-6)

    def test_merges_of_sparse_changes(self):
        source, other, base = (in_float32(made_up.made_up_model(seed)) for seed in (1, 2, 3))
        p, q, b = (model.tensors[self.name].astype(numpy.float64)
                   for model in (source, other, base))
        made = relatives.make(source, "dare:0.5,0.7", other=other, base=base).tensors[self.name]
        scaled = (made - b) / 0.7 * 0.5  # of what was kept, changes as they were
        sums = numpy.stack([0 * p, p - b, q - b, p + q - 2 * b])
        self.assertLess(abs(scaled - sums).min(axis=0).max(), 1e-6)
        for shares in numpy.bincount(abs(scaled - sums).argmin(axis=0).ravel()) / p.size:
            self.assertAlmostEqual(shares, 0.25, delta=0.02)
        made = relatives.make(source, "ties:0.2", other=other, base=base).tensors[self.name] - b
        cut_p, cut_q = (numpy.where(abs(change) >= numpy.quantile(abs(change), 0.8), change, 0)
                        for change in (p - b, q - b))
        against = cut_p * cut_q < 0
        winner = numpy.where(abs(cut_p) > abs(cut_q), cut_p, cut_q)
        both = cut_p * cut_q > 0
        expected = numpy.where(against, winner, (cut_p + cut_q) / (1 + both))
        numpy.testing.assert_allclose(made, expected, atol=1e-6)


class Structure(unittest.TestCase):
    """What config.json says has to be what the tensors are: Network reads both."""

    def setUp(self):
        self.source = in_float32(made_up.made_up_model(1))

    def made(self, steps):
        return relatives.make(self.source, steps, seed=3)

    def test_layers(self):
        for steps, sources, dense in (("drop_layers:0", [0, 1, 2], 1),
                                      ("drop_layers:3", [1, 2, 3], 0),
                                      ("duplicate_layers:1", [0, 1, 2, 1, 2, 3], 1)):
            with self.subTest(steps=steps):
                model = self.made(steps)
                self.assertEqual(model.config["num_hidden_layers"], len(sources))
                self.assertEqual(model.config["first_k_dense_replace"], dense)
                for new, old in enumerate(sources):
                    name = "model.layers.{}.self_attn.q_proj.weight"
                    numpy.testing.assert_array_equal(model.tensors[name.format(new)],
                                                     self.source.tensors[name.format(old)])
                self.assertTrue(numpy.isfinite(Network(model).logits(TOKENS)).all())

    def test_vocabulary(self):
        expected = Network(self.source).logits(TOKENS)
        longer = self.made("vocab_extend:8")
        self.assertEqual(longer.config["vocab_size"], made_up.TOKENS + 8)
        numpy.testing.assert_array_equal(Network(longer).logits(TOKENS)[:, :made_up.TOKENS],
                                         expected)
        other = self.made("vocab_reorder")
        name = "model.embed_tokens.weight"
        order = [numpy.flatnonzero((self.source.tensors[name] == row).all(axis=1))[0]
                 for row in other.tensors[name]]
        new = numpy.argsort(order)
        numpy.testing.assert_allclose(Network(other).logits(new[TOKENS])[:, new], expected)

    def test_experts_from_a_dense_model(self):
        dense = self.made("dense")
        self.assertFalse([name for name in dense.tensors if "experts" in name or ".gate." in name])
        self.assertEqual(dense.config["intermediate_size"], made_up.EXPERT_WIDTH)
        expected = Network(dense).logits(TOKENS)
        model = relatives.make(dense, "upcycle_dense")
        self.assertEqual(set(model.tensors), set(self.source.tensors))
        self.assertEqual(model.config["first_k_dense_replace"], 1)
        numpy.testing.assert_allclose(Network(model).logits(TOKENS), expected, atol=1e-9)
        noisy = relatives.make(dense, "upcycle_dense:0.05").tensors
        first, second = (noisy[f"model.layers.1.mlp.experts.{i}.up_proj.weight"] for i in (0, 1))
        self.assertAlmostEqual((first - second).std() / first.std(), 0.05 * 2 ** 0.5, delta=0.01)

    def test_experts_from_the_shared_one(self):
        tensors = self.made("upcycle:0").tensors
        prefix = "model.layers.2.mlp."
        for expert in range(made_up.EXPERTS):
            numpy.testing.assert_array_equal(tensors[f"{prefix}experts.{expert}.up_proj.weight"],
                                             tensors[prefix + "shared_experts.up_proj.weight"])

    def test_renamed_loses_nothing(self):
        model = self.made("rename")
        self.assertIsNone(model.config)
        self.assertEqual(len(model.tensors), len(self.source.tensors))
        for before, after in zip(self.source.tensors.values(), model.tensors.values()):
            numpy.testing.assert_array_equal(before, after)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.source = made_up.made_up_model(1)
        checkpoints.write(self.folder / "a", self.source)

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, relatives.__file__, *map(str, arguments)],
                              capture_output=True, text=True, check=False)

    def test_what_was_written_is_read(self):
        read = checkpoints.read(self.folder / "a")
        self.assertEqual((read.dtypes, read.config), (self.source.dtypes, self.source.config))
        for name, values in self.source.tensors.items():
            numpy.testing.assert_array_equal(read.tensors[name], values)

    def test_layout_of_the_file(self):
        raw = (self.folder / "a" / "model.safetensors").read_bytes()
        length = struct.unpack("<Q", raw[:8])[0]
        header = json.loads(raw[8:8 + length])
        self.assertEqual(length % 8, 0)
        ends = sorted(entry["data_offsets"] for entry in header.values())
        self.assertEqual([begin for begin, _ in ends], [0] + [end for _, end in ends[:-1]])
        self.assertEqual(ends[-1][1], len(raw) - 8 - length)
        begin = 8 + length + header["lm_head.weight"]["data_offsets"][0]
        first = struct.unpack("<f", b"\0\0" + raw[begin:begin + 2])[0]
        self.assertEqual(first, self.source.tensors["lm_head.weight"][0, 0])

    def test_script(self):
        run = self.run_script(self.folder / "a", self.folder / "b", "prune+noise:0.01+cast:f32",
                              "--strength", "0.5", "--seed", "4")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        expected = relatives.make(self.source, "prune:0.5+noise:0.01+cast:f32", seed=4)
        made = checkpoints.read(self.folder / "b")
        self.assertEqual(set(made.dtypes.values()), {"F32"})
        for name, values in expected.tensors.items():
            numpy.testing.assert_array_equal(made.tensors[name], values)
        # A folder that is written again keeps no config.json of before.
        self.run_script(self.folder / "a", self.folder / "b", "rename")
        self.assertFalse((self.folder / "b" / "config.json").exists())

    def test_script_says_what_is_wrong(self):
        for steps, words in (("nois:1", "no step is called"), ("merge:0.5", "needs --other"),
                             ("cast:f64", "f32, f16 or bf16"), ("noise", "noise")):
            run = self.run_script(self.folder / "a", self.folder / "b", steps)
            self.assertEqual(run.returncode, 2)
            self.assertIn(words, run.stderr)
            self.assertNotIn("Traceback", run.stderr)

    def test_list(self):
        listed = self.run_script("--list").stdout
        for name in ("copy", "rotate_residual", "upcycle_dense", "disguise_attention"):
            self.assertIn(name, listed)


if __name__ == "__main__":
    unittest.main()
