package import CustomerMDM
package import HindsightCore

/// Two cards of two people under every policy there was: where each would have taken them for one.
package struct TwinsChronology: Sendable, Equatable, Encodable {
    package let a: CardID
    package let b: CardID
    /// From the oldest policy on.
    package let policies: [PairChronology]
    /// All instants at which any of the policies glued them, in their order.
    package let occasions: [Timestamp]
    /// On how many of the occasions the two stayed apart, by policy.
    package let apart: [String: Int]

    /// Plays the stream in memory, once for each policy.
    package static func play(
        _ stream: LabelledStream, facts: [ExpectedFact], of twins: CardPair, profile: Profile,
        policies: [MatchingPolicy] = MatchingPolicy.all
    ) async throws -> TwinsChronology {
        var played: [PairChronology] = []
        for policy in policies {
            played.append(try await PairChronology.play(stream, facts: facts, of: twins, profile: profile, policy: policy))
        }
        let occasions = Set(played.flatMap(\.unions).map(\.from)).sorted()
        var apart: [String: Int] = [:]
        for chronology in played {
            apart[chronology.policy] = occasions.count { instant in !chronology.unions.contains { $0.holds(at: instant) } }
        }
        return TwinsChronology(a: twins.a, b: twins.b, policies: played, occasions: occasions, apart: apart)
    }
}
