import Foundation

/// A process that measures one thing and prints what it found.
struct ChildProcess {
    let program: String
    let arguments: [String]

    /// Runs it to its end.
    func samples() throws -> [Sample] {
        try printed().split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Sample.self, from: $0) }
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
