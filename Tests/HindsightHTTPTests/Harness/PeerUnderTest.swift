import Foundation
import HindsightCore
import HindsightTesting
import LogFaults

/// A peer of the engine, run as a process of its own: what witnesses that things were really done.
final class PeerUnderTest {
    private struct Announcement: Decodable { let port: Int }

    /// Its state, with its journal.
    let folder: TestFolder
    let address: String
    private let child: ChildProcess

    init(_ program: String, _ arguments: [String]) throws {
        folder = try TestFolder()
        child = try ChildProcess(
            Bundle.main.bundleURL.appending(path: program).path, ["--state", folder.path, "--parent-pipe"] + arguments)
        guard let line = try child.nextLine() else { throw ServerProcess.Failure(description: "\(program) did not start") }
        address = "http://127.0.0.1:\(try JSONDecoder().decode(Announcement.self, from: Data(line.utf8)).port)"
    }

    deinit { stop() }

    func stop() {
        child.kill()
        child.waitForEnd()
    }
}

extension ServerProcess {
    /// Asks until the answer is as it should become, since what follows from an act takes its time.
    func eventually(
        _ path: String, within patience: Duration = .seconds(60), _ isAsExpected: (JSONValue) -> Bool
    ) async throws -> JSONValue {
        let end = ContinuousClock.now + patience
        while true {
            let answer = try await get(path).json
            if isAsExpected(answer) { return answer }
            guard ContinuousClock.now < end else { throw Failure(description: "\(path) did not become as expected: \(answer)") }
            await Task.yield()
        }
    }

    /// How much of its memory is in RAM.
    func residentKilobytes() throws -> Int {
        let status = try String(contentsOf: URL(filePath: "/proc/\(process)/status"), encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
    }
}
