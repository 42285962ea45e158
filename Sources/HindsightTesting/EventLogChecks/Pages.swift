import HindsightCore
import Synchronization

extension EventLogCheck {
    /// What holds when more is read than one page.
    static let pages: [EventLogCheck] = [
        EventLogCheck("A page ends once it holds 16 MiB, and is empty only where nothing more is selected") { check in
            for _ in 0..<2 {
                let events = try (0..<10).map { number in
                    var event = try check.event(tags: ["large:1"])
                    event.data = .filler(bytes: Limits.eventBytes - 2 - 400_000 * (number % 2))
                    return event
                }
                try await check.append(events, to: "room-1")
            }
            for filter in [.everything, EventFilter(stream: try StreamName("room-1")), EventFilter(tags: [try Tag("large:1")])] {
                for direction in [ReadDirection.forwards, .backwards] {
                    var selection = EventSelection(filter, direction: direction, limit: .max)
                    var found: [Position] = []
                    while let page = try await check.log.page(selection), let last = page.last {
                        found += page.map(\.position)
                        let sizes = page.map { ($0.data?.bytes.count ?? 0) + $0.metadata.bytes.count }
                        let bytes = sizes.reduce(0, +)
                        try expect(bytes - (sizes.last ?? 0) < Limits.pageBytes, "a page goes on with \(bytes) bytes in it")
                        try expect(bytes >= Limits.pageBytes || found.count == 20, "a page ends with \(bytes) bytes in it")
                        selection.after = last.position
                    }
                    try expectEqual(found, direction == .forwards ? Array(1...20) : (1...20).reversed(), "positions of all pages")
                }
            }
        },
        EventLogCheck("A scan lends what reads give, in the same order, however long its stretches") { check in
            let everything = try await check.fillForReading()
            for filter in try EventFilter.forReading() {
                for query in try EventQuery.forReading() {
                    for direction in [ReadDirection.forwards, .backwards] {
                        for (after, until) in [(nil, nil), (20, nil), (nil, 7), (33, 35), (35, 33)] as [(Position?, Position?)] {
                            for limit in [1, 4, .max] {
                                let selection = EventSelection(
                                    filter, query: query, after: after, until: until, direction: direction, limit: limit)
                                var lent: [RecordedEvent] = []
                                try await check.log.scan(selection) { lent.append(try $0.copy()) }
                                let ordered = direction == .forwards ? everything : everything.reversed()
                                try expectEqual(lent, ordered.filter(selection.matches), "\(selection)")
                            }
                        }
                    }
                }
            }
        },
        EventLogCheck("A scan ends at the event at which its body throws, with what it throws") { check in
            struct Enough: Error {}
            try await check.append(check.events(10), to: "room-1")
            for limit in [1, 3, 1_000] {
                var lent: [Position] = []
                do {
                    try await check.log.scan(EventSelection(limit: limit)) { event in
                        lent.append(event.position)
                        if event.position == 6 { throw Enough() }
                    }
                    try expect(false, "the scan went on to the end")
                } catch is Enough {
                    try expectEqual(lent, [1, 2, 3, 4, 5, 6], "events lent in stretches of \(limit)")
                }
            }
            try expectEqual(try await check.append(check.events(1), to: "room-1").firstPosition, 11, "position after it")
        },
        EventLogCheck("A scan whose task is cancelled ends after the stretch that it is in") { check in
            try await check.append(check.events(10), to: "room-1")
            let lent = Mutex(0)
            let scan = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await check.log.scan(EventSelection(limit: 3)) { _ in lent.withLock { $0 += 1 } }
            }
            do {
                try await scan.value
                try expect(false, "the scan went on to the end")
            } catch is CancellationError {
                let count = lent.withLock { $0 }
                try expect(count <= 3, "\(count) events were lent")
            }
        },
        EventLogCheck("A sequence reads a page only when the one before it is consumed") { check in
            try await check.append(check.events(50), to: "room-1")
            for direction in [ReadDirection.forwards, .backwards] {
                for goesOnLive in [false, true] {
                    let log = CountingLog(check.log)
                    var iterator = log.events(EventSelection(direction: direction, limit: 7), goingOnLive: goesOnLive).makeAsyncIterator()
                    try expectEqual(log.reads, 0, "reads before the first event is asked for")
                    for consumed in 1...40 {
                        _ = try await iterator.next()
                        try expectEqual(log.reads, (consumed + 6) / 7, "reads after \(consumed) events")
                    }
                }
            }
        },
        EventLogCheck("A scan by pages reads a page only when the one before it is lent") { check in
            try await check.append(check.events(50), to: "room-1")
            let log = CountingLog(check.log)
            var lent = 0
            try await log.scan(EventSelection(limit: 7)) { _ in
                lent += 1
                try expectEqual(log.reads, (lent + 6) / 7, "reads when \(lent) events were lent")
            }
            try expectEqual(lent, 50, "events lent")
        },
        EventLogCheck("What is appended while a reader is between two pages comes with a later page") { check in
            try await check.append(check.events(5), to: "room-1")
            var iterator = check.log.events(EventSelection(limit: 2)).makeAsyncIterator()
            var found: [Position] = []
            while let event = try await iterator.next() {
                found.append(event.position)
                if found.count <= 5 { try await check.append(check.events(3), to: "room-2") }
            }
            try expectEqual(found, Array(1...20), "positions")
            let backwards = check.log.events(EventSelection(direction: .backwards, limit: 2))
            found = []
            for try await event in backwards {
                found.append(event.position)
                try await check.append(check.events(1), to: "room-2")
            }
            try expectEqual(found, (1...20).reversed(), "positions backwards")
        },
        EventLogCheck("A read until the position of an instant gives what was recorded by then, whatever was appended since") { check in
            for _ in 0..<6 {
                try await check.append(check.events(2), to: "room-1")
                check.clock.move(by: .seconds(10))
            }
            for seconds in [0, 9, 10, 25, 59] {
                let instant = LogUnderCheck.start.advanced(by: .seconds(seconds))
                let position = try await check.log.position(at: instant)
                try await check.append(check.events(1), to: "room-1")
                let found = try await check.log.all(EventSelection(until: position, limit: 3))
                try expectEqual(found.count, 2 * (seconds / 10 + 1), "events recorded by +\(seconds) s")
                try expect(found.allSatisfy { $0.recordedAt <= instant }, "all of them were recorded by then")
                let backwards = try await check.log.all(EventSelection(after: position + 1, direction: .backwards, limit: 3))
                try expectEqual(backwards, found.reversed(), "events backwards from +\(seconds) s")
            }
        },
    ]
}

