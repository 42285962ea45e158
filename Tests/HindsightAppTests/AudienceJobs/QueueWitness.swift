import AudienceJobs
import HindsightCore
import Testing

/// Folds a log event by event, and judges which of them had to be looked at to let every job begin in time.
struct QueueWitness {
    /// The events after which a job could begin that could not before.
    private(set) var turns = 0
    /// The events at which somebody looks.
    private(set) var looks = 0
    private(set) var events = 0

    init(_ log: any EventLog) async throws {
        var rows: [JobID: JobRow] = [:]
        var standings: [JobID: SagaStanding] = [:]
        var next: Set<JobID> = []
        let saga = "saga-\(NotebookRunSaga.name):"
        for try await recorded in log.events(EventSelection()) {
            events += 1
            if let event = try JobEvent.codec.decode(recorded) {
                if case .requested(let requested) = event { rows[event.job] = JobRow(requested) }
                rows[event.job]?.learn(event)
            } else if recorded.stream.description.hasPrefix(saga), let event = try SagaLifecycle.codec.decode(recorded) {
                let job = try #require(JobID(String(recorded.stream.description.dropFirst(saga.count))))
                standings[job, default: SagaStanding()].apply(event, at: recorded.recordedAt)
            }
            let parked = standings.compactMap { job, standing in if case .parked = standing.status { job } else { nil } }
            let queue = SessionQueue(rows.values.filter { !$0.status.isOver }, parked: Set(parked))
            let isLookedAt = SessionQueue.filter.matches(recorded) && SessionQueue.mayMove(by: recorded)
            if isLookedAt { looks += 1 }
            let begins = Set(queue.next.map(\.id))
            if !begins.isSubset(of: next) {
                turns += 1
                #expect(isLookedAt, "nobody looks after \(recorded.type) at position \(recorded.position)")
            }
            next = begins
        }
    }
}
