import Glibc
public import HindsightRuntime
import Synchronization

/// The death of this process at the nth passing of a moment in a saga's work.
///
/// A worker that is to be killed takes it from its arguments and hands ``hook`` to `SagaRunner` as `onPoint`.
public struct PlannedCrash: Sendable, Hashable, CustomStringConvertible {
    public let point: CrashPoint
    /// 1, 2, 3…
    public let passing: Int

    public init(at point: CrashPoint, passing: Int) {
        precondition(passing > 0, "a moment is first passed for the first time")
        self.point = point
        self.passing = passing
    }

    /// - Parameter text: As ``description`` gives it: `after-append:3`.
    public init?(_ text: some StringProtocol) {
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 2, let point = CrashPoint(rawValue: String(words[0])), let passing = Int(words[1]), passing > 0 else {
            return nil
        }
        self.init(at: point, passing: passing)
    }

    public var description: String { "\(point.rawValue):\(passing)" }

    /// Counts the passings, and kills the process as nothing else can: no buffer is flushed, no task ends.
    public var hook: @Sendable (CrashPoint) -> Void {
        let count = Passings()
        return { [self] passed in
            guard passed == point, count.next() == passing else { return }
            kill(getpid(), SIGKILL)
        }
    }

    private final class Passings: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }
}
