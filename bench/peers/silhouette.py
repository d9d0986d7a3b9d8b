"""The mean silhouette of all points."""

from types import SimpleNamespace

import numpy as np

from fastest import fastest


def data(arrays, parameters):
    return SimpleNamespace(x=np.ascontiguousarray(arrays["x"].T), labels=arrays["labels"], **parameters)


def scikit_learn(d):
    from sklearn.metrics import silhouette_samples

    def score(jobs):
        return {"scores": silhouette_samples(d.x, d.labels, n_jobs=jobs).astype(np.float32)}

    jobs = fastest([1, -1], score) if len(d.x) <= 10_000 else -1
    return lambda: score(jobs)


peers = {"scikit-learn": scikit_learn}
