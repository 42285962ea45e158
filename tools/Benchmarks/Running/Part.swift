import ArgumentParser

/// A group of measurements that are compared with each other, and run one after the other in each round.
enum Part: String, CaseIterable, ExpressibleByArgument {
    case single, batches, producers, scan, filter, verify, memory, condition

    /// One measurement of a contender; its samples are named after the step unless they have names of their own.
    struct Step {
        let name: String
        let contender: Contender
        let measure: (Contenders) throws -> [Sample]

        init(_ name: String, _ contender: Contender, _ measure: @escaping (Contenders) throws -> [Sample]) {
            self.name = name
            self.contender = contender
            self.measure = measure
        }
    }

    /// The log that reading parts read, an entry of the work folder.
    static let log = "log"

    /// Whether the steps read ``log``, or add to it.
    var needsLog: Bool {
        switch self {
        case .single, .batches, .producers: false
        case .scan, .filter, .verify, .memory, .condition: true
        }
    }

    /// Whether the limit appends in it.
    var comparesWritesWithLimit: Bool { self == .single || self == .batches }

    /// - Parameter events: Of the log that is read. What is appended is so much less as it is slower, so that no part takes over.
    func steps(events: Int) -> [Step] {
        switch self {
        case .single: Self.single(events / 20)
        case .batches: Self.batches(events / 2)
        case .producers: Self.producers(events)
        case .scan: Self.scan(events)
        case .filter:
            [
                Step("read-tag-forwards", .limit) { try $0.limitTagged(log: Self.log, passes: 100) },
                Step("filter", .ours) { try $0.ours(.filter, log: Self.log, ["--passes", "100"]) },
            ]
        case .verify: [Step("verify", .ours) { try $0.ours(.verify, log: Self.log, ["--passes", "1"]) }]
        case .memory: [Step("replay", .ours) { try $0.ours(.replay, log: Self.log) }]
        case .condition: [Step("condition", .ours) { try $0.ours(.condition, log: Self.log, ["--events", "\(events / 40)"]) }]
        }
    }

    private static func single(_ events: Int) -> [Step] {
        [
            Step("append-1", .limit) { try $0.limitAppend(events, batch: 1) },
            Step("append-1", .ours) { try $0.oursAppend(events) },
            Step("append-1", .peer) { try $0.peerAppend(events) },
        ]
    }

    private static func batches(_ events: Int) -> [Step] {
        [
            Step("append-100", .limit) { try $0.limitAppend(events, batch: 100) },
            Step("append-100", .ours) { try $0.oursAppend(events, batch: 100) },
            Step("append-100", .peer) { try $0.peerAppend(events, perCall: 100) },
            Step("append-1000", .limit) { try $0.limitAppend(events, batch: 1_000) },
            Step("append-1000", .ours) { try $0.oursAppend(events, batch: 1_000) },
        ]
    }

    private static func producers(_ events: Int) -> [Step] {
        [
            Step("append-1-by-8", .ours) { try $0.oursAppend(events / 10, producers: 8) },
            Step("append-1-by-8", .peer) { try $0.peerAppend(events / 20, threads: 8) },
            Step("append-1-by-64", .ours) { try $0.oursAppend(events / 5, producers: 64) },
            Step("append-1-by-64-alone", .ours) { try $0.oursAppend(events / 20, producers: 64, alone: true) },
            Step("append-1-by-512", .ours) { try $0.oursAppend(events / 5, producers: 512) },
        ]
    }

    private static func scan(_ events: Int) -> [Step] {
        [
            Step("scan", .limit) { try $0.limitScan(log: log, passes: 5) },
            Step("scan-borrowed", .ours) { try $0.ours(.borrowed, log: log, ["--passes", "5"]) },
            Step("scan-owned", .ours) { try $0.ours(.scan, log: log, ["--passes", "3"]) },
            Step("fold", .ours) { try $0.ours(.fold, log: log, ["--passes", "2"]) },
            Step("scan", .peer) { try $0.peerScan(events / 2, passes: 2) },
            Step("scan-sequence", .ours) { try $0.ours(.sequence, log: log, ["--passes", "2"]) },
        ]
    }
}
