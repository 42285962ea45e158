/// Which of the safeguards are in force. Each was learnt from a way in which two people were taken for one; older policies are kept to
/// show where they would have failed.
package struct MatchingPolicy: Sendable, Hashable, Codable {
    package var name: String
    /// A change of two or more name parts, of birth date or of gender waits in review.
    package var holdsSuspiciousChanges: Bool
    /// So does a lone given name that turns the card into another living golden record.
    package var holdsGivenNameOfAnother: Bool
    /// Old names and documents help matching.
    package var usesPastValues: Bool
    /// A value that was changed back leaves no past value.
    package var forgetsRevertedValues: Bool
    /// The whole group is gathered and checked for separations, guards and held cards, not only the nearest edges.
    package var analysesWholeGroup: Bool
    /// Every pair of the group is checked for conflicts, with an edge or without.
    package var checksMissingEdges: Bool

    package static let current = MatchingPolicy.y2022

    package static let y2022 = MatchingPolicy(
        name: "2022", holdsSuspiciousChanges: true, holdsGivenNameOfAnother: true, usesPastValues: true, forgetsRevertedValues: true,
        analysesWholeGroup: true, checksMissingEdges: true)
    package static let y2018 = MatchingPolicy(
        name: "2018", holdsSuspiciousChanges: true, holdsGivenNameOfAnother: false, usesPastValues: true, forgetsRevertedValues: false,
        analysesWholeGroup: false, checksMissingEdges: false)
    package static let y2016 = MatchingPolicy(
        name: "2016", holdsSuspiciousChanges: true, holdsGivenNameOfAnother: false, usesPastValues: false, forgetsRevertedValues: false,
        analysesWholeGroup: false, checksMissingEdges: false)
    package static let y2014 = MatchingPolicy(
        name: "2014", holdsSuspiciousChanges: false, holdsGivenNameOfAnother: false, usesPastValues: false, forgetsRevertedValues: false,
        analysesWholeGroup: false, checksMissingEdges: false)

    package static let all = [y2014, y2016, y2018, y2022]

    /// `2014`, `2016`, `2018` or `2022`; `nil` for another name.
    package static func named(_ name: String) -> MatchingPolicy? { all.first { $0.name == name } }
}
