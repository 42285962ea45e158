/// How many appends the writer waits for before it begins a transaction.
///
/// Tasks that append one event after the other come back as soon as they are answered. A transaction that begins with the first of them
/// leaves the others to the flush after it, so half of them wait for two. Therefore the writer waits for as many as it has just answered, and
/// those that waited meanwhile, for a part of the time that a transaction takes. Where they don't come it waits less and less often: nobody
/// pays for company that stays away.
package struct Gathering {
    /// Those that the transaction before answered, and those that waited for its end.
    private var company = 1
    private var patience = Duration.zero
    /// Transactions to begin without waiting, before the next attempt.
    private var pause = 0
    private var nextPause = 1

    private static let longestPause = 256
    /// More keep the processors busy while they come back, and the writer had better commit what is there meanwhile.
    private static let mostCompany = 64
    /// Of the time that the last transaction took.
    private static let share = 4
    private static let mostPatience = Duration.microseconds(200)

    package init() {}

    /// How many appends are worth waiting for, and how long; 1 for whoever comes first.
    package mutating func next() -> (count: Int, patience: Duration) {
        guard (2...Self.mostCompany).contains(company) else { return (1, .zero) }
        guard pause == 0 else {
            pause -= 1
            return (1, .zero)
        }
        return (company, patience)
    }

    /// - Parameter came: Whether all of those came that were waited for.
    package mutating func waited(came: Bool) {
        if came {
            nextPause = 1
        } else {
            pause = nextPause
            nextPause = min(2 * nextPause, Self.longestPause)
        }
    }

    /// - Parameters:
    ///   - count: How many appends the transaction held.
    ///   - waiting: How many came while it was under way.
    ///   - time: How long it took, with its flush.
    package mutating func answering(_ count: Int, whileWaiting waiting: Int, after time: Duration) {
        company = count + waiting
        patience = min(time / Self.share, Self.mostPatience)
    }
}
