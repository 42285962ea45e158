import CustomerMDM
import EventLogSQLite
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import ReadModelsSQLite

/// Measures the customer hub as a whole, with all that it appends and with its read models, on a log in a folder.
struct HubMeasuring {
    private let log: SQLiteEventLog
    private let hub: CustomerHub
    private let appends = AppendTimes()

    init(folder: String, profile: Profile) async throws {
        log = try SQLiteEventLog.open(folder: folder, clock: SystemClock(), mode: .readWrite)
        hub = try await CustomerHub.open(
            log: MeasuredEventLog(log, metrics: appends), clock: SystemClock(), identities: RandomIdentities(),
            store: try SQLiteReadModelStore(folder: folder), profile: profile)
    }

    func close() async { await log.close() }

    /// Takes the cards in page by page, then matches them as a night would.
    func fill(_ cards: [LabelledCards.Card]) async throws -> [Sample] {
        let watch = Stopwatch()
        for start in stride(from: 0, to: cards.count, by: 200) {
            var page = cards[start..<min(start + 200, cards.count)].map { Self.statement($0, .batch) }
            while !page.isEmpty { page.removeFirst(try await hub.take(page).count) }
        }
        let taking = watch.seconds
        _ = try await hub.mergeRun()
        try await hub.catchUp()
        let peak = try Machine.peakMemory()
        return [
            Sample(events: cards.count, seconds: watch.seconds, peakBytes: peak).named("hub"),
            Sample(events: cards.count, seconds: taking).named("hub-take-in"),
            Sample(events: cards.count, seconds: watch.seconds - taking).named("hub-night"),
        ]
    }

    /// Takes cards in one after the other, each saved, standardised, looked for among all others, analysed with its whole group, merged and
    /// answered before the next.
    func online(_ cards: [LabelledCards.Card]) async throws -> [Sample] {
        // A server does so once, when it starts.
        try await hub.settle()
        try await hub.catchUp()
        var (whole, beyond): ([UInt64], [UInt64]) = ([], [])
        for card in cards {
            _ = appends.taken()
            let watch = Stopwatch()
            _ = try await hub.upsert(Self.statement(card, .online))
            let taken = watch.nanoseconds
            whole.append(taken)
            beyond.append(taken - min(appends.taken(), taken))
        }
        var samples = [Sample(name: "online", events: cards.count, calls: whole)]
        samples[0].peakBytes = try Machine.peakMemory()
        samples.append(Sample(name: "online-beyond-appends", events: cards.count, calls: beyond))
        return samples
    }

    private static func statement(_ card: LabelledCards.Card, _ matching: Matching) -> CardDecider.Statement {
        CardDecider.Statement(card: card.id, values: card.attributes, matching: matching, occurredAt: nil)
    }
}
