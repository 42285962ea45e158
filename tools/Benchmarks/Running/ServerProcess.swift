import Foundation
import Glibc
import Synchronization

/// `hindsight serve` on a log, as a child process; one at a time.
final class ServerProcess {
    let port: Int
    var identifier: Int32 { process.processIdentifier }
    private let process: Process
    /// What it says on standard error.
    private let notes: String

    /// The one line that it prints into a pipe.
    private struct Announcement: Decodable { let port: Int }

    /// Returns once the server takes connections.
    ///
    /// - Parameter notes: The file for what it says on standard error.
    init(program: String, log: String, notes: String) throws {
        self.notes = notes
        try Data().write(to: URL(fileURLWithPath: notes))
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["serve", "--log", log, "--listen", "127.0.0.1:0"]
        // The settings of whoever runs the benchmark are not those that are measured.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HINDSIGHT_") }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: notes))
        process.standardInput = FileHandle.nullDevice
        ChildToStop.stopOnSignals()
        try process.run()
        ChildToStop.identifier.store(process.processIdentifier, ordering: .relaxed)
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw BenchmarkFailure("hindsight serve does not start: \(Self.end(of: notes))") }
            line += more
        }
        port = try JSONDecoder().decode(Announcement.self, from: line).port
    }

    func residentMemory() throws -> Int { try Machine.residentMemory(of: identifier) }

    /// Lets it finish, and insists that it ends well.
    func stop() throws {
        process.terminate()
        process.waitUntilExit()
        ChildToStop.identifier.store(0, ordering: .relaxed)
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw BenchmarkFailure("hindsight serve ended with \(process.terminationStatus): \(Self.end(of: notes))")
        }
    }

    private static func end(of notes: String) -> String {
        guard let text = try? String(contentsOfFile: notes, encoding: .utf8) else { return "\(notes) cannot be read" }
        return text.split(separator: "\n").suffix(5).joined(separator: "\n")
    }
}

/// The server that would outlive this program when somebody interrupts it.
private enum ChildToStop {
    static let identifier = Atomic<Int32>(0)

    static func stopOnSignals() {
        for number in [SIGINT, SIGTERM] {
            // Only what a signal handler may do.
            signal(number) { number in
                let identifier = ChildToStop.identifier.load(ordering: .relaxed)
                if identifier > 0 { kill(identifier, SIGTERM) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