extension EventLog {
    /// The next page; `nil` behind the last one.
    fileprivate func page(_ selection: EventSelection) async throws -> [RecordedEvent]? {
        let page = try await read(selection)
        return page.isEmpty ? nil : page
    }
}

/// Counts how often the log beneath it is read.
private final class CountingLog: EventLog {
    private let log: any EventLog
    private let counter = Mutex(0)

    init(_ log: any EventLog) { self.log = log }

    var reads: Int { counter.withLock { $0 } }

    func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] {
        counter.withLock { $0 += 1 }
        return try await log.read(selection)
    }

    func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt { try await log.append(batch) }
    func head() async throws(EventLogError) -> LogHead { try await log.head() }
    func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion { try await log.version(of: stream) }
    func position(at instant: Timestamp) async throws(EventLogError) -> Position { try await log.position(at: instant) }
    nonisolated(nonsending) func waitForEvents(after position: Position) async throws(EventLogError) {
        try await log.waitForEvents(after: position)
    }
    func position(of id: EventID) async throws(EventLogError) -> Position? { try await log.position(of: id) }

    func position(of version: StreamVersion, in stream: StreamName) async throws(EventLogError) -> Position? {
        try await log.position(of: version, in: stream)
    }

    func streamCount() async throws(EventLogError) -> Int { try await log.streamCount() }
    func acquireLeases(
        _ names: [String], holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> [Lease] {
        try await log.acquireLeases(names, holder: holder, for: duration, supersedes: supersedes)
    }
    func releaseLeases(_ leases: [Lease]) async throws(EventLogError) { try await log.releaseLeases(leases) }
    func leases() async throws(EventLogError) -> [Lease] { try await log.leases() }
}
