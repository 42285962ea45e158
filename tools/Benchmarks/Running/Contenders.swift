import Foundation
import HindsightCore

/// Who takes turns in a round.
enum Contender: String, Codable {
    /// The C loop over libsqlite3.
    case limit
    /// The event log.
    case ours
    /// The event log behind `hindsight serve`.
    case http
    /// PyPI eventsourcing.
    case peer
    /// The event log with 100,000 events, and with many more.
    case small, large
    /// The disk by itself.
    case disk
}

/// Runs measurements of each contender in processes of their own, on databases in one folder.
struct Contenders {
    static let peerVersion = "9.5.6"

    let folder: WorkFolder
    private let program: String
    private let limit: String
    private let peer: String
    /// The metadata and the data of an event, for those who do not make their own.
    private let metadata = Workload.metadata
    private let data = ChargeAttempted.json(number: 0, attempt: 1).description

    init(in folder: WorkFolder) throws {
        self.folder = folder
        program = try Program.own()
        limit = try Program.product("sqlite-limit")
        peer = WorkFolder.cache.appendingPathComponent("eventsourcing-\(Self.peerVersion)/bin/python").path
    }

    /// Why the peer does not take part; `nil` when it does.
    var peerIsMissing: String? {
        guard !FileManager.default.isExecutableFile(atPath: peer) else { return nil }
        return "eventsourcing \(Self.peerVersion) is not installed (no \(peer); tools/bench installs it)"
    }

    // MARK: - The limit

    /// Appends to a database of its own, which is gone afterwards.
    func limitAppend(_ events: Int, batch: Int) throws -> [Sample] {
        let samples = try limitAppend(events, batch: batch, to: "limit.sqlite")
        try folder.remove("limit.sqlite")
        return samples
    }

    /// Appends to the new database `entry`, which gets the tables and indexes of an empty log and stays.
    @discardableResult
    func limitAppend(_ events: Int, batch: Int, to entry: String) throws -> [Sample] {
        try ours(.create, log: "template")
        let samples = try run(
            limit, "append", "--template", logFile("template"), "--database", folder.entry(entry), "--events", "\(events)",
            "--batch", "\(batch)", "--data", data, "--metadata", metadata, pragmas: LogUnderBenchmark.writerPragmas)
        try folder.remove("template")
        return samples
    }

    /// Reads all of a log of ours: the same bytes, by the shortest way.
    func limitScan(log: String, passes: Int) throws -> [Sample] {
        try run(limit, "scan", "--database", logFile(log), "--passes", "\(passes)", pragmas: LogUnderBenchmark.readerPragmas)
    }

    /// Reads the needles of a log of ours by their tag.
    func limitTagged(log: String, passes: Int) throws -> [Sample] {
        try run(
            limit, "tagged", "--database", logFile(log), "--tag", "\(Needle.tag)", "--passes", "\(passes)",
            pragmas: LogUnderBenchmark.readerPragmas)
    }

    // MARK: - Ours

    /// Measures the log in the folder's entry `log`, which is made if it is missing and stays.
    @discardableResult
    func ours(_ measurement: MeasureCommand.Measurement, log: String, _ arguments: [String] = []) throws -> [Sample] {
        try run(program, ["measure", measurement.rawValue, "--log", folder.entry(log)] + arguments)
    }

    /// Appends to a log of its own, which is gone afterwards.
    func oursAppend(_ events: Int, batch: Int = 1, producers: Int = 1, alone: Bool = false) throws -> [Sample] {
        var arguments = ["--events", "\(events)", "--batch", "\(batch)", "--producers", "\(producers)"]
        if alone { arguments.append("--alone") }
        let samples = try run(program, ["measure", "append", "--log", folder.entry("ours")] + arguments)
        try folder.remove("ours")
        return samples
    }

    // MARK: - The peer

    /// Appends to a database of its own, which is gone afterwards.
    func peerAppend(_ events: Int, perCall: Int = 1, threads: Int = 1) throws -> [Sample] {
        try onPeer("append", "--events", "\(events)", "--per-call", "\(perCall)", "--threads", "\(threads)")
    }

    /// Fills a database of its own and reads all of it.
    func peerScan(_ events: Int, passes: Int) throws -> [Sample] {
        try onPeer("scan", "--events", "\(events)", "--page", "\(LogUnderBenchmark.pageSize)", "--passes", "\(passes)")
    }

    private func onPeer(_ arguments: String...) throws -> [Sample] {
        let script = String(decoding: PackageResources.peer_eventsourcing_py, as: UTF8.self)
        // A row of the peer has one column of state: it holds the bytes of our data and metadata.
        let state = ["--database", folder.entry("peer.sqlite"), "--state", data + metadata]
        let samples = try run(peer, ["-c", script] + arguments + state)
        try folder.remove("peer.sqlite")
        return samples
    }

    // MARK: -

    /// The database of a log of ours.
    func logFile(_ log: String) -> String { "\(folder.entry(log))/\(LogUnderBenchmark.fileName)" }

    private func run(_ program: String, _ arguments: String..., pragmas: [String]) throws -> [Sample] {
        try run(program, arguments + pragmas.flatMap { ["--pragma", $0] })
    }

    private func run(_ program: String, _ arguments: [String]) throws -> [Sample] {
        try ChildProcess(program: program, arguments: arguments).samples()
    }
}
