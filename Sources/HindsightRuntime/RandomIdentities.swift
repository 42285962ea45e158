public import HindsightCore
import Synchronization

/// Time-ordered random ids: what a service wants.
///
/// Those of one source ascend within a millisecond too (RFC 9562, section 6.2, method 1: a counter of twelve bits), so that a log knows a
/// batch of them for new without looking each up.
public struct RandomIdentities: IdentitySource {
    private struct State {
        var millisecond: Int64 = 0
        var count: UInt16 = 0
        /// Random words that were drawn and not used: the system is asked for many at a time.
        var words: [UInt64] = []

        mutating func nextWord() -> UInt64 {
            if words.isEmpty {
                var generator = SystemRandomNumberGenerator()
                words = (0..<64).map { _ in generator.next() }
            }
            return words.removeLast()
        }
    }

    private final class Source: Sendable {
        let state = Mutex(State())
    }

    private static let largestCount: UInt16 = 0xfff
    private let source = Source()

    public init() {}

    public func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        let (instant, count, random) = source.state.withLock { state in
            let (instant, count) = Self.next(at: instant, &state)
            return (instant, count, state.nextWord())
        }
        return .version7(
            at: instant,
            entropy: [UInt8(count >> 8), UInt8(truncatingIfNeeded: count)] + withUnsafeBytes(of: random) { Array($0) })
    }

    /// The instant and the count of the next id; a millisecond with more ids than the counter has room for runs ahead of the clock.
    private static func next(at instant: Timestamp, _ state: inout State) -> (Timestamp, UInt16) {
        let millisecond = instant.microsecondsSince1970 / 1_000
        switch state.millisecond - millisecond {
        // Ahead by more than that, the clock was set back, or is another one.
        case 1...60_000 where state.count < largestCount, 0 where state.count < largestCount: state.count += 1
        case 0...60_000: (state.millisecond, state.count) = (state.millisecond + 1, UInt16(state.nextWord() & 0xff))
        default: (state.millisecond, state.count) = (millisecond, UInt16(state.nextWord() & 0xff))
        }
        return (Timestamp(microsecondsSince1970: state.millisecond * 1_000), state.count)
    }
}
