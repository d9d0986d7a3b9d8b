"""The hierarchy under Ward's linkage."""

from types import SimpleNamespace

import numpy as np


def data(arrays, parameters):
    return SimpleNamespace(x=np.ascontiguousarray(arrays["x"].T.astype(np.float64)), **parameters)


def scipy(d):
    from scipy.cluster.hierarchy import linkage

    return lambda: {"heights": linkage(d.x, "ward")[:, 2].astype(np.float32)}


peers = {"scipy": scipy}
