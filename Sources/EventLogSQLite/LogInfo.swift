package import HindsightCore
import Glibc
import SQLiteConnection

/// What there is to know about a log without reading all of it.
package struct LogInfo: Sendable, Equatable {
    package struct Count: Sendable, Equatable {
        package let name: String
        package let events: Int64
    }

    package let head: LogHead
    package let format: Int
    package let streams: Int
    /// `nil` for an empty log.
    package let firstRecordedAt: Timestamp?
    /// Of `events.sqlite`.
    package let fileBytes: Int64
    /// Of the write-ahead log beside it: what is not yet in the file.
    package let walBytes: Int64
    /// Taken by events and their indexes, in the file or the write-ahead log.
    package let usedBytes: Int64
    /// Inside the file, for what comes next.
    package let freeBytes: Int64
    /// The most first. `nil` in a log of a format that has no index of them.
    package let byCategory: [Count]?
    package let byType: [Count]?
    /// Events of the last minute, hour and day of recorded time, up to the last event.
    package let lastMinute: Int64
    package let lastHour: Int64
    package let lastDay: Int64
    /// Those that somebody holds.
    package let leases: [Lease]
}

extension SQLiteEventLog {
    /// Costs the index of the log, about 4 bytes for each event, and none of the events.
    package func info() async throws(EventLogError) -> LogInfo {
        try readers.read { log in try log.info(of: file) }
    }
}

extension LogView {
    fileprivate func info(of file: LogFile) throws -> LogInfo {
        let head = try head()
        func events(within duration: Duration) throws -> Int64 {
            guard let last = head.recordedAt else { return 0 }
            return head.position - (try lastPosition(recordedBy: last.advanced(by: .zero - duration)))
        }
        let pageBytes = try connection.integer("PRAGMA page_size") ?? 0
        let (pages, freePages) = (try connection.integer("PRAGMA page_count") ?? 0, try connection.integer("PRAGMA freelist_count") ?? 0)
        let isIndexed = format >= LogFile.firstFormatWithPostings
        return LogInfo(
            head: head, format: Int(format), streams: try streamCount(),
            firstRecordedAt: try connection.integer("SELECT recorded_at FROM events ORDER BY position LIMIT 1")
                .map(Timestamp.init(microsecondsSince1970:)),
            fileBytes: fileBytes(file.path), walBytes: fileBytes(file.path + "-wal"),
            usedBytes: (pages - freePages) * pageBytes, freeBytes: freePages * pageBytes,
            byCategory: isIndexed ? try counts(.category) { $0.category.description } : nil,
            byType: isIndexed ? try counts(.type) { $0.type.description } : nil, lastMinute: try events(within: .seconds(60)),
            lastHour: try events(within: .hours(1)), lastDay: try events(within: .days(1)), leases: try leases())
    }

    /// From the index of the complete blocks, and the events after them.
    private func counts(_ kind: PostingKind, _ property: ((type: EventType, category: Category, tags: [Tag])) -> String) throws -> [LogInfo
        .Count]
    {
        var counts: [String: Int64] = [:]
        let sql = """
            SELECT names.name, sum(length(offsets)) / 2 FROM postings JOIN \(kind.names.rawValue) AS names USING (number)
            WHERE kind = ? GROUP BY number
            """
        try connection.statement(sql).forEach([.integer(kind.rawValue)]) { row in
            counts[row.text(0)] = row.integer(1)
            return true
        }
        let (first, last) = (Block.first(try indexedBlocks()), try headPosition())
        if first <= last {
            for event in try indexedProperties(in: first...last) { counts[property(event), default: 0] += 1 }
        }
        return counts.map { LogInfo.Count(name: $0.key, events: $0.value) }.sorted { ($1.events, $0.name) < ($0.events, $1.name) }
    }

    func leases() throws -> [Lease] {
        var leases: [Lease] = []
        let sql = "SELECT name, holder, epoch, expires_at FROM leases WHERE holder IS NOT NULL ORDER BY name"
        try connection.statement(sql).forEach([]) { row in
            leases.append(
                Lease(
                    name: row.text(0), holder: row.text(1), epoch: row.integer(2),
                    expiresAt: Timestamp(microsecondsSince1970: row.integer(3))))
            return true
        }
        return leases
    }

    private func fileBytes(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
