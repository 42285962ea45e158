/// By which gap of an old policy two cards came into one golden record.
package enum Lapse: String, Sendable, Codable {
    /// Several name parts, the birth date or the gender changed at once, and nobody was asked.
    case suspiciousChangeTakenOver = "suspicious-change-taken-over"
    /// A lone given name changed into that of another living golden record.
    case givenNameOfAnotherTakenOver = "given-name-of-another-taken-over"
    /// A value that was changed back counted as a past one.
    case revertedValueKept = "reverted-value-kept"
    /// The edges at hand were sound, and nobody looked at the rest of the group.
    case nearestEdgesOnly = "nearest-edges-only"

    package var inWords: String {
        switch self {
        case .suspiciousChangeTakenOver: "a suspicious change was taken over"
        case .givenNameOfAnotherTakenOver: "the given name of another was taken over"
        case .revertedValueKept: "a value that was changed back counted as a past one"
        case .nearestEdgesOnly: "only the nearest edges were looked at"
        }
    }
}
