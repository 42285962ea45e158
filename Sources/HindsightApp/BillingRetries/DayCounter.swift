import Synchronization

/// Tells the first instant of each day from the others.
final class DayCounter: Sendable {
    private let last = Mutex<Int64?>(nil)

    func isNew(_ day: Int64) -> Bool {
        last.withLock { last in
            defer { last = day }
            return last != day
        }
    }
}
