import HindsightCore

/// Appends to two logs and reads from them in turn, call by call: what differs is their size, and hardly what else the machine does.
struct SizeComparison {
    private let logs: [(contender: Contender, log: LogUnderBenchmark)]

    init(small: LogUnderBenchmark, large: LogUnderBenchmark) { logs = [(.small, small), (.large, large)] }

    /// - Parameter reads: Of each filter.
    func samples(reads: Int) async throws -> [Sample] {
        var samples = try await append(2_000, batch: 1) + append(20_000, batch: 100)
        for (log, filtered) in zip(logs, try await Filtering(logs[0].log, logs[1].log).everyFilter(reads: reads)) {
            samples += filtered.map { sample in
                var sample = sample
                sample.contender = log.contender
                return sample
            }
        }
        return samples
    }

    private func append(_ events: Int, batch: Int) async throws -> [Sample] {
        var batches: [[Append]] = []
        for (_, log) in logs {
            var workload = Workload(window: StreamWindow(opened: try await log.streamCount()))
            batches.append(try workload.batches(events, of: batch))
        }
        var calls: [[UInt64]] = logs.map { _ in [] }
        for number in batches[0].indices {
            for (index, (_, log)) in logs.enumerated() {
                let watch = Stopwatch()
                try await log.append(batches[index][number])
                calls[index].append(watch.nanoseconds)
            }
        }
        return zip(logs, calls).map { log, calls in
            var sample = Sample(name: "append-\(batch)", events: events, calls: calls)
            sample.contender = log.contender
            return sample
        }
    }
}
