import Foundation

/// A process that measures one thing and prints what it found.
struct ChildProcess {
    let program: String
    let arguments: [String]

    /// Runs it to its end.
    func samples() throws -> [Sample] {
        try printed().split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Sample.self, from: $0) }
    }

    /// Runs it to its end under strace, and counts how often it has the disk flush what it wrote.
    ///
    /// - Returns: `nil` without strace.
    func flushes(in folder: WorkFolder) throws -> Int? {
        guard let strace = Program.installed("strace") else { return nil }
        // Stopping at these calls alone, so that the others take as long as ever.
        let options = ["-f", "--seccomp-bpf", "-c", "-e", "trace=fsync,fdatasync", "-o", folder.entry("counted")]
        _ = try ChildProcess(program: strace, arguments: options + [program] + arguments).printed()
        // Per cent, seconds, microseconds a call, calls, perhaps errors, name.
        let rows = try String(contentsOfFile: folder.entry("counted"), encoding: .utf8).split(separator: "\n")
        try folder.remove("counted")
        return rows.map { $0.split(separator: " ") }.filter { $0.last?.hasSuffix("sync") == true }.compactMap { Int($0[3]) }.reduce(0, +)
    }

    /// What it prints to its end; what it says on standard error goes to ours.
    func printed() throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw BenchmarkFailure("\(URL(fileURLWithPath: program).lastPathComponent) failed with \(process.terminationStatus)")
        }
        return printed
    }
}
