import BillingRetries
import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import Synchronization

/// Measures the retry loop on a log in a folder: invoices whose first charge was declined, and what becomes of them.
struct RetryLoopMeasuring {
    private let log: SQLiteEventLog
    private let clock: ShiftedClock
    private let identities = RandomIdentities()
    /// Of which zone's mornings most retries are.
    private static let zone = "Europe/Berlin"

    /// - Parameter start: What the clock shows now; the machine's time unless given.
    init(folder: String, start: Timestamp? = nil) throws {
        clock = ShiftedClock(showing: start)
        log = try SQLiteEventLog.open(folder: folder, clock: clock, mode: .readWrite)
    }

    func close() async { await log.close() }

    private func runner(atOnce: Int = 64, stored: Countdown? = nil, lateness: TimerLateness? = nil) -> SagaRunner<PaymentSaga> {
        SagaRunner(
            PaymentSaga.self, log: log, clock: clock, identities: identities, performer: DecliningIssuer(),
            maximumConcurrentEffects: atOnce,
            onTimer: { lateness?.note($0) }, onPoint: { if $0 == .afterAppend { stored?.count() } })
    }

    /// Opens invoices, each with the intent of its first charge in the same append.
    private func open(_ numbers: Range<Int>, by runner: SagaRunner<PaymentSaga>) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 250) {
            try await runner.decide { batch in
                for number in start..<min(start + 250, numbers.upperBound) {
                    let opened = InvoiceOpened(
                        invoice: "i\(number)", subscription: "s\(number)", customer: "c\(number)", customerType: .individual, period: 1,
                        amountMinor: 1_100, currency: try Currency("EUR"), method: "m\(number)", timeZone: Self.zone,
                        dueAt: batch.now, at: batch.now)
                    try await batch.decide(Invoice.self, .open(opened), on: BillingRetries.invoice(opened.invoice))
                }
            }
        }
    }

    /// Opens so many invoices and has each declined: they are in recovery then, with a window to wait for.
    ///
    /// - Parameter unsent: So many more are left with a charge that nobody has sent.
    func fill(_ count: Int, unsent: Int) async throws -> Sample {
        let watch = Stopwatch()
        for start in stride(from: 0, to: count, by: Self.portion) {
            _ = try await decide(start..<min(start + Self.portion, count), atOnce: 64)
        }
        try await open(count..<count + unsent, by: runner())
        return Sample(
            events: count, seconds: watch.seconds, peakBytes: try Machine.peakMemory(),
            residentBytes: try Machine.residentMemory(of: getpid()))
    }

    private static let portion = 5_000

    /// Lets charges be declined, so many at a time: a decision is a decline taken in and the next window chosen, in one append.
    func decisions(_ count: Int, atOnce: Int) async throws -> Sample {
        Sample(events: count, seconds: try await decide(0..<count, atOnce: atOnce))
    }

    /// - Returns: The seconds from the first charge to the last decision.
    private func decide(_ numbers: Range<Int>, atOnce: Int) async throws -> Double {
        let stored = Countdown(numbers.count)
        let runner = runner(atOnce: atOnce, stored: stored)
        try await open(numbers, by: runner)
        let watch = Stopwatch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.work() }
            group.addTask { await stored.end() }
            try await group.next()
            group.cancelAll()
        }
        return watch.seconds
    }

    /// Takes up what a killed process left: until the first decision is stored.
    func firstDecision() async throws -> Sample {
        let stored = Countdown(1)
        let watch = Stopwatch()
        let runner = runner(stored: stored)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.work() }
            group.addTask { await stored.end() }
            try await group.next()
            group.cancelAll()
        }
        return Sample(events: 1, seconds: watch.seconds)
    }

    /// Reads the whole log: until every open invoice's timer is armed.
    func armed(_ count: Int) async throws -> Sample {
        let watch = Stopwatch()
        let runner = runner()
        try await runner.catchUp()
        guard await runner.nextDue != nil else { throw BenchmarkFailure("no timer is armed") }
        return Sample(
            events: count, seconds: watch.seconds, peakBytes: try Machine.peakMemory(),
            residentBytes: try Machine.residentMemory(of: getpid()))
    }

    /// The instant at which most of the open invoices are due.
    func due() async throws -> Timestamp {
        let runner = runner()
        try await runner.catchUp()
        guard let due = await runner.nextDue else { throw BenchmarkFailure("no timer is armed") }
        return due
    }

    /// Waits for the instant at which all are due, and takes how late each timer fires.
    func timers(_ count: Int) async throws -> Sample {
        let lateness = TimerLateness(count)
        let runner = runner(lateness: lateness)
        let watch = Stopwatch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.work() }
            group.addTask { await lateness.end() }
            try await group.next()
            group.cancelAll()
        }
        return Sample(
            events: count, seconds: watch.seconds, latency: Latency(nanoseconds: lateness.all), peakBytes: try Machine.peakMemory())
    }
}

/// The machine's clock, moved by what is left of weeks.
struct ShiftedClock: AwaitableClock {
    private let system = SystemClock()
    private let shift: Duration

    init(showing start: Timestamp?) { shift = start.map { $0.since(SystemClock().now()) } ?? .zero }

    func now() -> Timestamp { system.now().advanced(by: shift) }
    func wait(until instant: Timestamp) async throws { try await system.wait(until: instant.advanced(by: .zero - shift)) }
}

/// Declines every charge at once, in words that are tried again on the next working morning.
private struct DecliningIssuer: EffectPerformer {
    func peer(of kind: String) -> Peer { Peer(name: "gateway", keys: .honoured(for: nil)) }
    func perform(_ intent: EffectIntent) async -> EffectOutcome { declined }
    func lookUp(_ intent: EffectIntent) async -> LookUp { .settled(declined) }

    private var declined: EffectOutcome {
        .rejected(
            reason: "declined", result: ChargeAnswer(charge: "ch_1", status: .declined, network: .visa, code: "05").json)
    }
}

/// Ends when so much was stored.
private final class Countdown: Sendable {
    private let left: Mutex<Int>
    private let (whole, done) = AsyncStream.makeStream(of: Void.self)

    init(_ count: Int) { left = Mutex(count) }

    func count() {
        let left = left.withLock { left in
            left -= 1
            return left
        }
        if left == 0 { done.finish() }
    }

    func end() async { for await _ in whole {} }
}

/// How late timers fired, in nanoseconds; ends when so many have.
private final class TimerLateness: Sendable {
    private let noted = Mutex<[UInt64]>([])
    private let countdown: Countdown

    init(_ count: Int) { countdown = Countdown(count) }

    var all: [UInt64] { noted.withLock { $0 } }

    func note(_ lateness: Duration) {
        noted.withLock { $0.append(UInt64(max(lateness.microseconds, 0)) * 1_000) }
        countdown.count()
    }

    func end() async { await countdown.end() }
}
