package import CustomerMDM

/// Cards of which somebody knows whose they are: the columns of `mdm/README.md`, others are ignored.
package struct TruthFile: Sendable {
    package let cards: [LabelledCard]
    /// Columns that may be missing, and are: nothing is said about what they tell.
    package let missingColumns: [String]

    private static let needed = ["source", "source_id", "true_person_id"]
    private static let optional = ["case_tag", "twin_group"]

    package var tellsTwins: Bool { !missingColumns.contains("twin_group") }

    /// - Throws: ``TableError`` naming the line or the column.
    package init(_ bytes: [UInt8], file: String) throws(TableError) {
        let table = try CSVTable(bytes, file: file)
        for column in Self.needed where !table.heading.contains(column) {
            throw TableError(file: file, line: 1, reason: "has no column \(column)")
        }
        missingColumns = Self.optional.filter { !table.heading.contains($0) }
        var cards: [LabelledCard] = []
        var lines: [CardID: Int] = [:]
        for result in table {
            let row = try result.get()
            func refuse(_ reason: String) -> TableError { TableError(file: file, line: row.line, reason: reason) }
            let card: CardID
            do throws(InvalidCard) {
                card = try CardID(source: row["source"], id: row["source_id"])
            } catch {
                throw refuse(error.description)
            }
            let person = row["true_person_id"]
            guard !person.isEmpty else { throw refuse("true_person_id is empty") }
            if let line = lines.updateValue(row.line, forKey: card) { throw refuse("card \(card) stands in line \(line) as well") }
            let twinGroup = row["twin_group"]
            cards.append(
                LabelledCard(
                    card: card, person: person, tags: row["case_tag"].split(separator: "|").map(String.init),
                    twinGroup: twinGroup.isEmpty ? nil : twinGroup))
        }
        guard !cards.isEmpty else { throw TableError(file: file, line: nil, reason: "has no cards") }
        self.cards = cards
    }
}
