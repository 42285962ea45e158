import CustomerMDM

/// Which column of a CSV file says what about a card.
struct CardColumns {
    let heading: [String]
    /// Columns that say nothing about a card.
    let ignored: [String]
    private let source: Int
    private let id: Int
    private let occurredAt: Int?
    private let attributes: [(name: String, column: Int)]

    /// - Throws: ``TableError`` naming the column that is missing or there twice.
    init(_ heading: [String], file: String, profile: Profile) throws(TableError) {
        self.heading = heading
        func refuse(_ reason: String) -> TableError { TableError(file: file, line: 1, reason: reason) }
        for (index, name) in heading.enumerated() where !name.isEmpty && heading[..<index].contains(name) {
            throw refuse("has the column \(name) twice")
        }
        /// The column that goes by one of the names.
        func column(_ names: [String]) throws(TableError) -> Int? {
            let found = heading.indices.filter { names.contains(heading[$0]) }
            guard found.count < 2 else {
                throw refuse("has the columns \(found.map { heading[$0] }.joined(separator: " and ")): leave one")
            }
            return found.first
        }
        guard let source = try column(["source"]) else {
            let isOther = heading.count == 1 && heading[0].contains { $0 == ";" || $0 == "\t" }
            throw refuse("has no column source" + (isOther ? ": a comma separates columns" : ""))
        }
        guard let id = try column(["id", "source_id"]) else { throw refuse("has no column id") }
        (self.source, self.id) = (source, id)
        occurredAt = try column(["occurredAt", "occurred_at"])
        var attributes: [(name: String, column: Int)] = []
        for name in profile.attributes.map(\.name) {
            if let column = try column([name, name.snakeCased]) { attributes.append((name, column)) }
        }
        guard !attributes.isEmpty else { throw refuse("has no column of the profile \(profile.name)") }
        self.attributes = attributes
        let used = Set([source, id] + [occurredAt].compactMap(\.self) + attributes.map(\.column))
        ignored = heading.indices.filter { !used.contains($0) && !heading[$0].isEmpty }.map { heading[$0] }
    }

    func statement(_ fields: [[UInt8]], profile: Profile) throws(RowFault) -> CardDecider.Statement {
        guard fields.count == heading.count else {
            throw RowFault("has \(fields.count) fields, the heading has \(heading.count)")
        }
        func text(_ column: Int) -> String { String(decoding: fields[column], as: UTF8.self) }
        var values: [String: String] = [:]
        for (name, column) in attributes where !fields[column].isEmpty { values[name] = text(column) }
        do throws(RowFault) {
            return try CardStatement.checked(
                source: text(source), id: text(id), values, occurredAt: occurredAt.map(text) ?? "", profile)
        } catch {
            // The column as the file calls it.
            let column = attributes.first { "attributes/\($0.name)" == error.field }?.column
            throw RowFault(error.reason, field: column.map { heading[$0] } ?? error.field)
        }
    }
}
