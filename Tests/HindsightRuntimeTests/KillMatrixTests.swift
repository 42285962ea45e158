import AsyncHTTPClient
import EventLogSQLite
import Glibc
import HindsightCore
import HindsightRuntime
import HindsightTesting
import NIOCore
import NIOHTTP1
import SQLiteConnection
import SagaFaults
import Testing

@Suite("Kill matrix") struct KillMatrixTests {
    private static func chaos(_ kinds: String) -> @Sendable (String) async throws -> Void {
        { address in
            var request = HTTPClientRequest(url: "\(address)/control/chaos")
            request.method = .POST
            request.body = .bytes(ByteBuffer(string: #"{"seed":7,"probability":0.4,"kinds":[\#(kinds)]}"#))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            try #require(response.status == .ok)
        }
    }

    private static let drops = #""drop-before","500-before""#
    private static let behaviours = [
        KillMatrix.Behaviour("honours keys", ["--keys", "honour"], prepare: chaos(drops)),
        KillMatrix.Behaviour("forgets keys", ["--keys", "forget"], prepare: chaos(drops)),
        KillMatrix.Behaviour("acts and drops", ["--keys", "forget"], prepare: chaos(#""act-and-drop","act-and-500""#)),
    ]

    private static let matrix = KillMatrix(peer: TourProcesses.peer) { life in
        let keys = life.cell.behaviour.name == "honours keys" ? "honoured" : "ignored"
        return (
            TourProcesses.program,
            ["work", life.folder, life.peer, "worker", "keys=\(keys)", "tours=2", "stops=4"] + (life.crash.map { ["crash=\($0)"] } ?? [])
        )
    }

    @Test(
        "A worker killed at any moment is followed by one that does the rest, and nothing twice", .timeLimit(.minutes(5)),
        arguments: KillMatrix.cells(passings: [1, 2, 4], behaviours))
    func killed(_ cell: KillMatrix.Cell) async throws {
        try await TourProcesses.withFolder { folder in
            let outcome = try await Self.matrix.run(cell, in: folder)
            #expect(outcome.hasCrashed)
            try TourProcesses.judge(outcome.journal, tours: 2, stops: 4)
        }
    }

    // MARK: - Several processes, one of them stopped

    private static let lease = Duration.seconds(2)

    @Test(
        "The work of a stopped process is taken over within its lease, and what it wanted to append then is fenced",
        .timeLimit(.minutes(5)), arguments: [2, 3])
    func stopped(processes: Int) async throws {
        try await TourProcesses.withFolder { folder in
            let journal = "\(folder)/journal.ndjson"
            let peer = try PeerProcess(TourProcesses.peer, ["--journal", journal, "--parent-pipe", "--keys", "forget"])
            defer { peer.kill() }
            try await Self.chaos(#""act-and-drop","drop-before""#)(peer.address)
            let log = "\(folder)/log"
            let (tours, stops) = (16, 25)
            let workers = try (1...processes).map { number in
                try TourProcesses.start([
                    "work", log, peer.address, "worker-\(number)", "keys=ignored", "settling=1500", "tours=\(tours)", "stops=\(stops)",
                    "rest=150", "lease=\(Self.lease.microseconds / 1_000)",
                ])
            }
            let history = try await stop("worker-1", workers[0], in: log)
            for worker in workers {
                #expect(try worker.remainingLines() == ["done"])
                #expect(worker.waitForEnd() == .exited(0))
            }
            try await history.check(in: log)
            try TourProcesses.judge(PeerJournal(file: journal), tours: tours, stops: stops)
        }
    }

    /// Whether nobody holds a lock of the log now.
    private static func canBeWritten(_ folder: String) throws -> Bool {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(descriptor >= 0)
        // Also gives the lock back.
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        let connection = try Connection(path: "\(folder)/events.sqlite", mode: .readWrite)
        defer { connection.close() }
        try connection.setCheckpointOnClose(false)
        return try connection.beginWritingAtOnce()
    }

    /// Stops the process once it and another one are at work, and lets it go on after three lease times, by the log's instants.
    private func stop(_ name: String, _ worker: ChildProcess, in folder: String) async throws -> Stopped {
        let log = try await Self.opened(folder)
        var busy: Set<String> = []
        var stoppedAt: Timestamp?
        for try await event in log.events(EventSelection(EventFilter(types: [EffectIntended.type])), goingOnLive: true) {
            if let instant = stoppedAt {
                guard event.recordedAt < instant.advanced(by: Self.lease * 3) else { break }
                continue
            }
            let actor = try Self.actor(of: event)
            busy.insert(actor)
            guard busy.count > 1, actor == name else { continue }
            worker.stop()
            guard try Self.canBeWritten(folder) else {
                // In the middle of an append it keeps all others out, for as long as it is stopped: it is stopped at another moment.
                worker.goOn()
                continue
            }
            stoppedAt = SystemClock().now()
        }
        worker.goOn()
        await log.close()
        return Stopped(name: name, at: try #require(stoppedAt), until: SystemClock().now())
    }

    private static func opened(_ folder: String) async throws -> SQLiteEventLog {
        try SQLiteEventLog.open(folder: folder, clock: SystemClock())
    }

    private struct Metadata: Decodable { let actor: String? }

    private static func actor(of event: RecordedEvent) throws -> String {
        try JSON.decode(Metadata.self, from: Array(event.metadata.description.utf8)).actor ?? ""
    }

    /// What the log has to show of a process that got no turn for a while.
    private struct Stopped {
        let name: String
        let at: Timestamp
        let until: Timestamp

        func check(in folder: String) async throws {
            let log = try await KillMatrixTests.opened(folder)
            var epochs: [StreamName: Int64] = [:]
            var last: [StreamName: String] = [:]
            var takenOver: [StreamName: Timestamp] = [:]
            for try await event in log.events(EventSelection(EventFilter(types: SagaLifecycle.codec.types))) {
                let actor = try KillMatrixTests.actor(of: event)
                if event.recordedAt > at.advanced(by: .milliseconds(200)), event.recordedAt < until { #expect(actor != name) }
                if event.recordedAt > at, last[event.stream] == name, actor != name, takenOver[event.stream] == nil {
                    takenOver[event.stream] = event.recordedAt
                }
                last[event.stream] = actor
                guard let epoch = try KillMatrixTests.epoch(of: event) else { continue }
                #expect(epoch >= epochs[event.stream, default: 0], "position \(event.position) is of an epoch that was over")
                epochs[event.stream] = epoch
            }
            let first = try #require(takenOver.values.min())
            #expect(first.since(at) <= KillMatrixTests.lease + .seconds(1))
            await log.close()
        }
    }

    private struct Epoch: Decodable { let epoch: Int64? }

    private static func epoch(of event: RecordedEvent) throws -> Int64? {
        guard let data = event.data else { return nil }
        return try JSON.decode(Epoch.self, from: Array(data.description.utf8)).epoch
    }
}
