/// How two cards agree, comparison by comparison: three bits for each, so that what millions of pairs say can be counted.
package struct ComparisonVector: Sendable, Hashable {
    /// As many comparisons as a profile may have.
    package static let maximumCount = 21

    private(set) var bits: UInt64 = 0
    private let count: UInt8

    package init(_ left: MatchCard, _ right: MatchCard, profile: Profile) {
        count = UInt8(profile.comparisons.count)
        for (index, comparison) in profile.comparisons.enumerated() {
            bits |= UInt64(comparison.level(left, right).rank) << (3 * index)
        }
    }

    package subscript(comparison: Int) -> Level { Level(rank: rank(comparison)) }

    /// In the order of the profile's comparisons.
    package var levels: [Level] { (0..<Int(count)).map { self[$0] } }

    func rank(_ comparison: Int) -> Int { Int(bits >> (3 * comparison) & 7) }

    /// The levels by name, missing ones left out.
    package func named(_ profile: Profile) -> [String: Level] {
        Dictionary(uniqueKeysWithValues: zip(profile.comparisons, levels).filter { $0.1 != .missing }.map { ($0.0.name, $0.1) })
    }

    package func meets(_ requirement: Profile.Requirement) -> Bool { rank(requirement.comparison) >= requirement.atLeast.rank }
}
