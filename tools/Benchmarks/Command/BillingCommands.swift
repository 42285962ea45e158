import ArgumentParser
import Foundation

/// `Benchmarks billing predict`: predictions of retry windows beside Python's XGBoost and LightGBM.
struct BillingBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "billing",
        abstract: "Predictions of retry windows: how fast, beside Python's XGBoost and LightGBM, and their training.",
        discussion: """
            An event is a prediction (predict), a customer with 192 windows of 20 features through 200 trees (customers), or a row (train). \
            Each contender has one thread; the peers get the same rows.
            """)

    enum Part: String, CaseIterable, ExpressibleByArgument { case predict }

    @Argument(help: "What is measured.") var part = Part.predict
    @Option(help: "Whole predictions in a round.") var predictions = 3_000
    @Option(help: "Customers in a round.") var customers = 2_000
    @Option(help: "Rounds; the medians count.") var rounds = 3
    @Flag(help: "Train on 600,000 rows too.") var large = false
    @OptionGroup var outcome: OutcomeOptions

    private static let peers = "xgboost-3.2.0"

    func run() throws {
        let folder = try outcome.workFolder()
        defer { folder.remove() }
        let peer = WorkFolder.cache.appendingPathComponent("\(Self.peers)/bin/python").path
        let hasPeers = FileManager.default.isExecutableFile(atPath: peer)
        var record = RunRecord(heading: try Machine.description(of: folder))
        record.heading.append("medians of \(rounds) rounds; Python's XGBoost and LightGBM on one thread")
        record.heading.forEach(Status.say)
        if !hasPeers { record.skip("XGBoost and LightGBM are not installed (no \(peer); tools/bench installs them)") }
        _ = try measure("rows", ["--rows", "60000", "--out", folder.entry("rows")])
        for number in 1...rounds {
            var round = RunRecord.Round(load: try Machine.load())
            round.add(try measure("predictions", ["--count", "\(predictions)"]), of: .ours, named: "predict")
            round.add(try measure("trees", ["--rows", "60000", "--count", "\(customers)"]), of: .ours, named: "customers")
            if hasPeers {
                let script = String(decoding: PackageResources.peer_boosting_py, as: UTF8.self)
                for library in ["xgboost", "lightgbm"] {
                    let process = ChildProcess(
                        program: peer, arguments: ["-c", script, library, folder.entry("rows"), "\(customers)"])
                    round.add(try process.samples(), of: .peer, named: library)
                }
            }
            record.rounds.append(round)
            Status.say("round \(number) of \(rounds) is done, load \(round.load.forReading)")
        }
        if large {
            var round = RunRecord.Round(load: try Machine.load())
            round.add(try measure("trees", ["--rows", "600000", "--count", "0"]), of: .ours, named: "train-600000")
            record.rounds.append(round)
        }
        try outcome.conclude(&record, try Threshold.all(in: PackageResources.thresholds_billing_json))
    }

    /// In a process of its own.
    private func measure(_ measurement: String, _ options: [String]) throws -> [Sample] {
        try ChildProcess(program: try Program.own(), arguments: ["measure-billing", measurement] + options).samples()
    }
}

/// `Benchmarks measure-billing`: one measurement.
struct MeasureBillingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-billing", abstract: "One measurement of retry predictions; what the rounds are made of.",
        shouldDisplay: false)

    enum Measurement: String, CaseIterable, ExpressibleByArgument { case predictions, trees, rows }

    @Argument var measurement: Measurement
    @Option(help: "Rows to learn from, or to write.") var rows = 60_000
    @Option(help: "Predictions, or customers.") var count = 1_000
    @Option(help: "Where rows are written.") var out: String?

    func run() throws {
        let measuring = PredictionMeasuring()
        switch measurement {
        case .predictions: for sample in try measuring.predictions(count) { print(try sample.line()) }
        case .trees: for sample in try measuring.trees(rows: rows, customers: count) { print(try sample.line()) }
        case .rows:
            guard let out else { throw ValidationError("rows takes --out") }
            try measuring.write(rows, to: out)
        }
    }
}
