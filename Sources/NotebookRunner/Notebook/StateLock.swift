import FoundationEssentials
import Glibc

/// Sees to it that one life of the runner at a time uses a state folder.
///
/// Interpreters hold the lock too: a runner that follows a killed one waits until the last process of the old life is gone, so that
/// no paragraph of the old life still writes while the new one runs it again.
struct StateLock: Sendable {
    private static let patience = Duration.seconds(10)
    private static let pause = Duration.milliseconds(20)

    /// Locked as long as a process has it open. Interpreters get it as their descriptor 5.
    let descriptor: Int32

    /// - Throws: Where another runner, or an interpreter that it left behind, still holds the folder after ten seconds.
    init(folder: String) async throws {
        let path = folder + "/lock"
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw NoteStore.Failure(description: "cannot open \(path): \(String(cString: strerror(errno)))") }
        descriptor = fcntl(opened, F_DUPFD_CLOEXEC, 10)
        close(opened)
        let start = ContinuousClock.now
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw NoteStore.Failure(description: "cannot lock \(path): \(String(cString: strerror(errno)))")
            }
            guard ContinuousClock.now - start < Self.patience else {
                throw NoteStore.Failure(description: "another notebook-runner uses \(folder)")
            }
            try await Task.sleep(for: Self.pause)
        }
    }
}
