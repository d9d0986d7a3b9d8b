"""All distances between two sets of points, block of rows by block of rows."""

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from types import SimpleNamespace

import numpy as np

from fastest import fastest


def data(arrays, parameters):
    a, b = (np.ascontiguousarray(arrays[name].T) for name in "ab")
    return SimpleNamespace(a=a, b=b, **parameters)


# Rows of the result that are made at a time: each peer gets what it is fastest with, tried on some rows.
rows_at_a_time = (50, 250, 1000)
some = 1000


def blocks(a, rows):
    return [a[start : start + rows] for start in range(0, len(a), rows)]


def last(distances, d):
    """The last rows of the result, to be compared."""
    return {"last": distances[-d.compared :].astype(np.float32)}


def scikit_learn(d):
    from sklearn.metrics import pairwise_distances

    # Its own squared distances are a product of matrices; under the name of sqeuclidean it calls SciPy.
    ways = {
        "squared-euclidean": [{"metric": "euclidean", "squared": True}, {"metric": "sqeuclidean"}],
        "euclidean": [{"metric": "euclidean"}],
        "manhattan": [{"metric": "manhattan"}],
        "cosine": [{"metric": "cosine"}],
        "correlation": [{"metric": "correlation"}],
    }[d.metric]
    choices = [(way, jobs, rows) for way in ways for jobs in (1, -1) for rows in rows_at_a_time]

    def distances(a, choice):
        way, jobs, rows = choice
        for block in blocks(a, rows):
            result = pairwise_distances(block, d.b, n_jobs=jobs, **way)
        return result

    choice = fastest(choices, lambda choice: distances(d.a[:some], choice))
    return lambda: last(distances(d.a, choice), d)


def scipy(d):
    from scipy.spatial.distance import cdist

    metric = {"squared-euclidean": "sqeuclidean", "manhattan": "cityblock"}.get(d.metric, d.metric)
    # It computes in float64, whatever it is given, and on one thread: each thread gets its own blocks.
    a, b = d.a.astype(np.float64), d.b.astype(np.float64)
    threads = cpu_count()
    pool = ThreadPoolExecutor(threads)

    def part(part_of_a, rows):
        # Written over by each block: memory that was used before is faster.
        memory = np.empty((rows, len(b)))
        for block in blocks(part_of_a, rows):
            result = cdist(block, b, metric, out=memory[: len(block)])
        return result

    def distances(a, rows):
        return list(pool.map(part, np.array_split(a, threads), [rows] * threads))[-1]

    rows = fastest(rows_at_a_time, lambda rows: distances(a[:some], rows))
    return lambda: last(distances(a, rows), d)


peers = {"scikit-learn": scikit_learn, "scipy": scipy}
