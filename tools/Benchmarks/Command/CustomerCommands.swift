import ArgumentParser
import CustomerMDM
import Foundation
import HindsightApp
import SyntheticCustomers

/// `Benchmarks mdm`: cards in a batch beside a peer, through the hub by night and online, and the Febrl sets.
struct CustomersBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mdm", abstract: "Customer cards: a batch and the Febrl sets beside Splink, the hub by night, online.",
        discussion: """
            An event is a card. Cards of invented people, unless a labelled file is named. The peer gets them standardised, has to train \
            first, which is timed with the rest and by itself, and takes of all thresholds the one that the labels like best; ours are the \
            shipped profiles as they are.
            """)

    enum Part: String, CaseIterable, ExpressibleByArgument { case batch, febrl, hub, online }

    @Option(help: "People whose cards make the batch; a person has 2.4.") var people = 40_000
    @Option(help: "People whose cards go through the hub.") var hubPeople = 10_000
    @Option(help: "Cards that are there before the online ones.") var onlineCards = 100_000
    @Flag(help: "A million cards are there before the online ones.") var large = false
    @Option(help: "Online cards.") var questions = 5_000
    @Option(help: "A file of labelled cards for batch and hub instead of invented people.") var cards: String?
    @Option(help: "Rounds of the batch; the medians count.") var rounds = 3
    @Option(parsing: .upToNextOption, help: "Only these parts: batch, febrl, hub, online.") var only = Part.allCases
    @OptionGroup var outcome: OutcomeOptions

    private static let peerVersion = "5.0.0"
    private static let number = "socialSecurityNumber"

    func run() async throws {
        let folder = try outcome.workFolder()
        defer { folder.remove() }
        let peer = CustomersPeer(version: Self.peerVersion)
        var record = RunRecord(heading: try Machine.description(of: folder))
        record.heading.append("medians of \(rounds) rounds; splink \(Self.peerVersion) on one thread")
        record.heading.forEach(Status.say)
        if !peer.isInstalled { record.skip("splink \(Self.peerVersion) is not installed (no \(peer.program); tools/bench installs it)") }
        if only.contains(.batch) {
            let source = cards.map { ["--cards", $0] } ?? ["--people", "\(people)"]
            _ = try measure("standardised", source + ["--out", folder.entry("cards.csv")])
            for number in 1...rounds {
                var round = RunRecord.Round(load: try Machine.load())
                round.add(try measure("batch", source), of: .ours, named: "batch")
                if peer.isInstalled {
                    round.add(try peer.measure(["match", "--cards", folder.entry("cards.csv")]), of: .peer, named: "batch")
                }
                record.rounds.append(round)
                Status.say("round \(number) of \(rounds) is done, load \(round.load.forReading)")
            }
        }
        if only.contains(.febrl), peer.isInstalled { record.rounds.append(try febrl(folder, peer)) }
        if only.contains(.hub) {
            var round = RunRecord.Round(load: try Machine.load())
            let source = cards.map { ["--cards", $0] } ?? ["--people", "\(hubPeople)"]
            round.add(try measure("hub", source + ["--log", folder.entry("hub")]), of: .ours, named: "hub")
            try folder.remove("hub")
            record.rounds.append(round)
        }
        if only.contains(.online) {
            let before = large ? 1_000_000 : onlineCards
            var round = RunRecord.Round(load: try Machine.load())
            Status.say("taking in \(before) cards")
            // A person has 2.4 cards, and all cards of most of them are there.
            let people = (before + questions) * 10 / 24 + 1
            let options = ["--log", folder.entry("online"), "--people", "\(people)", "--first", "\(before)", "--questions", "\(questions)"]
            let filled = try measure("hub", options)
            round.add(filled.map { $0.named("\($0.name ?? "hub")-\(before)") }, of: .ours, named: "hub-\(before)")
            round.add(try measure("online", options).map { $0.named("\($0.name ?? "online")-\(before)") }, of: .ours, named: "online")
            try folder.remove("online")
            record.rounds.append(round)
        }
        try outcome.conclude(&record, try Threshold.all(in: PackageResources.thresholds_mdm_json))
    }

    private func febrl(_ folder: WorkFolder, _ peer: CustomersPeer) throws -> RunRecord.Round {
        var round = RunRecord.Round(load: try Machine.load())
        for set in 1...4 {
            try peer.write(set, to: folder.entry("febrl.csv"))
            for without in [nil, Self.number] {
                let name = "febrl-\(set)" + (without == nil ? "" : "-without")
                let options = without.map { ["--without", $0] } ?? []
                let ours = try measure("batch", ["--profile", "english-person", "--cards", folder.entry("febrl.csv")] + options)
                round.add(ours.filter { $0.name == "batch" }.map { $0.named(name) }, of: .ours, named: name)
                let theirs = try peer.measure(["febrl", "--set", "\(set)"] + options)
                round.add(theirs.filter { $0.name == "febrl" }.map { $0.named(name) }, of: .peer, named: name)
            }
            Status.say("Febrl set \(set) is done")
        }
        return round
    }

    /// In a process of its own.
    private func measure(_ measurement: String, _ options: [String]) throws -> [Sample] {
        try ChildProcess(program: try Program.own(), arguments: ["measure-mdm", measurement] + options).samples()
    }
}

/// `Benchmarks measure-mdm`: one measurement.
struct MeasureCustomersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-mdm", abstract: "One measurement of customer MDM; what the rounds are made of.", shouldDisplay: false)

    enum Measurement: String, CaseIterable, ExpressibleByArgument { case batch, standardised, hub, online }

    @Argument var measurement: Measurement
    @Option(help: "How many people the cards are of.") var people = 10_000
    @Option(help: "A file of labelled cards instead.") var cards: String?
    @Option(help: "An attribute to leave out.") var without: String?
    @Option(help: "A shipped profile, or a file with one.") var profile = "russian-bank"
    @Flag(help: "Learn weights from the cards first, without their labels.") var train = false
    @Option(help: "The folder of the log.") var log: String?
    @Option(help: "Of the cards, how many are taken in before those that come online; all unless given.") var first: Int?
    @Option(help: "How many come online.") var questions = 1_000
    @Option(help: "Where standardised cards are written.") var out: String?

    func run() async throws {
        let profile =
            try profile.contains("/")
            ? Profile(yaml: String(decoding: try CompressedFile.read(profile), as: UTF8.self)) : Profile.named(profile)
        let labelled =
            try cards.map { try LabelledCards($0, of: profile, without: without).cards }
            ?? LabelledCards(SyntheticCustomers(people: people, seed: 1)).cards
        var batch = BatchMeasuring(cards: labelled, profile: profile)
        switch measurement {
        case .batch: for sample in try await batch.run(trains: train) { print(try sample.line()) }
        case .standardised: try batch.write(to: try given(out, "--out"))
        case .hub, .online:
            let hub = try await HubMeasuring(folder: try given(log, "--log"), profile: profile)
            let before = first ?? labelled.count
            let samples =
                measurement == .hub
                ? try await hub.fill(Array(labelled.prefix(before)))
                : try await hub.online(Array(labelled.dropFirst(before).prefix(questions)))
            for sample in samples { print(try sample.line()) }
            await hub.close()
        }
    }

    private func given(_ value: String?, _ option: String) throws -> String {
        guard let value else { throw ValidationError("\(measurement.rawValue) takes \(option)") }
        return value
    }
}
