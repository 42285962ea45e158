package import HindsightCore
package import HindsightRuntime

/// What became of a row, and why: questions that every read model answers alike.
package struct RowQuestions: Sendable {
    private let runner: ProjectionRunner
    private let log: any EventLog

    package init(_ runner: ProjectionRunner, log: any EventLog) {
        self.runner = runner
        self.log = log
    }

    /// What leads from a row at one position to the same row at another.
    package struct Difference: Sendable, Encodable {
        package let key: String
        package let from: Position
        package let to: Position
        package let changes: [ValueChange]
    }

    /// - Throws: ``NoSuchRow`` if it is at neither of the two.
    package func diff(_ key: String, of name: String, from: Position, to: Position) async throws -> Difference {
        let rows = [try await runner.row(key, of: name, at: from), try await runner.row(key, of: name, at: to)]
        guard rows.contains(where: { $0 != nil }) else { throw NoSuchRow(name: name) }
        let values = try rows.map { row in try row?.body.map { try JSON.decode(JSONValue.self, from: $0) } ?? [:] }
        return Difference(key: key, from: from, to: to, changes: ValueChange.changes(from: values[0], to: values[1]))
    }

    /// The events that set a field of a row, oldest first.
    package struct Explanation: Sendable, Encodable {
        package struct Link: Sendable, Encodable {
            /// Absent where there was none before.
            package let before: JSONValue?
            /// Absent where the event took the value away.
            package let value: JSONValue?
            /// Who or what decided it, why, and what else it might have been: as far as the domain knows.
            package let by: String?
            package let reason: String?
            package let lost: [EventExplanation.Lost]?
            package let event: JSONValue
        }
        package let key: String
        package let field: FieldPointer
        package let value: JSONValue?
        package let chain: [Link]
        /// Whether the chain reaches back to the first event of the row; the newest ones are told of a row with thousands.
        package let isComplete: Bool
    }

    /// - Parameter field: A JSON pointer, or the name of a member.
    /// - Throws: ``NoSuchRow``; ``NoSuchRowField`` if the row never had it by then.
    package func why(_ key: String, of name: String, field: String, at position: Position) async throws -> Explanation {
        let field = FieldPointer(field)
        let history = try await runner.history(of: key, in: name, until: position)
        guard !history.states.isEmpty else { throw NoSuchRow(name: name) }
        func value(_ row: StoredRow?) throws -> JSONValue? {
            try row?.body.flatMap { field.value(in: try JSON.decode(JSONValue.self, from: $0)[field.member]) }
        }
        var steps: [(position: Position, before: JSONValue?, value: JSONValue?)] = []
        var now = try value(history.before)
        let first = now
        for state in history.states {
            let after = try value(state)
            guard after != now else { continue }
            steps.append((state.from, now, after))
            now = after
        }
        guard !steps.isEmpty || first != nil else { throw NoSuchRowField(field: field) }
        var chain: [Explanation.Link] = []
        try await log.scan(at: steps.map(\.position)) { event in
            let (step, event) = (steps[chain.count], try event.copy())
            let known = try BuiltIn.explanation(of: event)
            chain.append(
                Explanation.Link(
                    before: step.before, value: step.value, by: known?.by, reason: known?.reason,
                    lost: known.flatMap { $0.lost.isEmpty ? nil : $0.lost },
                    event: try JSON.decode(JSONValue.self, from: Array(event.jsonLine().utf8))))
        }
        return Explanation(key: key, field: field, value: now, chain: chain, isComplete: history.isComplete)
    }
}

/// A read model has no row with the key at this time.
package struct NoSuchRow: Error, Sendable, Equatable, CustomStringConvertible {
    package let name: String

    package init(name: String) { self.name = name }

    package var description: String { "the projection \(name) has no row with this key at this time" }
}

/// A row has had no such field by this time.
package struct NoSuchRowField: Error, Sendable, Equatable, CustomStringConvertible {
    package let field: FieldPointer
    package var description: String { "the row has had no field \(field) by this time" }
}
