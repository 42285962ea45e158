import CustomerMDM
package import HindsightCore

/// One line of a labelled stream: something that happened to the product at an instant.
package struct StreamStep: Sendable, Equatable {
    package enum Operation: Sendable, Equatable {
        case upsert(card: String, attributes: [String: String], isOnline: Bool)
        case delete(card: String)
        case mergeRun
        case pastValueRun
        case split(left: [String], right: [String], keepsStatus: Bool)
        case closePastValue(card: String, attribute: String, value: String)
        case confirm(a: String, b: String)
        /// Informs only.
        case configuration
    }

    /// Rows of the file, from 1.
    package let number: Int
    package let line: Int
    package let at: Timestamp
    package let operation: Operation
}

/// A labelled stream, in time order: the columns of `mdm/README.md`, others are ignored.
package struct LabelledStream: Sendable {
    package let steps: [StreamStep]
    /// Of the file's bytes: a play that was interrupted goes on with the same file only.
    package let digest: String

    /// Those that anything is stated of.
    package var cards: Set<String> {
        Set(steps.compactMap { if case .upsert(let card, _, _) = $0.operation { card } else { nil } })
    }

    /// - Parameter attributes: Of the profile; their columns are in snake case.
    /// - Throws: ``TableError`` naming the line.
    package init(_ bytes: [UInt8], file: String, attributes: [String]) throws(TableError) {
        let table = try CSVTable(bytes, file: file)
        for column in ["ts", "op", "source", "source_id"] where !table.heading.contains(column) {
            throw TableError(file: file, line: 1, reason: "has no column \(column)")
        }
        let columns = attributes.map { ($0, $0.snakeCased) }
        var steps: [StreamStep] = []
        for result in table {
            let row = try result.get()
            func refuse(_ reason: String) -> TableError { TableError(file: file, line: row.line, reason: reason) }
            guard let at = Timestamp(clerksTime: row["ts"]) else { throw refuse("ts is not an instant such as 2014-02-03 10:00:00") }
            if let last = steps.last?.at, at < last { throw refuse("ts is before the row above: a stream is in time order") }
            let card = "\(row["source"]):\(row["source_id"])"
            let arguments = row["args"].isEmpty ? "{}" : row["args"]
            let operation: StreamStep.Operation
            switch row["op"] {
            case "UPSERT", "ONLINE_UPSERT":
                operation = .upsert(
                    card: card, attributes: Dictionary(uniqueKeysWithValues: columns.map { ($0.0, row[$0.1]) }.filter { !$0.1.isEmpty }),
                    isOnline: row["op"] == "ONLINE_UPSERT")
            case "DELETE": operation = .delete(card: card)
            case "BATCH_MERGE": operation = .mergeRun
            case "INIT_PAST": operation = .pastValueRun
            case "CONFIG": operation = .configuration
            case "OP_SPLIT", "OP_CLOSE_PAST", "OP_CONFIRM":
                do {
                    let bytes = Array(arguments.utf8)
                    operation =
                        switch row["op"] {
                        case "OP_SPLIT":
                            .split(try JSON.decode(SplitArguments.self, from: bytes))
                        case "OP_CLOSE_PAST":
                            .closePastValue(try JSON.decode(ClosePastArguments.self, from: bytes))
                        default:
                            .confirm(try JSON.decode(ConfirmArguments.self, from: bytes))
                        }
                } catch {
                    throw refuse("args of \(row["op"]) are not as they should be")
                }
            default: throw refuse("op \(row["op"]) is unknown")
            }
            steps.append(StreamStep(number: steps.count + 1, line: row.line, at: at, operation: operation))
        }
        self.steps = steps
        digest = ContentDigest.hex(bytes)
    }
}

private struct SplitArguments: Decodable {
    let left: [String]
    let right: [String]
    let status: Bool?
}
private struct ClosePastArguments: Decodable {
    let card: String
    let field: String
    let value: String
}
private struct ConfirmArguments: Decodable {
    let a: String
    let b: String
}

extension StreamStep.Operation {
    fileprivate static func split(_ arguments: SplitArguments) -> Self {
        .split(left: arguments.left, right: arguments.right, keepsStatus: arguments.status ?? true)
    }
    fileprivate static func closePastValue(_ arguments: ClosePastArguments) -> Self {
        .closePastValue(card: arguments.card, attribute: arguments.field.camelCased, value: arguments.value)
    }
    fileprivate static func confirm(_ arguments: ConfirmArguments) -> Self { .confirm(a: arguments.a, b: arguments.b) }
}

extension String {
    /// `givenName` from `given_name`.
    package var camelCased: String {
        let words = split(separator: "_")
        return words.enumerated().map { $0 == 0 ? String($1) : $1.prefix(1).uppercased() + $1.dropFirst() }.joined()
    }

    /// `given_name` from `givenName`.
    package var snakeCased: String {
        reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }
}

extension Timestamp {
    /// Reads `2014-02-03 10:00:00` and `2014-02-03T10:00` as UTC, besides RFC 3339.
    package init?(clerksTime text: String) {
        guard let instant = Timestamp(text) ?? Timestamp(text + "Z") ?? Timestamp(text + ":00Z") else { return nil }
        self = instant
    }
}
