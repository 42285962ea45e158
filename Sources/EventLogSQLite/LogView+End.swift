import HindsightCore
import SQLiteConnection

extension LogView {
    /// The head, once it is certain that the next event can follow it: it follows from the one before, and the last complete block is in
    /// the index. Costs the same for a log of any size.
    ///
    /// - Throws: `.damaged`, so that nothing is appended to a broken end.
    func checkedHead() throws -> LogHead {
        let head = try head()
        guard head.position > 0 else { return head }
        guard let last = try rows.event(at: head.position) else {
            throw EventLogError.damaged(position: head.position, reason: "the last event cannot be read")
        }
        try checkDigest(of: last)
        let version = try version(ofStream: number(of: last.stream) ?? 0)
        guard version == last.version else {
            throw EventLogError.damaged(
                position: head.position,
                reason: "version \(last.version) is the last of the log, and not of its stream, which has \(version)")
        }
        try checkIndex()
        return head
    }

    private func checkDigest(of last: RecordedEvent) throws {
        let previous = try connection.first("SELECT digest FROM events WHERE position = ?", .integer(last.position - 1)) { row in
            EventDigest(lent: row.lentBytes(0))
        }
        if last.position > 1, previous == nil {
            throw EventLogError.damaged(position: last.position - 1, reason: "the event before the last one is missing")
        }
        guard let digest = previous ?? .genesis, EventDigest.digest(of: last, after: digest) == last.digest else {
            throw EventLogError.damaged(
                position: last.position, reason: "the digest of the last event does not follow from the digest before and what is stored")
        }
    }

    /// The last event of the last complete block is found by its type.
    private func checkIndex() throws {
        let blocks = try indexedBlocks()
        guard blocks > 0 else { return }
        let position = Block.last(blocks - 1)
        let type = try connection.integer("SELECT type FROM events WHERE position = ?", .integer(position))
        guard let type, try postings.subset(.type, type, in: blocks - 1).contains(Int(Block.size) - 1) else {
            throw EventLogError.damaged(position: position, reason: "the index of the last complete block does not know its last event")
        }
    }
}
