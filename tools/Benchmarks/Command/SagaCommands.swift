import ArgumentParser
import Foundation

/// `Benchmarks sagas`: workflows beside a peer, taking up what was left open, timers.
struct SagasBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sagas", abstract: "Workflows of five steps beside PyPI dbos, recovery of open sagas, timers.",
        discussion: "An event is a workflow from its request to its end, a call an append; the peer runs in WAL mode and as shipped.")

    @Option(help: "Workflows of each measurement.") var workflows = 2_000
    @Option(help: "Workflows of the peer, which is slower.") var peerWorkflows = 500
    @Option(help: "Rounds; the medians count.") var rounds = 3
    @Option(help: "Open sagas to recover.") var open = 10_000
    @Option(help: "Parked timers.") var timers = 100_000
    @OptionGroup var outcome: OutcomeOptions

    static let peerVersion = "3.4.0"

    func run() async throws {
        let folder = try outcome.workFolder()
        defer { folder.remove() }
        let peer = WorkFolder.cache.appendingPathComponent("dbos-\(Self.peerVersion)/bin/python").path
        let hasPeer = FileManager.default.isExecutableFile(atPath: peer)
        var record = RunRecord(heading: try Machine.description(of: folder))
        record.heading.append(
            "medians of \(rounds) rounds; \(workflows) workflows of five steps, \(peerWorkflows) of dbos \(Self.peerVersion)")
        record.heading.forEach(Status.say)
        if Program.installed("strace") == nil { record.skipped.append("flushes are not counted: strace is not installed") }
        if !hasPeer { record.skipped.append("dbos \(Self.peerVersion) is not installed (no \(peer); tools/bench installs it)") }
        for number in 1...rounds {
            var round = RunRecord.Round(load: try Machine.load())
            round.add([try Machine.flushes(in: folder)], of: .disk, named: "flush")
            for atOnce in [1, 8, 64] {
                let name = "workflows-\(atOnce)"
                let options = ["--count", "\(workflows)", "--at-once", "\(atOnce)"]
                var samples = try ours("workflows", folder, options)
                if number == 1 {
                    samples[0].flushes = try child("workflows", folder, options).flushes(in: folder)
                    try folder.remove("sagas")
                }
                round.add(samples, of: .ours, named: name)
                guard hasPeer else { continue }
                for (mode, options) in [("wal", ["--wal"]), ("shipped", [])] {
                    let script = String(decoding: PackageResources.peer_dbos_py, as: UTF8.self)
                    let samples = try ChildProcess(
                        program: peer,
                        arguments: [
                            "-c", script, "--database", folder.entry("peer.sqlite"), "--workflows", "\(peerWorkflows)", "--at-once",
                            "\(atOnce)",
                        ] + options
                    ).samples()
                    try folder.remove("peer.sqlite")
                    round.add(samples, of: .peer, named: "\(name)-\(mode)")
                }
            }
            round.add(try ours("recovery", folder, ["--count", "\(open)"]), of: .ours, named: "recovery")
            if number == 1 { round.add(try ours("timers", folder, ["--count", "\(timers)"]), of: .ours, named: "timers") }
            record.rounds.append(round)
            Status.say("round \(number) of \(rounds) is done, load \(round.load.forReading)")
        }
        try outcome.conclude(&record, try Threshold.all(in: PackageResources.thresholds_sagas_json))
    }

    /// In a process of its own, on a log of its own, which is gone afterwards.
    private func ours(_ measurement: String, _ folder: WorkFolder, _ options: [String]) throws -> [Sample] {
        if measurement == "recovery" { _ = try child("leave-open", folder, options).samples() }
        let samples = try child(measurement, folder, options).samples()
        try folder.remove("sagas")
        return samples
    }

    private func child(_ measurement: String, _ folder: WorkFolder, _ options: [String]) throws -> ChildProcess {
        ChildProcess(program: try Program.own(), arguments: ["measure-sagas", measurement, "--log", folder.entry("sagas")] + options)
    }
}

/// `Benchmarks measure-sagas`: one measurement.
struct MeasureSagasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-sagas", abstract: "One measurement of sagas; what the rounds are made of.", shouldDisplay: false)

    enum Measurement: String, CaseIterable, ExpressibleByArgument {
        case workflows, recovery, timers
        case leaveOpen = "leave-open"
    }

    @Argument var measurement: Measurement
    @Option(help: "The folder of the log.") var log: String
    @Option(help: "How many.") var count = 1
    @Option(help: "How many at once.") var atOnce = 1

    func run() async throws {
        let measuring = try SagaMeasuring(folder: log)
        switch measurement {
        case .workflows: print(try await measuring.workflows(count, atOnce: atOnce).line())
        case .leaveOpen: try await measuring.leaveOpen(count)
        case .recovery: for sample in try await measuring.recover(count) { print(try sample.line()) }
        case .timers: for sample in try await measuring.timers(count, over: 20) { print(try sample.line()) }
        }
        await measuring.close()
    }
}
