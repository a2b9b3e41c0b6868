"""modelkin trace on models made by relatives.py from made-up ones, and from those in zoo/ of
MODELKIN_SHARED_DATA: the kind of derivation, its direction, and strangers that stay strangers."""

import json
import os
import subprocess
import tempfile
import unittest

import cases
import checkpoints
import made_up
import merging
import orders
import relatives

MODELKIN = os.environ["MODELKIN"]
SHARED = os.environ.get("MODELKIN_SHARED_DATA")
EVERY = 5 if os.environ.get("MODELKIN_FEW_CASES") else 1
# "2/4": the second of four shares, that together run all cases.
SHARE, SHARES = map(int, os.environ.get("MODELKIN_SHARE", "1/1").split("/"))


def in_share(number):
    """Of a test that isn't shared out: in this share alone, in turns where there are fewer."""
    return unittest.skipUnless(SHARE == (number - 1) % SHARES + 1, "in another share")


def shared_out(items):
    """Those of this share."""
    return items[::EVERY][SHARE - 1::SHARES]


def trace(*arguments, options=()):
    process = subprocess.run([MODELKIN, "trace", *arguments, "--json", "--threads", "1",
                              "--permutations", "100000", *options], capture_output=True, text=True,
                             check=False, timeout=250)
    if process.returncode != 0:
        raise AssertionError(process.stderr)
    return json.loads(process.stdout)


def of_each(function, items):
    """(item, what the function returns of it), one after the other: CTest runs shares side by side."""
    return ((item, function(item)) for item in items)


class Kinds:
    """Kinds and signs; subclasses say what the models are, and which cases are theirs."""

    options = ()
    # Cases of which so little of what A learned is left, where it had learned little, that they are not told from
    # models that only started alike.
    untold = {}  # by case the kinds that are named all the same

    @staticmethod
    def own(items):
        return shared_out(items)

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.source, cls.stranger = cls.models()
        cls.a = cls.write("a", cls.source)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, model):
        return checkpoints.write(os.path.join(cls.folder.name, name), model)

    @classmethod
    def made(cls, model, name, steps, **others):
        return cls.write(name, relatives.make(model, steps, seed=3, **others))

    def test_kinds_and_signs(self):
        def run(case):
            steps = case[0]
            b = self.made(self.source, "b-" + steps, steps)
            return (trace(self.a, b, options=self.options),
                    trace(b, self.a, options=self.options))
        for (steps, kinds, points), (forward, backward) in of_each(run, self.own(cases.CASES)):
            with self.subTest(steps=steps):
                if steps in self.untold:
                    self.assert_untold(forward, self.untold[steps])
                    continue
                self.assertIn(forward["verdict"]["category"], ("derived", "identical"))
                # What was left out or replaced is missing the other way round.
                self.assertIn(backward["verdict"]["category"],
                              ("derived", "identical", "shares_material"))
                relation = forward["relation"]
                found = {kind["kind"] for kind in relation["kinds"]}
                required, allowed = cases.wanted(kinds)
                self.assertLessEqual(required, found)
                self.assertLessEqual(found, allowed)
                self.assertEqual(relation["direction"], "unknown")
                self.assertEqual(backward["relation"]["direction"], "unknown")
                if points is None:
                    continue
                self.assertEqual(relation["signs_point"], points)
                # The other way round it is the other way round, or not to be seen: never the same.
                self.assertIn(backward["relation"]["signs_point"],
                              {"none": ["none"], "a_to_b": ["b_to_a", "none"]}[points])

    def assert_untold(self, results, kinds):
        self.assertEqual(results["verdict"]["category"], "shares_material")
        self.assertLessEqual(set(kinds), {kind["kind"] for kind in results["relation"]["kinds"]})
        shares = results["verdict"]["shares"]
        self.assertGreater(shares["retained"] + 2 * shares["retained_error"], 0.95)
        self.assertIn("too uncertain to tell", " ".join(results["verdict"]["evidence"]))

    def test_strangers_stay_strangers(self):
        def run(steps):
            return trace(self.a, self.made(self.stranger, "s-" + steps, steps),
                         options=self.options)
        for steps, results in of_each(run, self.own(cases.STRANGERS)):
            with self.subTest(steps=steps):
                self.assertEqual(results["verdict"]["category"], "no_evidence")
                self.assertIsNone(results["relation"])


