/// One interpreter session: an interpreter, and the notes that share its process.
package struct SessionKey: Sendable, Hashable, CustomStringConvertible {
    let interpreter: InterpreterName
    /// `shared`, or the id of the one note that it serves.
    let scope: String

    package init(interpreter: InterpreterName, scope: String) {
        self.interpreter = interpreter
        self.scope = scope
    }

    package var description: String { "\(interpreter.rawValue)/\(scope)" }
}

/// One accepted run of one paragraph.
package struct Run: Sendable, Equatable {
    let id: Int
    let note: String
    let paragraph: String
    let session: SessionKey

    package init(id: Int, note: String, paragraph: String, session: SessionKey) {
        self.id = id
        self.note = note
        self.paragraph = paragraph
        self.session = session
    }
}

/// First come, first served, one at a time in every session. A paragraph may wait in it more than once.
package struct RunQueue: Sendable {
    private var running: [SessionKey: Run] = [:]
    private var waiting: [SessionKey: [Run]] = [:]

    package init() {}

    package mutating func append(_ run: Run) {
        waiting[run.session, default: []].append(run)
    }

    /// Takes the next run of a session, unless one is running there or none waits.
    package mutating func startNext(in session: SessionKey) -> Run? {
        guard running[session] == nil, waiting[session]?.isEmpty == false else { return nil }
        let run = waiting[session]?.removeFirst()
        running[session] = run
        return run
    }

    package mutating func finish(_ run: Run) {
        running[run.session] = nil
    }

    /// The runs, running or not, that belong to a note, or to one paragraph of it.
    func running(note: String, paragraph: String? = nil) -> [Run] {
        running.values.filter { $0.note == note && (paragraph == nil || $0.paragraph == paragraph) }.sorted { $0.id < $1.id }
    }

    func running(in session: SessionKey) -> Run? { running[session] }

    package mutating func removeWaiting(note: String, paragraph: String? = nil) -> [Run] {
        var removed: [Run] = []
        for (session, runs) in waiting {
            let leaving = runs.filter { $0.note == note && (paragraph == nil || $0.paragraph == paragraph) }
            removed += leaving
            waiting[session] = runs.filter { !leaving.contains($0) }
        }
        return removed.sorted { $0.id < $1.id }
    }
}
