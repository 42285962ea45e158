import HindsightTesting

/// One thing that goes wrong once, at one operation, in one dialect.
struct FaultCase: Sendable, Hashable, CustomStringConvertible {
    let fault: String
    let operation: String
    let dialect: String

    var description: String { "\(fault)/\(operation)/\(dialect)" }

    static let dialects = ["0.8", "0.10", "0.12.0", "0.12.1"]

    private static let faults = [
        "reset-before", "reset-after", "http-500-before", "http-500-after", "html-500-after", "empty-200-after", "broken-200-after",
        "redirect-302-before", "http-429", "http-503", "late-answer", "late-action", "stall-before", "stall-after",
    ]
    private static let operations = [
        "version", "login", "list", "lookup", "note", "clone", "permissions", "insert", "run", "status", "paragraph", "stop", "delete",
        "remove",
    ]

    /// Every fault at every operation that a dialect has.
    static let all: [FaultCase] = dialects.flatMap { dialect in
        let isListed = ["0.8", "0.10"].contains(dialect)
        let operations = operations.filter { isListed ? $0 != "lookup" : $0 != "list" }
        return operations.flatMap { operation in faults.map { FaultCase(fault: $0, operation: operation, dialect: dialect) } }
            + ["stuck-pending", "stuck-running", "interpreter-dies", "results-missing"].map {
                FaultCase(fault: $0, operation: "run", dialect: dialect)
            }
            + [("half-clone", "clone"), ("stop-ignored", "stop")].map { FaultCase(fault: $0, operation: $1, dialect: dialect) }
    }

    /// So many cases that every two of fault, operation and dialect meet in one of them, chosen by a seed.
    static func pairwise(seed: UInt64) -> [FaultCase] {
        var chance = SeededGenerator(seed)
        var chosen: [FaultCase] = []
        var met: Set<[String]> = []
        // Greedy: those first that bring most new pairs, in an order that is left to chance.
        let candidates = all.shuffled(using: &chance)
        for worth in [3, 2, 1] {
            for candidate in candidates where candidate.pairs.count(where: { !met.contains($0) }) >= worth {
                chosen.append(candidate)
                met.formUnion(candidate.pairs)
            }
        }
        return chosen
    }

    var pairs: [[String]] {
        [["fault-operation", fault, operation], ["fault-dialect", fault, dialect], ["operation-dialect", operation, dialect]]
    }

    /// Which of the requests is hit: the same for the same case.
    var nth: Int {
        guard ["note", "run", "status", "paragraph"].contains(operation) else { return 1 }
        return 1 + description.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_009 } % 3
    }

    var milliseconds: Int { fault.hasPrefix("http-4") || fault.hasPrefix("http-503") ? 1_000 : 100 }

    var needsStop: Bool { operation == "stop" }

    /// What the engine has to take away again, or it would never send the operation.
    enum Litter { case clone, mislaidClone, parameters }

    var litter: Litter? {
        switch operation {
        // Only 0.8 can hold two notes of one name.
        case "delete": dialect == "0.8" ? .clone : .mislaidClone
        case "remove": .parameters
        default: nil
        }
    }

    /// Whether the job can't end well; whoever makes it end otherwise has hidden something.
    var failsTheJob: Bool { needsStop || litter == .mislaidClone || ["stuck-pending", "stuck-running", "results-missing"].contains(fault) }

    var passes: Int { fault == "interpreter-dies" ? 2 : 1 }

    /// The kind of the journal's line that shows a late deed; `nil` where a late one does no harm.
    var lateDeed: String? {
        guard fault == "late-action" else { return nil }
        return ["clone": "clone", "insert": "insert", "run": "run-accepted"][operation]
    }
}
