"""Clusters of differing densities."""

from types import SimpleNamespace

import numpy as np


def data(arrays, parameters):
    return SimpleNamespace(x=np.ascontiguousarray(arrays["x"].T), **parameters)


def scikit_learn(d):
    from sklearn.cluster import HDBSCAN

    # One or all jobs: the same, since only the neighbours are looked for by several.
    def fit():
        model = HDBSCAN(min_cluster_size=d.minClusterSize, n_jobs=-1, copy=True).fit(d.x)
        return {"labels": model.labels_.astype(np.int32)}

    return fit


peers = {"scikit-learn": scikit_learn}
