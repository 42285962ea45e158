"""A client of Hindsight's HTTP API in the standard library of Python: to use as it is, or to read and write your own.

    log = Hindsight("http://127.0.0.1:8080", token=None)
    log.append("order-17", [event("shop.order-placed", {"total": 1250})], expected=0)
    for stored in log.events(category="order"): ...
    for stored in log.subscribe(after=0): ...            # goes on live, and through broken connections
"""

import hashlib
import http.client
import json
import secrets
import time
import urllib.parse
import uuid
from datetime import datetime, timezone


class Problem(Exception):
    """An answer that says no: RFC 9457. `members` holds what a program needs, like `actualVersion`."""

    def __init__(self, members):
        super().__init__(members.get("detail") or members.get("title"))
        self.members = members
        self.status = members["status"]
        self.slug = members["type"].removeprefix("/problems/")


class OutcomeUnknown(Exception):
    """No answer came: the append may be stored or not. Repeat it with the same events."""


def time_ordered_id():
    """A UUID of version 7: the log stores ordered ids several times as fast as random ones."""
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=number))


def event(type, data, tags=(), metadata=None):
    """An event with an id of its own, so that it can be sent again without harm."""
    return {"id": time_ordered_id(), "type": type, "data": data, "tags": list(tags), "metadata": metadata or {}}


class Hindsight:
    def __init__(self, address, token=None, timeout=30):
        self.address = urllib.parse.urlsplit(address)
        self.token = token
        self.timeout = timeout

    # Writing

    def append(self, stream, events, expected=None):
        """Appends all events or none. `expected`: a version, "exists", or None for any; 0 means a new stream."""
        headers = {}
        if expected == 0:
            headers["If-None-Match"] = "*"
        elif expected is not None:
            headers["If-Match"] = "*" if expected == "exists" else f'"{expected}"'
        return self._append(f"/v1/streams/{urllib.parse.quote(stream, safe='')}/events", events, headers)

    def append_to_several(self, appends, query=None, after=0):
        """Appends to several streams at once; with a query, only if no event after `after` matches it."""
        body = {"appends": appends}
        if query is not None:
            body["condition"] = {"query": query, "after": after}
        return self._append("/v1/append", body, {})

    def _append(self, path, body, headers, tries=5):
        for attempt in range(tries):
            try:
                return self._json("POST", path, body, headers)
            except (OSError, http.client.HTTPException) as lost:
                if attempt == tries - 1:
                    raise OutcomeUnknown(str(lost)) from lost
            except Problem as problem:
                if problem.slug not in ("unavailable", "outcome-unknown") or attempt == tries - 1:
                    raise
            # The ids make sure that nothing is stored twice.
            time.sleep(0.1 * 2**attempt)

    # Reading

    def stream(self, stream, **query):
        return self._json("GET", self._path(f"/v1/streams/{urllib.parse.quote(stream, safe='')}/events", query))

    def query(self, items, after=0):
        """What a condition with these items would see, and the head to base the decision on."""
        return self._json("POST", "/v1/events/query", {"query": items, "after": after, "limit": 1000})

    def events(self, **query):
        """Every selected event, however many: they are read as they are used."""
        return self._lines(self._path("/v1/events", query))

    def _lines(self, path):
        for line in self._raw_lines(path):
            yield json.loads(line)

    def _raw_lines(self, path):
        with self._open("GET", path, headers={"Accept": "application/x-ndjson"}) as answer:
            yield from answer

    def subscribe(self, after=0, **query):
        """Every selected event, then each new one; a broken connection is made anew after the last event that was seen."""
        pause = 0.1
        while True:
            try:
                headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
                with self._open("GET", self._path("/v1/events", query), headers=headers) as answer:
                    for line in answer:
                        pause = 0.1
                        if line.startswith(b"data: "):
                            stored = json.loads(line[6:])
                            after = stored["position"]
                            yield stored
            except (OSError, http.client.HTTPException):
                time.sleep(pause)
                pause = min(2 * pause, 10)

    # Auditing

    def verify(self):
        """Reads the whole log and computes its chain here, so that the server's word is not needed.

        Returns the position and the digest of the last event; raises ValueError at the first one that was changed.
        """
        position, digest = 0, bytes(32)
        for line in self._raw_lines("/v1/log/export"):
            stored = spelled(line.decode())
            digest = chained(digest, stored)
            if json.loads(stored["position"]) != position + 1 or json.loads(stored["digest"]) != digest.hex():
                raise ValueError(f"the chain does not hold at position {position + 1}")
            position += 1
        return position, digest.hex()

    # The wire

    @staticmethod
    def _path(path, query):
        return path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")

    def _json(self, method, path, body=None, headers=None):
        with self._open(method, path, body, headers or {}) as answer:
            return json.load(answer)

    def _open(self, method, path, body=None, headers=None):
        kind = http.client.HTTPSConnection if self.address.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.address.hostname, self.address.port, timeout=self.timeout)
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        if answer.status >= 400:
            with answer:
                raise Problem(json.load(answer))
        return answer


def spelled(line):
    """The members of a line of an export as they are spelled: digests cover these very bytes."""
    decoder, members, index = json.JSONDecoder(), {}, 1
    while line[index] != "}":
        name, index = decoder.raw_decode(line, index)
        _, end = decoder.raw_decode(line, index + 1)
        members[name] = line[index + 1 : end]
        index = end + 1 if line[end] == "," else end
    return members


def chained(previous, stored):
    """The digest of an event: SHA-256 over the digest before and all that the event is (digest chain, format 1).

    Numbers enter as eight bytes, everything else with its length before it.
    """

    def number(value):
        return value.to_bytes(8, "big", signed=True)

    def field(value):
        return number(len(value)) + value

    def microseconds(text):
        since = datetime.fromisoformat(text.replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=timezone.utc)
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

    value = {name: json.loads(text) for name, text in stored.items()}
    commitment = bytes.fromhex(value["commitment"])
    # An erased event has neither data nor salt: its commitment stands for them.
    if value["data"] is not None:
        if hashlib.sha256(bytes.fromhex(value["salt"]) + stored["data"].encode()).digest() != commitment:
            raise ValueError(f"the data at position {value['position']} is not what was stored")
    parts = [
        previous, number(value["position"]), field(value["stream"].encode()), number(value["version"]),
        field(uuid.UUID(value["id"]).bytes), field(value["type"].encode()), number(value["schemaVersion"]),
        number(microseconds(value["recordedAt"])), number(microseconds(value["occurredAt"])), field(stored["metadata"].encode()),
        number(len(value["tags"])), *(field(tag.encode()) for tag in value["tags"]), field(commitment),
    ]
    return hashlib.sha256(b"".join(parts)).digest()
