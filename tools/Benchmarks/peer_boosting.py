"""XGBoost or LightGBM in Python, on one thread and on our rows: training, then 192 windows of customer after customer.

Prints a line of JSON for each measurement, as the benchmarks read it.

  xgboost|lightgbm ROWS CUSTOMERS    ROWS: 20 numbers and the label in each row, float32
"""
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy

FEATURES, WINDOWS, TREES = 20, 192, 200


def sample(name, events, seconds, calls=None):
    line = {"name": name, "events": events, "seconds": seconds}
    if calls:
        low, high = numpy.percentile(calls, [50, 99]) * 1e6
        line["latency"] = {"p50": low, "p99": high, "p999": numpy.percentile(calls, 99.9) * 1e6, "max": max(calls) * 1e6}
    print(json.dumps(line))


def xgboost(rows, labels):
    import xgboost

    settings = {
        "objective": "binary:logistic", "tree_method": "hist", "nthread": 1, "max_depth": 6, "learning_rate": 0.08,
        "min_child_weight": 5, "subsample": 0.8, "colsample_bytree": 0.8, "max_bin": 256, "verbosity": 0,
    }
    model = xgboost.train(settings, xgboost.DMatrix(rows, labels, nthread=1), TREES)
    return model.inplace_predict


def lightgbm(rows, labels):
    import lightgbm

    settings = {
        "objective": "binary", "num_threads": 1, "num_leaves": 63, "learning_rate": 0.08, "bagging_fraction": 0.8, "bagging_freq": 1,
        "feature_fraction": 0.8, "max_bin": 255, "verbose": -1,
    }
    model = lightgbm.train(settings, lightgbm.Dataset(rows, labels), TREES)
    return lambda windows: model.predict(windows, num_threads=1)


def main():
    library, path, customers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    table = numpy.fromfile(path, dtype="<f4").reshape(-1, FEATURES + 1)
    rows, labels = numpy.ascontiguousarray(table[:, :FEATURES]), table[:, FEATURES]
    began = time.perf_counter()
    predict = {"xgboost": xgboost, "lightgbm": lightgbm}[library](rows, labels)
    sample(f"train-{len(rows)}-{library}", len(rows), time.perf_counter() - began)
    calls = []
    for customer in range(customers):
        start = customer % (len(rows) // WINDOWS) * WINDOWS
        windows = rows[start:start + WINDOWS]
        began = time.perf_counter()
        predict(windows)
        calls.append(time.perf_counter() - began)
    sample(f"customers-{library}", customers, sum(calls), calls)


main()
