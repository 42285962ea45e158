/// What became of labelled changes, label by label: how well the change monitor tells what to hold.
package struct ChangeConfusion: Sendable, Equatable, Encodable {
    package struct Row: Sendable, Equatable, Encodable {
        package let label: String
        package let statements: Int
        package let outcomes: [StatementOutcome: Int]
    }

    /// The label of what is no change, or none that anybody labelled.
    package static let none = "none"
    /// The labels of changes that have to wait in review.
    package static let toHold: Set<String> = ["CONFLICT", "CONFLICT_TRUE", "HIJACK1"]
    private static let order = ["NOISE", "PAST", "REVERT", "CONFLICT", "CONFLICT_TRUE", "HIJACK1", none]

    /// The labels that occur, those with a meaning first.
    package let rows: [Row]
    /// Of the statements that were held, the share that had to be; absent where none was.
    package let heldPrecision: Double?
    /// Of the statements that had to be held, the share that was; absent where none had to be.
    package let heldRecall: Double?

    package init(_ statements: some Sequence<(label: String, outcome: StatementOutcome)>) {
        var counts: [String: [StatementOutcome: Int]] = [:]
        for (label, outcome) in statements { counts[label, default: [:]][outcome, default: 0] += 1 }
        func rank(_ label: String) -> Int { Self.order.firstIndex(of: label) ?? Self.order.count }
        rows = counts.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }.map { label, counts in
            let outcomes = Dictionary(uniqueKeysWithValues: StatementOutcome.allCases.map { ($0, counts[$0] ?? 0) })
            return Row(label: label, statements: counts.values.reduce(0, +), outcomes: outcomes)
        }
        func share(_ part: Int, of whole: Int) -> Double? {
            whole == 0 ? nil : (Double(part) / Double(whole)).rounded(toPlaces: PartitionMeasures.places)
        }
        let wanted = rows.filter { Self.toHold.contains($0.label) }
        let right = wanted.reduce(0) { $0 + $1.held }
        heldPrecision = share(right, of: rows.reduce(0) { $0 + $1.held })
        heldRecall = share(right, of: wanted.reduce(0) { $0 + $1.statements })
    }
}

extension ChangeConfusion.Row {
    /// How many were held, whatever came of that.
    package var held: Int { outcomes.reduce(0) { $0 + ($1.key.isHeld ? $1.value : 0) } }
}
