public import HindsightCore
import Synchronization

/// Time-ordered random ids: what a service wants.
///
/// Those of one source ascend within a millisecond too (RFC 9562, section 6.2, method 1: a counter of twelve bits), so that a log knows a
/// batch of them for new without looking each up.
public struct RandomIdentities: IdentitySource {
    private final class Counter: Sendable {
        let last = Mutex((millisecond: Int64(0), count: UInt16(0)))
    }

    private static let largestCount: UInt16 = 0xfff
    private let counter = Counter()

    public init() {}

    public func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        var generator = SystemRandomNumberGenerator()
        let (instant, count) = next(at: instant, startingAt: UInt16.random(in: 0...0xff, using: &generator))
        let random = generator.next() as UInt64
        return .version7(
            at: instant,
            entropy: [UInt8(count >> 8), UInt8(truncatingIfNeeded: count)] + withUnsafeBytes(of: random) { Array($0) })
    }

    /// The instant and the count of the next id; a millisecond with more ids than the counter has room for runs ahead of the clock.
    private func next(at instant: Timestamp, startingAt start: UInt16) -> (Timestamp, UInt16) {
        let millisecond = instant.microsecondsSince1970 / 1_000
        return counter.last.withLock { last in
            switch last.millisecond - millisecond {
            // Ahead by more than that, the clock was set back, or is another one.
            case 1...60_000 where last.count < Self.largestCount, 0 where last.count < Self.largestCount: last.count += 1
            case 0...60_000: last = (last.millisecond + 1, start)
            default: last = (millisecond, start)
            }
            return (Timestamp(microsecondsSince1970: last.millisecond * 1_000), last.count)
        }
    }
}
