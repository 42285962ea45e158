/// Whole notes: made, cloned, imported, renamed, deleted, handed over.
extension Notebook {
    struct NewParagraph: Sendable {
        var title: String?
        var text: String?
        var config: [String: JSON] = [:]

        func paragraph(of user: String) -> Paragraph {
            Paragraph(id: NoteID.makeParagraph(), title: title, text: text, user: user, config: config)
        }
    }

    /// - Throws: `Refusal.conflict` where the path is taken and paths are unique.
    func create(at place: String?, paragraphs: [NewParagraph], addingEmptyParagraph: Bool, by caller: Caller) throws -> String {
        let id = newID()
        let path = try NotePath.normalized(place ?? NotePath.ofNew(id, by: dialect.places), by: dialect.places)
        guard !isTaken(path) else { throw Refusal.conflict("Note '\(path)' existed") }
        var note = Note(id: id, path: path, permissions: .publicNote(of: caller.name))
        // The newest versions put the empty one first; 0.8 adds it below the others.
        if addingEmptyParagraph { note.paragraphs.append(NewParagraph().paragraph(of: caller.name)) }
        note.paragraphs += paragraphs.map { $0.paragraph(of: caller.name) }
        if dialect.appendsEmptyParagraph { note.paragraphs.append(NewParagraph().paragraph(of: caller.name)) }
        try add(note)
        journal.append(.create, note: id, by: caller, ["path": .string(path)])
        return id
    }

    /// Takes in a note's file under a new id; its paragraphs keep theirs.
    ///
    /// - Throws: `Refusal.conflict` where the path is taken and paths are unique.
    func importNote(_ file: JSON, at place: String?, by caller: Caller) throws -> String {
        let id = newID()
        guard case .object(var members) = file else { throw Refusal.unexpected(.nullPointer) }
        members["id"] = .string(id)
        members["path"] = .string(place ?? NoteImport.place(in: file) ?? NotePath.ofNew(id, by: dialect.places))
        var note: Note
        do {
            note = try NoteImport.note(from: .object(members), "the body")
        } catch let malformed as NoteImport.Malformed {
            throw Refusal.unexpected(.io, malformed.description)
        }
        note.path = try NotePath.normalized(note.path, by: dialect.places)
        note.permissions = .publicNote(of: caller.name)
        guard !isTaken(note.path) else { throw Refusal.conflict("Note '\(note.path)' existed") }
        try add(note)
        journal.append(.create, note: id, by: caller, ["path": .string(note.path), "imported": true])
        return id
    }

    /// Copies a note with its paragraphs' ids and results, but not its permissions.
    ///
    /// - Parameter isCutShort: The place is taken, and only the first half of the paragraphs is copied.
    /// - Throws: `Refusal.unexpected` where paths are unique and this one is taken: Zeppelin wraps that into an error it doesn't map.
    func clone(_ source: String, to place: String?, cutShort isCutShort: Bool = false, by caller: Caller) throws -> String {
        let source = try existing(source)
        try require(.clone, on: source, for: caller)
        let id = newID()
        let path = try NotePath.normalized(place ?? NotePath.ofClone(id, from: source.id, by: dialect.places), by: dialect.places)
        guard !isTaken(path) else { throw Refusal.unexpected(.io, "Note '\(path)' existed") }
        var clone = source.cloned(as: id, at: path, by: caller.name, withSettings: dialect.clonesNoteSettings)
        if isCutShort { clone.paragraphs.removeLast((clone.paragraphs.count + 1) / 2) }
        try add(clone)
        journal.append(
            .clone, note: id, by: caller,
            ["from": .string(source.id), "path": .string(path), "paragraphs": .integer(Int64(clone.paragraphs.count))])
        if isCutShort { throw Refusal.unexpected(.io, "the server was stopped") }
        return id
    }

    func rename(_ id: String, to path: String?, by caller: Caller) throws {
        guard let path else { throw Refusal.unexpected(.nullPointer) }
        guard !path.isEmpty else { throw Refusal.badRequest("name can not be empty") }
        let note = try existing(id)
        try require(.rename, on: note, for: caller)
        // A bare name stays in the folder that the note is in.
        let folder = note.path[..<(note.path.lastIndex(of: "/") ?? note.path.startIndex)]
        let target = try NotePath.normalized(path.contains("/") ? path : "\(folder)/\(path)", by: dialect.places)
        guard target == note.path || !isTaken(target) else { throw Refusal.conflict("Note '\(target)' existed") }
        try change(id) { $0.path = target }
        journal.append(.rename, note: id, by: caller, ["path": .string(target)])
    }

    /// Removes a note for good and stops what runs in it; there is no trash behind this call.
    func delete(_ id: String, by caller: Caller) throws {
        if notes[id] == nil, dialect.deletesUnknownNotes { return }
        let note = try existing(id)
        try require(.delete, on: note, for: caller)
        stopRuns(of: id)
        try store.remove(id)
        notes[id] = nil
        journal.append(.delete, note: id, by: caller)
    }

    /// Replaces the four lists. Where one is missing the call fails, and those before it may have been replaced.
    func setPermissions(of id: String, _ lists: PermissionChange, by caller: Caller) throws {
        let note = try existing(id)
        try require(.setPermissions, on: note, for: caller)
        var permissions = note.permissions
        let isComplete = lists.apply(to: &permissions, by: caller)
        try change(id) { $0.permissions = permissions }
        journal.append(.permissions, note: id, by: caller, ["complete": .bool(isComplete)])
        guard isComplete else { throw Refusal.unexpected(.nullPointer) }
    }

    private func add(_ note: Note) throws {
        try store.save(note)
        notes[note.id] = note
    }

    private func isTaken(_ path: String) -> Bool { dialect.hasUniquePaths && notes.values.contains { $0.path == path } }

    private func newID() -> String {
        var id = NoteID.make()
        while notes[id] != nil { id = NoteID.make() }
        return id
    }
}
