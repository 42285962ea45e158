"""The peer: PyPI `eventsourcing` with its SQLite recorder, measured as it ships, with events of the same size and in the same pattern.

    python peer_eventsourcing.py append --database NEW --events N --per-call B --threads T --state JSON
    python peer_eventsourcing.py scan   --database NEW --events N --page P --passes K --state JSON

Prints one line of JSON: {"events":N,"seconds":S}, and for appends the latency of a call.

Durability as shipped (9.5.6, eventsourcing/sqlite.py): `_create_connection` sets `journal_mode=WAL` and never `synchronous`, so SQLite's
own default holds: FULL in Debian's library and in CPython's builds, which is flushed at each commit, as ours is. This program checks it.
One call of `insert_events` is one transaction; writers of one process take turns at the pool's writer lock. A row is originator, version,
topic and state: no tags, no times, no digest, one index.
"""

import argparse
import json
import sys
import threading
import time
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteFactory

WINDOW = 256
EVENTS_PER_STREAM = 20
MASK = (1 << 64) - 1


def scattered(number):
    """Scatters numbers over identities that look random (the finaliser of SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & MASK
    number = ((number ^ number >> 30) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ number >> 27) * 0x94D049BB133111EB) & MASK
    return number ^ number >> 31


def made_events(count, state):
    """The events in order: 256 streams open at a time, 20 events each; when one has had all its events, the next one opens."""
    streams = 0
    slots = [None] * WINDOW
    events = []
    for number in range(count):
        place = number % WINDOW
        turn = number // WINDOW + place * EVENTS_PER_STREAM // WINDOW
        if number < WINDOW or turn % EVENTS_PER_STREAM == 0:
            streams += 1
            slots[place] = [UUID(int=scattered(streams) << 64 | scattered(streams + (1 << 32))), 0]
        slot = slots[place]
        slot[1] += 1
        events.append(StoredEvent(slot[0], slot[1], "bench.charge:Charge.Attempted", state))
    return events


def opened(database):
    factory = SQLiteFactory({"SQLITE_DBNAME": database, "PERSISTENCE_MODULE": "eventsourcing.sqlite"})
    recorder = factory.application_recorder()
    with factory.datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
    if synchronous != 2:
        sys.exit(f"this SQLite does not flush at each commit: synchronous is {synchronous}, so the comparison would say nothing")
    return recorder


def insert(recorder, events, per_call):
    """Seconds of each call."""
    calls = []
    for start in range(0, len(events), per_call):
        batch = events[start : start + per_call]
        began = time.perf_counter()
        recorder.insert_events(batch)
        calls.append(time.perf_counter() - began)
    return calls


def sample(events, seconds, calls):
    return {"events": events, "seconds": seconds, "latency": latency(calls)}


def latency(calls):
    """Exact percentiles in microseconds."""
    calls = sorted(calls)
    return {name: calls[(len(calls) - 1) * per_mille // 1000] * 1e6 for name, per_mille in [("p50", 500), ("p99", 990), ("p999", 999)]}


def append(options):
    recorder = opened(options.database)
    events = made_events(options.events, options.state.encode())
    # Thread t has the events whose number leaves t: whole streams, each in its order.
    shares = [events[thread :: options.threads] for thread in range(options.threads)]
    calls = []
    failures = []
    if options.threads == 1:
        began = time.perf_counter()
        calls = insert(recorder, events, options.per_call)
        return sample(len(events), time.perf_counter() - began, calls)

    def work(share):
        try:
            calls.extend(insert(recorder, share, options.per_call))
        except Exception as error:
            failures.append(error)

    workers = [threading.Thread(target=work, args=(share,)) for share in shares]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    if failures:
        sys.exit(f"a thread failed: {failures[0]!r}")
    return sample(len(events), seconds, calls)


def scan(options):
    recorder = opened(options.database)
    insert(recorder, made_events(options.events, options.state.encode()), 1000)

    def read_all():
        start, count = 1, 0
        while page := recorder.select_notifications(start=start, limit=options.page):
            count += len(page)
            start = page[-1].id + 1
        if count != options.events:
            sys.exit(f"read {count} of {options.events} events")

    read_all()
    began = time.perf_counter()
    for _ in range(options.passes):
        read_all()
    return {"events": options.events * options.passes, "seconds": time.perf_counter() - began}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("measure", choices=["append", "scan"])
    parser.add_argument("--database", required=True)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--state", required=True)
    parser.add_argument("--per-call", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--page", type=int, default=1000)
    parser.add_argument("--passes", type=int, default=1)
    options = parser.parse_args()
    print(json.dumps(append(options) if options.measure == "append" else scan(options)))


main()
