/// The rules of the notebook: who may do what with which note, and what it does to it.
///
/// Every change is saved before it is visible, and in the journal before it is answered.
actor Notebook {
    var notes: [String: Note] = [:]
    var queue = RunQueue()
    var interpreters: [SessionKey: OpenSession] = [:]
    /// How many processes each session has had in this life of the runner.
    var generations: [SessionKey: Int] = [:]
    /// Runs that somebody asked to stop.
    var aborting: Set<Int> = []
    var lastRun = 0
    var completions: [Int: [CheckedContinuation<Void, Never>]] = [:]
    /// Notes of which all paragraphs are being run.
    var runningNotes: Set<String> = []

    let store: NoteStore
    let journal: Journal
    let mode: InterpreterMode
    let surroundings: Surroundings

    init(store: NoteStore, journal: Journal, mode: InterpreterMode, surroundings: Surroundings, importing imported: [Note]) throws {
        self.store = store
        self.journal = journal
        self.mode = mode
        self.surroundings = surroundings
        if journal.past.lastSequence > 0 { journal.append(.restart) }
        for note in try store.load() {
            notes[note.id] = try Self.recovered(note, store, journal)
        }
        for note in imported where notes[note.id] == nil {
            guard !notes.values.contains(where: { $0.path == note.path }) else {
                throw NoteImport.Malformed(description: "note \(note.id) cannot be imported: \(note.path) is taken")
            }
            try store.save(note)
            notes[note.id] = note
        }
    }

    /// What was pending or running when the last life ended is aborted, as Zeppelin does it without recovery; a clone that
    /// was saved and not yet in the journal is written down.
    private static func recovered(_ note: Note, _ store: NoteStore, _ journal: Journal) throws -> Note {
        var note = note
        if let source = note.clonedFrom, !journal.past.clones.contains(note.id) {
            journal.append(.clone, note: note.id, ["from": .string(source), "path": .string(note.path), "recovered": true])
        }
        let lost = note.paragraphs.indices.filter { note.paragraphs[$0].status == .pending || note.paragraphs[$0].status == .running }
        for index in lost { note.paragraphs[index].status = .abort }
        guard !lost.isEmpty else { return note }
        try store.save(note)
        for index in lost { journal.append(.abort, note: note.id, paragraph: note.paragraphs[index].id, ["reason": "restart"]) }
        return note
    }

    // MARK: Reading

    /// Every note that the user may read, in the order of their paths.
    func list(for user: String) -> [Note] {
        notes.values.filter { $0.permissions.allows(.reader, to: user) }.sorted { $0.path < $1.path }
    }

    func note(_ id: String, for user: String) throws -> Note {
        let note = try existing(id)
        try require(.reader, on: note, for: user)
        return note
    }

    func note(at path: String, for user: String) throws -> Note {
        guard let note = notes.values.first(where: { $0.path == path }) else { throw Refusal.pathNotFound(path) }
        try require(.reader, on: note, for: user)
        return note
    }

    func paragraph(_ id: String, of note: String, for user: String) throws -> Paragraph {
        let note = try existing(note)
        try require(.reader, on: note, for: user, orSay: "Insufficient privileges you cannot get this paragraph")
        return try Self.paragraph(id, in: note)
    }

    /// A note with the answer to "is a run of the whole note going on", which single paragraphs don't count for.
    func jobStatus(of id: String, for user: String) throws -> (note: Note, isRunning: Bool) {
        let note = try existing(id)
        try require(.reader, on: note, for: user, orSay: "Insufficient privileges you cannot get job status")
        return (note, runningNotes.contains(id))
    }

    func permissions(of id: String, for user: String) throws -> Permissions {
        let note = try existing(id)
        let refusal = "Insufficient privileges you cannot get the list of permissions for this note"
        try require(.reader, on: note, for: user, orSay: refusal)
        return note.permissions
    }

    // MARK: Shared by all that changes

    func existing(_ id: String) throws -> Note {
        guard let note = notes[id] else { throw Refusal.noteNotFound(id) }
        return note
    }

    static func paragraph(_ id: String, in note: Note) throws -> Paragraph {
        guard let index = note.index(of: id) else { throw Refusal.paragraphNotFound(id) }
        return note.paragraphs[index]
    }

    func require(_ right: Permissions.Right, on note: Note, for user: String, orSay message: String? = nil) throws {
        guard !note.permissions.allows(right, to: user) else { return }
        if let message { throw Refusal.forbidden(message) }
        let allowed = note.permissions.list(for: right).sorted().joined(separator: ", ")
        throw Refusal.forbidden(
            "Insufficient privileges to \(right.rawValue) note.\nAllowed users or roles: [\(allowed)]\nBut the user \(user) belongs to: [\(user)]"
        )
    }

    /// Changes a note: saved first, visible then, and neither where the change throws.
    func change<Result>(_ id: String, _ body: (inout Note) throws -> Result) throws -> Result {
        var note = try existing(id)
        let result = try body(&note)
        try store.save(note)
        notes[id] = note
        return result
    }

    /// Changes one paragraph, as ``change(_:_:)`` does.
    func change<Result>(_ id: String, of note: String, _ body: (inout Paragraph) throws -> Result) throws -> Result {
        try change(note) { note in
            guard let index = note.index(of: id) else { throw Refusal.paragraphNotFound(id) }
            return try body(&note.paragraphs[index])
        }
    }
}