class Relatives(Kinds):
    """All tests: each case is tried on two sources."""

    def test_what_turns_signs_round_shows_no_direction(self):
        def run(recipe):
            children, (first, second) = recipe
            a = relatives.make(self.source, first, seed=1)
            b = relatives.make(self.source if children else a, second, seed=2)
            paths = [self.write(f"{side}-{children}-{first}-{second}", model)
                     for side, model in (("first", a), ("second", b))]
            return trace(*paths), trace(*reversed(paths))
        recipes = [(False, recipe) for recipe in orders.TURNED] + \
            [(True, recipe) for recipe in orders.CHILDREN]
        for (children, (first, second)), both in of_each(run, shared_out(recipes)):
            for results in both:
                with self.subTest(first=first, second=second):
                    relation = results["relation"]
                    self.assertEqual(results["verdict"]["category"], "derived")
                    self.assertEqual((relation["direction"], relation["facts"]), ("unknown", []))
                    for sign in relation["signs"]:
                        self.assertGreater(sign["wrong"], 0)
                    # Zeros of a grid are no pruned weights.
                    found = {kind["kind"] for kind in relation["kinds"]}
                    if "quantised" in found:
                        self.assertFalse({"pruned", "pruned_2_4"} & found)
                    if (first, second) in orders.WITHOUT_SIGNS:
                        self.assertEqual(relation["signs_point"], "none")
                        self.assertNotIn("upcycled", found)

    @in_share(1)
    def test_signs_reverse_no_claim(self):
        """Each base that is claimed is the right one, and signs point to the model that is checked."""
        for first, second in (("copy", "vocab_cut:40"), ("int4:32", "spread_over_a_step:32"),
                              ("duplicate_layers:1", "undouble:1")):
            with self.subTest(first=first, second=second):
                base = relatives.make(self.source, first, seed=1)
                model = self.made(base, f"child-{first}-{second}", second)
                command = [MODELKIN, "check", "--details", model, "--claim",
                           "base_model=" + self.write(f"base-{first}-{second}", base),
                           "--permutations", "100000"]
                path = os.path.join(self.folder.name, f"check-{first}-{second}.json")
                text = " ".join(subprocess.run([*command, "-o", path], capture_output=True, text=True,
                                               check=True, timeout=250).stdout.split())
                with open(path, encoding="utf-8") as file:
                    claim = json.load(file)["claims"][0]
                self.assertEqual((claim["outcome"], claim["direction"], claim["signs_point"]),
                                 ("related", "unknown", "b_to_a"))
                sign = claim["signs"][0]
                self.assertIn("RELATED, DIRECTION NOT SHOWN", text)
                self.assertRegex(text, "The (sign points|signs point) the other way")
                self.assertIn(f"A sign that child-{first}-{second} came first", text)
                self.assertIn(f"wrong in {sign['wrong']} of {sign['cases']} measured cases", text)

    @in_share(2)
    def test_strangers_that_share_a_part_have_no_kinds(self):
        """Embeddings that are the same fit a basis, and biases of strangers are alike: neither is a derivation."""
        def run(part):
            return trace(self.a, self.made(self.stranger, "g-" + part, "graft:" + part, other=self.source))
        for part, results in of_each(run, ("embed,lm_head", "norm", "self_attn")):
            with self.subTest(part=part):
                self.assertEqual(results["verdict"]["category"], "shares_material")
                self.assertEqual(results["relation"]["kinds"], [])

    def test_merges(self):
        child = relatives.make(self.source, "fine_tune:0.1", seed=5)
        second = relatives.make(self.source, "fine_tune:0.1", seed=6)
        parents = {"child": self.write("child", child), "second": self.write("second", second),
                   "stranger": self.write("stranger", self.stranger)}

        def run(merge):
            how, strength, related, after, _ = merge
            name = f"m-{how}-{strength}-{related}{after}"
            if how in merging.OF_A_BASE:
                b = self.made(child, name, f"{how}:{strength}{after}", other=second,
                              base=self.source)
                return trace(self.a, b, "--parents", parents["child"], parents["second"])
            other = child if related else self.stranger
            b = self.made(self.source, name, f"{how}:{strength}{after}", other=other)
            return trace(self.a, b, "--parents", self.a,
                         parents["child" if related else "stranger"])
        for merge, results in of_each(run, self.own(cases.MERGES)):
            how, strength, _, after, method = merge
            with self.subTest(merge=merge):
                if merge in self.untold:
                    self.assert_untold(results, self.untold[merge])
                    continue
                found = {kind["kind"] for kind in results["relation"]["kinds"]}
                self.assertIn("merged", found)
                self.assertEqual("quantised" in found, bool(after))
                # A is one of the parents, or their base.
                self.assertEqual(results["relation"]["signs_point"], "a_to_b")
                fit = results["merge"]
                self.assertEqual(fit["method"], method)
                weights = [weight["mean"] for weight in fit["weights"]]
                expected = {"task_arithmetic": [strength] * 2, "dare": [1, 1], "ties": [1, 1]}.get(
                    how, [1 - strength, strength])
                for weight, value, estimate in zip(weights, expected, fit["weights"]):
                    self.assertAlmostEqual(weight, value, delta=0.02 if after or how == "dare" else 0.002)
                    self.assertLess(estimate["high"] - estimate["low"], 0.05)

    @in_share(3)
    def test_a_model_that_is_no_parent_of_a_merge_was_not_first_by_it(self):
        """A was trained on from B, which is a merge of others."""
        merged = relatives.make(self.source, "merge:0.3", seed=4, other=self.stranger)
        b = self.write("merged", merged)
        a = self.write("trained-on", relatives.make(merged, "fine_tune:0.05", seed=5))
        results = trace(a, b, "--parents", self.a, self.write("other-parent", self.stranger))
        self.assertTrue(results["merge"]["is_merge"])
        self.assertEqual(results["relation"]["signs_point"], "none")

    @in_share(4)
    def test_children_are_no_merges(self):
        sibling = self.made(self.source, "sibling", "fine_tune:0.05")
        other = self.write("other", relatives.make(self.source, "fine_tune:0.05", seed=8))
        for b in (sibling, self.made(self.source, "noisy", "noise:0.05")):
            results = trace(self.a, b, "--parents", self.a, other)
            self.assertFalse(results["merge"]["is_merge"])
        # Of two children of one model neither came first.
        self.assertEqual(trace(sibling, other)["relation"]["signs_point"], "none")

    @in_share(5)
    def test_ranks_and_grids(self):
        for rank in (1, 4, 16):
            relation = trace(self.a, self.made(self.source, f"r{rank}", f"lora:{rank}"))["relation"]
            lora = next(kind for kind in relation["kinds"] if kind["kind"] == "lora_merge")
            self.assertEqual(lora["figures"]["rank"], rank)
            self.assertEqual(set(lora["roles"]),
                             {"self_attn.q_proj.weight", "self_attn.v_proj.weight"})
        for steps, grid, block in (("int8", "int", (1, None)), ("int4:32", "int", (1, 32)),
                                   ("fp8:0", "fp8_e4m3", (None, None))):
            results = trace(self.a, self.made(self.source, "g-" + steps, steps))
            tensor = next(tensor for tensor in results["heritage"]
                          if tensor["tensor"].endswith("layers.0.mlp.gate_proj.weight"))
            self.assertEqual(tensor["class"], "quantised")
            self.assertEqual(tensor["grid"]["grid"], grid)
            self.assertEqual((tensor["grid"]["block_rows"], tensor["grid"]["block_columns"]), block)
            self.assertGreater(tensor["grid"]["within_half_step"], 0.99)


