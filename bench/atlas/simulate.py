"""Plans an atlas of many models: hours, bytes and cost on so many workers, by simulation: docs/scale.md.

    python bench/atlas/simulate.py [--models 2000000] [--workers 1 16 64 256]

Each worker takes the next task of 16 models, as Ray does, or all of its rank's share, as arrays of jobs do. A model takes
what was measured: seconds of processor for its size, bytes and requests over a worker's line and under the hub's limits.
Workers are taken away at random, as preemptible machines are; a lost task is done again.
"""

import argparse
import dataclasses
import heapq
import random

# Of a hub's models by size: share, bytes that a sketch fetches, answers of the hub's store that bring them,
# seconds of one core. docs/scale.md, "What a model takes", says how these were measured, and what the shares are
# taken to be.
SIZES = (
    ("up to 1 billion parameters", 0.55, 15e6, 108, 0.6),
    ("1 to 5 billion", 0.20, 17e6, 60, 0.9),
    ("5 to 15 billion", 0.18, 20e6, 102, 1.6),
    ("15 to 50 billion", 0.05, 49e6, 205, 4.9),
    ("more", 0.02, 51e6, 202, 4.7),
)
LISTED, RESOLVED = 1, 5  # questions of each model that a hub limits: its files, and where they are
TASK = 16  # models


@dataclasses.dataclass
class Place:
    """Where it runs."""

    workers: int
    line: float = 25e6  # bytes a second of each worker
    delay: float = 0.1  # seconds that an answer takes, of which four are on their way at a time
    at_once: int = 4
    listed: float = 6000 / 300  # models a second that the hub lists for all workers together
    resolved: float = 50_000 / 300  # files a second that it resolves
    lost_after: float = 24 * 3600.0  # seconds after which a worker is taken away, on average
    begun_in: float = 120.0  # seconds until another is there
    price: float = 0.05  # of a worker's hour

    def models_a_second(self):
        """What the hub's limits leave."""
        return min(self.listed / LISTED, self.resolved / RESOLVED)


def seconds_of(size, place):
    """What a model takes on a worker that the hub's limits do not hold up."""
    _, _, read, answers, seconds = size
    return read / place.line + (answers + LISTED + RESOLVED) * place.delay / place.at_once + seconds


def simulate(models, place, seed=1, shares=False):
    """Returns seconds until all is done, worker-seconds, bytes and tasks done again.

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
    again = 0
    while free:
        now, rank = heapq.heappop(free)
        if (left[rank] if shares else common) == 0:
            worker_seconds += now
            continue
        sizes = chance.choices(SIZES, weights, k=TASK)
        # The hub answers so many a second to all together: a task's questions wait for those before them.
        hub_free = max(hub_free, now) + TASK / place.models_a_second()
        until = max(now + sum(seconds_of(size, place) for size in sizes), hub_free)
        total_bytes += sum(size[2] for size in sizes)
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
    return done_at, worker_seconds, total_bytes, again


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=2_000_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 16, 64, 256])
    parser.add_argument("--listed", type=float, default=6000, help="models that the hub lists in five minutes")
    parser.add_argument("--resolved", type=float, default=50_000, help="files that it resolves in five minutes")
    parser.add_argument("--price", type=float, default=Place.price, help="of a worker's hour")
    parser.add_argument("--lost-after", type=float, default=Place.lost_after / 3600, help="hours, on average")
    options = parser.parse_args()
    print("| workers | by | hours | worker hours | cost | fetched, TB | tasks again |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for workers in options.workers:
        for shares in (False, True):
            place = Place(workers, listed=options.listed / 300, resolved=options.resolved / 300, price=options.price,
                          lost_after=options.lost_after * 3600)
            seconds, busy, fetched, again = simulate(options.models, place, shares=shares)
            print(f"| {workers} | {'rank' if shares else 'Ray'} | {seconds / 3600:,.1f} | {busy / 3600:,.0f} |"
                  f" {busy / 3600 * place.price:,.0f} | {fetched / 1e12:.1f} | {again} |", flush=True)


if __name__ == "__main__":
    main()
