import EventLogSQLite
package import HindsightCore

/// The numbers of a log, for people and programs.
package struct LogSummary: Sendable, Equatable, Encodable {
    package struct Count: Sendable, Equatable, Encodable {
        package let name: String
        package let events: Int64
    }

    package struct Rates: Sendable, Equatable, Encodable {
        package let lastMinute: Double
        package let lastHour: Double
        package let lastDay: Double
    }

    package struct LeaseHolder: Sendable, Equatable, Encodable {
        package let lease: String
        package let holder: String
        package let epoch: Int64
        package let expiresAt: Timestamp
    }

    package let folder: String
    package let engine: String
    package let format: Int
    package let head: Position
    package let events: Int64
    package let streams: Int
    package let digest: String
    package let firstRecordedAt: Timestamp?
    /// Of the last event.
    package let recordedAt: Timestamp?
    package let fileBytes: Int64
    package let walBytes: Int64
    package let freeBytes: Int64
    package let bytesPerEvent: Int64?
    /// Over the minute, hour and day of recorded time before the last event.
    package let eventsPerSecond: Rates
    package let categories: [Count]?
    package let types: [Count]?
    package let leases: [LeaseHolder]

    static let engine = "sqlite"

    init(_ info: LogInfo, folder: String) {
        self.folder = folder
        engine = Self.engine
        format = info.format
        head = info.head.position
        events = info.head.position
        streams = info.streams
        digest = info.head.digest.hexadecimal
        firstRecordedAt = info.firstRecordedAt
        recordedAt = info.head.recordedAt
        (fileBytes, walBytes, freeBytes) = (info.fileBytes, info.walBytes, info.freeBytes)
        bytesPerEvent = info.head.position > 0 ? info.usedBytes / info.head.position : nil
        eventsPerSecond = Rates(
            lastMinute: Double(info.lastMinute) / 60, lastHour: Double(info.lastHour) / 3_600, lastDay: Double(info.lastDay) / 86_400)
        categories = info.byCategory?.map { Count(name: $0.name, events: $0.events) }
        types = info.byType?.map { Count(name: $0.name, events: $0.events) }
        leases = info.leases.map { LeaseHolder(lease: $0.name, holder: $0.holder, epoch: $0.epoch, expiresAt: $0.expiresAt) }
    }
}
