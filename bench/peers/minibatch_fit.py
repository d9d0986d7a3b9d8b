"""Mini-batch k-means from k-means++, one start."""

from types import SimpleNamespace

import numpy as np


def data(arrays, parameters):
    return SimpleNamespace(x=np.ascontiguousarray(arrays["x"].T), **parameters)


def scikit_learn(d):
    from sklearn.cluster import MiniBatchKMeans

    def run(seed):
        model = MiniBatchKMeans(
            n_clusters=d.k, batch_size=d.batchSize, n_init=1, max_iter=300, random_state=seed
        ).fit(d.x)
        return {"centroids": model.cluster_centers_.astype(np.float32), "iterations": model.n_steps_}

    return run


peers = {"scikit-learn": scikit_learn}
