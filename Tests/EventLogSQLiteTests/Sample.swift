import EventLogSQLite
import Foundation
import HindsightCore
import HindsightTesting
import SQLiteConnection

extension Timestamp {
    /// 2026-01-01T00:00:00Z.
    static let testStart = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)
}

extension NewEvent {
    static func sample(_ type: EventType = "check.opened", data: String = #"{"a":1}"#, tags: [Tag] = []) throws -> NewEvent {
        NewEvent(
            id: EventID(UUID()), type: type, data: try JSONText(object: data), metadata: try JSONText(object: #"{"actor":"u1"}"#),
            tags: tags)
    }
}

extension EventLog {
    /// Five events in two streams, with tags.
    func appendSample() async throws {
        let tags = [try Tag("of:1"), try Tag("by:2")]
        _ = try await append([.sample(tags: tags), .sample("check.closed")], to: StreamName("room-1"))
        _ = try await append([.sample(tags: tags), .sample("check.cleaned"), .sample()], to: StreamName("hall-1"))
    }
}

/// Makes a log with the sample in it, and with more events behind it if there are to be more than five, and closes it.
func makeSample(in folder: String, events: Int = 5) async throws {
    let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
    try await log.appendSample()
    if events > 5 { try await log.append((5..<events).map { _ in try .sample() }, to: StreamName("room-1")) }
    _ = try await log.acquireLease("saga", holder: "one", for: .seconds(10), supersedes: false)
    await log.close()
}

/// The file as any SQLite program opens it.
func rawConnection(_ folder: String) throws -> Connection {
    try Connection(path: "\(folder)/events.sqlite", mode: .readWrite)
}
