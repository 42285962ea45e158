import HindsightCore
import SQLiteConnection

/// When the writer moves its write-ahead log into the file.
///
/// Rarely, because a page that many appends changed is then moved once; and in the end against all readers, so that the log of a busy
/// server, where some reader is always at work, does not grow without bound.
final class Checkpoints {
    /// 32 MiB with pages of 8 KiB.
    static let duePages = 4_000
    /// 256 MiB.
    private static let overduePages = 32_000
    private static let patience = Duration.milliseconds(100)

    private let notify: @Sendable (LogNotice) -> Void
    /// After an attempt that readers held back, some pages more.
    private var nextPages = duePages
    private var isHeldBack = false

    init(notify: @escaping @Sendable (LogNotice) -> Void) { self.notify = notify }

    /// Makes a checkpoint if one is due.
    ///
    /// - Returns: Whether it failed, so that nobody knows what of it is on the disk.
    func failed(afterCommitOf connection: Connection?) -> Bool {
        guard let connection, connection.pagesInWAL >= nextPages else { return false }
        let pages = connection.pagesInWAL
        do {
            let isOverdue = pages >= Self.overduePages
            if try connection.checkpoint(isOverdue ? .restart : .passive, patience: Self.patience) {
                nextPages = Self.duePages
                isHeldBack = false
            } else {
                nextPages = pages + Self.duePages
                if isOverdue, !isHeldBack { notify(.checkpointsHeldBack(bytes: pages * LogFile.pageBytes)) }
                isHeldBack = isOverdue
            }
            return false
        } catch {
            // Nothing is lost: what was committed is in the write-ahead log, and the next attempt moves it.
            nextPages = pages + Self.duePages
            notify(.checkpointFailed(reason: "\(error)"))
            return true
        }
    }
}
