// What did we know then? A log in a folder, a price that changes, and three ways to ask for the past.
// Run it: `swift run ReplayToAnInstant`.

import EventLogSQLite
import FoundationEssentials
import HindsightCore
import HindsightRuntime

let folder = FileManager.default.temporaryDirectory.path + "/replay-\(UUID().uuidString)"
defer { try? FileManager.default.removeItem(atPath: folder) }

guard let spring = Timestamp("2026-03-01T08:00:00Z") else { preconditionFailure("the date is well-formed") }
let clock = ManualClock(at: spring)
let log = try SQLiteEventLog.open(folder: folder, clock: clock)
let identities = SeededIdentities(seed: "prices")
let stream = try StreamName("price-espresso")

// The log is open to any event: no type has to be declared to append and read it.
for (month, amount) in [250, 270, 240, 300].enumerated() {
    let event = NewEvent(
        id: identities.eventID(in: stream, version: Int64(month + 1), at: clock.now()), type: "shop.price-set",
        data: try JSONText(object: #"{"amountMinor":\#(amount),"currency":"EUR"}"#))
    try await log.append([event], to: stream, expecting: .exactly(Int64(month)))
    clock.advance(by: .days(30))
}

print("1. The stream as it was recorded by an instant")
for instant in ["2026-02-01T00:00:00Z", "2026-03-15T00:00:00Z", "2026-05-15T00:00:00Z"].compactMap({ Timestamp($0) }) {
    let position = try await log.position(at: instant)
    let known = try await log.read(
        EventSelection(EventFilter(stream: stream), after: position + 1, direction: .backwards, limit: 1))
    print("   \(instant)  position \(position)  \(known.first?.data?.description ?? "nothing yet")")
}

print("2. The whole history, oldest first")
for try await event in log.events(EventSelection(EventFilter(stream: stream))) {
    print("   \(event.recordedAt)  version \(event.version)  \(event.data?.description ?? "[erased]")")
}

print("3. The proof that nobody changed it")
let verdict = try await ChainVerifier.verify(log)
print("   \(verdict.verified ? "verified" : "damaged") through position \(verdict.through)")
