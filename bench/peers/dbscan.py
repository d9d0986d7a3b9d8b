"""Clusters by density within a radius."""

from types import SimpleNamespace

import numpy as np

from fastest import fastest


def data(arrays, parameters):
    return SimpleNamespace(x=np.ascontiguousarray(arrays["x"].T), **parameters)


def scikit_learn(d):
    from sklearn.cluster import DBSCAN

    def fit(jobs):
        model = DBSCAN(eps=d.eps, min_samples=d.minPoints, n_jobs=jobs).fit(d.x)
        core = np.zeros(len(d.x), np.int32)
        core[model.core_sample_indices_] = 1
        return {"labels": model.labels_.astype(np.int32), "core": core}

    jobs = fastest([1, -1], fit)
    return lambda: fit(jobs)


peers = {"scikit-learn": scikit_learn}
