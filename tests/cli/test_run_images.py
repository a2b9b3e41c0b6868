"""modelkin run --image: pixels through encoders of images, beside what transformers made of the same."""

import json
import os
import unittest

import numpy

from support import run
from test_run import BERT, GOLDEN, LLAMA, MIXTRAL, TEXTS, RunTest


class ImageTest(RunTest):
    def golden(self, name):
        """The folder of a case alone, and what was computed of it."""
        folder = os.path.join(GOLDEN, name)
        with open(os.path.join(folder, "golden.safetensors"), "rb") as file:
            content = file.read()
        begin = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:begin])
        tensors = {}
        for key, entry in header.items():
            if key != "__metadata__":
                first, last = (begin + offset for offset in entry["data_offsets"])
                kind = {"F32": numpy.float32, "I64": numpy.int64}[entry["dtype"]]
                tensors[key] = numpy.frombuffer(content[first:last], kind).reshape(entry["shape"])
        return self.changed(folder), tensors

    def saved(self, name, array):
        path = self.path(name)
        numpy.save(path, array)
        return path

    def close(self, values, expected):
        values, expected = numpy.array(values), numpy.asarray(expected)
        self.assertEqual(values.shape, expected.shape)
        errors = numpy.linalg.norm(values - expected, axis=-1) / numpy.linalg.norm(expected, axis=-1)
        self.assertLess(errors.max(), 1e-4)


