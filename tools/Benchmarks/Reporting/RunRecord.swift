import Foundation

/// Everything that a run found, as `--json` writes it.
struct RunRecord: Codable {
    /// One round of measurements that may be compared with each other.
    struct Round: Codable {
        /// Of the system when the round began.
        var load: Double
        /// By contender and name: `ours/append-100`.
        var samples: [String: Sample] = [:]

        init(load: Double) { self.load = load }

        mutating func add(_ samples: [Sample], of contender: Contender, named name: String) {
            for sample in samples { self.samples["\((sample.contender ?? contender).rawValue)/\(sample.name ?? name)"] = sample }
        }
    }

    /// On what, and how much of it, in lines for a person.
    var heading: [String]
    var rounds: [Round] = []
    /// What did not take place, and why.
    var skipped: [String] = []
    var verdicts: [Verdict] = []

    init(heading: [String]) { self.heading = heading }

    mutating func skip(_ reason: String) {
        skipped.append(reason)
        Status.say("skipped: \(reason)")
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: path))
    }
}
