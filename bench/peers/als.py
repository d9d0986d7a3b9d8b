"""Iterations of alternating least squares, and recommendations from the factors."""

from types import SimpleNamespace

import numpy as np
from scipy.sparse import csr_matrix


def data(arrays, parameters):
    # The peer's confidences are 1 more than the weights.
    matrix = csr_matrix(
        (arrays["values"] + 1, arrays["indices"], arrays["indptr"]),
        shape=(parameters["customers"], parameters["items"]),
    )
    return SimpleNamespace(matrix=matrix, items_start=arrays["itemFactors"], **parameters)


def implicit(d):
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, "blas")

    def run(iterations):
        seconds = []
        model = AlternatingLeastSquares(
            factors=d.factors,
            regularization=d.regularisation,
            iterations=int(iterations),
            num_threads=0,
            alpha=1.0,
        )
        model.user_factors = np.zeros((d.customers, d.factors), np.float32)
        model.item_factors = d.items_start.copy()
        model.fit(d.matrix, show_progress=False, callback=lambda _, elapsed, __: seconds.append(elapsed))
        return {"seconds": min(seconds), "users": model.user_factors, "items": model.item_factors}

    return run


peers = {"implicit": implicit}
