import ArgumentParser
import Glibc

/// A service that acts on whatever it is sent and writes down what it did: the witness of tests of sagas.
@main
struct RecordingPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recording-peer",
        abstract: "Acts on effects sent to 127.0.0.1, writes down every act, and fails as it is told.",
        discussion: """
            Prints {"port":N,"pid":N} when it listens. Whatever it did stands in the journal before anyone is told, and a peer that follows \
            a killed one knows from the journal all that the other knew: keys, faults that are still to come, and what was set at run time.
            """)

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Option(help: "The file of what was done, one JSON object a line; made where it is missing.")
    var journal: String

    @Option(help: "What a key that came before does: honour, forget, or honour-seconds=N. At first: honour.")
    var keys: KeyPolicy?

    @Flag(inversion: .prefixedNo, help: "Whether a failure is kept for its key and answered again. At first: no.")
    var replaysFailures: Bool?

    @Option(help: "Whether it can be asked what became of a key: yes or no. At first: yes.")
    var queryable: YesOrNo?

    @Option(help: ArgumentHelp("A JSON file {\"token\"}: demand it as bearer token.", valueName: "file"))
    var credentials: String?

    @Option(help: ArgumentHelp("The file of a secret: demand bodies signed with it.", valueName: "file"))
    var signingSecret: String?

    @Flag(help: "End when standard input ends, that is, with the parent.")
    var parentPipe = false

    enum YesOrNo: String, ExpressibleByArgument { case yes, no }

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port has to be 0…65535") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        if parentPipe { Lifetime.endWithStandardInput() }
        Lifetime.endOnSignals()
        let flags = Behaviour.Change(keys: keys, replaysFailures: replaysFailures, queryable: queryable.map { $0 == .yes })
        let witness = Witness(
            try Journal(path: journal), flags: flags,
            gate: Gate(token: try credentials.map(Gate.token), secret: try signingSecret.map(Gate.secret)))
        try await Server(witness: witness).run(port: port) { port in
            let line = Array("{\"port\":\(port),\"pid\":\(getpid())}\n".utf8)
            if line.withUnsafeBytes({ write(STDOUT_FILENO, $0.baseAddress, $0.count) }) != line.count {
                Lifetime.end("cannot write to standard output")
            }
        }
    }
}
