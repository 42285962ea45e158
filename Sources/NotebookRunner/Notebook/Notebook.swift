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

    let dialect: Dialect
    let store: NoteStore
    let journal: Journal
    let mode: InterpreterMode
    let surroundings: Surroundings
    let interpreterOwners: [InterpreterOwners]
    /// Whether the four lists of a note bind anybody.
    let isEnforcing: Bool
    /// Paragraphs that the last life left pending or running, to be run again.
    private var unfinished: [(note: String, paragraph: String)] = []

    /// How a life of the runner is set up.
    struct Settings: Sendable {
        let dialect: Dialect
        let mode: InterpreterMode
        let surroundings: Surroundings
        let interpreterOwners: [InterpreterOwners]
        let isEnforcing: Bool
        /// Whether paragraphs that were pending or running are run again, or else aborted.
        let recovers: Bool
    }

    init(store: NoteStore, journal: Journal, settings: Settings, importing imported: [Note]) throws {
        self.store = store
        self.journal = journal
        dialect = settings.dialect
        mode = settings.mode
        surroundings = settings.surroundings
        interpreterOwners = settings.interpreterOwners
        isEnforcing = settings.isEnforcing
        if journal.past.lastSequence > 0 { journal.append(.restart) }
        var known: [String: Note] = [:]
        for note in try store.load() {
            Self.writeDownClone(note, journal)
            known[note.id] = settings.recovers ? note : try Self.aborted(note, store, journal)
        }
        unfinished = known.values.flatMap { note in
            note.paragraphs.filter { $0.status == .pending || $0.status == .running }.map { (note.id, $0) }
        }.sorted { $0.1.acceptance < $1.1.acceptance }.map { (note: $0, paragraph: $1.id) }
        for note in imported where known[note.id] == nil {
            if settings.dialect.hasUniquePaths, known.values.contains(where: { $0.path == note.path }) {
                throw NoteImport.Malformed(description: "note \(note.id) cannot be imported: \(note.path) is taken")
            }
            try store.save(note)
            known[note.id] = note
        }
        notes = known
    }

    /// Runs again, in the order in which they were accepted, what the last life left pending or running.
    func resubmit() throws {
        for (note, paragraph) in unfinished { try runAgain(paragraph, of: note) }
        unfinished = []
    }

    /// A clone that was saved and is not yet in the journal is written down.
    private static func writeDownClone(_ note: Note, _ journal: Journal) {
        guard let source = note.clonedFrom, !journal.past.clones.contains(note.id) else { return }
        journal.append(.clone, note: note.id, ["from": .string(source), "path": .string(note.path), "recovered": true])
    }

    /// What was pending or running when the last life ended is aborted, as Zeppelin does it without recovery.
    private static func aborted(_ note: Note, _ store: NoteStore, _ journal: Journal) throws -> Note {
        var note = note
        let lost = note.paragraphs.indices.filter { note.paragraphs[$0].status == .pending || note.paragraphs[$0].status == .running }
        for index in lost { note.paragraphs[index].status = .abort }
        guard !lost.isEmpty else { return note }
        try store.save(note)
        for index in lost { journal.append(.abort, note: note.id, paragraph: note.paragraphs[index].id, ["reason": "restart"]) }
        return note
    }

    // MARK: Reading

    /// Every note that the caller may read, in the order of their paths.
    func list(for caller: Caller) -> [Note] {
        notes.values.filter { !isEnforcing || $0.permissions.allows(.reader, to: caller) }.sorted { ($0.path, $0.id) < ($1.path, $1.id) }
    }

    /// A note that the caller may do something with.
    func note(_ id: String, for caller: Caller, to deed: Deed = .readNote) throws -> Note {
        let note = try existing(id)
        try require(deed, on: note, for: caller)
        return note
    }

    func note(at path: String, for caller: Caller) throws -> Note {
        guard let note = notes.values.first(where: { $0.path == path }) else { throw Refusal.noteNotFound(path) }
        try require(.readNote, on: note, for: caller)
        return note
    }

    func paragraph(_ id: String, of note: String, for caller: Caller) throws -> Paragraph {
        try Self.paragraph(id, in: self.note(note, for: caller, to: .readParagraph))
    }

    /// A note with the answer to "is a run of the whole note going on", which single paragraphs don't count for.
    func jobStatus(of id: String, for caller: Caller) throws -> (note: Note, isRunning: Bool) {
        (try note(id, for: caller, to: .readStatus), runningNotes.contains(id))
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

    /// - Throws: `Refusal.forbidden` in the words that the dialect has for the deed.
    func require(_ deed: Deed, on note: Note, for caller: Caller) throws {
        let right = dialect.right(for: deed)
        guard isEnforcing, !note.permissions.allows(right, to: caller) else { return }
        throw Refusal.forbidden(dialect.refusal(of: deed, note.permissions, to: caller))
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
