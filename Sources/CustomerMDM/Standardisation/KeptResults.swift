import Synchronization

/// Results that are dear, for everybody in this process. They are those of pure functions: who asked first makes no difference.
final class KeptResults: Sendable {
    static let shared = KeptResults(capacity: 100_000)

    private let kept: Mutex<[String: RecentResults<Standardised>]>
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        kept = Mutex([:])
    }

    func result(of text: String, by name: String, _ read: (String) -> Standardised) -> Standardised {
        if let known = kept.withLock({ $0[name]?[text] }) { return known }
        let result = read(text)
        kept.withLock { $0[name, default: RecentResults(capacity: capacity)][text] = result }
        return result
    }
}