class MadeUp(Relatives, unittest.TestCase):
    """64 wide, and hardly trained."""
    untold = {"merge_experts:2": ["experts_merged"],
              ("merge", 0.5, False, "", "linear"): ["merged"],
              ("slerp", 0.5, False, "", "slerp"): ["merged"]}

    @classmethod
    def models(cls):
        return made_up.made_up_model(1), made_up.made_up_model(2)


class Drawn(Kinds, unittest.TestCase):
    """Some tensors of each role show the same kinds and signs as all of them."""
    options = ("--heritage", "drawn")

    @staticmethod
    def own(items):
        return shared_out(items[::3])

    @classmethod
    def models(cls):
        return made_up.made_up_model(1), made_up.made_up_model(2)

    @in_share(1)
    def test_rounding_of_what_is_not_drawn_hides_no_merge(self):
        source = made_up.trained_like_model(1)
        child = relatives.make(source, "fine_tune:0.1", seed=5)
        paths = [self.write("merge-a", source),
                 self.made(source, "merge-b", "merge:0.5+int4:32", other=child)]
        results = trace(*paths, "--parents", paths[0], self.write("merge-child", child),
                        options=self.options)
        self.assertEqual({kind["kind"] for kind in results["relation"]["kinds"]},
                         {"merged", "quantised"})
        self.assertGreater(results["merge"]["explained"], 0.99)


