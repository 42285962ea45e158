package import HindsightCore

/// A point in the life of the log, as people name it: an instant, or `position:N`.
package enum Moment: Sendable, Equatable, CustomStringConvertible {
    case instant(Timestamp)
    case position(Position)

    package init?(_ text: String) {
        if text.hasPrefix("position:") {
            guard let position = Position(text.dropFirst("position:".count)), position >= 0 else { return nil }
            self = .position(position)
        } else {
            guard let instant = Timestamp(text) else { return nil }
            self = .instant(instant)
        }
    }

    package var description: String {
        switch self {
        case .instant(let instant): instant.description
        case .position(let position): "position:\(position)"
        }
    }

    /// Whether it surely lies before the instant; where a position lies, only the log knows.
    package func isBefore(_ instant: Timestamp) -> Bool { if case .instant(let own) = self { own < instant } else { false } }

    /// The last position that had been recorded by then.
    ///
    /// - Throws: `.instantNotPast`; `.invalid` for a position that the log has not reached.
    package func position(in log: some EventLog) async throws(EventLogError) -> Position {
        switch self {
        case .instant(let instant): return try await log.position(at: instant)
        case .position(let position):
            let head = try await log.head().position
            guard position <= head else { throw .invalid(field: "position:\(position)", reason: "the log ends at position \(head)") }
            return position
        }
    }
}
