import BillingRetries
import CustomerMDM
import EventLogSQLite
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import ReadModelsSQLite
import Synchronization

/// Measures real read models over a ``BusinessLog``.
struct ReadModelMeasuring {
    private let folder: String
    private let log: SQLiteEventLog
    private let store: SQLiteReadModelStore

    /// The read models that are rebuilt, each by name.
    private static func projection(_ name: String) throws -> any Projection {
        switch name {
        case "sagas": return SagaBoard()
        case "invoices": return InvoiceBoard()
        case "billing-metrics": return BillingMetrics()
        case "golden-records": return GoldenRecords()
        case "customer-cards": return CustomerCards(profile: try Profile.named("russian-bank"))
        default: throw BenchmarkFailure("there is no read model \(name) to measure")
        }
    }

    init(folder: String) throws {
        self.folder = folder
        log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
        store = try SQLiteReadModelStore(folder: folder)
    }

    func close() async { await log.close() }

    func fill(_ events: Int) async throws -> Sample {
        let watch = Stopwatch()
        try await BusinessLog().fill(log, with: events)
        return Sample(events: events, seconds: watch.seconds)
    }

    private func runner(_ names: String...) throws -> ProjectionRunner {
        ProjectionRunner(try names.map(Self.projection), log: log, store: store)
    }

    /// Folds the whole log into the rows of one read model.
    func rebuild(_ name: String) async throws -> Sample {
        let runner = try runner(name)
        let head = try await log.head().position
        let watch = Stopwatch()
        let build = try await runner.prepare(name, RebuildOrder(.rebuild, actor: "bench", at: SystemClock().now()))
        let folded = Mutex(0.0)
        // Until the last stretch is folded; comparing the digests is not part of it.
        _ = try await runner.rebuild(build) { progress in
            folded.withLock { if progress.position == progress.head { $0 = watch.seconds } }
        }
        guard try await runner.parked(of: name).isEmpty else { throw BenchmarkFailure("events of \(name) are parked") }
        return Sample(events: Int(head), seconds: folded.withLock { $0 }, peakBytes: try Machine.peakMemory()).named(name)
    }

    // MARK: - The past

    /// Asks for rows and pages of the past at random positions.
    ///
    /// - Parameter cold: Lets the system forget the files before each question, and opens them anew.
    func past(_ name: String, _ index: (name: String, value: String)?, questions: Int, cold: Bool) async throws -> [Sample] {
        let runner = try runner(name)
        try await runner.catchUp()
        let head = try await log.head().position
        var generator = SystemRandomNumberGenerator()
        let keys = try await someKeys(name, runner)
        var (singles, pages): ([UInt64], [UInt64]) = ([], [])
        for question in 0..<questions {
            let position = Position.random(in: 1...head, using: &generator)
            let (store, log) = cold ? try forgotten() : (self.store, self.log)
            let asked = cold ? ProjectionRunner([try Self.projection(name)], log: log, store: store) : runner
            // What every question of a running server finds open.
            if cold { _ = try await asked.reader.row("nobody", of: name, at: 1) }
            var watch = Stopwatch()
            _ = try await asked.reader.row(keys[question % keys.count], of: name, at: position)
            singles.append(watch.nanoseconds)
            var selection = RowSelection(limit: 100)
            if let index { selection.entry = IndexEntry(index: index.name, value: index.value) }
            if Bool.random(using: &generator) { selection.after = keys.randomElement(using: &generator) }
            watch = Stopwatch()
            _ = try await asked.reader.rows(of: name, selection, at: position)
            pages.append(watch.nanoseconds)
            if cold { await log.close() }
        }
        let suffix = (index.map { "-\($0.value)" } ?? "") + (cold ? "-cold" : "-warm")
        return [
            Sample(name: "\(name)-row\(suffix)", events: questions, calls: singles),
            Sample(name: "\(name)-page\(suffix)", events: questions, calls: pages),
        ]
    }

