import FoundationEssentials
package import HindsightCore

/// The streams of the domain, and the ids that follow from what they are about.
package enum MDMStream {
    package static func card(_ card: CardID) throws(EventLogError) -> StreamName { try StreamName("card-\(card)") }
    package static func golden(_ golden: GoldenID) throws(EventLogError) -> StreamName { try StreamName("golden-\(golden)") }
    package static func separation(_ id: String) throws(EventLogError) -> StreamName { try StreamName("separation-\(id)") }
    package static func review(_ id: String) throws(EventLogError) -> StreamName { try StreamName("review-\(id)") }
    package static func pair(_ pair: CardPair) throws(EventLogError) -> StreamName { try StreamName("pair-\(pair.a)|\(pair.b)") }
    package static func analysis(_ request: String) throws(EventLogError) -> StreamName { try StreamName("mdm.analysis-\(request)") }
    package static func run(_ number: Int) throws(EventLogError) -> StreamName { try StreamName("mdm.run-\(number)") }
    /// The progress of a file that is taken in.
    package static func ingest(_ id: String) throws(EventLogError) -> StreamName { try StreamName("mdm.ingest-\(id)") }
    /// Profiles and policies in force, newest last.
    package static func settings() throws(EventLogError) -> StreamName { try StreamName("mdm.settings-matching") }

    /// The categories that the domain owns. Those with a dot are the engine's own bookkeeping, out of the way of users' names.
    package static let categories = [
        "card", "golden", "separation", "review", "pair", "mdm.analysis", "mdm.run", "mdm.ingest", "mdm.settings",
    ]

    private static let separations = UUID(
        uuid: (0x4d, 0x1f, 0x2a, 0x60, 0x8e, 0x0b, 0x5c, 0x11, 0x9b, 0x52, 0x0d, 0x5e, 0x9a, 0x61, 0x77, 0x02))

    /// The id of a separation: the same sides, kind and ordinal give the same id.
    ///
    /// - Parameter ordinal: 1, then 2, 3… where the same separation was made and closed before.
    package static func separationID(_ left: [CardID], _ right: [CardID], kind: SeparationKind, ordinal: Int) -> String {
        let sides = [left, right].map { $0.sorted().map(\.description).joined(separator: "|") }.sorted()
        return EventID.version5(namespace: separations, name: "\(kind.rawValue)\n\(sides[0])\n\(sides[1])\n\(ordinal)").description
    }
}

extension CustomerMDM {
    /// What the domain owns. All its events are decisions: services send cards through the commands, which decide what becomes of them.
    package static let domain: Domain = {
        let categories = MDMStream.categories.map { name in
            do {
                return try Category(name)
            } catch {
                preconditionFailure("the names of the domain's categories are well-formed: \(error)")
            }
        }
        return Domain(name: "customer-mdm", categories: categories) { _, _, _ in
            Domain.Refusal(reason: "cards come in through the commands of customer MDM, which decide what follows from them")
        }
    }()
}

/// Cards of source systems, and the golden records composed of them.
package enum CustomerMDM {}
