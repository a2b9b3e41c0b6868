"""Atlases: add, find, what is refused, Arrow and Parquet."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import modelkin as mk
from modelkin.atlas import Atlas

from .conftest import PROGRAM, run_program


@pytest.fixture
def own(atlas: Atlas, tmp_path: Path) -> Atlas:
    """A copy of the atlas that a test may change."""
    lines = tmp_path / "lines.json"
    atlas.export(lines)
    copy = mk.atlas.open(tmp_path / "own.atlas", create=True)
    assert copy.import_(lines) == (3, 3, 0)
    return copy


def exported(atlas: Atlas, folder: Path, name: str = "exported.json") -> str:
    atlas.export(folder / name, force=True)
    return (folder / name).read_text()


def names(atlas: Atlas) -> set[str]:
    return {Path(row.name).name for row in atlas.records()}


def test_open(tmp_path: Path, atlas: Atlas) -> None:
    with pytest.raises(mk.InputError, match="no.atlas"):
        mk.atlas.open(tmp_path / "no.atlas")
    assert not (tmp_path / "no.atlas").exists()
    empty = mk.atlas.open(tmp_path / "new.atlas", create=True)
    assert len(empty) == 0 and empty and not list(empty) and len(empty.records()) == 0
    assert len(atlas) == 3 and repr(atlas) == f"<Atlas: {atlas.path}>"
    assert mk.atlas.open(atlas.path) == atlas and pickle.loads(pickle.dumps(atlas)) == atlas
    (tmp_path / "text").write_text("no atlas, but text that is long enough to be a header of one" * 20)
    with pytest.raises(mk.InputError, match="text"):
        mk.atlas.open(tmp_path / "text")
    with pytest.raises(mk.UsageError):
        mk.atlas.open("")
    with pytest.raises(mk.UsageError, match="create"):
        mk.atlas.open(tmp_path / "x", create=1)  # type: ignore[arg-type]


def test_find_is_the_programs(atlas: Atlas, tuned: Path, stranger: Path) -> None:
    found = atlas.find(
        tuned, permutations=1000, error_rate=0.001, most_traced=2, most_by_profile=1, threads=1
    )
    assert [Path(model.model).name for model in found.relatives] == ["dense-a"]
    verdict = found.relatives[0].verdict
    assert verdict is not None and verdict.category == "derived"
    assert run_program(*found.run["arguments"]) == found.to_json()
    assert "dense-a" in repr(found) and "Relatives found" in found._repr_html_()
    same = atlas.find(stranger, permutations=1000)
    assert [Path(model.model).name for model in same.relatives] == ["dense-b"]


def test_find_a_state_dict(atlas: Atlas, tuned: Path) -> None:
    with mk.open(tuned) as model:
        state = {name: tensor.numpy() for name, tensor in model.items()}
        config = model.config
    with mk.open(state, config=config, name="live") as live:
        found = atlas.find(live, permutations=1000)
        sketch = mk.sketch(live)
    assert [Path(model.model).name for model in found.relatives] == ["dense-a"]
    assert sketch.components[0].bits == mk.sketch(tuned).components[0].bits


def test_what_is_nowhere_is_not_added(own: Atlas, tuned: Path) -> None:
    with mk.open(tuned) as model:
        state = {name: tensor.numpy() for name, tensor in model.items()}
    with mk.open(state) as live:
        for model in (state, [state], live, mk.sketch(state)):  # type: ignore[assignment]
            with pytest.raises(mk.UsageError, match="save"):
                own.add(model)
    assert len(own) == 3


def test_add_and_remove(own: Atlas, a: Path, tuned: Path, tmp_path: Path) -> None:
    assert [row.outcome for row in own.add(a)] == ["replaced"]
    with mk.open(tuned) as opened:
        assert [row.outcome for row in own.add([mk.sketch(tuned, name="mine"), opened])] == [
            "added",
            "replaced",
        ]
    broken = tmp_path / "broken"
    broken.mkdir()
    with pytest.warns(mk.ModelWarning, match="1 of 2 models could not be sketched"):
        told = own.add([broken, tuned])
    assert told.column("outcome") == ["failed", "replaced"] and str(broken) in (told[0].error or "")
    assert names(own) == {"dense-a", "dense-b", "moe-c", "dense-a-tuned"}
    assert own.remove(str(a)) == 1 and len(own) == 3
    with pytest.raises(mk.UsageError, match="no model is called x"):
        own.remove("x")
    assert own.check() == []


def test_records(atlas: Atlas, a: Path) -> None:
    rows = atlas.records()
    row = next(row for row in rows if Path(row.name).name == "dense-a")
    assert row.location == str(a.resolve()) and row.parameters == 885_888 and row.family == "llama"
    assert rows.columns[:4] == ["name", "location", "family", "content"] and row.experts in (None, 0)
    assert row.data == rows.to_dicts()[list(rows).index(row)]
    assert [json.loads(sketch.to_json())["name"] for sketch in atlas] == rows.column("name")
    assert atlas.stats().records == 3 and atlas._repr_html_() == atlas.stats()._repr_html_()


def test_export_is_the_programs(atlas: Atlas, own: Atlas, tmp_path: Path) -> None:
    text = exported(atlas, tmp_path)
    assert text == run_program("atlas", "export", atlas.path) == exported(own, tmp_path)
    atlas.export(tmp_path / "exported.json")  # once more, over what it wrote
    notes = tmp_path / "notes.json"
    notes.write_text("{}")
    with pytest.raises(mk.UsageError):
        atlas.export(notes)
    with pytest.raises(mk.UsageError):
        atlas.export(atlas.path, force=True)
    assert len(atlas) == 3


def test_wrong_values_name_the_keyword(atlas: Atlas, a: Path) -> None:
    for keyword, value in (
        ("error_rate", 0),
        ("error_rate", 0.6),
        ("error_rate", float("nan")),
        ("error_rate", "0.1"),
        ("most_traced", -1),
        ("most_by_profile", 1.5),
        ("effort", "much"),
        ("threads", 0),
    ):
        with pytest.raises(mk.UsageError, match=keyword):
            atlas.find(a, **{keyword: value})  # type: ignore[arg-type]
    for model in (3, None, b"dense-a"):
        with pytest.raises(mk.UsageError):
            atlas.add(model)


def test_the_atlas_may_be_gone(own: Atlas, a: Path) -> None:
    Path(own.path).unlink()
    calls: list[Any] = [own.stats, own.check, own.records, lambda: own.find(a), lambda: own.remove("x")]
    for call in calls:
        with pytest.raises(mk.InputError, match=own.path):
            call()


# Parquet


def parquet() -> Any:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: Parquet is not tried")
    return pytest.importorskip("pyarrow.parquet")


def test_parquet_and_back(atlas: Atlas, tmp_path: Path) -> None:
    parquet()
    file = tmp_path / "atlas.parquet"
    assert atlas.to_parquet(file) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["atlas.parquet"]
    with pytest.raises(mk.UsageError, match="force=True"):
        atlas.to_parquet(file)
    before = file.read_bytes()
    assert atlas.to_parquet(file, force=True) == 3 and file.read_bytes() == before
    back = mk.atlas.open(tmp_path / "back.atlas", create=True)
    assert back.from_parquet(file) == (3, 3, 0)
    assert back.import_(file) == (3, 0, 3)
    assert exported(back, tmp_path) == exported(atlas, tmp_path)


def test_parquet_by_the_program(atlas: Atlas, tmp_path: Path) -> None:
    parquet()
    file, back = tmp_path / "atlas.parquet", tmp_path / "back.atlas"
    run_program("atlas", "export", atlas.path, "-o", file)
    run_program("atlas", "export", atlas.path, "-o", file, code=2)
    run_program("atlas", "export", atlas.path, "--force", "--output", file)
    assert run_program("atlas", "import", back, file) == "3 read: 3 added, 0 replaced\n"
    assert run_program("atlas", "import", back, file, "-q") == ""
    assert exported(mk.atlas.open(back), tmp_path) == exported(atlas, tmp_path)
    for words, code in (
        (("export", atlas.path, "-o", file, "--fast"), 2),
        (("import", back, tmp_path / "no.parquet"), 3),
        (("export", tmp_path / "no.atlas", "-o", tmp_path / "x.parquet"), 3),
    ):
        done = subprocess.run(
            [*PROGRAM, "atlas", *map(str, words)], capture_output=True, text=True, check=False, timeout=100
        )
        assert done.returncode == code and done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith("modelkin: ")
    assert "--output" in run_program("atlas", "export", "x.parquet", "--help")


def test_other_libraries_query_it(atlas: Atlas, tmp_path: Path) -> None:
    parquet()
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    file = tmp_path / "atlas.parquet"
    atlas.to_parquet(file)
    agreements = duckdb.sql(
        f"""select a.name, 4096 - bit_count(xor(a.components[1].bits::bit, b.components[1].bits::bit))
            from '{file}' a, '{file}' b where a.name = b.name"""
    ).fetchall()
    assert len(agreements) == 3 and all(row[1] == 4096 for row in agreements)
    some, back = tmp_path / "some.parquet", mk.atlas.open(tmp_path / "back.atlas", create=True)
    duckdb.sql(
        f"copy (select * from '{file}' where experts is null or experts = 0) to '{some}' (format parquet)"
    )
    assert back.from_parquet(some).added == 2 and names(back) == {"dense-a", "dense-b"}


def test_polars_takes_it_and_gives_it_back(atlas: Atlas, tmp_path: Path) -> None:
    parquet()
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = polars.DataFrame(atlas)
    assert frame.height == 3 and frame["record"].dtype == polars.Binary
    frame.filter(polars.col("parameters") > 0).write_parquet(tmp_path / "polars.parquet")
    back = mk.atlas.open(tmp_path / "back.atlas", create=True)
    assert back.from_parquet(tmp_path / "polars.parquet") == (3, 3, 0)
    assert exported(back, tmp_path) == exported(atlas, tmp_path)


def test_parquet_that_is_none_is_refused(atlas: Atlas, tmp_path: Path) -> None:
    arrow_parquet = parquet()
    import pyarrow

    good, file = tmp_path / "good.parquet", tmp_path / "x.parquet"
    atlas.to_parquet(good)
    table = arrow_parquet.read_table(good)
    record = table["record"].to_pylist()
    back = mk.atlas.open(tmp_path / "back.atlas", create=True)

    def refused(columns: dict[str, Any] | bytes, said: str) -> None:
        if isinstance(columns, bytes):
            file.write_bytes(columns)
        else:
            arrow_parquet.write_table(pyarrow.table(columns), file)
        with pytest.raises(mk.InputError, match=said) as error:
            back.from_parquet(file)
        assert str(error.value).startswith(str(file)) and "\n" not in str(error.value)
        assert len(back) == 0

    whole = good.read_bytes()
    refused(b"", "no Parquet")
    refused(b"PAR1" * 100, "no Parquet")
    refused(whole[: len(whole) // 2], "no Parquet")
    refused({"name": ["x"]}, "no column `record`")
    refused({"record": ["x"]}, "not bytes")
    refused({"record": pyarrow.array([None], pyarrow.binary())}, "row 1: has no record")
    refused({"record": [record[0], b"\x80"]}, "row 2")
    refused({"record": [record[0], record[1][:-1]]}, "row 2")
    refused({"record": [b"x" * 100_000] * 2}, "8,192 bytes|8192")
    refused({"record": record[:1], "name": ["another"]}, "row 1: its name is 'another', and its record says")
    refused({"record": record[:1], "content": pyarrow.array([None], pyarrow.string())}, "its content is None")
    refused({"record": record[:1], "location": [1]}, "its column `location` holds int64, not text")
    for at in range(0, len(whole), 1999):  # a byte that is wrong: an error of one line, or what was there
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            mk.atlas.open(tmp_path / f"{at}.atlas", create=True).from_parquet(file)
        except mk.InputError as error:
            assert "\n" not in str(error)


def test_without_pyarrow_it_says_so(atlas: Atlas, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import modelkin as mk\n"
        f"atlas = mk.atlas.open({atlas.path!r})\n"
        "print(len(atlas.records()))\n"
        f"try: atlas.to_parquet({str(tmp_path / 'x.parquet')!r})\n"
        "except mk.UsageError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout == "3\nParquet needs pyarrow: pip install 'modelkin[parquet]'\n"
