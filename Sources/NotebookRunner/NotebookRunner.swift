import ArgumentParser
import FoundationEssentials
import Glibc

/// A small stand-alone notebook server that speaks Apache Zeppelin's REST contract on loopback and runs paragraphs for real.
@main
struct NotebookRunner: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notebook-runner",
        abstract: "Speaks Apache Zeppelin \(Dialect.version)'s REST contract on 127.0.0.1 and runs %sh, %python and %sql paragraphs.")

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Option(help: "The folder of notes and of journal.ndjson; made where it is missing.")
    var state: String

    @Option(help: "The directory that paragraphs run in, the state folder's `shared` unless given.")
    var shared: String?

    @Option(help: "The SQLite database that %sql reads.")
    var database: String?

    @Option(help: "A JSON file with `userName` and `password`; with it a login is asked for.")
    var credentials: String?

    @Option(help: "Seconds after which a session expires.")
    var sessionSeconds = 86_400

    @Option(name: .customLong("import"), help: "A JSON file with one note or several, taken in where their ids are new. May be repeated.")
    var imports: [String] = []

    @Option(help: "Whether notes share interpreter processes: shared or isolated.")
    var interpreterMode = InterpreterMode.shared

    @Option(help: "A file that gets the line with port and process id, too.")
    var portFile: String?

    @Flag(help: "End when standard input ends, that is, with the parent.")
    var parentPipe = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port has to be 0…65535") }
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
        let credentials = try credentials.map(Authentication.Credentials.read)
        let journal = try Journal(path: state + "/journal.ndjson")
        let notebook = try Notebook(
            store: NoteStore(folder: state + "/notes"), journal: journal, mode: interpreterMode, surroundings: surroundings,
            importing: try imports.flatMap(NoteImport.notes))
        let authentication = Authentication(credentials: credentials, lifetime: .seconds(sessionSeconds))
        let portFile = portFile.map(Self.absolute)
        try Self.enter(surroundings.sharedDirectory)
        try await Server(notebook: notebook, authentication: authentication, journal: journal).run(port: port) { port in
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