class Results(ImageTest):
    def test_pixels_of_several_images(self):
        model, tensors = self.golden("siglip_vision-plain")
        path = self.saved("both.npy", numpy.stack([tensors["pixels.0"], tensors["pixels.1"]]))
        results = self.results(model, "--image", path, "--arrays")
        self.assertEqual((results["family"], results["texts"], results["logits"]), ("siglip_vision", [], None))
        self.assertEqual(results["notes"], [])
        pooled = numpy.concatenate([tensors["pooled.0"], tensors["pooled.1"]])
        self.close(results["pooled"], pooled)
        self.close(results["final"], numpy.concatenate([tensors["final.0"], tensors["final.1"]]))
        self.close(results["hidden"], numpy.concatenate([tensors["hidden.0"], tensors["hidden.1"]], axis=1))
        unit = pooled / numpy.linalg.norm(pooled, axis=-1, keepdims=True)
        for image, embedding, row in zip(results["images"], unit, pooled):
            self.assertEqual((image["file"], image["frames"], image["rows"], image["columns"]), (path, 1, 4, 4))
            self.assertEqual(image["pooled_rows"], 1)
            self.assertAlmostEqual(image["pooled_rms"], float(numpy.sqrt(numpy.mean(row**2))), places=4)
            self.close(image["embedding"], embedding)
        numpy.testing.assert_allclose(results["cosines"], unit @ unit.T, atol=1e-4)
        # One image a file, without the first axis, is the same.
        paths = [self.saved(f"{i}.npy", tensors[f"pixels.{i}"]) for i in (0, 1)]
        apart = self.results(model, "--image", paths[0], "--image", paths[1], "--arrays")
        self.assertEqual([image["file"] for image in apart["images"]], paths)
        for key in ("pooled", "final", "hidden", "cosines"):
            self.assertEqual(apart[key], results[key])

    def test_an_encoder_without_a_head_hands_on_its_states(self):
        model, tensors = self.golden("siglip_vision-headless")
        results = self.results(model, "--image", self.saved("x.npy", tensors["pixels.0"]), "--arrays")
        self.assertEqual((results["pooled"], results["cosines"]), (None, None))
        self.assertEqual((results["images"][0]["pooled_rows"], results["images"][0]["pooled_rms"]), (0, None))
        mean = tensors["final.0"].mean(axis=0)
        self.close(results["images"][0]["embedding"], mean / numpy.linalg.norm(mean))

    def test_patches_with_their_grids(self):
        for name in ("qwen2_5_vl_vision-windows", "qwen3_vl_vision-plain"):
            model, tensors = self.golden(name)
            path = self.saved("patches.npy", numpy.concatenate([tensors["pixels.0"], tensors["pixels.1"]]))
            grids = [argument for i in (0, 1)
                     for argument in ("--grid", ",".join(str(size) for size in tensors[f"grid.{i}"]))]
            results = self.results(model, "--image", path, *grids, "--arrays")
            self.close(results["pooled"], numpy.concatenate([tensors["pooled.0"], tensors["pooled.1"]]))
            self.close(results["hidden"], numpy.concatenate([tensors["hidden.0"], tensors["hidden.1"]], axis=1))
            for image, grid in zip(results["images"], (tensors["grid.0"], tensors["grid.1"])):
                self.assertEqual([image["frames"], image["rows"], image["columns"]], grid.tolist())
                self.assertEqual(image["pooled_rows"], grid.prod() // 4)
            layers = [0, 2, 3] if name.startswith("qwen3") else []
            self.assertEqual([of_layer["layer"] for of_layer in results["deepstack"]], layers)
            for index, of_layer in enumerate(results["deepstack"]):
                expected = [tensors[f"deepstack.{index}.{i}"] for i in (0, 1)]
                self.close(of_layer["rows"], numpy.concatenate(expected))

    def test_patches_are_a_square_unless_said_otherwise(self):
        model, tensors = self.golden("qwen3_vl_vision-plain")
        path = self.saved("square.npy", tensors["pixels.1"])
        self.assertEqual(tensors["grid.1"].tolist(), [1, 2, 2])
        results = self.results(model, "--image", path, "--arrays")
        self.close(results["pooled"], tensors["pooled.1"])
        oblong = self.saved("oblong.npy", tensors["pixels.0"])
        self.assertIn("oblong.npy: has 120 patches, which are no square", self.refused(2, model, "--image", oblong))

    def test_halves_are_the_numbers_that_they_are(self):
        model, tensors = self.golden("siglip_vision-plain")
        halves = tensors["pixels.0"].astype(numpy.float16)
        results = [self.results(model, "--image", self.saved(f"{array.dtype}.npy", array), "--arrays")
                   for array in (halves, halves.astype(numpy.float32))]
        self.assertEqual(results[0]["pooled"], results[1]["pooled"])

    def test_the_encoder_of_a_model_of_images_and_texts(self):
        """Its tensors under the names of a model around it, and its config.json inside that one's."""
        model, tensors = self.golden("qwen2_5_vl_vision-windows")
        grid = ",".join(str(size) for size in tensors["grid.0"])
        arguments = ("--image", self.saved("x.npy", tensors["pixels.0"]), "--grid", grid, "--arrays")
        alone = self.results(model, *arguments)
        with open(os.path.join(model, "model.safetensors"), "rb") as file:
            content = file.read()
        end = 8 + int.from_bytes(content[:8], "little")
        header = {name if name == "__metadata__" else f"model.visual.{name}": entry
                  for name, entry in json.loads(content[8:end]).items()}
        size = len(content) - end
        header["model.language_model.norm.weight"] = {"dtype": "F32", "shape": [2], "data_offsets": [size, size + 8]}
        text = json.dumps(header).encode()
        with open(os.path.join(model, "model.safetensors"), "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text + content[end:] + bytes(8))
        path = os.path.join(model, "config.json")
        with open(path, encoding="utf-8") as file:
            vision = json.load(file)
        whole = {"model_type": "qwen2_5_vl", "vision_config": vision, "text_config": {"model_type": "qwen2_5_vl_text"}}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(whole, file)
        inside = self.results(model, *arguments)
        self.assertEqual(inside["family"], "qwen2_5_vl_vision")
        self.assertEqual(inside["notes"], [])
        for key in ("images", "embedding_rms", "layers", "hidden", "final", "pooled"):
            self.assertEqual(inside[key], alone[key])

    def test_threads_do_not_matter(self):
        model, tensors = self.golden("qwen2_5_vl_vision-windows")
        path = self.saved("x.npy", tensors["pixels.1"])
        one, three = (self.results(model, "--image", path, "--arrays", "--threads", n) for n in (1, 3))
        for key in ("images", "layers", "hidden", "final", "pooled"):
            self.assertEqual(one[key], three[key])


class Files(ImageTest):
    def test_arrays_are_what_the_json_has(self):
        model, tensors = self.golden("qwen3_vl_vision-plain")
        folder, path = self.path("arrays"), self.saved("x.npy", tensors["pixels.1"])
        self.assertEqual(run("run", MIXTRAL, *TEXTS, "--npy", folder, "--quiet").returncode, 0)
        process = run("run", model, "--image", path, "--npy", folder, "--quiet")
        self.assertEqual((process.returncode, process.stdout), (0, ""), process.stderr)
        # Those of the run on texts are gone.
        self.assertEqual(sorted(os.listdir(folder)),
                         [f"{name}.npy" for name in ("deepstack", "final", "grids", "hidden", "offsets", "pooled")])
        arrays = {name: numpy.load(os.path.join(folder, name)) for name in os.listdir(folder)}
        results = self.results(model, "--image", path, "--arrays")
        for name in ("final", "hidden", "pooled"):
            numpy.testing.assert_array_equal(arrays[f"{name}.npy"], numpy.array(results[name], numpy.float32))
        deepstack = [numpy.array(of_layer["rows"], numpy.float32) for of_layer in results["deepstack"]]
        numpy.testing.assert_array_equal(arrays["deepstack.npy"], numpy.stack(deepstack))
        self.assertEqual(arrays["grids.npy"].tolist(), [[1, 2, 2]])
        self.assertEqual(arrays["offsets.npy"].tolist(), [0, 4])
        # And those of images are gone once texts are run.
        self.assertEqual(run("run", BERT, *TEXTS, "--npy", folder, "--quiet").returncode, 0)
        self.assertEqual(set(os.listdir(folder)), {"ids.npy", "offsets.npy", "hidden.npy", "final.npy"})

    def test_no_output_replaces_an_image(self):
        model, tensors = self.golden("siglip_vision-plain")
        path = self.saved("x.npy", tensors["pixels.0"])
        before = os.stat(path).st_size
        for force in ((), ("--force",)):
            self.assertIn("is an input", self.refused(2, model, "--image", path, "-o", path, *force))
        self.assertEqual(os.stat(path).st_size, before)

    def test_files_that_are_refused(self):
        model, tensors = self.golden("siglip_vision-plain")
        pixels = tensors["pixels.0"]
        spoiled = pixels.copy()
        spoiled[0, 0, 3] = numpy.nan
        objects = self.path("objects.npy")
        numpy.save(objects, numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
        archive = self.path("archive.npz")
        numpy.savez(archive, pixels)
        with open(self.saved("whole.npy", pixels), "rb") as file:
            cut = self.write("cut.npy", file.read()[:-1])
        for path, reason in (
                (self.saved("nan.npy", spoiled), "element 3 is NaN or infinite"),
                (self.saved("doubles.npy", pixels.astype(float)), 'values of type "<f8"'),
                (self.saved("turned.npy", numpy.asfortranarray(pixels)), "is in Fortran order"),
                (objects, "which would have to be unpickled"),
                (archive, "is an archive"),
                (cut, "bytes of values, and its shape is [3, 13, 13] of F32"),
                (self.write("text.npy", "pixels"), "is no .npy file"),
                (self.write("empty.npy", ""), "is no .npy file")):
            message = self.refused(3, model, "--image", path)
            self.assertTrue(message.startswith(f"modelkin: {path}: "), message)
            self.assertIn(reason, message)
        # A header alone that claims more than there is memory.
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 1073741824, 1073741824)}\n"
        huge = self.write("huge.npy", b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header)
        self.assertIn("has 0 bytes of values", self.refused(3, model, "--image", huge))
        self.assertIn("cannot open", self.refused(3, model, "--image", self.path("nowhere.npy")))


class Messages(ImageTest):
    def test_usage(self):
        model, tensors = self.golden("qwen3_vl_vision-plain")
        path = self.saved("x.npy", tensors["pixels.1"])
        for arguments, reason in (
                (("--image", path, "--grid", "1,2"), "is not FRAMES,ROWS,COLUMNS"),
                (("--image", path, "--grid", "1,2,2,"), "is not FRAMES,ROWS,COLUMNS"),
                (("--image", path, "--grid", "1,-2,2"), "is not FRAMES,ROWS,COLUMNS"),
                (("--image", path, "--grid", "1,4,4"), "has 4 patches left for --grid 1,4,4, which makes 16"),
                (("--image", path, "--grid", "1,2,2", "--grid", "1,2,2"), "no patches are left"),
                (("--grid", "1,2,2"), "there is no --image"),
                (("--image", path, "--text", "a"), "given both"),
                (("--image", path, "--top", "3"), "--image"), (("--image", path, "--beyond-context"), "--image"),
                (("--image", path, "--generate", "2"), "has no next token"),
                ((), "--image FILE.npy"),
                (("--ids", "1"), "--image FILE.npy")):
            self.assertIn(reason, self.refused(2, model, *arguments), arguments)
        self.assertIn("takes texts", self.refused(2, LLAMA, "--image", path))

    def test_text_for_people(self):
        model, tensors = self.golden("qwen3_vl_vision-plain")
        path = self.saved("x.npy", numpy.concatenate([tensors["pixels.0"], tensors["pixels.1"]]))
        process = run("run", model, "--image", path, "--grid", "2,6,10", "--grid", "1,2,2")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        for expected in ("Image 1  6 by 10 patches in each of 2 frames", "Image 2  2 by 2 patches", "pooled, 30 rows",
                         "last states, 4 rows", "12 values of length 1", "cosine", "image 2", "residual RMS"):
            self.assertIn(expected, process.stdout)


if __name__ == "__main__":
    unittest.main()
