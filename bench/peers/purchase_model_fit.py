"""Fit of BG/NBD to summaries of purchases."""

from types import SimpleNamespace

import numpy as np


def data(arrays, parameters):
    weeks = {name: arrays[name].astype(np.float64) / 7 for name in ("recency", "T")}
    return SimpleNamespace(frequency=arrays["frequency"].astype(np.float64), **weeks)


def fitted(d, weights=None):
    from lifetimes import BetaGeoFitter

    model = BetaGeoFitter().fit(d.frequency, d.recency, d.T, weights=weights)
    return {name: float(value) for name, value in model.params_.items()}


def lifetimes(d):
    import lifetimes  # noqa: F401

    return lambda: fitted(d)


def lifetimes_distinct(d):
    """As its documentation advises for large data: equal customers once, with their number as weight."""
    import lifetimes  # noqa: F401

    def run():
        table = np.column_stack([d.frequency, d.recency, d.T])
        rows, counts = np.unique(table, axis=0, return_counts=True)
        distinct = SimpleNamespace(frequency=rows[:, 0], recency=rows[:, 1], T=rows[:, 2])
        return fitted(distinct, counts.astype(np.float64))

    return run


peers = {"lifetimes": lifetimes, "lifetimes, distinct rows": lifetimes_distinct}
