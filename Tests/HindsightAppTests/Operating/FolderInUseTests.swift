import EventLogSQLite
import Foundation
import HindsightApp
import HindsightCore
import HindsightTesting
import Testing

@Suite("A folder in use") struct FolderInUseTests {
    private func refusal(holdingLock holder: String?) async throws -> String {
        let folder = try CommandLineFolder()
        let path = folder.url.appending(path: "log").path
        let lock = try holder.map { try FolderLock.acquire(folder: path, holder: $0) }
        let application = try Application.open(LogLocation(flag: path, environment: [:]), for: .writing)
        _ = try await application.log.acquireLeases(["worker/1"], holder: "1", for: .seconds(60), supersedes: false)
        var refusal = ""
        do {
            _ = try await application.lock(for: "hindsight audience run")
        } catch {
            refusal = "\(error)"
        }
        await application.close()
        withExtendedLifetime(lock) {}
        return refusal
    }

    @Test("Work beside a server is refused by the server's name, though it holds a worker's lease as well") func server() async throws {
        let refusal = try await refusal(holdingLock: "hindsight serve")
        #expect(refusal.contains("is in use by hindsight serve (process \(getpid()))"), "\(refusal)")
    }

    @Test("Work beside a further worker alone is refused by that") func worker() async throws {
        #expect(try await refusal(holdingLock: nil).contains("`hindsight work` is at work on"))
    }
}
