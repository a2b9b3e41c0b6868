"""modelkin sketch: the record, and its bits made once more from docs/atlas.md."""

import json
import os
import unittest

import jsonschema
import numpy

from support import DOCS, CliTest, run

SEED = 0x6D6F64656C6B696E


def words_after(numbers):
    """SplitMix64's word after each state."""
    with numpy.errstate(over="ignore"):
        state = numbers + numpy.uint64(0x9E3779B97F4A7C15)
        z = (state ^ (state >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return z ^ (z >> numpy.uint64(31))


def words(count):
    """The first `count` words of SplitMix64."""
    with numpy.errstate(over="ignore"):
        return words_after(numpy.uint64(SEED) + numpy.arange(count, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15))


def codes(rows):
    """Steps 1 to 3, of rows without constants."""
    rows = rows.astype(numpy.float64)
    count = rows.shape[1]
    total = numpy.cumsum(rows, axis=1)[:, -1:]
    rows = rows - total / count
    squares = numpy.cumsum(rows * rows, axis=1)[:, -1:]
    rows = rows / numpy.sqrt(squares / count)
    rows = rows - numpy.cumsum(rows, axis=0)[-1:] / rows.shape[0]
    return numpy.clip(numpy.rint(rows * 1024), -4096, 4096).astype(numpy.int64)


def bits(values, length, shift, sign):
    """Steps 5 to 7: the bits as a number."""
    values = values.ravel()
    times = max(1, (1 << 16) // len(values))
    word = words(times * len(values))
    signed = numpy.where((word >> numpy.uint64(sign)) & numpy.uint64(1), 1, -1) * numpy.tile(values, times)
    place = ((word >> numpy.uint64(shift)) % numpy.uint64(length)).astype(numpy.int64)
    sums = numpy.zeros(length, numpy.int64)
    numpy.add.at(sums, place, signed)
    squares = numpy.uint64((values * values).sum())
    ties = words_after(squares + numpy.arange(length, dtype=numpy.uint64)) & numpy.uint64(1)
    return numpy.packbits((sums > 0) | ((sums == 0) & (ties == 1)), bitorder="little").tobytes()


def middle(matrix):
    count = min(matrix.shape[0], max(8, min(1024, (1 << 16) // matrix.shape[1])))
    begin = (matrix.shape[0] - count) // 2
    block = matrix[begin:begin + count].copy()
    for row in range(count):
        if begin + row < block.shape[1]:
            others = numpy.delete(block[row], begin + row).astype(numpy.float64)
            block[row, begin + row] = numpy.float32(numpy.cumsum(others)[-1] / len(others))
    return block


class Sketch(CliTest):
    ROWS, COLUMNS, LAYERS = 160, 640, 3

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(7)
        self.outputs = [random.standard_normal((self.ROWS, self.COLUMNS)).astype(numpy.float32)
                        for _ in range(self.LAYERS)]
        self.model({f"model.layers.{i}.self_attn.o_proj.weight": o for i, o in enumerate(self.outputs)})

    def model(self, tensors):
        self.write_model("m/model.safetensors", {name: ("F32", list(values.shape), values.tobytes())
                                                 for name, values in tensors.items()})

    def sketch(self, *arguments):
        process = run("sketch", self.path("m"), "--json", *arguments)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(process.stdout.count("\n"), 1)
        record = json.loads(process.stdout)
        with open(os.path.join(DOCS, "sketch.schema.json"), encoding="utf-8") as schema:
            jsonschema.validate(record, json.load(schema))
        return record

    def test_bits_are_those_that_the_document_describes(self):
        component = self.sketch()["components"][0]
        blocks = [codes(middle(matrix)) for matrix in self.outputs]
        self.assertEqual(bytes.fromhex(component["bits"]), bits(sum(blocks), 4096, 0, 63))
        for layer, block in zip(component["layers"], blocks, strict=True):
            self.assertEqual(bytes.fromhex(layer["bits"]), bits(block, 512, 12, 62))

    def test_the_same_for_any_number_of_threads(self):
        self.assertEqual(self.sketch("--threads", "1"), self.sketch("--threads", "3"))

    def test_says_what_it_is_of(self):
        process = run("sketch", self.path("m"))
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("attention outputs, 160 x 640", process.stdout)

    def test_writes_what_it_prints(self):
        path = self.path("record.json")
        self.assertEqual(run("sketch", self.path("m"), "-o", path, "-q").returncode, 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(json.load(file), self.sketch())

    def test_says_why_there_is_none(self):
        self.model({"w": numpy.zeros(3, numpy.float32)})
        process = run("sketch", self.path("m"))
        self.assertEqual(process.returncode, 3)
        self.assertIn("nothing can be sketched", process.stderr)


if __name__ == "__main__":
    unittest.main()
