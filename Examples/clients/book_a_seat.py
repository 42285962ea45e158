"""Books seats so that no seat is sold twice, by a condition on tags, and proves afterwards that nobody changed the log.

    python3 book_a_seat.py [ADDRESS [TOKEN]]
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from hindsight import Hindsight, Problem, event

log = Hindsight(*(sys.argv[1:] or ["http://127.0.0.1:8080"]))


def book(customer, seat):
    """A decision: look at what concerns it, decide, and append only if nothing of it has changed since."""
    concern = [{"types": ["cinema.seat-booked"], "tags": [f"seat:{seat}"]}]
    while True:
        seen = log.query(concern)
        if seen["events"]:
            return f"seat {seat} is taken by {seen['events'][0]['data']['customer']}"
        booked = event("cinema.seat-booked", {"customer": customer, "seat": seat}, tags=[f"seat:{seat}", f"customer:{customer}"])
        try:
            log.append_to_several([{"stream": "show-1", "events": [booked]}], query=concern, after=seen["head"])
            return f"seat {seat} is {customer}'s"
        except Problem as problem:
            # Somebody was quicker: look again.
            if problem.slug != "condition-failed":
                raise


# Eight customers want the same four seats at once.
with ThreadPoolExecutor(8) as customers:
    wishes = [(f"c{number}", number % 4) for number in range(8)]
    for answer in customers.map(lambda wish: book(*wish), wishes):
        print(answer)

booked = list(log.events(type="cinema.seat-booked"))
print(len(booked), "seats are booked,", len({stored["data"]["seat"] for stored in booked}), "different ones")

# A subscriber gets what is there, and would go on with what comes.
for stored in log.subscribe(after=booked[0]["position"] - 1, type="cinema.seat-booked"):
    print("told of seat", stored["data"]["seat"], "at position", stored["position"])
    if stored["position"] == booked[-1]["position"]:
        break

position, digest = log.verify()
print("the chain holds through position", position, "as computed here; its digest is", digest[:16] + "…")
