import Foundation
import Testing

/// The built `hindsight`, run as a process in a folder of its own.
struct CommandLineFolder: ~Copyable {
    struct Result: Sendable {
        let code: Int32
        let output: String
        let errors: String

        /// Lines of standard output.
        var lines: [String] { output.split(separator: "\n").map(String.init) }
        /// Whether standard error holds exactly one line, as everything that goes wrong should.
        var isOneLineOfError: Bool { errors.hasSuffix("\n") && errors.split(separator: "\n", omittingEmptySubsequences: false).count == 2 }
    }

    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "hindsight-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A folder that stays behind harms nobody, and a failing test wants to be read, not hidden by this.
        _ = Swift.Result { try FileManager.default.removeItem(at: url) }
    }

    static let program = Bundle.main.bundleURL.appending(path: "hindsight")

    /// Runs `hindsight` to its end.
    func hindsight(_ arguments: String..., input: String = "", environment: [String: String] = [:]) async throws -> Result {
        try await run(Self.program, arguments, input: input, environment: environment)
    }

    /// Runs a shell script in which `$HINDSIGHT` is the program.
    func shell(_ script: String, input: String = "") async throws -> Result {
        try await run(URL(filePath: "/bin/sh"), ["-c", script], input: input, environment: ["HINDSIGHT": Self.program.path])
    }

    private func run(_ program: URL, _ arguments: [String], input: String, environment: [String: String]) async throws -> Result {
        let process = RunningCommand(program, arguments, in: url, environment: environment)
        try process.start()
        process.send(input)
        process.endInput()
        async let output = process.rest()
        async let errors = process.errors()
        let (said, complained) = await (output, errors)
        return Result(code: await process.end(), output: said, errors: complained)
    }

    /// Starts `hindsight` and leaves it running.
    func start(_ arguments: String...) throws -> RunningCommand {
        let command = RunningCommand(Self.program, arguments, in: url, environment: [:])
        try command.start()
        return command
    }
}

/// A process under way. Blocking calls run on threads of their own.
final class RunningCommand: Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let error = Pipe()
    private let exits: AsyncStream<Int32>

    init(_ program: URL, _ arguments: [String], in folder: URL, environment: [String: String]) {
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var inherited = ProcessInfo.processInfo.environment
        inherited["HINDSIGHT_LOG"] = nil
        process.environment = inherited.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = error
        let (exits, continuation) = AsyncStream<Int32>.makeStream()
        self.exits = exits
        process.terminationHandler = {
            continuation.yield($0.terminationReason == .uncaughtSignal ? 128 + $0.terminationStatus : $0.terminationStatus)
            continuation.finish()
        }
    }

    func start() throws {
        // Writing to a process that was killed is an error to look at, and not the end of the test run.
        Foundation.signal(SIGPIPE, SIG_IGN)
        try process.run()
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Writes to its standard input, on a thread of its own; a process that has gone takes nothing.
    func send(_ text: String) {
        let file = input.fileHandleForWriting
        writes.async { _ = Result { try file.write(contentsOf: Data(text.utf8)) } }
    }

    func endInput() {
        let file = input.fileHandleForWriting
        writes.async { _ = Result { try file.close() } }
    }

    private let writes = DispatchQueue(label: "input")

    /// What it prints next; empty at the end.
    func nextOutput() async -> String { await onThread { String(decoding: self.output.fileHandleForReading.availableData, as: UTF8.self) } }

    /// Everything that it still prints.
    func rest() async -> String {
        await onThread { String(decoding: self.output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
    }

    func errors() async -> String {
        await onThread { String(decoding: self.error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
    }

    /// Its exit code, as a shell says it.
    func end() async -> Int32 {
        var codes = exits.makeAsyncIterator()
        return await codes.next() ?? -1
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}
