import ArgumentParser

/// `Benchmarks http`: rounds in which the server and the event log by itself take turns, and how the figures stand to the thresholds.
struct HTTPBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http",
        abstract: "The server: its memory, appends and reads against the event log by itself, and live subscribers.",
        discussion: """
            Parts: \(HTTPPart.allCases.map(\.rawValue).joined(separator: ", ")). Server, clients and the event log share the machine, so \
            what the clients take is missing to the server.
            """)

    @Option(help: "Events of the log that is read.")
    var events = 300_000

    @Option(help: "How many seconds each load appends.")
    var seconds = 4

    @Option(help: "How many clients listen.")
    var subscribers = 1_000

    @Option(help: "Rounds; each gives one ratio, and the median counts.")
    var rounds = 3

    @Option(parsing: .upToNextOption, help: "Only these parts.")
    var only: [HTTPPart] = []

    @OptionGroup var outcome: OutcomeOptions

    func validate() throws {
        guard events >= 10_000 else { throw ValidationError("--events takes a number from 10000") }
        guard seconds >= 1 else { throw ValidationError("--seconds takes a number from 1") }
        guard (1...10_000).contains(subscribers) else { throw ValidationError("--subscribers takes a number from 1 to 10000") }
        guard rounds >= 1 else { throw ValidationError("--rounds takes a number from 1") }
    }

    func run() async throws {
        let thresholds = try Threshold.all(in: PackageResources.thresholds_http_json)
        let folder = try outcome.workFolder()
        defer { folder.remove() }
        let contenders = try HTTPContenders(in: folder)
        var record = RunRecord(heading: try Machine.description(of: folder))
        #if DEBUG
            record.skip("the release build: figures of a debug build say nothing")
        #endif
        let parts = only.isEmpty ? HTTPPart.allCases : only
        if let reason = contenders.wrkIsMissing, parts.contains(where: { !$0.sizes.isEmpty }) { record.skip("appends: \(reason)") }
        record.heading.append("medians of \(rounds) rounds; appends for \(seconds) s each; the log that is read has \(events) events")
        if parts.contains(.live) { record.heading.append("\(subscribers) clients listen to all that one other appends") }
        record.heading.forEach(Status.say)
        try OpenFiles.raiseLimit(to: subscribers + 200)
        try await HTTPRounds(
            count: rounds, events: events, seconds: seconds, subscribers: subscribers, parts: parts, contenders: contenders
        ).run(into: &record)
        try outcome.conclude(&record, thresholds)
    }
}
