"""The items with the greatest inner products, of vectors of length 1, for each query."""

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from types import SimpleNamespace

import numpy as np


def data(arrays, parameters):
    queries, items = (np.ascontiguousarray(arrays[name].T) for name in ("queries", "items"))
    for x in (queries, items):
        x /= np.linalg.norm(x, axis=1, keepdims=True)
    return SimpleNamespace(queries=queries, items=items, **parameters)


def numpy(d):
    from threadpoolctl import threadpool_limits

    threads, rows = cpu_count(), 256
    pool = ThreadPoolExecutor(threads)

    def part(queries):
        n = len(d.items)
        buffer = np.empty((rows, n), np.float32)
        for start in range(0, len(queries), rows):
            block = queries[start : start + rows]
            scores = np.matmul(block, d.items.T, out=buffer[: len(block)])
            best = np.argpartition(scores, n - d.topK, axis=1)[:, n - d.topK :]
            found = np.take_along_axis(scores, best, axis=1)
            order = np.argsort(-found, axis=1)
            yield np.take_along_axis(best, order, axis=1), np.take_along_axis(found, order, axis=1)

    def run(queries):
        # Selection runs on one thread, so each thread has its own queries and multiplies them alone.
        with threadpool_limits(1, "blas"):
            parts = list(
                pool.map(lambda some: list(part(some)), np.array_split(d.queries[:queries], threads))
            )
        found = [block for some in parts for block in some]
        return {
            "indices": np.concatenate([indices for indices, _ in found]).astype(np.int32),
            "scores": np.concatenate([scores for _, scores in found]),
        }

    return run


def faiss_cpu(d):
    import faiss

    index = faiss.IndexFlatIP(d.items.shape[1])
    index.add(d.items)

    def run(queries):
        scores, indices = index.search(d.queries[:queries], d.topK)
        return {"indices": indices.astype(np.int32), "scores": scores}

    return run


def implicit(d):
    from implicit.cpu.topk import topk
    from threadpoolctl import threadpool_limits

    def run(queries):
        # As its documentation asks: it has threads of its own.
        with threadpool_limits(1, "blas"):
            indices, scores = topk(d.items, d.queries[:queries], d.topK, num_threads=0)
        return {"indices": indices.astype(np.int32), "scores": scores}

    return run


peers = {"numpy": numpy, "faiss-cpu": faiss_cpu, "implicit": implicit}
