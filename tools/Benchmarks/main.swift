// Benchmarks log [EVENTS]: what the event log does in a second on this machine, each figure the median of five runs on a new log.
//
// Build with `-c release`; figures of a debug build say nothing. Appends are flushed to the disk of the temporary folder.

import EventLogSQLite
import Foundation
import HindsightCore

struct WatchedClock: WallClock {
    func now() -> Timestamp { Timestamp(microsecondsSince1970: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
}

/// 250 bytes of data and 77 of metadata in 20 events a stream, as workflows write them.
struct Workload {
    private let data: JSONText
    private let metadata: JSONText

    init() throws {
        data = try JSONText(object: #"{"amountMinor":19900,"note":"\#(String(repeating: "x", count: 218))"}"#)
        metadata = try JSONText(object: #"{"actor":"bench","correlationId":"\#(String(repeating: "c", count: 40))"}"#)
    }

    func batch(_ numbers: Range<Int>) throws -> Append {
        let writes = try numbers.map { number in
            var random = SystemRandomNumberGenerator()
            let id = EventID.version7(at: WatchedClock().now(), entropy: (0..<10).map { _ in random.next() as UInt8 })
            let stream = try StreamName("bench-\(number / 20)")
            let event = NewEvent(
                id: id, type: "bench.happened", data: data, metadata: metadata, tags: [try Tag("bench:\(number / 20)")])
            return StreamWrite([event], to: stream)
        }
        return Append(writes)
    }
}

/// One row of the table.
struct Figure {
    let name: String
    /// Events per second, one for each run.
    var rates: [Double] = []

    var line: String {
        let sorted = rates.sorted()
        func text(_ rate: Double) -> String { String(Int(rate.rounded())) }
        let cells = [text(sorted[sorted.count / 2]), "[\(text(sorted[0]))..\(text(sorted[sorted.count - 1]))]"]
        return name.padding(toLength: 44, withPad: " ", startingAt: 0)
            + cells.map { String(repeating: " ", count: max(1, 20 - $0.count)) + $0 }.joined()
    }
}

func rate(of events: Int, _ body: () async throws -> Void) async rethrows -> Double {
    let time = try await ContinuousClock().measure(body)
    return Double(events) / (time / .seconds(1))
}

func benchmarkLog(events: Int) async throws {
    var figures = [
        "append, 1 event a call", "append, 100 events a call", "append, 64 producers of 1 event a call", "read everything",
        "verify the chain",
    ]
    .map { Figure(name: $0) }
    let workload = try Workload()
    for _ in 0..<5 {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hindsight-bench-\(UUID().uuidString)")
        let log = try SQLiteEventLog.open(folder: folder.path, clock: WatchedClock())
        let (single, grouped) = (0..<events / 10, events / 10..<events)
        let shared = events..<2 * events
        figures[0].rates.append(
            try await rate(of: single.count) { for number in single { _ = try await log.append(workload.batch(number..<number + 1)) } })
        figures[1].rates.append(
            try await rate(of: grouped.count) {
                for start in stride(from: grouped.lowerBound, to: grouped.upperBound, by: 100) {
                    _ = try await log.append(workload.batch(start..<min(start + 100, grouped.upperBound)))
                }
            })
        figures[2].rates.append(
            try await rate(of: shared.count) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for producer in 0..<64 {
                        group.addTask {
                            for number in stride(from: shared.lowerBound + producer, to: shared.upperBound, by: 64) {
                                _ = try await log.append(workload.batch(number..<number + 1))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            })
        figures[3].rates.append(
            try await rate(of: 2 * events) {
                var count = 0
                for try await _ in log.events(EventSelection()) { count += 1 }
                precondition(count == 2 * events, "a scan reads every event")
            })
        figures[4].rates.append(
            try await rate(of: 2 * events) {
                let verdict = try await ChainVerifier.verify(log)
                precondition(verdict.verified, "a log that was only appended to verifies")
            })
        await log.close()
        try FileManager.default.removeItem(at: folder)
    }
    #if DEBUG
        print("debug build: these figures say nothing")
    #endif
    print("event log in SQLite, \(2 * events) events of about 330 bytes; events a second: median of 5 [lowest..highest]")
    for figure in figures { print(figure.line) }
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.first == "log", arguments.count <= 2, let events = Int(arguments.dropFirst().first ?? "20000"), events >= 100 else {
    FileHandle.standardError.write(Data("usage: Benchmarks log [EVENTS, at least 100]\n".utf8))
    exit(2)
}
try await benchmarkLog(events: events)
