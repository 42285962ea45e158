"""The peer: PyPI `dbos` with SQLite, workflows of five steps that do nothing.

    python peer_dbos.py --database NEW --workflows N --at-once K [--wal]

Prints one line of JSON: {"events":N,"seconds":S,"latency":{...}}, latencies in microseconds from the call of a workflow to its end.

Durability: as shipped (3.4.0) the database keeps SQLite's rollback journal and its default `synchronous`, FULL. With --wal each connection
is set to WAL and FULL, which is quicker and as safe. Each step's outcome is stored when it has run: one that was interrupted runs again.
"""

import argparse
import json
import queue
import sqlite3
import sys
import threading
import time

import sqlalchemy
from dbos import DBOS

arguments = argparse.ArgumentParser()
arguments.add_argument("--database", required=True)
arguments.add_argument("--workflows", type=int, required=True)
arguments.add_argument("--at-once", type=int, required=True)
arguments.add_argument("--wal", action="store_true")
chosen = arguments.parse_args()

if chosen.wal:

    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def tune(connection, _):
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()


DBOS(config={
    "name": "bench",
    "system_database_url": f"sqlite:///{chosen.database}",
    "log_level": "ERROR",
    "run_admin_server": False,
})


@DBOS.step()
def step(number):
    return number


@DBOS.workflow()
def order(number):
    for index in range(5):
        step(index)
    return number


DBOS.launch()
order(0)
todo = queue.SimpleQueue()
for number in range(chosen.workflows):
    todo.put(number)
latencies = []


def work():
    while True:
        try:
            number = todo.get_nowait()
        except queue.Empty:
            return
        begin = time.perf_counter()
        order(number)
        latencies.append(time.perf_counter() - begin)


threads = [threading.Thread(target=work) for _ in range(chosen.at_once)]
begin = time.perf_counter()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
seconds = time.perf_counter() - begin
DBOS.destroy()

mode = sqlite3.connect(chosen.database).execute("PRAGMA journal_mode").fetchone()[0]
if (mode == "wal") != chosen.wal:
    sys.exit(f"the journal mode is {mode}")
latencies.sort()


def percentile(share):
    return latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1e6


print(json.dumps({
    "events": chosen.workflows,
    "seconds": seconds,
    "latency": {"p50": percentile(0.5), "p99": percentile(0.99), "p999": percentile(0.999), "max": latencies[-1] * 1e6},
}))
