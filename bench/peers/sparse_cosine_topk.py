"""The items that are most alike by the cosine of their columns in the customer × item matrix."""

from os import cpu_count
from types import SimpleNamespace

import numpy as np
from scipy.sparse import csr_matrix


def data(arrays, parameters):
    matrix = csr_matrix(
        (arrays["values"], arrays["indices"], arrays["indptr"]),
        shape=(parameters["customers"], parameters["items"]),
    )
    return SimpleNamespace(matrix=matrix, **parameters)


def results(similar, d):
    """Rows of the sparse answer, best first, padded with -1."""
    indices = np.full((d.items, d.topK), -1, np.int32)
    scores = np.full((d.items, d.topK), -np.inf, np.float32)
    for item in range(d.items):
        start, end = similar.indptr[item : item + 2]
        order = np.argsort(-similar.data[start:end], kind="stable")
        indices[item, : end - start] = similar.indices[start:end][order]
        scores[item, : end - start] = similar.data[start:end][order]
    return {"indices": indices, "scores": scores}


def implicit(d):
    from time import perf_counter

    from implicit.nearest_neighbours import CosineRecommender

    matrix = d.matrix.astype(np.float64)

    def run():
        model = CosineRecommender(K=d.topK, num_threads=0)
        start = perf_counter()
        model.fit(matrix, show_progress=False)
        seconds = perf_counter() - start
        return {"seconds": seconds, **results(model.similarity, d)}

    return run


def sparse_dot_topn(d):
    from time import perf_counter

    from sparse_dot_topn import sp_matmul_topn

    # Lengths and the transposed matrix are at hand before the clock starts.
    by_item = d.matrix.T.tocsr()
    lengths = np.sqrt(np.asarray(by_item.multiply(by_item).sum(axis=1)).ravel())
    by_item.data /= np.repeat(np.maximum(lengths, 1e-30), np.diff(by_item.indptr)).astype(np.float32)
    by_customer = by_item.T.tocsr()

    def run(exact=False):
        # Its float32 sums of tens of thousands of products lose the third digit: what is compared is float64.
        left, right = (m.astype(np.float64) if exact else m for m in (by_item, by_customer))
        start = perf_counter()
        similar = sp_matmul_topn(left, right, top_n=d.topK, sort=True, n_threads=cpu_count())
        seconds = perf_counter() - start
        return {"seconds": seconds, **results(similar, d)}

    return run


peers = {"implicit": implicit, "sparse-dot-topn": sparse_dot_topn}
