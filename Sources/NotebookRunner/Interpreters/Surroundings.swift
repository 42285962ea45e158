import FoundationEssentials

/// What paragraphs find around them: the shared directory, the database, and a small environment.
struct Surroundings: Sendable {
    let sharedDirectory: String
    let database: String?
    let lock: StateLock

    /// Only these names pass from the runner's own environment, so that no secret of the runner's parent reaches a paragraph.
    private static let inherited = ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV"]

    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { Self.inherited.contains($0.key) }
        environment["HINDSIGHT_SHARED_DIRECTORY"] = sharedDirectory
        environment["HINDSIGHT_DATABASE"] = database
        return environment
    }

    func makeInterpreter(_ name: InterpreterName) -> any Interpreter {
        switch name {
        case .python: PythonInterpreter(self)
        case .sh: ShellInterpreter(self)
        case .sql: SQLInterpreter(database: database)
        }
    }
}
