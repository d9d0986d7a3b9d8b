"""The items that are most alike by the TF-IDF of their texts, from the texts to the lists."""

from types import SimpleNamespace

import numpy as np


def data(arrays, parameters):
    # Words travel as numbers: text is their names with blanks between them.
    words, ends = arrays["words"], arrays["ends"]
    names = [f"w{word}" for word in range(parameters["vocabulary"])]
    texts, start = [], 0
    for end in ends:
        texts.append(" ".join(names[word] for word in words[start:end]))
        start = end
    return SimpleNamespace(texts=texts, **parameters)


def scikit_learn(d):
    from time import perf_counter

    from sklearn.feature_extraction.text import TfidfVectorizer

    def run():
        begin = perf_counter()
        terms = TfidfVectorizer(dtype=np.float32).fit_transform(d.texts)
        transposed = terms.T.tocsr()
        described = perf_counter()
        items, top = terms.shape[0], d.topK
        # Places of blocks that are left out stay as they are.
        indices = np.full((items, top), -1, np.int32)
        scores = np.zeros((items, top), np.float32)
        # Blocks of dense similarities, of the size that is fastest here. Every block takes as long: of many texts only
        # some are searched, and the time is that of all.
        starts = range(0, items, d.block * d.every)
        for start in starts:
            block = (terms[start : start + d.block] @ transposed).toarray()
            rows = np.arange(len(block))
            block[rows, start + rows] = -1
            best = np.argpartition(-block, top, axis=1)[:, :top]
            order = np.argsort(-np.take_along_axis(block, best, 1), axis=1, kind="stable")
            best = np.take_along_axis(best, order, 1)
            indices[start : start + d.block] = best
            scores[start : start + d.block] = np.take_along_axis(block, best, 1)
        search = (perf_counter() - described) * items / sum(min(d.block, items - start) for start in starts)
        return {"seconds": described - begin + search, "indices": indices, "scores": scores}

    return run


peers = {"scikit-learn": scikit_learn}
