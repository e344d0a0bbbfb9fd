"""The workloads in SimPy, as its documentation writes processes: lines of words for
`cargo xtask bench`.

python rivals.py agree|time
"""

import random
import sys
import time

import simpy

REQUESTS = 300_000
SEED = 42


class Outcome:
    """What a run comes to."""

    def __init__(self):
        self.begun = 0
        self.finished = 0
        self.succeeded = 0
        self.attempts = 0
        self.took = 0.0

    def over(self, took, succeeded):
        self.finished += 1
        self.succeeded += succeeded
        self.took += took

    def numbers(self):
        mean_ms = self.took / self.finished * 1000
        return self.begun, self.finished, self.succeeded, self.attempts, mean_ms


def one_worker():
    env = simpy.Environment()
    luck = random.Random(SEED)
    worker = simpy.Resource(env)
    outcome = Outcome()

    def request():
        since = env.now
        outcome.attempts += 1
        with worker.request() as turn:
            yield turn
            yield env.timeout(luck.expovariate(100))
        outcome.over(env.now - since, True)

    def arrivals():
        for _ in range(REQUESTS):
            yield env.timeout(luck.expovariate(80))
            outcome.begun += 1
            env.process(request())

    env.process(arrivals())
    env.run()
    return outcome.numbers()


def retries():
    env = simpy.Environment()
    luck = random.Random(SEED)
    workers = simpy.Resource(env, capacity=10)
    outcome = Outcome()

    def work(answer):
        with workers.request() as turn:
            yield turn
            yield env.timeout(luck.expovariate(20))
        answer.succeed(luck.random() >= 0.2)

    def request():
        since = env.now
        for failures in range(3):
            outcome.attempts += 1
            answer = env.event()
            env.process(work(answer))
            # The work goes on when nobody waits for the answer any more.
            yield answer | env.timeout(0.2)
            if answer.processed and answer.value:
                outcome.over(env.now - since, True)
                return
            if failures < 2:
                yield env.timeout(luck.random() * min(0.1 * 2**failures, 2.0))
        outcome.over(env.now - since, False)

    def arrivals():
        for _ in range(REQUESTS):
            yield env.timeout(luck.expovariate(100))
            outcome.begun += 1
            env.process(request())

    env.process(arrivals())
    env.run()
    return outcome.numbers()


for simulate in (one_worker, retries):
    before = time.process_time()
    numbers = simulate()
    spent = time.process_time() - before
    if sys.argv[1] == "agree":
        print("agree", simulate.__name__, "simpy", *numbers)
    else:
        print("time", simulate.__name__, "simpy", round(numbers[0] / spent))
