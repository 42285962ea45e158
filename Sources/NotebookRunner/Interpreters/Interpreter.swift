/// The interpreters of the runner, by the name that stands after `%`. A paragraph without `%` is Python.
package enum InterpreterName: String, Sendable, CaseIterable {
    case python
    case sh
    case sql
}

/// Whether notes share one process of an interpreter (the default, as in Zeppelin) or each has its own.
enum InterpreterMode: String, Sendable, CaseIterable {
    case shared
    case isolated
}

/// How a run ended.
enum RunEnding: Sendable {
    /// With the forms that it asked for; `nil` of an interpreter that can't ask for any.
    case completed(ParagraphResult, shown: FormsShown? = nil)
    /// The process, and everything that it knew, is gone; with what it had written by then.
    case died(output: String)
}

/// One life of one interpreter process; after ``terminate()`` or a death another one takes its place.
protocol Interpreter: AnyObject, Sendable {
    /// Whether the process can take another run. Constant time, one system call.
    var isAlive: Bool { get }
    /// Runs one paragraph's script; the caller sees to it that there is one at a time.
    func run(_ script: Script) async -> RunEnding
    /// Kills the process; a run that is going on ends with `.died`. Safe at any time, and more than once.
    func terminate()
}

/// An interpreter with the name that its process has in the journal: `python/shared#2` is the second one.
struct OpenSession: Sendable {
    var interpreter: any Interpreter
    let label: String
}
