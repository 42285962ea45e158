"""Steers Schemathesis around what a schema cannot say: moments have to have passed, a key stands for one request, lines are text."""
import json
import re
import uuid

import schemathesis

MOMENT = re.compile(r"position:(0|[1-9][0-9]{0,17})|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}([.][0-9]{1,6})?(Z|[+-][0-9:]{5})")
KEY = re.compile(r"[!-~]{1,255}")
MOMENTS = ["position:0", "2026-05-28T12:00:00Z", "2026-01-01T00:00:00.000001+03:00"]


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    if isinstance(value, bytes):
        return {"data": value}
    return {"data": (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "replace")}


@schemathesis.hook
def before_call(ctx, case, kwargs):
    query = case.query or {}
    for name in ("at", "from", "to"):
        value = query.get(name)
        if isinstance(value, str) and MOMENT.fullmatch(value):
            query[name] = MOMENTS[len(value) % len(MOMENTS)]
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("to"), str) and MOMENT.fullmatch(body["to"]):
        body["to"] = MOMENTS[len(body["to"]) % len(MOMENTS)]
    on = query.get("on")
    if isinstance(on, str) and MOMENT.fullmatch(on) and not on.startswith("position:"):
        # No moment asked about lies before it.
        query["on"] = "2025-12-31T12:00:00Z"
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
