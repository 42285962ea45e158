import EventLogSQLite
import FoundationEssentials
import HTTPEffects
import HindsightCore
import HindsightRuntime
import HindsightTesting
import SagaFaults

/// One process that makes tours with others on the same log, until all have ended.
///
/// Its words are `tours=N`, `stops=N`, `rest=MILLISECONDS` (0: one stop after the other), `lease=MILLISECONDS`, `keys=honoured` or
/// `keys=ignored`, `settling=MILLISECONDS`, and `crash=POINT:N`.
struct TourWork {
    private let folder: String
    private let peer: String
    private let name: String
    private var tours = 3
    private var stops = 4
    private var rest = Duration.zero
    private var lease = Duration.milliseconds(400)
    private var traits = Peer(name: "peer", keys: .honoured(for: nil), settling: .milliseconds(500))
    private var crash: PlannedCrash?

    init(folder: String, peer: String, name: String, _ words: some Sequence<String>) throws {
        self.folder = folder
        self.peer = peer
        self.name = name
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1)
            let value = parts.count == 2 ? parts[1] : ""
            switch (parts.first, Int(value)) {
            case ("tours", let number?): tours = number
            case ("stops", let number?): stops = number
            case ("rest", let number?): rest = .milliseconds(number)
            case ("lease", let number?): lease = .milliseconds(number)
            case ("settling", let number?): traits.settling = .milliseconds(number)
            case ("keys", nil) where value == "honoured": traits.keys = .honoured(for: nil)
            case ("keys", nil) where value == "ignored": traits.keys = .ignored
            case ("crash", nil):
                guard let planned = PlannedCrash(value) else { fallthrough }
                crash = planned
            default: throw SagaTorturer.Misuse(description: "\(word) can't be read: see TourWork")
            }
        }
    }

    func run() async throws {
        let clock = SystemClock()
        let log = try SQLiteEventLog.open(folder: folder, clock: clock)
        try await plan(on: log, clock)
        var settings = HTTPEffectPerformer.Settings(base: "\(peer)/effects", peer: traits)
        settings.lookUpTimeLimit = .seconds(1)
        try await HTTPEffectPerformer.withConnections(settings, clock: clock) { performer in
            let share = SharedWork(log: log, clock: clock, holder: "\(name)-\(UUID())", leaseTime: lease)
            let runner = SagaRunner(
                Touring.self, log: log, clock: clock, identities: RandomIdentities(), performer: performer, right: .shared(share),
                actor: name, onPoint: crash?.hook)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await share.run()
                    return false
                }
                group.addTask {
                    try await runner.work()
                    return false
                }
                group.addTask {
                    try await waitForEnd(of: log)
                    return true
                }
                while let isDone = try await group.next(), !isDone {}
                group.cancelAll()
                do {
                    try await group.waitForAll()
                } catch is CancellationError {
                    // The work has ended as it was asked to.
                }
            }
        }
        await log.close()
    }

    private func plan(on log: SQLiteEventLog, _ clock: SystemClock) async throws {
        let handler = CommandHandler(log: log, clock: clock, identities: RandomIdentities())
        for tour in 1...tours {
            let stops = (1...stops).map { "stop\($0)" }
            let style: Planned.Style = rest > .zero ? .resting : .oneByOne
            try await handler.handle(
                Tour.self, .plan(stops, kind: "knock", style, rest: rest), on: StreamName("tour-t\(tour)"))
        }
    }

    private func waitForEnd(of log: SQLiteEventLog) async throws {
        var ended = 0
        for try await _ in log.events(EventSelection(EventFilter(types: [Ended.type])), goingOnLive: true) {
            ended += 1
            if ended == tours { return }
        }
        try Task.checkCancellation()
    }
}
