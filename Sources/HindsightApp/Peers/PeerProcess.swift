import Foundation
import Synchronization

/// A peer run as a process of its own on a free port of the loopback; it ends when this process does, however that happens.
package final class PeerProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private struct Announcement: Decodable { let port: Int }

    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    private let process: Process
    /// Held open: its end is the peer's.
    private let leash: Pipe
    private let exits: AsyncStream<Void>

    /// A peer that followed a killed one waits for its predecessor's lock at most this long.
    private static let patience = Duration.seconds(20)

    /// Starts the program and returns once it listens.
    ///
    /// - Parameters:
    ///   - folder: Where the program lies: beside this one.
    ///   - complaints: The file that gets what it says on standard error.
    /// - Throws: ``Failure`` with the last of its complaints.
    package static func start(
        _ program: String, from folder: String, arguments: [String], complaints: String
    ) async throws -> PeerProcess {
        let path = "\(folder)/\(program)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(description: "\(path) is missing: the peers lie beside the hindsight program (`swift build` makes all of them)")
        }
        let start = ContinuousClock.now
        while true {
            do {
                return try await PeerProcess(path, arguments: arguments, complaints: complaints)
            } catch let failure as Failure {
                // The peer of a process that was just killed may still hold the folder: it is about to end.
                guard ContinuousClock.now - start < patience else { throw failure }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private init(_ path: String, arguments: [String], complaints: String) async throws {
        guard FileManager.default.createFile(atPath: complaints, contents: nil), let errors = FileHandle(forWritingAtPath: complaints)
        else {
            throw Failure(description: "\(complaints) cannot be written")
        }
        process = Process()
        leash = Pipe()
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments + ["--parent-pipe"]
        process.standardInput = leash
        process.standardOutput = output
        process.standardError = errors
        let (exits, continuation) = AsyncStream<Void>.makeStream()
        self.exits = exits
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        let line = await Self.firstLine(of: output)
        guard !line.isEmpty else {
            let said = String(decoding: FileManager.default.contents(atPath: complaints) ?? Data(), as: UTF8.self)
            throw Failure(description: "\(path) did not start: \(said.split(separator: "\n").last ?? "it said nothing")")
        }
        do {
            port = try JSONDecoder().decode(Announcement.self, from: line).port
        } catch {
            throw Failure(description: "\(path) announced no port")
        }
    }

    /// Reads on a thread of its own, because it may have to wait.
    private static func firstLine(of pipe: Pipe) async -> Data {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var line = Data()
                while !line.contains(UInt8(ascii: "\n")), case let more = pipe.fileHandleForReading.availableData, !more.isEmpty {
                    line += more
                }
                continuation.resume(returning: line)
            }
        }
    }

    /// Lets the peer end, and returns when it has.
    package func stop() async throws {
        try leash.fileHandleForWriting.close()
        for await _ in exits {}
    }
}
