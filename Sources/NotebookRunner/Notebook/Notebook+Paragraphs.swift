/// Single paragraphs: inserted, changed, moved, removed, cleared.
extension Notebook {
    /// - Parameter index: 0-based, at the end where `nil`.
    /// - Throws: `Refusal.unexpected` where the index is past the end, as a list of Java has it.
    func insert(_ new: NewParagraph, at index: Int?, into id: String, by user: String) throws -> String {
        let note = try existing(id)
        try require(.writer, on: note, for: user, orSay: "Insufficient privileges you cannot add paragraph to this note")
        let paragraph = new.paragraph(of: user)
        try change(id) { note in
            let index = index ?? note.paragraphs.count
            guard (0...note.paragraphs.count).contains(index) else { throw Refusal.unexpected }
            note.paragraphs.insert(paragraph, at: index)
        }
        journal.append(.insert, note: id, paragraph: paragraph.id, ["index": .integer(Int64(index ?? note.paragraphs.count))])
        return paragraph.id
    }

    /// Sets the text, to nothing where it is left out, and the title where one is given.
    func update(_ id: String, of note: String, text: String?, title: String?, by user: String) throws {
        try require(.writer, on: existing(note), for: user, orSay: "Insufficient privileges you cannot update this paragraph")
        try change(id, of: note) { paragraph in
            paragraph.text = text
            if let title { paragraph.title = title }
            paragraph.updated = .now()
        }
    }

    /// Lays the given members over the configuration; none at all is a bad request.
    func configure(_ id: String, of note: String, with config: [String: JSON], by user: String) throws -> Paragraph {
        let refusal = "Insufficient privileges you cannot update this paragraph config"
        try require(.writer, on: existing(note), for: user, orSay: refusal)
        guard !config.isEmpty else { throw Refusal.badRequest("paragraph config cannot be empty") }
        return try change(id, of: note) { paragraph in
            paragraph.config.merge(config) { _, new in new }
            paragraph.updated = .now()
            return paragraph
        }
    }

    func move(_ id: String, of note: String, to index: Int, by user: String) throws {
        try require(.writer, on: existing(note), for: user)
        try change(note) { note in
            guard let old = note.index(of: id) else { throw Refusal.paragraphNotFound(id) }
            guard note.paragraphs.indices.contains(index) else { throw Refusal.badRequest("newIndex \(index) is out of bounds") }
            note.paragraphs.insert(note.paragraphs.remove(at: old), at: index)
        }
    }

    func remove(_ id: String, of note: String, by user: String) throws {
        try require(.writer, on: existing(note), for: user)
        _ = try Self.paragraph(id, in: existing(note))
        stopRuns(of: note, paragraph: id)
        try change(note) { $0.paragraphs.removeAll { $0.id == id } }
    }

    /// Takes away results; statuses and dates stay.
    func clearResults(of note: String, by user: String) throws {
        try require(.writer, on: existing(note), for: user)
        try change(note) { note in
            for index in note.paragraphs.indices { note.paragraphs[index].results = nil }
        }
    }
}
