import FoundationEssentials
import HindsightRuntime

/// A worker killed at every moment that matters, in front of every kind of peer, and started again until it is done.
///
/// The worker is a program of yours: it gets a folder for its log, the address of a `recording-peer` and, in its first life, a
/// ``PlannedCrash``; it works on its sagas until all have ended, and exits with 0. What it did is judged by the peer's journal alone.
/// ```swift
/// let matrix = KillMatrix(peer: "…/recording-peer") { life in
///     ("…/my-worker", [life.folder, life.peer] + (life.crash.map { ["--crash", "\($0)"] } ?? []))
/// }
/// let outcome = try await matrix.run(cell, in: folder)
/// try PeerVerdict(on: outcome.journal).nothingTwice().exactlyOnce(effects).hold()
/// ```
public struct KillMatrix: Sendable {
    /// What the peer is like.
    public struct Behaviour: Sendable, CustomStringConvertible {
        public let name: String
        /// Of `recording-peer`.
        let arguments: [String]
        let prepare: @Sendable (_ address: String) async throws -> Void

        /// - Parameter prepare: Tells the peer at this address what to do wrong.
        public init(
            _ name: String, _ arguments: [String], prepare: @escaping @Sendable (_ address: String) async throws -> Void = { _ in }
        ) {
            self.name = name
            self.arguments = arguments
            self.prepare = prepare
        }

        public var description: String { name }
    }

    public struct Cell: Sendable, CustomStringConvertible {
        public let crash: PlannedCrash
        public let behaviour: Behaviour

        public init(_ crash: PlannedCrash, _ behaviour: Behaviour) {
            self.crash = crash
            self.behaviour = behaviour
        }

        public var description: String { "\(crash), peer that \(behaviour)" }
    }

    /// One start of the worker.
    public struct Life: Sendable {
        public let cell: Cell
        /// Of its log; it outlives the worker.
        public let folder: String
        /// `http://127.0.0.1:N`.
        public let peer: String
        /// `nil` once it may live.
        public let crash: PlannedCrash?
    }

    public struct Outcome: Sendable {
        public let journal: PeerJournal
        /// Whether the worker was killed: not, if it never came to the moment so often.
        public let hasCrashed: Bool
        public let folder: String
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let peer: String
    private let command: @Sendable (Life) -> (program: String, arguments: [String])

    /// - Parameters:
    ///   - peer: The path of `recording-peer`.
    ///   - command: How the worker is started.
    public init(peer: String, command: @escaping @Sendable (Life) -> (program: String, arguments: [String])) {
        self.peer = peer
        self.command = command
    }

    /// All moments × passings × behaviours.
    public static func cells(passings: [Int], _ behaviours: [Behaviour]) -> [Cell] {
        CrashPoint.allCases.flatMap { point in
            passings.flatMap { passing in behaviours.map { Cell(PlannedCrash(at: point, passing: passing), $0) } }
        }
    }

    /// Lets the worker die and live.
    ///
    /// - Parameter folder: For the log and the peer's journal; it is made here and stays.
    public func run(_ cell: Cell, in folder: String) async throws -> Outcome {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let journal = "\(folder)/journal.ndjson"
        let process = try PeerProcess(peer, ["--journal", journal, "--parent-pipe"] + cell.behaviour.arguments)
        defer { process.kill() }
        try await cell.behaviour.prepare(process.address)
        let log = "\(folder)/log"
        let first = try live(Life(cell: cell, folder: log, peer: process.address, crash: cell.crash))
        switch first.end {
        case .killed(signal: 9):
            let second = try live(Life(cell: cell, folder: log, peer: process.address, crash: nil))
            guard second.end == .exited(0) else { throw Failure(description: "\(cell): the second life ended with \(second)") }
        case .exited(0): break
        default: throw Failure(description: "\(cell): the first life ended with \(first)")
        }
        return Outcome(journal: try PeerJournal(file: journal), hasCrashed: first.end != .exited(0), folder: log)
    }

    private func live(_ life: Life) throws -> (end: ChildProcess.End, said: [String]) {
        let (program, arguments) = command(life)
        let child = try ChildProcess(program, arguments)
        let said = try child.remainingLines()
        return (child.waitForEnd(), said)
    }
}
