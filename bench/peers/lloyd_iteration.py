"""One iteration of Lloyd's algorithm from given centroids."""

from time import perf_counter
from types import SimpleNamespace

import numpy as np

from fastest import fastest


def data(arrays, parameters):
    return SimpleNamespace(
        x=np.ascontiguousarray(arrays["x"].T), centroids=arrays["centroids"].copy(), **parameters
    )


def per_iteration(fit, d):
    """Seconds of an iteration: of so many more of them, less what a fit costs besides."""

    def run():
        seconds = 0
        for _ in range(d.repeats):
            start = perf_counter()
            fit(1)
            one = perf_counter()
            results = fit(1 + d.iterations)
            seconds += perf_counter() - one - (one - start)
        assert results["iterations"] == 1 + d.iterations, "it came to rest before"
        return {"seconds": seconds / d.repeats / d.iterations, **results}

    return run


def fit_by(KMeans, d):
    def fit(iterations):
        model = KMeans(
            n_clusters=len(d.centroids),
            init=d.centroids,
            n_init=1,
            max_iter=iterations,
            tol=0,
            algorithm="lloyd",
        ).fit(d.x)
        return {"centroids": model.cluster_centers_.astype(np.float32), "iterations": model.n_iter_}

    return per_iteration(fit, d)


def scikit_learn(d):
    from sklearn.cluster import KMeans

    return fit_by(KMeans, d)


def scikit_learn_intelex(d):
    from sklearnex.cluster import KMeans

    return fit_by(KMeans, d)


def faiss_cpu(d):
    import faiss

    def fit(iterations, super_kmeans):
        model = faiss.Kmeans(
            d.x.shape[1],
            len(d.centroids),
            niter=iterations,
            max_points_per_centroid=len(d.x),
            min_points_per_centroid=1,
            use_super_kmeans=super_kmeans,
        )
        model.train(d.x, init_centroids=d.centroids)
        return {"centroids": model.centroids, "iterations": len(model.obj)}

    super_kmeans = fastest((False, True), lambda choice: fit(1 + d.iterations, choice))
    return per_iteration(lambda iterations: fit(iterations, super_kmeans), d)


peers = {
    "scikit-learn": scikit_learn,
    "scikit-learn-intelex": scikit_learn_intelex,
    "faiss-cpu": faiss_cpu,
}
