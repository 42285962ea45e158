/// What becomes of a held change without a steward, by the reason it is held for.
package struct ReviewPolicy: Sendable, Equatable {
    package enum Rule: Sendable, Equatable {
        /// A steward decides.
        case hold
        /// The new values are taken over at once.
        case accept
        /// The card keeps the values it had.
        case refuse
        /// The new values are taken over as soon as so many other sources of the same golden record state them as well.
        case acceptWhenConfirmedBy(Int)
    }

    /// What the reason of a decision that the policy made begins with.
    private static let mark = "policy: "

    /// Whether a decision with this reason was the policy's, not a steward's.
    package static func isReason(_ reason: String) -> Bool { reason.hasPrefix(mark) }

    /// Reasons that are not named are held.
    private let rules: [HoldReason: Rule]

    package static let holdAll = ReviewPolicy([:])

    package init(_ rules: [HoldReason: Rule]) { self.rules = rules }

    /// Whether every change waits for a steward.
    package var isHoldingAll: Bool { rules.values.allSatisfy { $0 == .hold } }

    /// The rule for a change that is held for several reasons: the strictest of theirs.
    package func rule(for reasons: [HoldReason]) -> Rule {
        reasons.map { rules[$0] ?? .hold }.max { $0.strictness < $1.strictness } ?? .hold
    }

    /// What to do with a change now.
    ///
    /// - Parameter sources: The other sources of the golden record that state the same.
    package func verdict(for reasons: [HoldReason], confirmedBy sources: Set<String>) -> (verdict: Verdict, reason: String)? {
        switch rule(for: reasons) {
        case .hold: nil
        case .accept: (.accept, "\(Self.mark)accept")
        case .refuse: (.refuse, "\(Self.mark)refuse")
        case .acceptWhenConfirmedBy(let count):
            sources.count >= count
                ? (.accept, "\(Self.mark)acceptWhenConfirmedBy \(count) (\(sources.sorted().joined(separator: ", ")))") : nil
        }
    }
}

extension ReviewPolicy.Rule {
    /// A steward's word is the strictest, then a no, then the more witnesses.
    fileprivate var strictness: (Int, Int) {
        switch self {
        case .accept: (0, 0)
        case .acceptWhenConfirmedBy(let count): (1, count)
        case .refuse: (2, 0)
        case .hold: (3, 0)
        }
    }
}

extension ReviewPolicy: Decodable {
    /// `hold`, `accept`, `refuse`, or `{ acceptWhenConfirmedBy: 2 }`, by the reason that a change is held for.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        var rules: [HoldReason: Rule] = [:]
        for key in container.allKeys {
            guard let reason = HoldReason(rawValue: key.stringValue) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container,
                    debugDescription: "is no reason to hold a change: several-name-parts, given-name-of-another, fixed-attribute")
            }
            rules[reason] = try container.decode(Rule.self, forKey: key)
        }
        self.init(rules)
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension ReviewPolicy.Rule: Decodable {
    private enum CodingKeys: CodingKey { case acceptWhenConfirmedBy }
    private enum Word: String, Decodable {
        case hold, accept, refuse
    }

    package init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: CodingKeys.self), container.contains(.acceptWhenConfirmedBy) {
            let count = try container.decode(Int.self, forKey: .acceptWhenConfirmedBy)
            guard (1...100).contains(count) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .acceptWhenConfirmedBy, in: container, debugDescription: "is a number of sources from 1 to 100")
            }
            self = .acceptWhenConfirmedBy(count)
            return
        }
        let container = try decoder.singleValueContainer()
        switch try? container.decode(Word.self) {
        case .hold: self = .hold
        case .accept: self = .accept
        case .refuse: self = .refuse
        case nil:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is hold, accept, refuse or { acceptWhenConfirmedBy: 2 }")
        }
    }
}
