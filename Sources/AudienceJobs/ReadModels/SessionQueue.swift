package import HindsightCore

/// Who may use which interpreter's session, and who waits for whom: jobs that share one run one after the other, in the order in which they
/// came to wait.
///
/// It follows from the jobs alone, so a process that ends forgets nobody's place.
package struct SessionQueue: Sendable {
    private let holders: [String: JobRow]
    private let waiting: [String: [JobRow]]

    /// - Parameters:
    ///   - jobs: All that are not over.
    ///   - parked: Those at work that wait for a person: they hold nothing, or nobody else would ever go on.
    package init(_ jobs: [JobRow], parked: Set<JobID> = []) {
        var (holders, waiting) = ([String: JobRow](), [String: [JobRow]]())
        for job in jobs {
            if job.status.holdsSession, !parked.contains(job.id) { holders[job.session] = job }
            if job.waitingSince != nil { waiting[job.session, default: []].append(job) }
        }
        self.holders = holders
        self.waiting = waiting.mapValues { jobs in
            jobs.sorted { ($0.waitingSince ?? $0.requestedAt, $0.id) < ($1.waitingSince ?? $1.requestedAt, $1.id) }
        }
    }

    /// Those who begin now: the first of each session that nobody holds, in the order of the sessions.
    package var next: [JobRow] {
        waiting.sorted { $0.key < $1.key }.compactMap { session, jobs in holders[session] == nil ? jobs.first : nil }
    }

    /// The job before this one, and how many there are; `nil` for one that waits for nobody.
    package func place(of job: JobRow) -> Place? {
        guard let index = waiting[job.session]?.firstIndex(where: { $0.id == job.id }) else { return nil }
        let before = [holders[job.session]].compactMap(\.self) + (waiting[job.session] ?? []).prefix(index)
        return before.last.map { Place(after: $0.id, ahead: before.count) }
    }

    // MARK: - What moves it

    /// All that ``mayMove(by:)`` has to be asked about.
    package static let filter = EventFilter(types: JobEvent.codec.types + [SagaParked.type])

    /// Whether a job that had to wait may begin once this is recorded: until then, nobody need look.
    package static func mayMove(by recorded: RecordedEvent) -> Bool {
        do {
            return try JobEvent.codec.decode(recorded)?.movesQueue ?? (recorded.type == SagaParked.type)
        } catch {
            // It may be anything: whoever looks finds out.
            return true
        }
    }

    package struct Place: Sendable, Equatable {
        /// The job whose end lets this one begin.
        package let after: JobID
        /// How many come before it, with the one at work.
        package let ahead: Int

        package init(after: JobID, ahead: Int) {
            self.after = after
            self.ahead = ahead
        }
    }
}

extension JobEvent {
    /// Whether a job comes to wait by it, or gives its session up.
    fileprivate var movesQueue: Bool {
        switch self {
        case .requested, .retried, .turnLost: true
        // It may have been the last one.
        case .paragraphFinished: true
        case .finished, .failed, .cancelled, .rejected, .approvalRequested: true
        case .started, .resumed, .noteCloned, .permissionsSet, .parametersInserted, .paragraphRequested,
            .paragraphFailed, .paragraphProgressed, .sessionLost, .artifactAccepted, .artifactRefused, .previewCounted, .approved,
            .attached,
            .cancelRequested, .noticePosted, .noticeDelivered, .noticeUndeliverable:
            false
        }
    }
}
