import ArgumentParser
import Foundation

/// `Benchmarks projections`: rebuilding real read models from many million events, and their lag under load.
struct ProjectionsBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "Rebuilding real read models, and how far they are behind under load.",
        discussion: "Events are positions of the log that a rebuild passed, of its own types and of others.")

    @Option(help: "Events of the log.")
    var events = 1_000_000

    @Flag(help: "Also rebuild from --large-events.")
    var large = false

    @Option(help: "How many events the large log has.")
    var largeEvents = 10_000_000

    @Option(help: "Rounds; the medians count.")
    var rounds = 3

    @Option(help: "How many single events are appended a second while the lag is taken.")
    var perSecond = 5_000

    @Option(help: "How many seconds the lag is taken.")
    var seconds = 10

    @OptionGroup var outcome: OutcomeOptions

    static let models = ["sagas", "invoices", "billing-metrics", "golden-records", "customer-cards"]

    func run() async throws {
        let folder = try outcome.workFolder()
        defer { folder.remove() }
        let process = ReadModelProcess(folder: folder)
        var record = RunRecord(heading: try Machine.description(of: folder))
        record.heading.append("medians of \(rounds) rounds; the log has \(events) events\(large ? ", the large one \(largeEvents)" : "")")
        record.heading.forEach(Status.say)
        for (log, count, contender) in [("log", events, Contender.ours)] + (large ? [("large", largeEvents, Contender.large)] : []) {
            Status.say("filling a log of \(count) events")
            var fill = RunRecord.Round(load: try Machine.load())
            fill.add(try process.measure("fill", log: log, ["--events", "\(count)"]), of: contender, named: "fill")
            record.rounds.append(fill)
            for number in 1...rounds {
                var round = RunRecord.Round(load: try Machine.load())
                for model in Self.models {
                    let samples = try process.measure("rebuild", log: log, ["--model", model])
                    round.add(samples, of: contender, named: model)
                    Status.say("\(contender.rawValue), round \(number): \(model) \(samples[0].rate.forReading) events/s")
                }
                if contender == .ours {
                    let load = ["--per-second", "\(perSecond)", "--seconds", "\(seconds)"]
                    round.add(try process.measure("lag", log: log, load), of: .ours, named: "lag")
                }
                record.rounds.append(round)
            }
            try folder.remove(log)
        }
        try outcome.conclude(&record, try Threshold.all(in: PackageResources.thresholds_projections_json))
    }
}

/// `Benchmarks timetravel`: rows and lists of the past, at random positions of a long log.
struct TimeTravelBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timetravel", abstract: "Rows and pages of 100 as of random positions, cold and warm, and what keeping the past takes."
    )

    @Option(help: "Events of the log.")
    var events = 1_000_000

    @Flag(help: "Also ask a log of --large-events.")
    var large = false

    @Option(help: "How many events the large log has.")
    var largeEvents = 10_000_000

    @Option(help: "How many questions of each kind.")
    var questions = 1_000

    @OptionGroup var outcome: OutcomeOptions

    func run() async throws {
        let folder = try outcome.workFolder()
        defer { folder.remove() }
        let process = ReadModelProcess(folder: folder)
        var record = RunRecord(heading: try Machine.description(of: folder))
        record.heading.append("\(questions) questions warm, \(questions / 5) cold; \(events) events\(large ? " and \(largeEvents)" : "")")
        record.heading.forEach(Status.say)
        var round = RunRecord.Round(load: try Machine.load())
        for (log, count, contender) in [("log", events, Contender.ours)] + (large ? [("large", largeEvents, Contender.large)] : []) {
            Status.say("filling a log of \(count) events, and folding it")
            _ = try process.measure("fill", log: log, ["--events", "\(count)"])
            for model in ["golden-records", "invoices", "billing-metrics"] {
                _ = try process.measure("rebuild", log: log, ["--model", model])
                let index = model == "invoices" ? ["--index", "status=retry-scheduled"] : []
                let warm = ["--model", model, "--questions", "\(questions)"]
                round.add(try process.measure("past", log: log, warm), of: contender, named: model)
                if !index.isEmpty { round.add(try process.measure("past", log: log, warm + index), of: contender, named: model) }
                let cold = ["--model", model, "--questions", "\(questions / 5)", "--cold"]
                round.add(try process.measure("past", log: log, cold), of: contender, named: model)
                if !index.isEmpty { round.add(try process.measure("past", log: log, cold + index), of: contender, named: model) }
                round.add(try process.measure("storage", log: log, ["--model", model]), of: contender, named: model)
            }
            try folder.remove(log)
        }
        record.rounds.append(round)
        try outcome.conclude(&record, try Threshold.all(in: PackageResources.thresholds_timetravel_json))
    }
}

/// Runs measurements in processes of their own, so that none inherits the memory of another.
struct ReadModelProcess {
    let folder: WorkFolder

    func measure(_ measurement: String, log: String, _ options: [String]) throws -> [Sample] {
        try ChildProcess(
            program: try Program.own(), arguments: ["measure-read-models", measurement, "--log", folder.entry(log)] + options
        ).samples()
    }
}

/// `Benchmarks measure-read-models`: one measurement.
struct MeasureReadModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-read-models", abstract: "One measurement of read models; what the rounds are made of.", shouldDisplay: false)

    enum Measurement: String, CaseIterable, ExpressibleByArgument { case fill, rebuild, past, storage, lag }

    @Argument var measurement: Measurement
    @Option(help: "The folder of the log.") var log: String
    @Option(help: "How many events to append.") var events = 1
    @Option(help: "The read model.") var model = "invoices"
    @Option(help: "index=value of the pages.") var index: String?
    @Option(help: "How many questions.") var questions = 1
    @Flag(help: "Let the system forget the files before each question.") var cold = false
    @Option(help: "Events a second.") var perSecond = 1
    @Option(help: "For so long.") var seconds = 1

    func run() async throws {
        let measuring = try ReadModelMeasuring(folder: log)
        for sample in try await samples(measuring) { print(try sample.line()) }
        await measuring.close()
    }

    private func samples(_ measuring: ReadModelMeasuring) async throws -> [Sample] {
        switch measurement {
        case .fill: return [try await measuring.fill(events)]
        case .rebuild: return [try await measuring.rebuild(model)]
        case .past:
            let parts = index?.split(separator: "=").map(String.init) ?? []
            return try await measuring.past(
                model, parts.count == 2 ? (name: parts[0], value: parts[1]) : nil, questions: questions, cold: cold)
        case .storage: return [try await measuring.storage(model)]
        case .lag: return [try await measuring.lag(perSecond: perSecond, seconds: seconds)]
        }
    }
}

extension Sample {
    fileprivate var rate: Double { Double(events) / seconds }
}
