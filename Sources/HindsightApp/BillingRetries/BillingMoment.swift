package import HindsightCore

/// A position of the log, with the instant by which ages are told as of it.
package struct BillingMoment: Sendable, Equatable {
    package let position: Position
    package let instant: Timestamp

    /// - Parameters:
    ///   - moment: What was asked for. An instant is told of as of itself, a position as of when its event was recorded.
    ///   - position: What it came to.
    ///   - clock: Where nothing was asked for, it is now by this clock, or when the last event was recorded, where a simulation ran ahead.
    ///     Without a clock it is when the last event was recorded: then the same position is always told of alike.
    package init(_ moment: Moment?, at position: Position, log: any EventLog, clock: (any WallClock)?) async throws {
        self.position = position
        if case .instant(let asked) = moment {
            instant = asked
            return
        }
        let event = position > 0 ? try await log.read(EventSelection(after: position - 1, limit: 1)).first : nil
        let recordedAt = event?.recordedAt ?? Timestamp(microsecondsSince1970: 0)
        instant = if moment == nil, let clock { max(clock.now(), recordedAt) } else { recordedAt }
    }
}
