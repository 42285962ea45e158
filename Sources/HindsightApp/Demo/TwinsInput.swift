import CustomerMDM
import DemoInputs
import HindsightCore

/// The demo's chronology, and what to look at in it.
struct TwinsInput {
    let profile: Profile
    let stream: LabelledStream
    let facts: [ExpectedFact]

    init() throws {
        profile = try Profile.named("russian-bank")
        stream = try LabelledStream(DemoInputs.twinsEvents, file: "twins.events.csv", attributes: profile.attributes.map(\.name))
        facts = try ExpectedFact.read(DemoInputs.twinsExpect, file: "twins.expect.csv")
    }

    /// The two cards that the input most often says are not one person.
    var twins: CardPair? {
        get throws {
            var counts: [CardPair: Int] = [:]
            for fact in facts where fact.kind == "not_same" { counts[CardPair(try CardID(fact.a), try CardID(fact.b)), default: 0] += 1 }
            return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        }
    }

    /// The instants at which the input says something about either of them.
    func instants(of twins: CardPair) -> [Timestamp] {
        let cards = [twins.a.description, twins.b.description]
        var instants: [Timestamp] = []
        for fact in facts where (cards.contains(fact.a) || cards.contains(fact.b)) && instants.last != fact.at { instants.append(fact.at) }
        return instants
    }
}
