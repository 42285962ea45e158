import BillingRetries
import HindsightCore

extension BillingDesk {
    /// Puts the terms of one policy in the place of all others.
    ///
    /// - Parameter named: `name`, in its newest version, or `name@version`.
    /// - Throws: ``UnknownPolicy`` with what there is.
    @Sendable static func supposingPolicy(_ named: String, in log: any EventLog) async throws -> @Sendable (DecisionBatch) -> Void {
        var books = Dictionary(uniqueKeysWithValues: Set(RetryPolicy.builtIn.map(\.name)).map { ($0, PolicyBook.initialState) })
        try await log.replay(PolicyEvent.codec, EventSelection(EventFilter(categories: [BillingRetries.policies]))) { event, _ in
            PolicyBook.evolve(&books[event.policy.name, default: PolicyBook.initialState], with: event)
        }
        let parts = named.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? named
        let version = parts.count > 1 ? Int(parts[1]) : nil
        guard let policy = books[name]?.known(as: name).last(where: { version == nil || $0.version == version }),
            parts.count == 1 || version != nil
        else { throw NoSuchPolicy(named: named, known: books.keys.sorted()) }
        let supposed = try books.map { name, book in (try BillingRetries.policy(name), book.replaced(by: policy, as: name)) }
        return { batch in
            for (stream, book) in supposed { batch.suppose(book, of: PolicyBook.self, on: stream) }
        }
    }
}

package struct NoSuchPolicy: Error, Equatable, CustomStringConvertible {
    let named: String
    let known: [String]
    package var description: String {
        "there is no policy \(named): name one of \(known.joined(separator: ", ")), with @ and a version if it is not the newest"
    }
}
