import HindsightCore

/// Measures reads of the whole log. One pass goes before the clock starts, to warm the caches of SQLite and of the system.
struct Scanning {
    private let log: LogUnderBenchmark

    init(_ log: LogUnderBenchmark) { self.log = log }

    func ownedPages(passes: Int) async throws -> Sample {
        try await sample(of: passes) { log in
            var count = 0
            try await log.forEachEvent { _ in count += 1 }
            return count
        }
    }

    /// Touches what the limit touches: the numbers, and of texts and hashes the address, the length and the first byte.
    func borrowedBytes(passes: Int) async throws -> Sample {
        try await sample(of: passes) { log in
            var count = 0
            var sum: Int64 = 0
            try await log.forEachBorrowedEvent { event in
                count += 1
                sum &+= event.position &+ event.version &+ Int64(event.schemaVersion) &+ Int64(event.encoding)
                sum &+= event.recordedAt.microsecondsSince1970 &+ event.occurredAt.microsecondsSince1970
                sum &+= Int64(event.metadata.count) &+ Int64(event.metadata[0])
                if let data = event.data { sum &+= Int64(data.count) &+ Int64(data[0]) }
            }
            precondition(sum != 0, "the events are not empty")
            return count
        }
    }

    func sequence(passes: Int) async throws -> Sample {
        try await sample(of: passes) { log in
            var count = 0
            try await log.forEachEventOfSequence { _ in count += 1 }
            return count
        }
    }

    /// Decodes every charge and folds it into the totals of its stream.
    func typedAndFolded(passes: Int) async throws -> Sample {
        try await sample(of: passes) { log in
            var totals: [StreamName: ChargeTotals] = [:]
            try await log.forEachTypedEvent { stream, event in
                switch event {
                case .chargeAttempted(let charge): totals[stream, default: ChargeTotals()].add(charge)
                }
            }
            return totals.values.reduce(0) { $0 + $1.attempts }
        }
    }

    func verified(passes: Int) async throws -> Sample {
        try await sample(of: passes) { log in
            let verdict = try await log.verify()
            precondition(verdict.verified, "a log that was only appended to verifies: \(verdict.reason ?? "")")
            return Int(verdict.through)
        }
    }

    /// Replays everything once, into totals by customer, whose number does not grow with the log, and says how much memory that took.
    func replayedInLittleMemory() async throws -> Sample {
        let watch = Stopwatch()
        var totals: [String: ChargeTotals] = [:]
        try await log.forEachTypedEvent { _, event in
            switch event {
            case .chargeAttempted(let charge): totals[charge.customer, default: ChargeTotals()].add(charge)
            }
        }
        let events = totals.values.reduce(0) { $0 + $1.attempts }
        return Sample(events: events, seconds: watch.seconds, peakBytes: try Machine.peakMemory())
    }

    private func sample(of passes: Int, _ pass: (LogUnderBenchmark) async throws -> Int) async throws -> Sample {
        let events = try await pass(log)
        let watch = Stopwatch()
        for _ in 0..<passes {
            let count = try await pass(log)
            precondition(count == events, "each pass reads the same events")
        }
        return Sample(events: events * passes, seconds: watch.seconds)
    }
}
