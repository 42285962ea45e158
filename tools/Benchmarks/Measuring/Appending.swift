import HindsightCore

/// Measures appends; the events are made before the clock starts.
struct Appending {
    private let log: LogUnderBenchmark

    init(_ log: LogUnderBenchmark) { self.log = log }

    /// Appends from `producers` tasks at once, each waiting for its answer before its next call.
    ///
    /// The batches are dealt out in turn. With one event a call each producer gets whole streams that way, because the width of the window
    /// is a multiple of their number, so every stream is written in its order.
    func append(_ events: Int, batch: Int, producers: Int, alone: Bool) async throws -> Sample {
        var workload = Workload(window: StreamWindow(width: max(256, producers), opened: try await log.streamCount()))
        return try await append(try workload.batches(events, of: batch), events: events, producers: producers, alone: alone)
    }

    /// Appends what clients post over HTTP, with as many tasks as there are connections.
    func post(_ events: Int, batch: Int, producers: Int) async throws -> Sample {
        let appends = try Posts(of: batch).appends(events / batch)
        var sample = try await append(appends, events: appends.count * batch, producers: producers, alone: false)
        sample.calls = appends.count
        return sample
    }

    private func append(_ batches: [Append], events: Int, producers: Int, alone: Bool) async throws -> Sample {
        let shares = (0..<producers).map { producer in stride(from: producer, to: batches.count, by: producers).map { batches[$0] } }
        let serial = alone ? OneAtATime(log) : nil
        defer { serial?.finish() }
        let log = log
        let watch = Stopwatch()
        let latencies = try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for share in shares {
                group.addTask {
                    var nanoseconds: [UInt64] = []
                    nanoseconds.reserveCapacity(share.count)
                    for batch in share {
                        let watch = Stopwatch()
                        if let serial { try await serial.append(batch) } else { try await log.append(batch) }
                        nanoseconds.append(watch.nanoseconds)
                    }
                    return nanoseconds
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Sample(events: events, seconds: watch.seconds, latency: Latency(nanoseconds: latencies))
    }

    /// Fills a new log with events among which the needles lie evenly, one call after the other.
    ///
    /// The events are made in parts, so that ten million fit into memory; the sample counts the time of the appends alone.
    func fill(with events: Int, batch: Int) async throws -> Sample {
        var workload = Workload(window: StreamWindow(), needleDistance: events / Needle.count)
        var (done, seconds) = (0, 0.0)
        while done < events {
            let part = min(events - done, 20 * batch)
            let batches = try workload.batches(part, of: batch)
            let watch = Stopwatch()
            for batch in batches { try await log.append(batch) }
            seconds += watch.seconds
            done += part
            if done.isMultiple(of: 1_000_000) { Status.say("\(done) of \(events) events") }
        }
        return Sample(events: events, seconds: seconds)
    }

    /// Appends single events, in turn with and without a condition on the tag of their stream.
    ///
    /// The condition is that of a decision: nothing new about the case since it read the log, to which others have added 100 events since.
    /// It holds, because in the window an event of the same case lies at least 256 events back.
    func conditionally(_ events: Int) async throws -> [Sample] {
        var workload = Workload(window: StreamWindow(opened: try await log.streamCount()))
        let appends = try workload.batches(2 * events, of: 1)
        var head = try await log.head()
        let others: Position = 100
        var conditional: [UInt64] = []
        var unconditional: [UInt64] = []
        for (number, append) in appends.enumerated() {
            var append = append
            // The parity changes with every round through the window, so that each stream has both.
            let isConditional = (number + number / 256).isMultiple(of: 2)
            if isConditional {
                let tags = append.writes[0].events[0].tags
                append.condition = AppendCondition(
                    noneMatching: EventQuery([.init(types: [ChargeAttempted.type], tags: tags)]), after: head - others)
            }
            let watch = Stopwatch()
            let receipt = try await log.append(append)
            if isConditional { conditional.append(watch.nanoseconds) } else { unconditional.append(watch.nanoseconds) }
            head = receipt.lastPosition
        }
        return [("append-unconditional", unconditional), ("append-conditional", conditional)].map { name, calls in
            Sample(name: name, events: calls.count, calls: calls)
        }
    }
}
