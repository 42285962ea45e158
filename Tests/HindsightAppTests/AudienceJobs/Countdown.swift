import Synchronization

/// Says yes a number of times, to whoever asks first.
final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ times: Int) { left = Mutex(times) }

    func take() -> Bool {
        left.withLock { left in
            left -= 1
            return left >= 0
        }
    }
}
