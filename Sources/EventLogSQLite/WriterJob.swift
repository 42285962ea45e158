import HindsightCore
import SQLiteConnection

/// Something to be done in a write transaction that it may share with others.
protocol WriterJob: Sendable {
    /// About how many bytes it writes.
    var weight: Int { get }
    /// Does it; may be called again in a new transaction when the first one came to nothing.
    ///
    /// - Throws: What keeps the whole transaction from being stored; a refusal is the job's own outcome.
    func run(in transaction: WriteTransaction) throws
    /// Answers whoever waits for it: with what `run` came to, or with why the transaction failed.
    func settle(_ failure: EventLogError?)
}

/// A job with a result and a task that waits for it. `run` and `settle` are only called on the writer's thread, one after the other.
final class PendingJob<Result: Sendable>: WriterJob, @unchecked Sendable {
    let weight: Int
    private let body: @Sendable (WriteTransaction) throws -> Result
    private let continuation: CheckedContinuation<Swift.Result<Result, EventLogError>, Never>
    private var outcome: Swift.Result<Result, EventLogError>?

    init(
        weight: Int, continuation: CheckedContinuation<Swift.Result<Result, EventLogError>, Never>,
        body: @escaping @Sendable (WriteTransaction) throws -> Result
    ) {
        self.weight = weight
        self.body = body
        self.continuation = continuation
    }

    func run(in transaction: WriteTransaction) throws {
        do {
            outcome = .success(try body(transaction))
        } catch let refusal as EventLogError {
            outcome = .failure(refusal)
        }
    }

    func settle(_ failure: EventLogError?) {
        if let failure { return continuation.resume(returning: .failure(failure)) }
        guard let outcome else { preconditionFailure("a job that did not run is settled with the reason") }
        continuation.resume(returning: outcome)
    }
}
