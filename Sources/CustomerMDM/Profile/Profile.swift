/// Everything that depends on a country or a kind of source: attributes, standardisers, keys, comparisons, rules, guards, survivorship.
///
/// Made from a YAML file by ``init(yaml:)``; the matcher itself knows no attribute by name.
package struct Profile: Sendable, Equatable {
    package struct Attribute: Sendable, Equatable {
        package let name: String
        package let standardiser: Standardiser
        /// Standard forms that mean "not known", such as 1900-01-01.
        package let placeholders: Set<String>
        package let namePart: NamePart?
        package let keepsPastValues: Bool
        /// A change waits in review.
        package let isHeldWhenChanged: Bool
    }

    package enum NamePart: String, Sendable, Codable {
        case surname, givenName, patronymic
    }

    /// One row of the inverted index: a value from each part, joined.
    package struct Key: Sendable, Equatable {
        package let name: String
        /// Indexes of attributes; any of a part's attributes will do.
        package let parts: [[Int]]
        /// Added where more than ``Profile/maximumCardsPerKey`` cards share the key.
        package let narrowedBy: [Int]?
    }

    package struct Comparison: Sendable, Equatable {
        package let name: String
        package let measure: Measure
        /// Indexes of attributes.
        package let attributes: [Int]
        /// Attributes whose agreement counts less: a reserve phone may be somebody else's.
        package let alternates: [Int]
        /// The attribute whose value sources write in this one's place, and this one's in its.
        package let swapped: Int?
        /// Of the file, or learnt from the log: see ``Profile/weighted(by:)``.
        package internal(set) var weights: LevelWeights
        /// Whether rare values weigh more, once it is known which are.
        package let usesFrequencies: Bool
        package internal(set) var frequencies: ValueFrequencies?
    }

    package struct Rule: Sendable, Equatable {
        package let name: String
        /// Index of a comparison, and the least level it must reach.
        package let all: [Requirement]
        package let any: [Requirement]
        /// In 1/1000 bit, of all comparisons together.
        package let leastWeight: Int?
        /// Whether it joins golden records only where no card of one differs from a card of the other in anything that ``all`` asks to be
        /// `missing` at least.
        package let isUnopposed: Bool
    }

    package struct Requirement: Sendable, Equatable {
        package let comparison: Int
        package let atLeast: Level
    }

    package struct Conflict: Sendable, Equatable {
        package enum Kind: String, Sendable, Codable {
            /// Two valid values that are not the same.
            case different
            /// Two documents issued within `days` of each other cannot both be in force.
            case validAtOnce
        }
        package let name: String
        package let kind: Kind
        package let comparison: Int
        package let issueDate: Int?
        package let days: Int
    }

    package enum Survivorship: String, Sendable, Codable {
        case newest, mostFrequent, mostTrusted, longest
    }

    package let name: String
    package let version: Int
    package let attributes: [Attribute]
    /// Words and phrases in the fields of a name that are no part of it.
    package let junkWords: Set<String>
    package let nameOrder: NameOrder
    package let arrangement: CardArrangement
    package let keys: [Key]
    package let maximumCardsPerKey: Int
    package internal(set) var comparisons: [Comparison]
    package let strongRules: [Rule]
    package let weakRules: [Rule]
    /// What makes two cards look like one person at a glance: a given name that changes into such a likeness is held.
    package let likeness: [Requirement]
    package let conflicts: [Conflict]
    /// Indexes of attributes that may occur once in a group.
    package let guards: [Int]
    package let defaultSurvivorship: Survivorship
    package let survivorship: [String: Survivorship]
    /// From the most trusted on.
    package let trustedSources: [String]
    /// A group over either bound goes to the queue.
    package let maximumOnlineCards: Int
    package let maximumOnlineEdges: Int
    /// As it was read: recorded in the log.
    package let text: String
    /// Of the text, and of what its standardisers make of values.
    package let digest: String
    /// Of weights that were learnt; `nil` for those of the file.
    package internal(set) var weightsDigest: String?
    /// What becomes of held changes without a steward.
    package var reviewPolicy = ReviewPolicy.holdAll

    package func index(of attribute: String) -> Int? { attributes.firstIndex { $0.name == attribute } }

    /// For decisions: which profile, in which version, and by which weights they were made.
    package var reference: String {
        "\(name)/\(version)@\(digest.prefix(12))" + (weightsDigest.map { "+\($0.prefix(12))" } ?? "")
    }
    var digestNumber: Int { Int(digest.prefix(7), radix: 16) ?? 0 }
}

/// A profile that cannot be used, and the place in it.
package struct ProfileError: Error, Equatable, CustomStringConvertible {
    /// Empty where all of the text is meant.
    package let path: String
    package let reason: String
    /// From 1; absent where no text was read.
    package let line: Int?

    package init(path: String, reason: String, line: Int? = nil) {
        (self.path, self.reason, self.line) = (path, reason, line)
    }

    package var description: String {
        (["profile"] + [line.map { "line \($0)" }, path.isEmpty ? nil : path].compactMap(\.self) + [reason]).joined(separator: ": ")
    }
}
