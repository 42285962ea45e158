import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Synchronization

/// Measures the saga runner on a log in a folder.
struct SagaMeasuring {
    private let log: SQLiteEventLog
    private let clock = SystemClock()
    private let identities = RandomIdentities()

    init(folder: String) throws {
        log = try SQLiteEventLog.open(folder: folder, clock: clock, mode: .readWrite)
    }

    func close() async { await log.close() }

    private func runner(onTimer: (@Sendable (Duration) -> Void)? = nil) -> SagaRunner<OrderSaga> {
        SagaRunner(OrderSaga.self, log: log, clock: clock, identities: identities, performer: NoWork(), onTimer: onTimer)
    }

    private func place(_ order: OrderPlaced, _ name: String, in batch: DecisionBatch) async throws {
        try await batch.append([OrderEvent.placed(order)], to: StreamName("order-\(name)"))
    }

    /// Runs workflows from request to end, so many at a time. A call is one commit that was asked for.
    func workflows(_ count: Int, atOnce: Int) async throws -> Sample {
        let counted = MortalEventLog(log)
        let runner = SagaRunner(OrderSaga.self, log: counted, clock: clock, identities: identities, performer: NoWork())
        let watch = Stopwatch()
        let latencies = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.work() }
            defer { group.cancelAll() }
            return try await withThrowingTaskGroup(of: [UInt64].self) { customers in
                for customer in 0..<atOnce {
                    customers.addTask {
                        var latencies: [UInt64] = []
                        for number in stride(from: customer, to: count, by: atOnce) {
                            let order = Stopwatch()
                            try await runner.decide { try await place(OrderPlaced(), "\(number)", in: $0) }
                            _ = try await runner.end(of: "\(number)")
                            latencies.append(order.nanoseconds)
                        }
                        return latencies
                    }
                }
                var all: [UInt64] = []
                for try await latencies in customers { all += latencies }
                return all
            }
        }
        return Sample(
            events: count, seconds: watch.seconds, latency: Latency(nanoseconds: latencies), calls: counted.appends,
            peakBytes: try Machine.peakMemory())
    }

    /// Leaves sagas with an intent each, as a process does that is killed while their effects are out.
    func leaveOpen(_ count: Int) async throws {
        let runner = runner()
        for start in stride(from: 0, to: count, by: 100) {
            for number in start..<min(start + 100, count) {
                try await runner.decide { try await place(OrderPlaced(), "\(number)", in: $0) }
            }
        }
    }

    /// Takes up what was left open: until what became of every open effect is in the log and its saga is at its next step; then until all
    /// are at their end.
    func recover(_ count: Int) async throws -> [Sample] {
        let taken = TakenUp(count)
        let runner = SagaRunner(OrderSaga.self, log: log, clock: clock, identities: identities, performer: taken)
        let watch = Stopwatch()
        var samples: [Sample] = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.work() }
            await taken.all()
            samples.append(Sample(events: count, seconds: watch.seconds, peakBytes: try Machine.peakMemory()))
            for number in 0..<count { _ = try await runner.end(of: "\(number)") }
            group.cancelAll()
        }
        var ended = Sample(events: count, seconds: watch.seconds, peakBytes: try Machine.peakMemory())
        (samples[0].name, ended.name) = ("recovery", "recovery-to-end")
        return samples + [ended]
    }

    /// Parks sagas on timers of `span` seconds from when all are set, and takes how late each fires.
    func timers(_ count: Int, over span: Int) async throws -> [Sample] {
        let lateness = Lateness()
        let runner = runner { lateness.note($0) }
        let first = clock.now().advanced(by: .seconds(60 + count / 2_000))
        let setting = Stopwatch()
        for start in stride(from: 0, to: count, by: 500) {
            try await runner.decide { batch in
                for number in start..<min(start + 500, count) {
                    let due = first.advanced(by: .microseconds(Int64(span) * 1_000_000 * Int64(number) / Int64(count)))
                    try await place(OrderPlaced(wakesAt: due), "\(number)", in: batch)
                }
            }
        }
        var parked = Sample(events: count, seconds: setting.seconds, residentBytes: try Machine.residentMemory(of: getpid()))
        parked.name = "timers-parked"
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.work() }
            for number in 0..<count { _ = try await runner.end(of: "\(number)") }
            group.cancelAll()
        }
        var woken = Sample(
            events: count, seconds: Double(span), latency: Latency(nanoseconds: lateness.all), peakBytes: try Machine.peakMemory())
        woken.name = "timers-fired"
        return [parked, woken]
    }
}

/// How late timers fired, in nanoseconds.
private final class Lateness: Sendable {
    private let noted = Mutex<[UInt64]>([])

    var all: [UInt64] { noted.withLock { $0 } }

    func note(_ lateness: Duration) { noted.withLock { $0.append(UInt64(max(lateness.microseconds, 0)) * 1_000) } }
}

/// Does nothing, and knows when every saga has been sent on: an effect is only sent once what became of the one before is stored.
private final class TakenUp: EffectPerformer {
    private let left: Mutex<Int>
    private let (whole, done) = AsyncStream.makeStream(of: Void.self)

    init(_ count: Int) { left = Mutex(count) }

    func all() async { for await _ in whole {} }

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        if intent.key.utf8.last == UInt8(ascii: "2") {
            let left = left.withLock { left in
                left -= 1
                return left
            }
            if left == 0 { done.finish() }
        }
        return .succeeded([:])
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp { .settled(.succeeded([:])) }
}
