import CustomerMDM
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

/// A stream played in memory.
struct PlayedStream {
    let log: MemoryEventLog
    let clock: ManualClock
    let store: MemoryReadModelStore
    let stream: LabelledStream
    let facts: [ExpectedFact]

    static let profile: Profile = {
        do {
            return try Profile.named("russian-bank")
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    /// The example file beside the demo.
    static func example(_ name: String) throws -> [UInt8] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Examples/Inputs/\(name)")
        return Array(try Data(contentsOf: root.standardized))
    }

    init(events: [UInt8], expect: [UInt8]) throws {
        stream = try LabelledStream(events, file: "events.csv", attributes: Self.profile.attributes.map(\.name))
        facts = try ExpectedFact.read(expect, file: "expect.csv")
        clock = ManualClock(at: Timestamp(microsecondsSince1970: 0))
        log = MemoryEventLog(clock: clock)
        store = MemoryReadModelStore()
    }

    static func twins() throws -> PlayedStream {
        try PlayedStream(events: example("twins.events.csv"), expect: example("twins.expect.csv"))
    }

    func open(policy: MatchingPolicy? = nil, store: MemoryReadModelStore? = nil) async throws -> CustomerHub {
        try await CustomerHub.open(
            log: log, clock: clock, identities: SeededIdentities(seed: stream.digest), store: store ?? self.store, policy: policy,
            metadata: CardStreamPlayer.metadata(stream.digest, step: 0))
    }

    /// Plays what is left; the failed facts.
    func play(policy: MatchingPolicy? = nil, stoppingAfter last: Int? = nil) async throws -> [FactResult] {
        let began = try await CardStreamPlayer.resume(stream, on: log, clock: clock)
        let hub = try await open(policy: policy)
        let player = CardStreamPlayer(stream, on: hub, clock: clock, facts: facts)
        let results = Results()
        let task = Task {
            try await player.play(
                from: began,
                progress: { progress in
                    if let last, progress.step >= last { withUnsafeCurrentTask { $0?.cancel() } }
                },
                report: { results.append($0) })
        }
        _ = try await task.value
        return results.all.filter { !$0.passed }
    }

    func dataDigest() async throws -> String {
        var lines: [String] = []
        for try await event in log.events(EventSelection()) {
            lines.append("\(event.position) \(event.stream) \(event.id) \(event.type) \(event.data.map(String.init(describing:)) ?? "")")
        }
        return lines.joined(separator: "\n")
    }
}

/// Collects what a callback reports.
final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [FactResult] = []
    func append(_ result: FactResult) { lock.withLock { results.append(result) } }
    var all: [FactResult] { lock.withLock { results } }
}
