import ArgumentParser
import Foundation
import HindsightCore

/// `Benchmarks billing-loop`: the retry loop with many open invoices.
struct RetryLoopBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "billing-loop", abstract: "The retry loop: decisions, timers due at one instant, taking up after kill -9.",
        discussion: "An event is an invoice; a decision is a decline taken in and the next window chosen, in one append.")

    @Option(help: "Open invoices in recovery.") var open = 100_000
    @Option(help: "Decisions of each measurement.") var decisions = 5_000
    @Option(help: "Timers that fall due at one instant.") var timers = 10_000
    @Option(help: "Rounds of the decisions; the medians count.") var rounds = 3
    @OptionGroup var outcome: OutcomeOptions

    func run() async throws {
        let folder = try outcome.workFolder()
        defer { folder.remove() }
        var record = RunRecord(heading: try Machine.description(of: folder))
        record.heading.append("medians of \(rounds) rounds; \(open) open invoices, \(timers) timers due at one instant")
        record.heading.forEach(Status.say)
        for number in 1...rounds {
            var round = RunRecord.Round(load: try Machine.load())
            round.add([try Machine.flushes(in: folder)], of: .disk, named: "flush")
            for atOnce in [1, 8, 64] {
                round.add(
                    try child("decisions", folder, ["--count", "\(decisions)", "--at-once", "\(atOnce)"]).samples(), of: .ours,
                    named: "decisions-\(atOnce)")
                try folder.remove("loop")
            }
            if number == 1 { try measureOnce(&round, folder) }
            record.rounds.append(round)
            Status.say("round \(number) of \(rounds) is done, load \(round.load.forReading)")
        }
        // Figures only: nobody has set a bound to them.
        try outcome.conclude(&record, [])
    }

    private func measureOnce(_ round: inout RunRecord.Round, _ folder: WorkFolder) throws {
        let fill = try child("fill", folder, ["--count", "\(open)", "--unsent", "1000"])
        round.add(try fill.samplesUntilKilled(), of: .ours, named: "filling")
        round.add(try child("armed", folder, ["--count", "\(open)"]).samples(), of: .ours, named: "recovery-armed")
        round.add(try child("first-decision", folder, []).samples(), of: .ours, named: "recovery-first-decision")
        try folder.remove("loop")
        _ = try child("fill", folder, ["--count", "\(timers)"]).samplesUntilKilled()
        round.add(try child("timers", folder, ["--count", "\(timers)"]).samples(), of: .ours, named: "timers")
        try folder.remove("loop")
    }

    /// In a process of its own, on one log.
    private func child(_ measurement: String, _ folder: WorkFolder, _ options: [String]) throws -> ChildProcess {
        ChildProcess(program: try Program.own(), arguments: ["measure-billing-loop", measurement, "--log", folder.entry("loop")] + options)
    }
}

extension ChildProcess {
    /// Runs it until it is killed, as it has to be.
    fileprivate func samplesUntilKilled() throws -> [Sample] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL else {
            throw BenchmarkFailure("the process that is to be killed ended with \(process.terminationStatus)")
        }
        return try printed.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Sample.self, from: $0) }
    }
}

/// `Benchmarks measure-billing-loop`: one measurement.
struct MeasureRetryLoopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-billing-loop", abstract: "One measurement of the retry loop; what the rounds are made of.",
        shouldDisplay: false)

    enum Measurement: String, CaseIterable, ExpressibleByArgument {
        case decisions, fill, armed, timers
        case firstDecision = "first-decision"
    }

    @Argument var measurement: Measurement
    @Option(help: "The folder of the log.") var log: String
    @Option(help: "How many.") var count = 1
    @Option(help: "How many at once.") var atOnce = 64
    @Option(help: "Charges that are left unsent.") var unsent = 0

    func run() async throws {
        var measuring = try RetryLoopMeasuring(folder: log)
        switch measurement {
        case .decisions: print(try await measuring.decisions(count, atOnce: atOnce).line())
        case .fill:
            print(try await measuring.fill(count, unsent: unsent).line())
            fflush(nil)
            // Without a last word to the log.
            kill(getpid(), SIGKILL)
        case .armed: print(try await measuring.armed(count).line())
        case .firstDecision: print(try await measuring.firstDecision().line())
        case .timers:
            let due = try await measuring.due()
            await measuring.close()
            measuring = try RetryLoopMeasuring(folder: log, start: due.advanced(by: .seconds(-15)))
            print(try await measuring.timers(count).line())
        }
        await measuring.close()
    }
}
