import Foundation
import HindsightCore

/// A run of `log-torturer`, a process that appends to a log and says what was acknowledged.
final class Torturer {
    private let process = Process()
    private let output = Pipe()

    init(_ arguments: String...) throws {
        // Beside the test program, where every product of the package is built.
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent("log-torturer")
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        try output.fileHandleForWriting.close()
    }

    /// Waits for `count` lines, does `body`, then kills the process; gives all that it has said.
    func linesUntilKilled(after count: Int, _ body: () throws -> Void = {}) throws -> [String] {
        var said: [UInt8] = []
        while said.count(where: { $0 == UInt8(ascii: "\n") }) < count {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { break }
            said += bytes
        }
        do {
            defer { kill(process.processIdentifier, SIGKILL) }
            try body()
        }
        said += try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        // A line that was cut off is nothing that was acknowledged to anyone.
        return said.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// Everything it says until it ends by itself.
    func lines() throws -> [String] {
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return said.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// The batches that a torturer says were acknowledged, with the number of their events.
func acknowledged(_ lines: [String]) -> [String: Int] {
    var batches: [String: Int] = [:]
    for line in lines {
        let words = line.split(separator: " ")
        if words.count == 3, words[0] == "ack" { batches[String(words[1])] = Int(words[2]) }
    }
    return batches
}

/// The batches of torturers in a log: positions in the order of their events, and the size that each was sent with.
func storedBatches(in log: some EventLog) async throws -> [String: (positions: [Position], size: Int)] {
    var batches: [String: (positions: [Position], size: Int)] = [:]
    for try await event in log.events(EventSelection(EventFilter(types: ["torture.happened"]))) {
        guard let content = try event.data?.decoded(as: TortureContent.self) else { continue }
        batches[content.batch, default: ([], content.size)].positions.append(event.position)
    }
    return batches
}

private struct TortureContent: Decodable {
    let batch: String
    let index: Int
    let size: Int
}
