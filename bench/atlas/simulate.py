"""Plans an atlas of many models: hours, bytes and cost on so many workers, by simulation: docs/scale.md.

    python bench/atlas/simulate.py [--models 2000000] [--workers 1 16 64 256]

Each worker takes the next task of 16 models, as Ray does, or all of its rank's share, as arrays of jobs do. A model takes
what was measured: seconds of processor for its size, bytes and requests over a worker's line and under the hub's limit.
Workers are taken away at random, as preemptible machines are; a lost task is done again.
"""

import argparse
import dataclasses
import heapq
import random

# Of a hub's models by size: share, bytes that a sketch reads, requests, seconds of one core.
# docs/scale.md, "What a model takes", says which of these are measured, and what the shares are taken to be.
SIZES = (
    ("up to 1 billion parameters", 0.55, 6e6, 12, 0.35),
    ("1 to 5 billion", 0.20, 16e6, 20, 0.9),
    ("5 to 15 billion", 0.18, 24e6, 30, 1.3),
    ("15 to 50 billion", 0.05, 32e6, 45, 1.8),
    ("more", 0.02, 70e6, 90, 4.0),
)
TASK = 16  # models


@dataclasses.dataclass
class Place:
    """Where it runs."""

    workers: int
    line: float = 25e6  # bytes a second of each worker
    delay: float = 0.15  # seconds a request waits, three in flight
    in_flight: int = 3
    limit: float = 100.0  # requests a second that the hub answers to all workers together
    lost_after: float = 24 * 3600.0  # seconds after which a worker is taken away, on average
    begun_in: float = 120.0  # seconds until another is there
    price: float = 0.05  # of a worker's hour


def seconds_of(size, place):
    """What a model takes on a worker that the hub's limit does not hold up."""
    _, _, read, requests, seconds = size
    return read / place.line + requests * place.delay / place.in_flight + seconds


def simulate(models, place, seed=1, shares=False):
    """Returns seconds until all is done, worker-seconds, bytes, requests and tasks done again.

    `shares`: each worker has its own share of the tasks, as ranks do.
    """
    chance = random.Random(seed)
    tasks = -(-models // TASK)
    weights = [size[1] for size in SIZES]
    left = [tasks // place.workers + (rank < tasks % place.workers) for rank in range(place.workers)]
    common = tasks
    free = [(0.0, rank) for rank in range(place.workers)]
    heapq.heapify(free)
    ends = [chance.expovariate(1 / place.lost_after) for _ in range(place.workers)]
    done_at = hub_free = total_bytes = worker_seconds = 0.0
    total_requests = again = 0
    while free:
        now, rank = heapq.heappop(free)
        if (left[rank] if shares else common) == 0:
            worker_seconds += now
            continue
        sizes = chance.choices(SIZES, weights, k=TASK)
        requests = sum(size[3] for size in sizes)
        # The hub answers so many a second to all together: a task's requests wait for those before them.
        hub_free = max(hub_free, now) + requests / place.limit
        until = max(now + sum(seconds_of(size, place) for size in sizes), hub_free)
        total_bytes += sum(size[2] for size in sizes)
        total_requests += requests
        if until > ends[rank]:  # the machine goes, and the task with it
            again += 1
            begins = max(now, ends[rank]) + place.begun_in
            ends[rank] = begins + chance.expovariate(1 / place.lost_after)
            heapq.heappush(free, (begins, rank))
            continue
        if shares:
            left[rank] -= 1
        else:
            common -= 1
        done_at = max(done_at, until)
        heapq.heappush(free, (until, rank))
    return done_at, worker_seconds, total_bytes, total_requests, again


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=2_000_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 16, 64, 256])
    parser.add_argument("--limit", type=float, default=Place.limit, help="requests a second that the hub answers")
    parser.add_argument("--price", type=float, default=Place.price, help="of a worker's hour")
    parser.add_argument("--lost-after", type=float, default=Place.lost_after / 3600, help="hours, on average")
    options = parser.parse_args()
    print("| workers | by | hours | worker hours | cost | read, TB | requests, million | tasks again |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for workers in options.workers:
        for shares in (False, True):
            place = Place(workers, limit=options.limit, price=options.price, lost_after=options.lost_after * 3600)
            seconds, busy, read, requests, again = simulate(options.models, place, shares=shares)
            print(f"| {workers} | {'rank' if shares else 'Ray'} | {seconds / 3600:,.1f} | {busy / 3600:,.0f} |"
                  f" {busy / 3600 * place.price:,.0f} | {read / 1e12:.1f} | {requests / 1e6:.1f} | {again} |", flush=True)


if __name__ == "__main__":
    main()
