import Synchronization

/// What is to go wrong with coming requests: faults that a test arms, and accidents that a seed decides.
package final class Faults: Sendable {
    /// "Before" is without the deed, "after" is when it has been done.
    package enum Kind: String, Sendable, CaseIterable {
        /// The connection is reset without an answer.
        case resetBefore = "reset-before"
        case resetAfter = "reset-after"
        /// A 500 in the dialect's own words.
        case http500Before = "http-500-before"
        case http500After = "http-500-after"
        /// A 500 with a page in HTML, as Jetty or a proxy has it.
        case html500After = "html-500-after"
        /// A 200 without a body.
        case empty200After = "empty-200-after"
        /// A 200 whose JSON ends half-way.
        case broken200After = "broken-200-after"
        /// A 302 to the login, as of a session that expired.
        case redirect302Before = "redirect-302-before"
        /// A refusal with `Retry-After`, as of a proxy.
        case http429Before = "http-429"
        case http503Before = "http-503"
        /// The answer comes `milliseconds` after the deed.
        case lateAnswer = "late-answer"
        /// The connection is reset, and the deed is done `milliseconds` after that.
        case lateAction = "late-action"
        /// The connection stays open without an answer.
        case stallBefore = "stall-before"
        case stallAfter = "stall-after"
        /// The paragraph is PENDING until it is stopped or its interpreter restarted.
        case stuckPending = "stuck-pending"
        /// The paragraph is RUNNING until it is stopped or its interpreter restarted.
        case stuckRunning = "stuck-running"
        /// The interpreter runs the text and dies of it: ERROR, and the session's variables are gone.
        case interpreterDies = "interpreter-dies"
        /// The paragraph is FINISHED without results.
        case resultsMissing = "results-missing"
        /// The clone stands where the server wants it, as if the key of its path were not known.
        case mislaidClone = "mislaid-clone"
        /// The server is stopped in the midst of copying: the note stands at its place with the first half of the paragraphs, and a 500
        /// answers.
        case halfClone = "half-clone"
        /// A stop is answered with 200 and forgotten.
        case stopIgnored = "stop-ignored"

        /// The one operation that the fault belongs to; `nil` where it fits all of them.
        package var onlyOperation: Operation? {
            switch self {
            case .stuckPending, .stuckRunning, .interpreterDies, .resultsMissing: .run
            case .mislaidClone, .halfClone: .clone
            case .stopIgnored: .stop
            default: nil
            }
        }

        func fits(_ operation: Operation) -> Bool { onlyOperation == nil || onlyOperation == operation }
    }

    /// A fault for some of the requests of one operation.
    struct Armed: Sendable {
        var kind: Kind
        var operation: Operation
        /// The one note that it is for; all of them where `nil`.
        var note: String?
        /// Requests that pass unharmed before the first one that is hit.
        var passing = 0
        /// Requests that are hit.
        var times = 1
        /// How late a late deed or answer is, and what `Retry-After` asks for in whole seconds.
        var milliseconds = 0

        func matches(_ operation: Operation, _ note: String?) -> Bool {
            self.operation == operation && (self.note == nil || self.note == note)
        }

        var json: JSON {
            [
                "operation": .string(operation.rawValue), "fault": .string(kind.rawValue), "note": note.map { .string($0) } ?? .null,
                "nth": .integer(Int64(passing + 1)), "times": .integer(Int64(times)), "milliseconds": .integer(Int64(milliseconds)),
            ]
        }
    }

    package struct Fault: Sendable {
        package let kind: Kind
        let milliseconds: Int
    }

    private struct State: Sendable {
        var armed: [Armed] = []
        var accidents: Accidents?
    }

    private let state = Mutex(State())

    func arm(_ fault: Armed) {
        state.withLock { $0.armed.append(fault) }
    }

    func disarmAll() {
        state.withLock { $0.armed = [] }
    }

    /// Replaces the accidents; `nil` ends them.
    func happen(_ accidents: Accidents?) {
        state.withLock { $0.accidents = accidents }
    }

    var list: JSON { .array(state.withLock { $0.armed }.map(\.json)) }

    var accidents: JSON { state.withLock { $0.accidents }?.json ?? [:] }

    /// Uses up one turn of the first armed fault that a request meets; where there is none, an accident may happen.
    ///
    /// Every armed fault that waits for the nth request counts this one.
    func take(at target: Target) -> Fault? {
        guard let operation = target.operation else { return nil }
        return state.withLock { state in
            var hit: Fault?
            for index in state.armed.indices where state.armed[index].matches(operation, target.note) {
                if state.armed[index].passing > 0 {
                    state.armed[index].passing -= 1
                } else if hit == nil {
                    hit = Fault(kind: state.armed[index].kind, milliseconds: state.armed[index].milliseconds)
                    state.armed[index].times -= 1
                }
            }
            state.armed.removeAll { $0.times <= 0 }
            return hit ?? state.accidents?.next(at: operation)
        }
    }
}
