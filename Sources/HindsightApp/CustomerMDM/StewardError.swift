package import CustomerMDM

/// Why a steward's wish was not carried out.
package enum StewardError: Error, Equatable, CustomStringConvertible {
    case unknownCard(CardID)
    case unknownGolden(GoldenID)
    case unknownReview(String)
    case wrongReview(String, kind: ReviewKind)
    case notMember(CardID, GoldenID)
    case nothingToDo(String)
    /// Another steward was first.
    case decidedBefore(ReviewDecision)
    /// What is asked for would show what a blind review hides.
    case blind(String)
    /// - Parameter changes: What happened to the golden record since, oldest first; its last change where the preview is not known.
    case outdatedPreview(changes: [GoldenHistory.Entry])
    case needsReason

    package var description: String {
        switch self {
        case .unknownCard(let card): "card: there is no card \(card)"
        case .unknownGolden(let golden): "golden: there is no golden record \(golden)"
        case .unknownReview(let review): "review: there is no review \(review)"
        case .wrongReview(let review, let kind): "review: \(review) is a \(kind.rawValue), which is answered in another way"
        case .notMember(let card, let golden): "groups: card \(card) is not in golden record \(golden)"
        case .nothingToDo(let reason): reason
        case .decidedBefore(let decision): "review: \(decision.inWords)"
        case .blind(let review): "review \(review) asks about these cards and is blind: what the rules say is shown when it is decided"
        case .outdatedPreview(let changes):
            "digest: the golden record has changed since the preview: look at it again"
                + (changes.isEmpty ? "" : " (\(changes.suffix(5).map(\.inWords).joined(separator: "; ")))")
        case .needsReason: "reason: is missing"
        }
    }
}
