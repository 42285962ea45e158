package import HindsightCore

/// What jobs brought, in all, by template and by period.
///
/// A request counts when it was made, and an end when it came: a job of two periods is in both.
package struct JobStatistics: Sendable, Equatable, Encodable {
    package enum Period: String, Sendable, CaseIterable {
        case day, week, month

        /// The first day of the period, as `2026-11-30`; weeks begin on Monday, and all of them at midnight UTC.
        func start(of instant: Timestamp) -> String {
            var day = instant.daysSince1970
            switch self {
            case .day: break
            // 1970-01-01 was a Thursday.
            case .week: day -= ((day + 3) % 7 + 7) % 7
            case .month: day -= Int64(CivilDate(daysSince1970: day).day) - 1
            }
            return String(Timestamp(microsecondsSince1970: day * 86_400_000_000).description.prefix(10))
        }
    }

    package struct Figures: Sendable, Equatable, Encodable {
        package private(set) var requested = 0
        package private(set) var finished = 0
        package private(set) var failed = 0
        package private(set) var cancelled = 0
        package private(set) var rejected = 0
        /// Each finished job saves what it takes by hand.
        package private(set) var hoursSaved = 0.0
        package private(set) var failuresByCause: [String: Int] = [:]
        /// From the start of the work to its end, of finished jobs; the lower of the two in the middle. `nil` if none has finished.
        package var medianSeconds: Double? {
            guard !durations.isEmpty else { return nil }
            return Double(durations.sorted()[(durations.count - 1) / 2].microseconds) / 1_000_000
        }
        private var durations: [Duration] = []

        fileprivate mutating func request() { requested += 1 }

        fileprivate mutating func end(_ job: JobFigures, at end: Timestamp) {
            if job.isFinished {
                finished += 1
                hoursSaved += job.manualHours
                if let start = job.startedAt { durations.append(end.since(start)) }
            } else if let cause = job.cause {
                failed += 1
                failuresByCause[cause.rawValue, default: 0] += 1
            } else if let end = job.end {
                switch end {
                case .cancelled: cancelled += 1
                case .rejected: rejected += 1
                }
            }
        }

        private enum CodingKeys: CodingKey {
            case requested, finished, failed, cancelled, rejected, hoursSaved, failuresByCause, medianSeconds
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(requested, forKey: .requested)
            try container.encode(finished, forKey: .finished)
            try container.encode(failed, forKey: .failed)
            try container.encode(cancelled, forKey: .cancelled)
            try container.encode(rejected, forKey: .rejected)
            try container.encode(hoursSaved, forKey: .hoursSaved)
            try container.encode(failuresByCause, forKey: .failuresByCause)
            try container.encodeIfPresent(medianSeconds, forKey: .medianSeconds)
        }
    }

    /// A reason why jobs failed, in a manager's words.
    package struct Failure: Sendable, Equatable, Encodable {
        package let cause: FailureCause
        package let words: String
        package let jobs: Int
    }

    package struct OfTemplate: Sendable, Equatable {
        package let template: TemplateName
        package let figures: Figures
    }

    package struct OfPeriod: Sendable, Equatable {
        /// Its first day.
        package let from: String
        package let figures: Figures
    }

    package let all: Figures
    /// The most frequent first.
    package let failures: [Failure]
    /// In the order of their names; templates without a request or an end are left out.
    package let byTemplate: [OfTemplate]
    /// In the order of time; empty periods are left out.
    package let byPeriod: [OfPeriod]

    /// - Parameters:
    ///   - from: The first instant that counts; from the beginning for `nil`.
    ///   - to: The first instant that no longer counts.
    package init(of jobs: [JobFigures], from: Timestamp? = nil, to: Timestamp? = nil, by period: Period = .month) {
        var (all, templates, periods) = (Figures(), [TemplateName: Figures](), [String: Figures]())
        func isCounted(_ instant: Timestamp) -> Bool { from.map { instant >= $0 } ?? true && to.map { instant < $0 } ?? true }
        func count(_ job: JobFigures, at instant: Timestamp, _ body: (inout Figures) -> Void) {
            guard isCounted(instant) else { return }
            body(&all)
            body(&templates[job.template, default: Figures()])
            body(&periods[period.start(of: instant), default: Figures()])
        }
        for job in jobs {
            count(job, at: job.requestedAt) { $0.request() }
            if let end = job.endedAt { count(job, at: end) { $0.end(job, at: end) } }
        }
        self.all = all
        failures = FailureCause.allCases.compactMap { cause in
            all.failuresByCause[cause.rawValue].map { Failure(cause: cause, words: cause.reason(paragraph: nil), jobs: $0) }
        }
        .sorted { ($1.jobs, $0.cause.rawValue) < ($0.jobs, $1.cause.rawValue) }
        byTemplate = templates.sorted { $0.key < $1.key }.map { OfTemplate(template: $0.key, figures: $0.value) }
        byPeriod = periods.sorted { $0.key < $1.key }.map { OfPeriod(from: $0.key, figures: $0.value) }
    }

    private enum CodingKeys: CodingKey { case failures, byTemplate, byPeriod }

    package func encode(to encoder: any Encoder) throws {
        try all.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(failures, forKey: .failures)
        try container.encode(byTemplate, forKey: .byTemplate)
        try container.encode(byPeriod, forKey: .byPeriod)
    }
}

extension JobStatistics.OfTemplate: Encodable {
    private enum CodingKeys: CodingKey { case template }

    package func encode(to encoder: any Encoder) throws {
        try figures.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(template, forKey: .template)
    }
}

extension JobStatistics.OfPeriod: Encodable {
    private enum CodingKeys: CodingKey { case from }

    package func encode(to encoder: any Encoder) throws {
        try figures.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(from, forKey: .from)
    }
}
