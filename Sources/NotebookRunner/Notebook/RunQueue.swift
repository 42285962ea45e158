/// One interpreter session: an interpreter, and the notes that share its process.
package struct SessionKey: Sendable, Hashable, CustomStringConvertible {
    let interpreter: InterpreterName
    static let sharedScope = "shared"

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
    /// Whether the run goes past the paragraph's status, as a synchronous one of 0.8 does.
    let leavesStatus: Bool
    let mishap: Mishap?

    package init(id: Int, note: String, paragraph: String, session: SessionKey) {
        self.init(id: id, note: note, paragraph: paragraph, session: session, leavesStatus: false, mishap: nil)
    }

    init(id: Int, note: String, paragraph: String, session: SessionKey, leavesStatus: Bool, mishap: Mishap?) {
        self.id = id
        self.note = note
        self.paragraph = paragraph
        self.session = session
        self.leavesStatus = leavesStatus
        self.mishap = mishap
    }
}

/// First come, first served, one at a time in every session. A paragraph may wait in it more than once.
package struct RunQueue: Sendable {
    private var running: [SessionKey: Run] = [:]
    private var waiting: [SessionKey: [Run]] = [:]
    /// Runs that wait for an interpreter that never starts; they hold nobody else up.
    private var held: [Run] = []

    package init() {}

    package mutating func append(_ run: Run) {
        waiting[run.session, default: []].append(run)
    }

    mutating func hold(_ run: Run) {
        held.append(run)
    }

    /// Takes the runs that wait for an interpreter which never started.
    mutating func removeHeld(_ isLeaving: (Run) -> Bool) -> [Run] {
        defer { held.removeAll(where: isLeaving) }
        return held.filter(isLeaving)
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
        var removed = removeHeld { $0.note == note && (paragraph == nil || $0.paragraph == paragraph) }
        for (session, runs) in waiting {
            let leaving = runs.filter { $0.note == note && (paragraph == nil || $0.paragraph == paragraph) }
            removed += leaving
            waiting[session] = runs.filter { !leaving.contains($0) }
        }
        return removed.sorted { $0.id < $1.id }
    }
}
