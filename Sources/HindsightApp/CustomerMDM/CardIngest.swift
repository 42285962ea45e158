package import CustomerMDM
package import HindsightCore

/// Reads cards from a file: NDJSON of `{"source","id","occurredAt"?,"attributes"}`, or CSV with the columns `source`, `id` and one for each
/// attribute, in camel or snake case.
package enum CardFile {
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let line: Int
        package let reason: String
        package var description: String { "line \(line): \(reason)" }
    }

    private struct Line: Decodable {
        let source: String
        let id: String
        let occurredAt: Timestamp?
        let attributes: [String: String]
    }

    /// - Throws: ``TableError``, ``Problem`` naming the line and the field.
    package static func read(_ bytes: [UInt8], file: String, profile: Profile) throws -> [CardDecider.Statement] {
        let name = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
        return name.hasSuffix(".csv") ? try csv(bytes, file, profile) : try ndjson(bytes, profile)
    }

    /// Checks one card as it came over the wire.
    ///
    /// - Throws: ``InvalidCard`` naming the field.
    package static func statement(
        source: String, id: String, attributes: [String: String], occurredAt: Timestamp?, matching: Matching, profile: Profile
    ) throws(InvalidCard) -> CardDecider.Statement {
        let card = try CardID(source: source, id: id)
        for name in attributes.keys.sorted() where profile.index(of: name) == nil {
            throw InvalidCard(field: "attributes/\(name.escapedForPointer)", reason: "is no attribute of the profile \(profile.name)")
        }
        return CardDecider.Statement(card: card, values: attributes, matching: matching, occurredAt: occurredAt)
    }

    private static func ndjson(_ bytes: [UInt8], _ profile: Profile) throws -> [CardDecider.Statement] {
        var statements: [CardDecider.Statement] = []
        for (index, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy({ $0 <= 0x20 }) {
            do {
                let card = try JSON.decode(Line.self, from: Array(line))
                statements.append(
                    try statement(
                        source: card.source, id: card.id, attributes: card.attributes, occurredAt: card.occurredAt, matching: .batch,
                        profile: profile))
            } catch let error as InvalidCard {
                throw Problem(line: index + 1, reason: error.description)
            } catch let error as DecodingError {
                let (pointer, reason) = error.pointerAndReason
                throw Problem(line: index + 1, reason: pointer.isEmpty ? "is not a JSON object" : "\(pointer) \(reason)")
            }
        }
        return statements
    }

    private static func csv(_ bytes: [UInt8], _ file: String, _ profile: Profile) throws -> [CardDecider.Statement] {
        let table = try CSVTable(bytes, file: file)
        let id = table.heading.contains("id") ? "id" : "source_id"
        for column in ["source", id] where !table.heading.contains(column) {
            throw TableError(file: file, line: 1, reason: "has no column \(column)")
        }
        let columns = profile.attributes.map(\.name).compactMap { name in
            [name, name.snakeCased].first(where: table.heading.contains).map { (name, $0) }
        }
        guard !columns.isEmpty else { throw TableError(file: file, line: 1, reason: "has no column of the profile \(profile.name)") }
        return try table.map { result in
            let row = try result.get()
            do throws(InvalidCard) {
                return try statement(
                    source: row["source"], id: row[id], attributes: Dictionary(uniqueKeysWithValues: columns.map { ($0.0, row[$0.1]) }),
                    occurredAt: nil, matching: .batch, profile: profile)
            } catch {
                throw Problem(line: row.line, reason: error.description)
            }
        }
    }
}

extension CustomerHub {
    package struct IngestResult: Sendable, Equatable, Codable {
        package var cards: Int
        /// Cards that said something new.
        package var changed: Int
        package var held: Int
        package var run: RunResult
    }

    /// Takes in cards as a batch feed, then runs the matching that a night would.
    package func ingest(
        _ statements: [CardDecider.Statement], progress: (@Sendable (_ done: Int, _ all: Int) -> Void)? = nil
    ) async throws -> IngestResult {
        var (changed, held) = (0, 0)
        for (index, statement) in statements.enumerated() {
            try Task.checkCancellation()
            let answer = try await upsert(statement)
            if !answer.decisions.isEmpty { changed += 1 }
            if answer.held != nil { held += 1 }
            progress?(index + 1, statements.count)
        }
        return IngestResult(cards: statements.count, changed: changed, held: held, run: try await mergeRun())
    }
}