class DrawnUnits(Kinds, unittest.TestCase):
    """So do few hidden units of each MLP, and few rows."""
    options = ("--rows", "256", "--units", "32")

    @staticmethod
    def own(items):
        return shared_out(items[::3])

    @classmethod
    def models(cls):
        return made_up.made_up_model(1), made_up.made_up_model(2)

    @in_share(1)
    def test_what_draws_once_hid(self):
        """Grids where a share of the units is matched, units that A lacks, and other widths."""
        for steps, kinds in (("permute_hidden+int8", {"hidden_units_permuted", "quantised"}),
                             ("extend_units:0.25", {"width_extended", "copy"})):
            with self.subTest(steps=steps):
                results = trace(self.a, self.made(self.source, "d-" + steps, steps),
                                options=self.options)
                self.assertEqual({kind["kind"] for kind in results["relation"]["kinds"]}, kinds)
        # Signs of units of an MLP of which not all are related.
        source = made_up.trained_like_model(1)
        results = trace(self.write("flip-a", source), self.made(source, "flip-b", "flip_hidden"),
                        options=self.options)
        self.assertEqual({kind["kind"] for kind in results["relation"]["kinds"]},
                         {"copy", "hidden_units_sign_flipped"})
        for steps in ("narrow:16", "widen:8"):
            with self.subTest(steps=steps):
                results = trace(self.a, self.made(self.stranger, "w-" + steps, steps),
                                options=self.options)
                self.assertEqual(results["verdict"]["category"], "no_evidence")


class TrainedLike(Relatives, unittest.TestCase):
    @staticmethod
    def own(items):
        return shared_out(items[::2])

    @classmethod
    def models(cls):
        return made_up.trained_like_model(1), made_up.trained_like_model(2)

    @in_share(2)
    def test_rescaled_norms_hide_nothing(self):
        """Relations between units are those of a common start until norms are folded."""
        def run(seed):
            b = self.write(f"rescaled-{seed}", relatives.make(self.source, "scale_norms:4", seed))
            return trace(self.a, b)
        for seed, results in of_each(run, range(1, 7)):
            with self.subTest(seed=seed):
                self.assertEqual(results["verdict"]["category"], "derived")
                self.assertEqual([kind["kind"] for kind in results["relation"]["kinds"]],
                                 ["scaled"])


@unittest.skipUnless(SHARED, "MODELKIN_SHARED_DATA is not set: no trained models to test with")
class Zoo(Relatives, unittest.TestCase):
    @staticmethod
    def own(items):
        return shared_out(items[1::2])

    @classmethod
    def models(cls):
        return (checkpoints.read(os.path.join(SHARED, "zoo", "glm-a")),
                checkpoints.read(os.path.join(SHARED, "zoo", "glm-b")))


if __name__ == "__main__":
    unittest.main()
