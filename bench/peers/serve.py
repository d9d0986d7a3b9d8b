"""Runs peers for the benchmarks: one request a line on standard input, one answer a line on standard output.

Arrays travel as raw files in a folder that both sides know, so that neither has to parse the other's numbers.
A comparison is a module beside this one, with

    data(arrays, parameters)    what its peers work on, in the layout that they like best
    peers                       by name, functions of that data which return the function to be timed

The timed function returns its results by name, arrays and numbers; where timing the call would be unfair to
the peer, "seconds" among them is what counts instead.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from versions import versions

# What libraries print goes to standard error: standard output carries answers only.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

state = {}


def load(folder, comparison, arrays, parameters):
    state.clear()
    read = {
        name: np.fromfile(Path(folder) / name, dtype).reshape(shape) for name, (dtype, shape) in arrays.items()
    }
    module = importlib.import_module(comparison)
    state.update(folder=folder, module=module, data=module.data(read, parameters))
    return {}


def prepare(peer):
    state["run"] = None
    try:
        state["run"] = state["module"].peers[peer](state["data"])
    except ImportError as error:
        return {"absent": str(error)}
    return {}


def run(keep, arguments):
    start = time.perf_counter()
    results = state["run"](**arguments) or {}
    seconds = time.perf_counter() - start
    answer = {"seconds": float(results.pop("seconds", seconds)), "numbers": {}, "arrays": {}}
    for name, value in results.items():
        if np.isscalar(value):
            answer["numbers"][name] = float(value)
        elif keep:
            array = np.ascontiguousarray(value)
            array.tofile(Path(state["folder"]) / f"result-{name}")
            answer["arrays"][name] = [str(array.dtype), array.shape]
    return answer


calls = {"versions": versions, "load": load, "prepare": prepare, "run": run}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = calls[request.pop("call")](**request)
    except Exception as error:  # the other side decides what a failing peer means
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
