"""The ten best items for every customer."""

from types import SimpleNamespace

import numpy as np
from scipy.sparse import csr_matrix


def data(arrays, parameters):
    matrix = csr_matrix(
        (arrays["values"], arrays["indices"], arrays["indptr"]),
        shape=(parameters["customers"], parameters["items"]),
    )
    return SimpleNamespace(matrix=matrix, arrays=arrays, **parameters)


def everybody(model, d, **options):
    matrix = d.matrix

    def run():
        from time import perf_counter

        customers = np.arange(d.customers)
        start = perf_counter()
        ids, scores = model.recommend(customers, matrix, N=d.topK, **options)
        seconds = perf_counter() - start
        return {"seconds": seconds, "indices": ids.astype(np.int32), "scores": scores.astype(np.float32)}

    return run


def cosine(d):
    from implicit.nearest_neighbours import CosineRecommender, NearestNeighboursScorer

    d.matrix = d.matrix.astype(np.float64)
    similar = csr_matrix(
        (d.arrays["similarValues"], d.arrays["similarIndices"], d.arrays["similarIndptr"]),
        shape=(d.items, d.items),
    )
    model = CosineRecommender(K=100, num_threads=0)
    # The peer's own search keeps the item itself among its neighbours; both sides recommend from the same ones.
    model.similarity = similar.astype(np.float64)
    model.scorer = NearestNeighboursScorer(model.similarity)
    return everybody(model, d)


def als(d, **options):
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, "blas")
    model = AlternatingLeastSquares(factors=d.factors, regularization=d.regularisation, num_threads=0)
    model.user_factors = d.arrays["userFactors"]
    model.item_factors = d.arrays["itemFactors"]
    return everybody(model, d, **options)


peers = {"implicit, cosine": cosine, "implicit, known factors": als}
