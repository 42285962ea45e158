/// One interpreter session: an interpreter, and the notes that share its process.
struct SessionKey: Sendable, Hashable, CustomStringConvertible {
    let interpreter: InterpreterName
    /// `shared`, or the id of the one note that it serves.
    let scope: String

    var description: String { "\(interpreter.rawValue)/\(scope)" }
}

/// One accepted run of one paragraph.
struct Run: Sendable, Equatable {
    let id: Int
    let note: String
    let paragraph: String
    let session: SessionKey
}

/// First come, first served, one at a time in every session. A paragraph may wait in it more than once.
struct RunQueue: Sendable {
    private var running: [SessionKey: Run] = [:]
    private var waiting: [SessionKey: [Run]] = [:]

    mutating func append(_ run: Run) {
        waiting[run.session, default: []].append(run)
    }

    /// Takes the next run of a session, unless one is running there or none waits.
    mutating func startNext(in session: SessionKey) -> Run? {
        guard running[session] == nil, waiting[session]?.isEmpty == false else { return nil }
        let run = waiting[session]?.removeFirst()
        running[session] = run
        return run
    }

    mutating func finish(_ run: Run) {
        running[run.session] = nil
    }

    /// The runs, running or not, that belong to a note, or to one paragraph of it.
    func running(note: String, paragraph: String? = nil) -> [Run] {
        running.values.filter { $0.note == note && (paragraph == nil || $0.paragraph == paragraph) }.sorted { $0.id < $1.id }
    }

    func running(in session: SessionKey) -> Run? { running[session] }

    mutating func removeWaiting(note: String, paragraph: String? = nil) -> [Run] {
        var removed: [Run] = []
        for (session, runs) in waiting {
            let leaving = runs.filter { $0.note == note && (paragraph == nil || $0.paragraph == paragraph) }
            removed += leaving
            waiting[session] = runs.filter { !leaving.contains($0) }
        }
        return removed.sorted { $0.id < $1.id }
    }
}
