package import CustomerMDM
import EventLogMemory
package import HindsightCore
import HindsightRuntime

/// When one golden record held two cards of a labelled stream, as it is played under one policy.
package struct PairChronology: Sendable, Equatable, Encodable {
    /// A time in which they were one.
    package struct Union: Sendable, Equatable, Encodable {
        package let from: Timestamp
        /// When they were taken apart; absent if they never were.
        package fileprivate(set) var until: Timestamp?
        /// Of the merge, in the log of this play.
        package let position: Position
        /// The edges that led from one to the other over the records that were merged; none where a rollback brought them together.
        package let edges: [Edge]
        /// The gap in the policy; absent where today's would have merged them as well.
        package let lapse: Lapse?
        /// What today's policy has against the group as it was.
        package let conflicts: [GroupConflict]

        func holds(at instant: Timestamp) -> Bool { from <= instant && until.map { instant < $0 } ?? true }
    }

    package let policy: String
    /// Expected facts, and those of them that don't hold.
    package let facts: Int
    package let failed: Int
    package let unions: [Union]

    /// Plays a stream in memory.
    package static func play(
        _ stream: LabelledStream, facts: [ExpectedFact], of pair: CardPair, profile: Profile, policy: MatchingPolicy
    ) async throws -> PairChronology {
        let clock = ManualClock(at: Timestamp(microsecondsSince1970: 0))
        let log = MemoryEventLog(clock: clock)
        let began = try await CardStreamPlayer.resume(stream, on: log, clock: clock)
        let hub = try await CustomerHub.open(
            log: log, clock: clock, identities: SeededIdentities(seed: stream.digest), store: MemoryReadModelStore(), profile: profile,
            policy: policy, metadata: CardStreamPlayer.metadata(stream.digest, step: 0))
        let summary = try await CardStreamPlayer(stream, on: hub, clock: clock, facts: facts).play(from: began)
        return PairChronology(
            policy: policy.name, facts: summary.facts, failed: summary.failed, unions: try await unions(of: pair, in: hub))
    }

    /// Reads from the log when the two came together, and when they parted.
    static func unions(of pair: CardPair, in hub: CustomerHub) async throws -> [Union] {
        let finder = LapseFinder(hub)
        var unions: [Union] = []
        var homes: [CardID: GoldenID] = [:]
        // As they were before the append that is being read: its cards move one by one, and the merge or unmerge ends it.
        var before: [CardID: GoldenID] = [:]
        var isTogether: Bool { homes[pair.a] != nil && homes[pair.a] == homes[pair.b] }
        let types = [CardReceived.type, CardAssigned.type, GoldenMerged.type, GoldenUnmerged.type]
        for try await recorded in hub.log.events(EventSelection(EventFilter(types: types))) {
            var edges: [Edge] = []
            var readThrough: Position?
            switch try CustomerEvent.codec.decode(recorded) {
            case .card(.received(let received)):
                homes[received.card] = received.golden
                before[received.card] = received.golden
                continue
            case .card(.assigned(let assigned)):
                homes[assigned.card] = assigned.to
                continue
            case .golden(.merged(let merged)):
                edges = merged.way(from: pair.a, to: pair.b, homes: before)
                readThrough = merged.analysedThrough
            default: break
            }
            before = homes
            let wasTogether = unions.last.map { $0.until == nil } ?? false
            if wasTogether, !isTogether { unions[unions.count - 1].until = recorded.recordedAt }
            guard isTogether, !wasTogether else { continue }
            var found: (lapse: Lapse?, conflicts: [GroupConflict]) = (nil, [])
            for edge in edges where found.lapse == nil {
                if let readThrough { found = try await finder.find(edge, at: readThrough) }
            }
            unions.append(
                Union(
                    from: recorded.recordedAt, until: nil, position: recorded.position, edges: edges, lapse: found.lapse,
                    conflicts: found.conflicts))
        }
        return unions
    }
}
