"""Reference figures of other recommenders on one split, for test/recommend/peer-figures.test.ts.

Run once, by hand:  python recommender_figures.py FOLDER_OF_MOVIELENS_100K
Needs implicit; LensKit where it is installed (pip install lenskit). Prints NDCG@10 and recall@10 as JSON.

The split is the official one, ua.base and ua.test: ten ratings held out of each user. Entries are 1 whatever the
rating; items of ua.base are not recommended to their users. NDCG and recall are those of docs/metrics.md, so that only
the lists differ.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

users, films, places = 943, 1_682, 10
folder = Path(sys.argv[1])


def pairs(name):
    rows = np.loadtxt(folder / name, dtype=np.int64)
    return rows[:, 0] - 1, rows[:, 1] - 1


def matrix(name):
    user, film = pairs(name)
    return csr_matrix((np.ones(len(user), np.float32), (user, film)), shape=(users, films))


train, test = matrix("ua.base"), matrix("ua.test")


def judged(lists):
    discounts = 1 / np.log2(2 + np.arange(places))
    gains, recalls = [], []
    for user in range(users):
        wanted = set(test[user].indices)
        hits = np.array([item in wanted for item in lists[user][:places]], float)
        hits = np.pad(hits, (0, places - len(hits)))
        gains.append(hits @ discounts / discounts[: min(places, len(wanted))].sum())
        recalls.append(hits.sum() / len(wanted))
    return {"ndcg": round(float(np.mean(gains)), 5), "recall": round(float(np.mean(recalls)), 5)}


def mean(runs):
    return {name: round(float(np.mean([run[name] for run in runs])), 5) for name in runs[0]}


def implicit_item():
    from implicit.nearest_neighbours import CosineRecommender

    found = {}
    for neighbours in (20, 100):
        model = CosineRecommender(K=neighbours + 1)  # its list begins with the item itself
        model.fit(train, show_progress=False)
        lists, _ = model.recommend(np.arange(users), train, N=places, filter_already_liked_items=True)
        found[f"implicit item {neighbours}"] = judged(lists)
    return found


def implicit_als():
    from implicit.cpu.als import AlternatingLeastSquares

    runs = []
    for seed in range(5):
        # Its confidence is alpha times the value and 1 elsewhere: 1 + 1 × value is alpha 2 with entries of 1.
        model = AlternatingLeastSquares(
            factors=32, regularization=20, alpha=2, iterations=15, random_state=seed
        )
        model.fit(train, show_progress=False)
        lists, _ = model.recommend(np.arange(users), train, N=places, filter_already_liked_items=True)
        runs.append(judged(lists))
    return {"implicit als": mean(runs)}


def lenskit():
    import pandas as pd
    from lenskit import recommend, topn_pipeline
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer

    user, film = pairs("ua.base")
    data = from_interactions_df(pd.DataFrame({"user_id": user, "item_id": film}))

    def lists(scorer):
        pipeline = topn_pipeline(scorer, n=places)
        pipeline.train(data)
        return [recommend(pipeline, int(user), n=places).ids() for user in range(users)]

    found = {}
    for neighbours in (20, 100):
        scorer = ItemKNNScorer(
            max_nbrs=films, min_nbrs=1, save_nbrs=neighbours, feedback="implicit"
        )
        found[f"lenskit item {neighbours}"] = judged(lists(scorer))
    # Its weight of an entry adds to a confidence of 1, as ours does.
    scorer = ImplicitMFScorer(embedding_size=32, epochs=15, regularization=20, weight=1)
    found["lenskit als"] = mean([judged(lists(scorer)) for _ in range(3)])
    return found


figures = {**implicit_item(), **implicit_als()}
try:
    figures.update(lenskit())
except ImportError as error:
    print(f"LensKit: {error}", file=sys.stderr)
print(json.dumps(figures, indent=2))
