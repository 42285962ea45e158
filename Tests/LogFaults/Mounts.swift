import FoundationEssentials
import Glibc
import HindsightTesting

/// File systems of a test's own, which only the processes started in them see.
package enum Mounts {
    /// Whether this user may mount file systems: root may, outside of most containers.
    package static let arePossible = ChildProcess.succeeds("unshare", ["-m", "true"])

    /// Fills a disk of 3 MiB with a log, makes room when it is full, and goes on.
    ///
    /// - Parameter copy: The folder that the log is in afterwards.
    package static func fillSmallDisk(copyingTo copy: String) throws -> Account {
        let script = """
            mount -t tmpfs -o size=3m tmpfs "$1" && head -c 1000000 /dev/zero > "$1/ballast" && "$2" fill "$1/log" "$1/ballast"
            code=$?; cp -a "$1/log" "$3" && exit $code
            """
        return try run(script, "\(copy)-disk", TortureRun.program, copy)
    }

    /// Appends to the log of a folder on a disk that can only be read.
    package static func appendOnReadOnlyDisk(_ folder: String) throws -> Account {
        let script = """
            mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" append "$1" batches=1 attempts=1
            """
        return try run(script, folder, TortureRun.program)
    }

    private static func run(_ script: String, _ mountPoint: String, _ arguments: String...) throws -> Account {
        try FileManager.default.createDirectory(atPath: mountPoint, withIntermediateDirectories: true)
        let child = try ChildProcess("unshare", ["-m", "sh", "-c", script, "sh", mountPoint] + arguments)
        let account = try Account(child.remainingLines())
        let end = child.waitForEnd()
        try expect(end == .exited(0) && account.isDone, "the process ended with \(end)")
        return account
    }
}
