"""k-means from k-means++ until it rests."""

from types import SimpleNamespace

import numpy as np

from fastest import fastest


def data(arrays, parameters):
    return SimpleNamespace(x=np.ascontiguousarray(arrays["x"].T), first=arrays["first"].copy(), **parameters)


def fit_by(KMeans, d):
    def run(seed, given=False):
        model = KMeans(
            n_clusters=d.k,
            init=d.first if given else "k-means++",
            n_init=1 if given else d.starts,
            max_iter=300,
            tol=1e-4,
            algorithm="lloyd",
            random_state=seed,
        ).fit(d.x)
        return {
            "centroids": model.cluster_centers_.astype(np.float32),
            "iterations": model.n_iter_,
        }

    return run


def scikit_learn(d):
    from sklearn.cluster import KMeans

    return fit_by(KMeans, d)


def scikit_learn_intelex(d):
    from sklearnex.cluster import KMeans

    return fit_by(KMeans, d)


def faiss_cpu(d):
    import faiss

    # It does not stop by itself: 25 iterations are its default.
    def fit(seed, iterations=25, **options):
        model = faiss.Kmeans(
            d.x.shape[1],
            d.k,
            niter=iterations,
            nredo=d.starts,
            seed=seed + 1,
            init_method=faiss.ClusteringInitMethod_KMEANS_PLUS_PLUS,
            max_points_per_centroid=len(d.x),
            min_points_per_centroid=1,
            **options,
        )
        model.train(d.x)
        return {"centroids": model.centroids, "iterations": iterations}

    super_kmeans = fastest(
        (False, True), lambda choice: fit(0, iterations=3, use_super_kmeans=choice)
    )
    return lambda seed, given=False: fit(seed, use_super_kmeans=super_kmeans)


peers = {
    "scikit-learn": scikit_learn,
    "scikit-learn-intelex": scikit_learn_intelex,
    "faiss-cpu": faiss_cpu,
}
