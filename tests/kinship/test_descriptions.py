"""The descriptive figures of modelkin trace against a second implementation, in NumPy."""

import json
import math
import os
import subprocess
import tempfile
import unittest

import numpy

import checkpoints
import made_up
import relatives

MODELKIN = os.environ["MODELKIN"]
INSIDE = made_up.HEADS // made_up.GROUPS


def trace(a, b, *flags):
    process = subprocess.run([MODELKIN, "trace", a, b, "--json", "--fingerprints", "--permutations", "1000", *flags],
                             capture_output=True, text=True, check=True, timeout=250)
    return json.loads(process.stdout)


def weight(model, layer, role):
    return model.tensors[f"model.layers.{layer}.{role}.weight"].astype(numpy.float64)


def expanded(projected):
    """Columns of groups once for each of their query heads."""
    blocks = projected.reshape(len(projected), made_up.GROUPS, -1)
    return numpy.repeat(blocks, INSIDE, axis=1).reshape(len(projected), -1)


def huref(model):
    """The three invariant terms of the last two layers, flattened."""
    x = model.tensors["model.embed_tokens.weight"].astype(numpy.float64)
    terms = {"attention": [], "values": [], "mlp": []}
    for layer in (made_up.LAYERS - 1, made_up.LAYERS - 2):
        q, k, v = (weight(model, layer, f"self_attn.{role}_proj") for role in "qkv")
        o = weight(model, layer, "self_attn.o_proj")
        terms["attention"].append((x @ q.T) @ expanded(x @ k.T).T)
        terms["values"].append((x @ o) @ expanded(x @ v.T).T)
        up, down = (weight(model, layer, f"mlp.experts.0.{role}_proj") for role in ("up", "down"))
        terms["mlp"].append((x @ up.T) @ (x @ down).T)
    return {name: numpy.concatenate([term.ravel() for term in list_]) for name, list_ in terms.items()}


def cosine(a, b):
    return a @ b / numpy.linalg.norm(a) / numpy.linalg.norm(b)


def hsic(k, l):
    """Song et al. 2012, as it is written there."""
    n = len(k)
    k, l = (m - numpy.diag(numpy.diag(m)) for m in (k, l))
    one = numpy.ones(n)
    return (numpy.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2))
            - 2 / (n - 2) * (one @ k @ l @ one)) / (n * (n - 3))


def cka(a, b):
    """Of weights with a column for each residual coordinate, which are the samples."""
    k, l = a.T @ a, b.T @ b
    return hsic(k, l) / math.sqrt(hsic(k, k) * hsic(l, l))


def deviation_profile(a, b):
    correlations = []
    for role in "qkvo":
        profiles = [[weight(model, layer, f"self_attn.{role}_proj").std()
                     for layer in range(made_up.LAYERS)] for model in (a, b)]
        correlations.append(numpy.corrcoef(*profiles)[0, 1])
    return numpy.mean(correlations)


def power_law(eigenvalues):
    """(alpha, x_min, distance, tail), by trying every x_min with at least ten values above."""
    x = numpy.sort(eigenvalues)
    best = None
    for i in range(len(x) - 9):
        tail = x[i:]
        alpha = 1 + len(tail) / numpy.log(tail / x[i]).sum()
        fitted = 1 - (tail / x[i]) ** (1 - alpha)
        steps = numpy.arange(len(tail)) / len(tail)
        distance = max(abs(fitted - steps).max(), abs(fitted - steps - 1 / len(tail)).max())
        if best is None or distance < best[2]:
            best = (alpha, x[i], distance, len(tail))
    return best


