/// Whole notes: made, cloned, renamed, deleted, handed over.
extension Notebook {
    struct NewParagraph: Sendable {
        var title: String?
        var text: String?
        var config: [String: JSON] = [:]

        func paragraph(of user: String) -> Paragraph {
            Paragraph(id: NoteID.makeParagraph(), title: title, text: text, user: user, config: config)
        }
    }

    /// - Throws: `Refusal.conflict` where the path is taken.
    func create(at path: String?, paragraphs: [NewParagraph], addingEmptyParagraph: Bool, by user: String) throws -> String {
        let path = try NotePath.normalized(path ?? "/Untitled Note")
        guard !isTaken(path) else { throw Refusal.conflict("Note '\(path)' existed") }
        var note = Note(id: newID(), path: path, permissions: .publicNote(of: user))
        if addingEmptyParagraph { note.paragraphs.append(NewParagraph().paragraph(of: user)) }
        note.paragraphs += paragraphs.map { $0.paragraph(of: user) }
        try store.save(note)
        notes[note.id] = note
        return note.id
    }

    /// Copies a note with its paragraphs' ids and results, but not its permissions.
    ///
    /// - Throws: `Refusal.unexpected` where the path is taken: Zeppelin wraps that into an error it doesn't map.
    func clone(_ source: String, to path: String?, by user: String) throws -> String {
        let source = try existing(source)
        try require(.writer, on: source, for: user, orSay: "Insufficient privileges you cannot clone this note")
        let path = try NotePath.normalized(path ?? "/Cloned Note_" + source.id)
        guard !isTaken(path) else { throw Refusal.unexpected }
        let clone = source.cloned(as: newID(), at: path, by: user)
        try store.save(clone)
        notes[clone.id] = clone
        journal.append(.clone, note: clone.id, ["from": .string(source.id), "path": .string(path), "user": .string(user)])
        return clone.id
    }

    func rename(_ id: String, to path: String?, by user: String) throws {
        guard let path else { throw Refusal.unexpected }
        guard !path.isEmpty else { throw Refusal.badRequest("name can not be empty") }
        let note = try existing(id)
        try require(.owner, on: note, for: user)
        // A bare name stays in the folder that the note is in.
        let folder = note.path[..<(note.path.lastIndex(of: "/") ?? note.path.startIndex)]
        let target = try NotePath.normalized(path.contains("/") ? path : "\(folder)/\(path)")
        guard target == note.path || !isTaken(target) else { throw Refusal.conflict("Note '\(target)' existed") }
        try change(id) { $0.path = target }
    }

    /// Removes a note for good and stops what runs in it; there is no trash behind this call.
    func delete(_ id: String, by user: String) throws {
        let note = try existing(id)
        try require(.owner, on: note, for: user)
        stopRuns(of: id)
        try store.remove(id)
        notes[id] = nil
    }

    /// Replaces the four lists; a list that is filled fills empty higher ones with the caller.
    ///
    /// - Parameter lists: `nil` where a member was missing, which Zeppelin meets with an error it doesn't map.
    func setPermissions(of id: String, to lists: Permissions?, by user: String) throws {
        let note = try existing(id)
        let owners = note.permissions.owners.sorted().joined(separator: ", ")
        let refusal = "Insufficient privileges to change permissions.\n\nAllowed owners: [\(owners)]\n\nUser belongs to: [\(user)]"
        try require(.owner, on: note, for: user, orSay: refusal)
        guard let lists else { throw Refusal.unexpected }
        try change(id) { $0.permissions = lists.closedUpwards(by: user) }
        journal.append(.permissions, note: id, ["user": .string(user)])
    }

    private func isTaken(_ path: String) -> Bool { notes.values.contains { $0.path == path } }

    private func newID() -> String {
        var id = NoteID.make()
        while notes[id] != nil { id = NoteID.make() }
        return id
    }
}
