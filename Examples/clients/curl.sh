#!/bin/sh
# A tour of the API with curl: appends, preconditions, repeats, the past, and what happens live.
#   HINDSIGHT=http://127.0.0.1:8080 TOKEN=… sh curl.sh
set -eu
H=${HINDSIGHT:-http://127.0.0.1:8080}
ask() { curl --silent --show-error ${TOKEN:+--header "Authorization: Bearer $TOKEN"} "$@"; echo; }
json='Content-Type: application/json'
order=$(date +%s)-$$

echo "# a new stream: it must not exist yet"
ask "$H/v1/streams/order-$order/events" --header "$json" --header 'If-None-Match: *' \
    --data '{"id":"'"$(cat /proc/sys/kernel/random/uuid)"'","type":"shop.order-placed","data":{"total":1250},"tags":["order:'"$order"'"]}'

echo "# the next event, if the stream is still at version 1; with a key, sending it again is safe"
for try in 1 2; do
    ask "$H/v1/streams/order-$order/events" --header "$json" --header 'If-Match: "1"' --header "Idempotency-Key: pay-$order" \
        --data '{"type":"shop.order-paid","data":{"total":1250}}'
done

echo "# somebody who comes too late is told the version"
ask "$H/v1/streams/order-$order/events" --header "$json" --header 'If-Match: "1"' --data '{"type":"shop.order-sent","data":{}}'

echo "# what we know, and what we knew after the first event"
first=$(ask "$H/v1/streams/order-$order/events?limit=1" | sed 's/.*"position":\([0-9]*\).*/\1/')
ask "$H/v1/streams/order-$order/state"
ask "$H/v1/streams/order-$order/state?at=position:$first"

echo "# by tag, a line for each event"
ask "$H/v1/events?tag=order:$order" --header 'Accept: application/x-ndjson'

echo "# live: the stream so far, until somebody else would append (cut off after a second here)"
ask "$H/v1/events?after=$((first - 1))" --no-buffer --max-time 1 --header 'Accept: text/event-stream' 2>/dev/null || true

echo "# is anything changed?"
ask "$H/v1/log/verify" | tail -n 2
