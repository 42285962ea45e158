import HindsightCore

/// Measures reads of the few events among many that a filter wants: the needles, which have a type, a tag, a category and a stream of
/// their own.
struct Filtering {
    private let logs: [LogUnderBenchmark]

    /// - Parameter logs: Read in turn, so that what disturbs the machine disturbs all of them.
    init(_ logs: LogUnderBenchmark...) { self.logs = logs }

    /// For each log a sample of each filter and direction, after one read that warms the caches.
    func everyFilter(reads: Int) async throws -> [[Sample]] {
        let filters = [
            ("tag", EventFilter(tags: [Needle.tag])), ("type", EventFilter(types: [Needle.type])),
            ("category", EventFilter(categories: [Needle.stream.category])), ("stream", EventFilter(stream: Needle.stream)),
        ]
        var samples: [[Sample]] = logs.map { _ in [] }
        for (name, filter) in filters {
            for (suffix, direction) in [("forwards", ReadDirection.forwards), ("backwards", .backwards)] {
                let selection = EventSelection(filter, direction: direction, limit: Needle.count)
                for (log, nanoseconds) in try await nanoseconds(of: selection, reads: reads).enumerated() {
                    samples[log].append(Sample(name: "read-\(name)-\(suffix)", events: Needle.count * reads, calls: nanoseconds))
                }
            }
        }
        return samples
    }

    /// For each log how long each read took.
    private func nanoseconds(of selection: EventSelection, reads: Int) async throws -> [[UInt64]] {
        for log in logs { try await read(selection, from: log) }
        var nanoseconds: [[UInt64]] = logs.map { _ in [] }
        for _ in 0..<reads {
            for (number, log) in logs.enumerated() {
                let watch = Stopwatch()
                try await read(selection, from: log)
                nanoseconds[number].append(watch.nanoseconds)
            }
        }
        return nanoseconds
    }

    private func read(_ selection: EventSelection, from log: LogUnderBenchmark) async throws {
        let found = try await log.read(selection).count
        precondition(found == Needle.count, "every needle is found, and nothing else")
    }
}