    private func someKeys(_ name: String, _ runner: ProjectionRunner) async throws -> [String] {
        var keys: [String] = []
        var selection = RowSelection(limit: 1_000)
        let head = try await log.head().position
        for start in "0123456789ABCDEFGIabcdef" {
            selection.after = String(start)
            keys += try await runner.reader.rows(of: name, selection, at: head).map(\.key)
        }
        guard !keys.isEmpty else { throw BenchmarkFailure("\(name) has no rows") }
        return Array(Set(keys)).shuffled()
    }

    /// The same log and rows, opened anew, with none of their pages in the system's cache.
    private func forgotten() throws -> (SQLiteReadModelStore, SQLiteEventLog) {
        let readModels = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/read-models").map { "read-models/\($0)" }
        for name in readModels + ["events.sqlite", "events.sqlite-wal"] {
            let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
            Glibc.close(descriptor)
        }
        return (try SQLiteReadModelStore(folder: folder), try SQLiteEventLog.open(folder: folder, clock: SystemClock(), mode: .readOnly))
    }

    /// Bytes of the rows, and of the states that are kept of their past.
    func storage(_ name: String) async throws -> Sample {
        let runner = try runner(name)
        try await runner.catchUp()
        guard let serving = try await store.serving(of: name) else { throw BenchmarkFailure("\(name) was never folded") }
        let path = "\(folder)/read-models/generation-\(serving.number).sqlite"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return Sample(residentBytes: (attributes[.size] as? Int) ?? 0).named("\(name)-storage")
    }

    // MARK: - Live

    /// How far the read models are behind while so many single events are appended a second.
    func lag(perSecond: Int, seconds: Int) async throws -> Sample {
        let runner = try runner("invoices", "sagas", "golden-records", "billing-metrics")
        try await runner.catchUp()
        let follower = Task { [log] in
            while !Task.isCancelled {
                let seen = try await log.head().position
                try await runner.catchUp()
                try await log.waitForEvents(after: seen)
            }
        }
        let load = AppendLoad(try BusinessLog())
        let clients = 50
        let calls = perSecond * seconds / clients
        let watcher = Task {
            var lags: [UInt64] = []
            while lags.count < clients * calls {
                let reached = try await runner.position(of: "invoices")
                lags += load.lags(of: reached, at: .now)
                try await Task.sleep(for: .milliseconds(1))
            }
            return lags
        }
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask { [log] in
                    for call in 0..<calls {
                        try await ContinuousClock().sleep(until: begin + .seconds(Double(call * clients) / Double(perSecond)))
                        let receipt = try await log.append(Append([try load.next()]))
                        load.note(receipt.lastPosition, at: .now)
                    }
                }
            }
            try await group.waitForAll()
        }
        let lags = try await watcher.value
        follower.cancel()
        return Sample(name: "lag", events: lags.count, calls: lags)
    }
}

/// What clients append one by one, and when each was told that it is stored.
private final class AppendLoad: Sendable {
    private let course: Mutex<BusinessLog.Course>
    private let appended = Mutex<[(position: Position, at: ContinuousClock.Instant)]>([])

    /// The units of the log that is there have lower numbers.
    init(_ log: BusinessLog) { course = Mutex(BusinessLog.Course(of: log, from: 500_000_000)) }

    func next() throws -> StreamWrite { try course.withLock { try $0.next() } }

    func note(_ position: Position, at instant: ContinuousClock.Instant) {
        appended.withLock { appended in
            let place = appended.lastIndex { $0.position < position }.map { $0 + 1 } ?? 0
            appended.insert((position, instant), at: place)
        }
    }

    /// How long those waited that are folded now, in nanoseconds; each is told once.
    func lags(of reached: Position, at now: ContinuousClock.Instant) -> [UInt64] {
        appended.withLock { appended in
            let count = appended.firstIndex { $0.position > reached } ?? appended.count
            defer { appended.removeFirst(count) }
            return appended.prefix(count).map { event in
                let (seconds, attoseconds) = max(now - event.at, .zero).components
                return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
            }
        }
    }
}