class Descriptions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.a = made_up.made_up_model(1)
        cls.stranger = made_up.made_up_model(2)
        cls.noisy = relatives.make(cls.a, "noise:0.3", seed=4)
        cls.path_a = cls.write("a", cls.a)
        cls.of_stranger = trace(cls.path_a, cls.write("stranger", cls.stranger))["descriptions"]
        cls.of_noisy = trace(cls.path_a, cls.write("noisy", cls.noisy))["descriptions"]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, model):
        return checkpoints.write(os.path.join(cls.folder.name, name), model)

    def value(self, descriptions, name):
        return next(fingerprint["value"] for fingerprint in descriptions["fingerprints"]
                    if fingerprint["name"] == name)

    def test_huref(self):
        for model, found in ((self.stranger, self.of_stranger), (self.noisy, self.of_noisy)):
            of_a, of_b = huref(self.a), huref(model)
            for name in of_a:
                self.assertAlmostEqual(self.value(found, "huref_" + name),
                                       cosine(of_a[name], of_b[name]), delta=1e-5)
        self.assertGreater(self.value(self.of_noisy, "huref_attention"), 0.5)
        self.assertLess(abs(self.value(self.of_stranger, "huref_attention")), 0.2)

    def test_awm(self):
        expected = numpy.mean([cka(weight(self.a, layer, f"self_attn.{role}_proj"),
                                   weight(self.noisy, layer, f"self_attn.{role}_proj"))
                               for layer in range(made_up.LAYERS) for role in "qk"])
        self.assertAlmostEqual(self.value(self.of_noisy, "awm"), expected, delta=1e-5)
        # Coordinates in another order: the same again. (With other signs centring gives another.)
        moved = relatives.make(self.noisy, "permute_residual", seed=5)
        found = trace(self.path_a, self.write("moved", moved))["descriptions"]
        self.assertAlmostEqual(self.value(found, "awm"), expected, delta=1e-5)
        self.assertLess(self.value(self.of_stranger, "awm"), 0.3)

    def test_deviation_profile(self):
        for model, found in ((self.stranger, self.of_stranger), (self.noisy, self.of_noisy)):
            self.assertAlmostEqual(self.value(found, "deviation_profile"),
                                   deviation_profile(self.a, model), delta=1e-6)
        caveat = next(fingerprint["caveat"] for fingerprint in self.of_noisy["fingerprints"]
                      if fingerprint["name"] == "deviation_profile")
        self.assertIn("false positives", caveat)

    def test_spectra(self):
        distances = []
        for own, other in zip(self.of_stranger["spectra"]["a"], self.of_stranger["spectra"]["b"]):
            self.assertEqual(own["tensor"], other["tensor"])
            matrix = self.a.tensors[own["tensor"]].astype(numpy.float64)
            s = numpy.linalg.svd(matrix, compute_uv=False)
            share = s ** 2 / (s ** 2).sum()
            edge = math.sqrt((matrix ** 2).mean()) * (math.sqrt(len(matrix))
                                                      + math.sqrt(matrix.shape[1]))
            alpha, x_min, distance, tail = power_law(s ** 2)
            for name, expected in (("stable_rank", 1 / share[0]),
                                   ("effective_rank", math.exp(-(share * numpy.log(share)).sum())),
                                   ("largest_over_edge", s[0] / edge),
                                   ("alpha", alpha), ("alpha_x_min", x_min),
                                   ("alpha_distance", distance)):
                self.assertAlmostEqual(own[name] / expected, 1, delta=2e-4, msg=name)
            self.assertEqual(own["above_edge"], (s > edge).sum())
            self.assertEqual(own["alpha_tail"], tail)
            t = numpy.linalg.svd(self.stranger.tensors[own["tensor"]].astype(numpy.float64),
                                 compute_uv=False)
            distances.append(numpy.linalg.norm(s / numpy.linalg.norm(s) - t / numpy.linalg.norm(t)))
        self.assertEqual(len(distances), 4 * 4 + 3 + 3 * 6)  # attention, dense, shared and expert 0
        self.assertAlmostEqual(self.value(self.of_stranger, "spectral_distance"),
                               numpy.mean(distances), delta=1e-5)

    def test_routers_and_tokens(self):
        for router in self.of_stranger["routers"]["a"]:
            matrix = self.a.tensors[router["tensor"]].astype(numpy.float64)
            norms = numpy.linalg.norm(matrix, axis=1)
            numpy.testing.assert_allclose(router["norms"], numpy.sort(norms), rtol=1e-9)
            self.assertAlmostEqual(router["norm_variation"], norms.std() / norms.mean(), delta=1e-9)
            unit = matrix / norms[:, None]
            cosines = (unit @ unit.T)[numpy.triu_indices(len(unit), 1)]
            self.assertAlmostEqual(router["mean_cosine"], cosines.mean(), delta=1e-9)
            bias = self.a.tensors[router["tensor"].replace("weight", "e_score_correction_bias")]
            self.assertAlmostEqual(router["bias_sd"], bias.astype(numpy.float64).std(), delta=1e-9)
        norms = [numpy.linalg.norm(model.tensors["model.embed_tokens.weight"].astype(numpy.float64),
                                   axis=1) for model in (self.a, self.stranger)]
        ranks = [numpy.argsort(numpy.argsort(values)) for values in norms]
        self.assertAlmostEqual(self.of_stranger["tokens"]["embedding"]["norm_correlation"],
                               numpy.corrcoef(*ranks)[0, 1], delta=1e-6)

    def test_figures_do_not_change_the_verdict(self):
        control = self.write("control", made_up.made_up_model(3))
        results = trace(self.path_a, self.write("again", self.stranger), "--control", control)
        for fingerprint in results["descriptions"]["fingerprints"]:
            self.assertEqual(len(fingerprint["controls"]), 2)
        self.assertEqual(results["verdict"]["category"], "no_evidence")


if __name__ == "__main__":
    unittest.main()
