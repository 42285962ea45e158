import FoundationEssentials
import Glibc
package import HindsightTesting

/// Runs of `log-torturer`, a program that lies beside this one and can be killed.
package enum TortureRun {
    /// Beside the program that runs, where every product of the package is built.
    package static let program: String = {
        let own: String
        do {
            own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        } catch {
            preconditionFailure("/proc says where this program lies: \(error)")
        }
        return own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex) + "log-torturer"
    }()

    /// Starts one beside this process.
    package static func start(_ arguments: String...) throws -> ChildProcess { try ChildProcess(program, arguments) }

    /// Starts one that appends.
    package static func start(_ workload: Workload, in folder: String) throws -> ChildProcess {
        try ChildProcess(program, ["append", folder] + workload.arguments)
    }

    /// Lets one append until it has said `count` lines, and kills it then.
    package static func killed(after count: Int, _ workload: Workload, in folder: String) throws -> Account {
        let child = try start(workload, in: folder)
        var account = try Account()
        for _ in 0..<count {
            guard let line = try child.nextLine() else { break }
            try account.read(line)
        }
        child.kill()
        for line in try child.remainingLines() { try account.read(line) }
        child.waitForEnd()
        return account
    }

    /// Lets one append with an injected fault, until it ends or is killed by it.
    package static func run(
        _ workload: Workload, in folder: String, injecting injection: Strace.Injection
    ) throws -> (account: Account, end: ChildProcess.End) {
        let command = [program, "append", folder] + workload.arguments
        let child = try ChildProcess("strace", Strace.arguments(injecting: injection, into: command))
        let account = try Account(child.remainingLines())
        return (account, child.waitForEnd())
    }
}

/// Runs `body` with the path of a folder that does not exist yet, and removes it afterwards.
///
/// - Parameter parent: Where; the folder for temporary files, unless a file system of another kind is wanted.
package func withScratchFolder<Result>(in parent: String? = nil, _ body: (String) async throws -> Result) async throws -> Result {
    let parent = (parent ?? FileManager.default.temporaryDirectory.path) + "/hindsight-fault-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    let outcome: Swift.Result<Result, any Error>
    do { outcome = .success(try await body("\(parent)/log")) } catch { outcome = .failure(error) }
    try FileManager.default.removeItem(atPath: parent)
    return try outcome.get()
}
