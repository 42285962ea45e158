import HindsightCore
import SQLiteConnection

/// When the writer moves its write-ahead log into the file.
///
/// Rarely, because a page that many appends changed is then moved once; and in the end against all readers, so that the log of a busy
/// server, where some reader is always at work, does not grow without bound.
final class Checkpoints {
    private let policy: CheckpointPolicy
    private let notify: @Sendable (LogNotice) -> Void
    /// After an attempt that readers held back, some pages more.
    private var nextPages: Int
    private var isHeldBack = false

    init(_ policy: CheckpointPolicy, notify: @escaping @Sendable (LogNotice) -> Void) {
        self.policy = policy
        self.notify = notify
        nextPages = policy.duePages
    }

    /// Makes a checkpoint if one is due.
    ///
    /// - Returns: Whether it failed, so that nobody knows what of it is on the disk.
    func failed(afterCommitOf connection: Connection?) -> Bool {
        guard let connection, connection.pagesInWAL >= nextPages else { return false }
        let pages = connection.pagesInWAL
        do {
            let isOverdue = pages >= policy.overduePages
            if try connection.checkpoint(isOverdue ? .restart : .passive, patience: policy.patience) {
                nextPages = policy.duePages
                isHeldBack = false
            } else {
                nextPages = pages + policy.duePages
                if isOverdue, !isHeldBack { notify(.checkpointsHeldBack(bytes: pages * LogFile.pageBytes)) }
                isHeldBack = isOverdue
            }
            return false
        } catch {
            // Nothing is lost: what was committed is in the write-ahead log, and the next attempt moves it.
            nextPages = pages + policy.duePages
            notify(.checkpointFailed(reason: "\(error)"))
            return true
        }
    }
}

/// How large the write-ahead log may grow, in pages of 8 KiB.
package struct CheckpointPolicy: Sendable {
    /// A checkpoint is made, as far as readers allow.
    package var duePages = 4_000
    /// It waits for readers, for so long each time.
    package var overduePages = 32_000
    package var patience = Duration.milliseconds(100)

    package init() {}
}
