package import HindsightCore

/// By which of its two clocks a stream is folded.
package enum StreamView: Sendable, Equatable {
    /// In the order in which the events were recorded: what the log said.
    case recorded
    /// Only what had occurred by an instant, in the order in which it occurred; of events at the same instant the one recorded last counts,
    /// so that a correction comes after what it corrects.
    ///
    /// The instant may lie ahead of the clock: facts may be recorded before they take effect.
    case occurred(by: Timestamp)

    /// - Parameter occurred: By which events must have occurred; `nil` for the view by recording.
    package init(occurred: Timestamp?) { self = occurred.map { .occurred(by: $0) } ?? .recorded }

    /// The instant that events must have occurred by.
    package var occurred: Timestamp? { if case .occurred(let instant) = self { instant } else { nil } }

    var name: String {
        switch self {
        case .recorded: "recorded"
        case .occurred: "occurred"
        }
    }

    func contains(_ event: borrowing BorrowedEvent) -> Bool {
        switch self {
        case .recorded: true
        case .occurred(let instant): event.occurredAt <= instant
        }
    }

    /// Whether an event counts after one that was recorded before it.
    func puts(_ event: borrowing BorrowedEvent, after earlier: EventReference) -> Bool {
        switch self {
        case .recorded: true
        case .occurred: event.occurredAt >= earlier.occurredAt
        }
    }
}
