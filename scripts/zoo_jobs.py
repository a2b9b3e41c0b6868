"""Jobs that make the models of a zoo, each from others, and the command that runs them."""

import argparse
import concurrent.futures
import dataclasses
import fnmatch
import multiprocessing
import os
import pathlib
import shutil
import sys
import time

JOBS = []  # known to workers, which are forked


@dataclasses.dataclass
class Job:
    """What one worker makes in one go: `make(zoo)` writes the models `gives`."""
    gives: list
    needs: list
    cost: float  # in steps
    about: str
    make: object


def with_needs(jobs, pattern):
    """Those that give a model like the pattern, and what they need."""
    wanted = {name for job in jobs for name in job.gives if fnmatch.fnmatch(name, pattern)}
    while True:
        more = {need for job in jobs if wanted & set(job.gives) for need in job.needs}
        if more <= wanted:
            return [job for job in jobs if wanted & set(job.gives)]
        wanted |= more


def longest_way(jobs):
    """{index: cost of the job and of the dearest chain of jobs that waits for it}"""
    costs = {}

    def cost(index):
        if index not in costs:
            costs[index] = jobs[index].cost + max(
                (cost(other) for other in range(len(jobs))
                 if set(jobs[other].needs) & set(jobs[index].gives)), default=0)
        return costs[index]
    return {index: cost(index) for index in range(len(jobs))}


def start_worker():
    import torch  # not needed for a plan
    os.nice(10)
    torch.set_num_threads(1)


def run_job(zoo, index):
    JOBS[index].make(zoo)
    return index


def run_all(zoo, workers):
    def done(job):
        return all((zoo / name / "lineage.json").exists() for name in job.gives)

    waiting = {index for index, job in enumerate(JOBS) if not done(job)}
    ways, running, failed = longest_way(JOBS), {}, set()
    with concurrent.futures.ProcessPoolExecutor(
            workers, mp_context=multiprocessing.get_context("fork"),
            initializer=start_worker) as pool:
        while waiting or running:
            for index in sorted(waiting, key=lambda index: -ways[index]):
                if len(running) < workers and all((zoo / need / "lineage.json").exists()
                                                  for need in JOBS[index].needs):
                    waiting.remove(index)
                    for name in JOBS[index].gives:  # half of a run: again from its start
                        shutil.rmtree(zoo / name, ignore_errors=True)
                    running[pool.submit(run_job, zoo, index)] = index
            if not running:
                break
            ready, _ = concurrent.futures.wait(running, return_when="FIRST_COMPLETED")
            for future in ready:
                index = running.pop(future)
                if future.exception():
                    failed.add(index)
                    print(f"{JOBS[index].gives[0]}: {future.exception()!r}", file=sys.stderr,
                          flush=True)
    if failed or waiting:
        sys.exit(f"{len(failed)} jobs failed, {len(waiting)} had to be left")


def main(about, make_plan, prepare):
    """The command: make_plan(first_seed) gives all jobs, and prepare(zoo) makes what they have in common."""
    parser = argparse.ArgumentParser(description=about.split("\n", maxsplit=1)[0])
    parser.add_argument("zoo", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--plan", action="store_true", help="say what would be made, and stop")
    parser.add_argument("--jobs", type=int, default=2, help="workers, one thread each")
    parser.add_argument("--only", default="*", metavar="PATTERN",
                        help="models like this one, and what they are made from")
    parser.add_argument("--first-seed", type=int, default=0, metavar="N",
                        help="added to all seeds: other models by the same recipe")
    options = parser.parse_args()
    JOBS.extend(with_needs(make_plan(options.first_seed), options.only))
    if options.plan:
        for job in JOBS:
            for name in job.gives:
                print(name, "from", ", ".join(job.needs) or "nothing",
                      f"({job.about})" if job.about else "")
        print(f"{sum(len(job.gives) for job in JOBS)} models, "
              f"{sum(job.cost for job in JOBS)} training steps")
        return
    options.zoo.mkdir(parents=True, exist_ok=True)
    prepare(options.zoo)
    begin = time.monotonic()
    run_all(options.zoo, options.jobs)
    print(f"done in {time.monotonic() - begin:.0f} s")
