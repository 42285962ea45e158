package import CustomerMDM

/// The statements of a labelled stream, each with what it is: the column `expect_change`.
package struct LabelledChanges: Sendable {
    package struct Statement: Sendable, Equatable {
        /// The step that plays it.
        package let step: Int
        package let card: CardID
        /// The kind, without the fields that follow its colon.
        package let label: String
    }

    /// In the order of their steps.
    package let statements: [Statement]
    package let digest: String
    package let file: String

    /// - Throws: ``TableError`` naming the line or the column.
    package init(_ bytes: [UInt8], file: String) throws(TableError) {
        let stream = try LabelledStream(bytes, file: file, attributes: [])
        let table = try CSVTable(bytes, file: file)
        guard table.heading.contains("expect_change") else { throw TableError(file: file, line: 1, reason: "has no column expect_change") }
        var statements: [Statement] = []
        for (step, row) in zip(stream.steps, table) {
            guard case .upsert(let card, _, _) = step.operation else { continue }
            let kind = try row.get()["expect_change"].prefix { $0 != ":" }
            do throws(InvalidCard) {
                let label = kind.isEmpty ? ChangeConfusion.none : String(kind)
                statements.append(Statement(step: step.number, card: try CardID(card), label: label))
            } catch {
                throw TableError(file: file, line: step.line, reason: error.description)
            }
        }
        self.statements = statements
        self.file = file
        digest = stream.digest
    }
}
