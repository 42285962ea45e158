import HindsightCore

/// The part of a note that decides what it does: ids, titles and texts of its paragraphs, in order.
package struct NoteOutline: Codable, Sendable, Equatable {
    package struct Paragraph: Codable, Sendable, Equatable {
        package var id: String
        package var title: String
        package var text: String
        /// Enabled, and with something to run.
        package var runs: Bool

        package init(id: String, title: String, text: String, runs: Bool) {
            self.id = id
            self.title = title
            self.text = text
            self.runs = runs
        }

        package var step: NoteParagraph { NoteParagraph(id: id, title: title, runs: runs) }
    }

    package var paragraphs: [Paragraph]

    package init(paragraphs: [Paragraph]) {
        self.paragraphs = paragraphs
    }

    /// Changes with any id, title, text or switch of a paragraph.
    package func digest() throws -> String { try Digest.hexadecimal(of: self) }

    /// The paragraph that a template means; `nil` unless exactly one fits.
    package func paragraph(_ wanted: TemplateDefinition.VariablesParagraph) -> Paragraph? {
        let fitting = paragraphs.filter { $0.id == wanted.id || (wanted.title != nil && $0.title == wanted.title) }
        return fitting.count == 1 ? fitting[0] : nil
    }
}

/// A paragraph as a job's events name it.
package struct NoteParagraph: Codable, Sendable, Equatable {
    package var id: String
    package var title: String
    package var runs: Bool
}

extension [NoteParagraph] {
    /// Those that run; of a preview no further than where it ends.
    ///
    /// - Parameter last: The paragraph that ends a preview; `nil` for a whole run.
    func runs(upTo last: String?) -> [NoteParagraph] {
        let end = last.flatMap { last in firstIndex { $0.id == last } }.map { $0 + 1 } ?? count
        return prefix(end).filter(\.runs)
    }
}
