/// Single paragraphs: inserted, changed, moved, removed, cleared.
extension Notebook {
    /// - Parameter index: 0-based, at the end where `nil`.
    /// - Throws: `Refusal.unexpected` where the index is past the end, as a list of Java has it.
    func insert(_ new: NewParagraph, at index: Int?, into id: String, by caller: Caller) throws -> String {
        let note = try existing(id)
        try require(.insert, on: note, for: caller)
        let paragraph = new.paragraph(of: caller.name)
        let index = index ?? note.paragraphs.count
        try change(id) { note in
            guard (0...note.paragraphs.count).contains(index) else { throw Refusal.unexpected(.indexOutOfBounds) }
            note.paragraphs.insert(paragraph, at: index)
        }
        journal.append(
            .insert, note: id, paragraph: paragraph.id, by: caller,
            ["index": .integer(Int64(index)), "textSHA256": .string(TextDigest.of(paragraph.text))])
        return paragraph.id
    }

    /// Sets the text, to nothing where it is left out, and the title where one is given.
    func update(_ id: String, of note: String, text: String?, title: String?, by caller: Caller) throws {
        try require(.update, on: existing(note), for: caller)
        try change(id, of: note) { paragraph in
            paragraph.text = text
            if let title { paragraph.title = title }
            paragraph.updated = .now()
        }
        journal.append(.update, note: note, paragraph: id, by: caller, ["textSHA256": .string(TextDigest.of(text))])
    }

    /// Lays the given members over the configuration; none at all is a bad request.
    func configure(_ id: String, of note: String, with config: [String: JSON], by caller: Caller) throws -> Paragraph {
        try require(.configure, on: existing(note), for: caller)
        guard !config.isEmpty else { throw Refusal.badRequest("paragraph config cannot be empty") }
        let paragraph = try change(id, of: note) { paragraph in
            paragraph.config.merge(config) { _, new in new }
            paragraph.updated = .now()
            return paragraph
        }
        journal.append(.configure, note: note, paragraph: id, by: caller)
        return paragraph
    }

    func move(_ id: String, of note: String, to index: Int, by caller: Caller) throws {
        try require(.move, on: existing(note), for: caller)
        try change(note) { note in
            guard let old = note.index(of: id) else { throw Refusal.paragraphNotFound(id) }
            guard note.paragraphs.indices.contains(index) else { throw Refusal.badRequest("newIndex \(index) is out of bounds") }
            note.paragraphs.insert(note.paragraphs.remove(at: old), at: index)
        }
        journal.append(.move, note: note, paragraph: id, by: caller, ["index": .integer(Int64(index))])
    }

    func remove(_ id: String, of note: String, by caller: Caller) throws {
        try require(.remove, on: existing(note), for: caller)
        _ = try Self.paragraph(id, in: existing(note))
        stopRuns(of: note, paragraph: id)
        try change(note) { $0.paragraphs.removeAll { $0.id == id } }
        journal.append(.remove, note: note, paragraph: id, by: caller)
    }

    /// Takes away results; statuses and dates stay.
    func clearResults(of note: String, by caller: Caller) throws {
        try require(.clear, on: existing(note), for: caller)
        try change(note) { note in
            for index in note.paragraphs.indices { note.paragraphs[index].results = nil }
        }
        journal.append(.clear, note: note, by: caller)
    }
}
