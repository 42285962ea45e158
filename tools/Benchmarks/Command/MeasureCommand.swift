import ArgumentParser
import EventLogSQLite
import HindsightCore

/// `Benchmarks measure`: one measurement of the event log, in a process of its own so that none inherits the memory of another.
///
/// Prints its samples, one line of JSON each.
struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "One measurement of the event log; what the rounds are made of.", shouldDisplay: false)

    enum Measurement: String, CaseIterable, ExpressibleByArgument {
        case create, append, post, fill, scan, borrowed, sequence, fold, replay, filter, verify, condition, sizes
    }

    @Argument var measurement: Measurement
    @Option(help: "The folder of the log.") var log: String
    @Option(help: "The folder of the large log that this one is compared with.") var large: String?
    @Option(help: "How many events to append.") var events = 1
    @Option(help: "Events of one call.") var batch = 1
    @Option(help: "Tasks that append side by side.") var producers = 1
    @Flag(help: "Give each append a transaction of its own.") var alone = false
    @Option(help: "How often to read.") var passes = 1

    func run() async throws {
        let log = try LogUnderBenchmark.open(folder: log)
        for sample in try await samples(of: log) { print(try sample.line()) }
        await log.close()
    }

    private func samples(of log: LogUnderBenchmark) async throws -> [Sample] {
        switch measurement {
        case .create: []
        case .append: [try await Appending(log).append(events, batch: batch, producers: producers, alone: alone)]
        case .post: [try await Appending(log).post(events, batch: batch, producers: producers)]
        case .fill: [try await Appending(log).fill(with: events, batch: batch)]
        case .scan: [try await Scanning(log).ownedPages(passes: passes)]
        case .borrowed: [try await Scanning(log).borrowedBytes(passes: passes)]
        case .sequence: [try await Scanning(log).sequence(passes: passes)]
        case .fold: [try await Scanning(log).typedAndFolded(passes: passes)]
        case .replay: [try await Scanning(log).replayedInLittleMemory()]
        case .filter: try await Filtering(log).everyFilter(reads: passes).flatMap(\.self)
        case .verify: [try await Scanning(log).verified(passes: passes)]
        case .condition: try await Appending(log).conditionally(events)
        case .sizes: try await comparedWithLarge(log)
        }
    }

    private func comparedWithLarge(_ log: LogUnderBenchmark) async throws -> [Sample] {
        guard let large else { throw ValidationError("sizes takes --large") }
        let largeLog = try LogUnderBenchmark.open(folder: large)
        let samples = try await SizeComparison(small: log, large: largeLog).samples(reads: passes)
        await largeLog.close()
        return samples
    }
}
