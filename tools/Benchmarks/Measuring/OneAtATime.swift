import HindsightCore

/// Appends one by one, so that each has a transaction of its own: what a shared commit is held against.
///
/// One task awaits them in turn. An actor would not do: while it awaits one append, it lets the next one in.
struct OneAtATime: Sendable {
    private struct Job {
        let batch: Append
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let jobs: AsyncStream<Job>.Continuation

    init(_ log: LogUnderBenchmark) {
        let (stream, continuation) = AsyncStream.makeStream(of: Job.self)
        jobs = continuation
        Task {
            for await job in stream {
                do {
                    try await log.append(job.batch)
                    job.continuation.resume()
                } catch {
                    job.continuation.resume(throwing: error)
                }
            }
        }
    }

    func append(_ batch: Append) async throws {
        try await withCheckedThrowingContinuation { continuation in
            if case .terminated = jobs.yield(Job(batch: batch, continuation: continuation)) {
                continuation.resume(throwing: CancellationError())
            }
        }
    }

    /// Lets the task end; nothing may be appended afterwards.
    func finish() { jobs.finish() }
}
