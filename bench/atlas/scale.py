"""Measures how models of a local hub are sketched by several workers, one of which is killed: docs/scale.md.

    PYTHONPATH=python python bench/atlas/scale.py MODELKIN [--models 300] [--workers 1 2]

Makes small models, serves them by `modelkin serve`, and sketches them by rank and world, and by Ray where it is
installed. Fails unless all ways give the same bytes, and nothing is done twice but what a killed worker had begun.
"""

import argparse
import contextlib
import importlib.util
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from counting_proxy import CountingProxy  # noqa: E402
from made_models import write_models  # noqa: E402

import modelkin as mk  # noqa: E402


MARK = "MODELKIN_SCALE"  # a variable that tells workers of this process from others


class Bench:
    def __init__(self, program, folder, count):
        self.program, self.folder = program, pathlib.Path(folder)
        self.models = [f"hf://local/m{number:03}" for number in range(count)]
        self.list = self.folder / "models.txt"
        self.list.write_text("".join(f"{model}\n" for model in self.models))
        self.runs = 0

    def records(self):
        self.runs += 1
        return self.folder / f"records{self.runs}"

    def rank(self, records, rank, world):
        command = [self.program, "atlas", "build", self.list, "--to", records, "--rank", rank, "--world", world]
        return subprocess.Popen([*map(str, command), "--threads", "1", "-q"])

    def exported(self, records):
        """All records as lines of JSON, but for the commit and the port that a hub names them by: nothing else."""
        atlas = mk.atlas.open(self.folder / f"{records.name}.atlas", create=True)
        counts = atlas.import_(records)
        assert counts.added == len(self.models), counts
        atlas.export(self.folder / "lines", force=True)
        return (self.folder / "lines").read_bytes()

    def by_rank(self, world):
        records = self.records()
        began, processor = time.perf_counter(), children_seconds()
        for worker in [self.rank(records, rank, world) for rank in range(world)]:
            assert worker.wait() == 0
        return records, time.perf_counter() - began, children_seconds() - processor

    def by_rank_killed(self):
        """The second of two workers is killed when a third of the records is there, then begun again."""
        records = self.records()
        workers = [self.rank(records, rank, 2) for rank in range(2)]
        while len(kept(records)) < len(self.models) // 3:
            time.sleep(0.01)
        workers[1].send_signal(signal.SIGKILL)
        workers[1].wait()
        assert workers[0].wait() == 0
        before = kept(records)
        assert len(before) < len(self.models)
        assert self.rank(records, 1, 2).wait() == 0
        after = kept(records)
        assert before.items() <= after.items(), "a record was written twice"
        return records, len(before)

    def by_ray(self, workers, kill=False):
        records = self.records()
        killed = []

        def kill_one():
            while not killed:
                time.sleep(0.01)
                if len(kept(records)) >= len(self.models) // 3:
                    killed.extend(worker_of_ray()[:1])

        killer = threading.Thread(target=kill_one, daemon=True)
        if kill:
            killer.start()
        began = time.perf_counter()
        told = mk.atlas.build(self.models, records, engine="ray", workers=workers)
        seconds = time.perf_counter() - began
        assert set(told.column("outcome")) == {"added"}, told
        assert bool(killed) == kill
        return records, seconds


def children_seconds():
    """Processor seconds of all that has ended below this process."""
    times = os.times()
    return times.children_user + times.children_system


def kept(records):
    """When each record was written, by its file's name."""
    return {path.name: path.stat().st_mtime_ns for path in records.glob("*/*.sketch")}


def worker_of_ray():
    """Kills a worker that sketches, among those that this process's call to Ray began."""
    mark = f"{MARK}={os.environ[MARK]}".encode()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (folder / "cmdline").read_bytes()
            if line.startswith(b"ray::") and b"SketchBatch" in line and mark in (folder / "environ").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)
                return [int(folder.name)]
    return []


def count_with(bench, proxy, what, run):
    """Runs it through the counting proxy, and says what each model took."""
    proxy.forget()
    os.environ["HF_ENDPOINT"] = proxy.endpoint
    found = run()
    times = sorted(proxy.listings[model.removeprefix("hf://local/")] for model in bench.models)
    most = times[-1]
    once = min(times)
    again = sum(count > once for count in times)
    print(f"{what}: {sum(proxy.bytes.values()) / len(times):,.0f} bytes and {sum(proxy.requests.values()) / len(times):.1f}"
          f" requests a model; {again} models begun again (most: {most // max(once, 1)} times)", flush=True)
    return found, again


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--ray-alone", action="store_true", help="not by rank, but once for its bytes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="modelkin-scale-") as folder:
        models = pathlib.Path(folder) / "models"
        write_models(models, options.models)
        server = subprocess.Popen([options.program, "serve", str(models)], stdout=subprocess.PIPE, text=True)
        try:
            measure(Bench(os.path.abspath(options.program), folder, options.models),
                    server.stdout.readline().strip(), options.workers, options.ray_alone)
        finally:
            server.terminate()
            server.wait()


def measure(bench, hub, worlds, ray_alone):
    os.environ["HF_ENDPOINT"] = hub
    expected = None
    for world in worlds[:1] if ray_alone else worlds:
        records, seconds, processor = bench.by_rank(world)
        size = sum(path.stat().st_size for path in records.glob("*/*.sketch"))
        print(f"rank of {world}: {len(bench.models) / seconds:.1f} models/s, {1000 * processor / len(bench.models):.1f} ms of"
              f" processor a model, {size / len(bench.models):,.0f} bytes a record; load {os.getloadavg()[0]:.0f}", flush=True)
        lines = bench.exported(records)
        assert expected in (None, lines), "other bytes"
        expected = lines
    proxy = CountingProxy(hub)
    if not ray_alone:
        (records, before), again = count_with(bench, proxy, "rank of 2, one killed", bench.by_rank_killed)
        assert again <= 1, "more was done again than what the killed worker had begun"
        assert bench.exported(records) == expected, "other bytes"
        print(f"  {before} records were there before the killed worker was begun again; the same bytes", flush=True)
    if importlib.util.find_spec("ray") is None:
        print("Ray is not installed: not tried")
        return
    for workers in worlds:
        with ray_of(workers, hub):
            records, seconds = bench.by_ray(workers)
        print(f"Ray, {workers} workers: {len(bench.models) / seconds:.1f} models/s; load {os.getloadavg()[0]:.0f}", flush=True)
        assert bench.exported(records) == expected, "other bytes"
    with ray_of(2, proxy.endpoint):
        (records, _), again = count_with(bench, proxy, "Ray, 2 workers, one killed", lambda: bench.by_ray(2, kill=True))
    assert bench.exported(records) == expected, "other bytes"
    assert again <= 16, "more was done again than the lost task"
    print("  the same bytes", flush=True)


@contextlib.contextmanager
def ray_of(workers, hub):
    """A cluster, that of RAY_ADDRESS or one of this process, whose workers ask this hub."""
    import ray
    import ray.data

    os.environ[MARK] = secrets.token_hex(8)
    variables = {"HF_ENDPOINT": hub, MARK: os.environ[MARK]}
    if not os.environ.get("RAY_ADDRESS"):
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": variables})
    else:
        ray.init(log_to_driver=False, runtime_env={"env_vars": variables})
    try:
        ray.data.range(workers).map_batches(lambda batch: batch).materialize()  # workers are there
        yield
    finally:
        ray.shutdown()


if __name__ == "__main__":
    main()
