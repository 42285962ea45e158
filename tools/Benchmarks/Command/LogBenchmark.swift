import ArgumentParser

/// `Benchmarks log`: rounds in which the limit, the event log and the peer take turns, and how the ratios stand to the thresholds.
struct LogBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "The event log in SQLite against a C loop over libsqlite3 and against PyPI eventsourcing.",
        discussion: "Parts: \(Part.allCases.map(\.rawValue).joined(separator: ", ")).")

    @Option(help: "Events of the log that is read; what is appended is a part of it.")
    var events = 200_000

    @Option(help: "Rounds; each gives one ratio, and the median counts.")
    var rounds = 5

    @Option(parsing: .upToNextOption, help: "Only these parts.")
    var only: [Part] = []

    @Flag(help: "Also compare a log of --large-events with one of 100,000.")
    var large = false

    @Option(help: "How many events the large log has.")
    var largeEvents = 10_000_000

    @OptionGroup var outcome: OutcomeOptions

    func validate() throws {
        guard events >= 10_000 else { throw ValidationError("--events takes a number from 10000") }
        guard rounds >= 1 else { throw ValidationError("--rounds takes a number from 1") }
        guard largeEvents >= 100_000 else { throw ValidationError("--large-events takes a number from 100000") }
    }

    func run() async throws {
        let thresholds = try Threshold.all(in: PackageResources.thresholds_json)
        let folder = try outcome.workFolder()
        defer { folder.remove() }
        let contenders = try Contenders(in: folder)
        var record = RunRecord(heading: try Machine.description(of: folder))
        if let reason = contenders.peerIsMissing { record.skip("the peer: \(reason)") }
        #if DEBUG
            record.skip("the release build: figures of a debug build say nothing")
        #endif
        record.heading.append("medians of \(rounds) rounds; the log that is read has \(events) events")
        if large { record.heading.append("the large log has \(largeEvents) events, the small one \(LargeLog.smallEvents)") }
        record.heading.forEach(Status.say)
        try Rounds(count: rounds, events: events, parts: only.isEmpty ? Part.allCases : only, contenders: contenders).run(into: &record)
        if large { try LargeLog(events: largeEvents, rounds: rounds, contenders: contenders).compare(into: &record) }
        try outcome.conclude(&record, thresholds)
    }
}
