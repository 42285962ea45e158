import ArgumentParser
import FoundationEssentials
import Glibc

/// A small stand-alone notebook server that speaks Apache Zeppelin's REST contract on loopback and runs paragraphs for real.
///
/// It speaks one of four versions (``Dialect``), goes wrong on demand (``Faults``, ``FaultRoutes``) and writes down all that it was
/// asked and did (``Journal``). A kill at any moment loses nothing that was answered: state and journal are what the next life has.
///
/// | flag | what it sets |
/// |---|---|
/// | `--dialect 0.8\|0.10\|0.12.0\|0.12.1` | the version of the contract; 0.12.1 unless given |
/// | `--state DIR` | where notes and the journal lie |
/// | `--shared DIR` | where paragraphs run |
/// | `--database FILE` | what `%sql` reads |
/// | `--import FILE` | notes taken in at the start |
/// | `--credentials FILE`, `--session-seconds N` | who may log in, and for how long |
/// | `--no-anonymous` | 0.8 enforces permissions only with this; later versions where there are credentials |
/// | `--interpreter-mode shared\|isolated` | whether notes share interpreter processes |
/// | `--interpreter-owners NAME=USER,…` | who alone may use an interpreter; may be repeated |
/// | `--recover` | runs what a kill left pending or running again instead of aborting it; not for 0.8 |
/// | `--port N`, `--port-file FILE`, `--parent-pipe` | where it listens, who is told, and when it ends |
@main
struct NotebookRunner: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notebook-runner",
        abstract: "Speaks Apache Zeppelin's REST contract on 127.0.0.1 and runs %sh, %python and %sql paragraphs.",
        discussion: """
            Beside /api there are control routes, which Zeppelin does not have:
              POST /faults            arm {"operation","fault","times":1,"nth":1,"note"?,"milliseconds":0}
              GET, DELETE /faults     see or take away what is armed
              POST /faults/random     {"seed","probabilities":{operation: 0…1},"faults":[…],"milliseconds":0}
              GET, DELETE /faults/random
              DELETE /faults/sessions expire every session now
              GET /journal?from=N     what happened, from line N on

            Operations: \(Operation.allCases.map(\.rawValue).joined(separator: ", ")).
            Faults: \(Faults.Kind.allCases.map(\.rawValue).joined(separator: ", ")).
            """)

    @Option(help: "The version of the contract: 0.8, 0.10, 0.12.0 or 0.12.1.")
    var dialect = Dialect.Name.v0121

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Option(help: "The folder of notes and of journal.ndjson; made where it is missing.")
    var state: String

    @Option(help: "The directory that paragraphs run in, the state folder's `shared` unless given.")
    var shared: String?

    @Option(help: "The SQLite database that %sql reads.")
    var database: String?

    @Option(help: "A JSON file with `userName`, `password` and perhaps `roles`, or an array of such; with it a login is asked for.")
    var credentials: String?

    @Option(help: "Seconds after which a session expires.")
    var sessionSeconds = 86_400

    @Option(name: .customLong("import"), help: "A JSON file with one note or several, taken in where their ids are new. May be repeated.")
    var imports: [String] = []

    @Option(help: "Whether notes share interpreter processes: shared or isolated.")
    var interpreterMode = InterpreterMode.shared

    @Option(help: "Who alone may use an interpreter: NAME=USER,… ; may be repeated.")
    var interpreterOwners: [InterpreterOwners] = []

    @Flag(help: "Enforce permissions in 0.8 too, as with `zeppelin.anonymous.allowed` set to false; later versions follow --credentials.")
    var noAnonymous = false

    @Flag(help: "Run again what the last life left pending or running, instead of aborting it; not for 0.8.")
    var recover = false

    @Option(help: "A file that gets the line with port and process id, too.")
    var portFile: String?

    @Flag(help: "End when standard input ends, that is, with the parent.")
    var parentPipe = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port has to be 0…65535") }
        guard !recover || Dialect.named(dialect).recovers else { throw ValidationError("--recover needs a --dialect of 0.10 or later") }
        guard sessionSeconds > 0 else { throw ValidationError("--session-seconds has to be positive") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        if parentPipe { Lifetime.endWithStandardInput() }
        Lifetime.endOnSignals()

        let state = try Self.folder(state)
        let surroundings = Surroundings(
            sharedDirectory: try Self.folder(shared ?? state + "/shared"), database: database.map(Self.absolute),
            lock: try await StateLock(folder: state))
        let authentication = Authentication(
            credentials: try credentials.map(Authentication.Credentials.read), lifetime: .seconds(sessionSeconds))
        let journal = try Journal(path: state + "/journal.ndjson")
        let dialect = Dialect.named(dialect)
        let settings = Notebook.Settings(
            dialect: dialect, mode: interpreterMode, surroundings: surroundings, interpreterOwners: interpreterOwners,
            isEnforcing: dialect.enforcesPermissions(hasLogin: authentication.hasLogin, isAnonymousAllowed: !noAnonymous),
            recovers: recover)
        let notebook = try Notebook(
            store: NoteStore(folder: state + "/notes"), journal: journal, settings: settings,
            importing: try imports.flatMap(NoteImport.notes))
        let portFile = portFile.map(Self.absolute)
        try Self.enter(surroundings.sharedDirectory)
        try await notebook.resubmit()
        try await Server(dialect: dialect, notebook: notebook, authentication: authentication, journal: journal).run(port: port) { port in
            Self.announce(port, in: portFile)
        }
    }

    /// Tells the parent where the server listens: one line of JSON.
    private static func announce(_ port: Int, in file: String?) {
        let line = Data("{\"port\":\(port),\"pid\":\(getpid())}\n".utf8)
        do {
            if let file { try AtomicFile.write(line, to: file) }
        } catch {
            Halt.now("cannot write the port file: \(error)")
        }
        let written = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if written != line.count { Halt.now("cannot write to standard output") }
    }

    private static func folder(_ path: String) throws -> String {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw NoteStore.Failure(description: "cannot make the folder \(path): \(String(cString: strerror(errno)))")
        }
        return absolute(path)
    }

    /// The shared directory is the runner's own from here on, and so that of every interpreter it starts.
    private static func enter(_ directory: String) throws {
        guard FileManager.default.changeCurrentDirectoryPath(directory) else {
            throw NoteStore.Failure(description: "cannot enter \(directory)")
        }
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

extension InterpreterMode: ExpressibleByArgument {}

extension InterpreterOwners: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
extension Dialect.Name: ExpressibleByArgument {}
