public import HindsightCore

/// Positions per second over the last seconds.
public struct Pace: Sendable {
    private var samples: [(instant: ContinuousClock.Instant, position: Position)] = []
    private static let window = Duration.seconds(10)

    public init() {}

    public mutating func note(_ position: Position, at instant: ContinuousClock.Instant) {
        guard position > samples.last?.position ?? -1 else { return }
        samples.append((instant, position))
        // One sample older than the window stays, as the beginning of what is measured.
        while samples.count > 2, samples[1].instant < instant - Self.window { samples.removeFirst() }
    }

    /// `nil` without progress in the window.
    public var perSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.instant > first.instant,
            last.instant > ContinuousClock.now - Self.window
        else { return nil }
        return Double(last.position - first.position) / ((last.instant - first.instant) / .seconds(1))
    }
}
