import Foundation
import HindsightTesting
import LogFaults

/// Other programs, run by a shell in a test's folder.
enum Shell {
    struct Outcome: Sendable {
        let code: Int32
        let output: String
        let errors: String
    }

    /// Runs the script to its end, on a thread of its own.
    static func run(_ script: String, in folder: TestFolder) async throws -> Outcome {
        let name = UUID().uuidString
        let (code, output) = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<(Int32, String), any Error>) in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let child = try ChildProcess("/bin/sh", ["-c", "cd '\(folder.path)' && { \(script)\n} 2>'\(name)'"])
                        child.closeInput()
                        let lines = try child.remainingLines()
                        guard case .exited(let code) = child.waitForEnd() else { return (-1, lines.joined(separator: "\n")) }
                        return (code, lines.joined(separator: "\n"))
                    })
            }
        }
        return Outcome(code: code, output: output, errors: try folder.text(of: name))
    }
}
