import HindsightCore
import SQLiteConnection

/// What the writer knows of the log. Good until another connection commits, or a transaction of this one comes to nothing.
final class WriterMemory {
    /// SQLite's counter of the commits of other connections, when all this was true.
    private var dataVersion: Int64?
    private(set) var names: Names
    private(set) var numbers: NameNumbers
    var head: LogHead?
    var streams: [StreamName: KnownStream] = [:]
    /// The greatest event id in the log: a greater one is certainly new.
    var greatestID: EventID?
    /// The events after the last complete block, as far as they are known, from the first one on.
    var tail: [IndexedEvent]?
    /// Statements that every transaction needs.
    let events: EventInsertion
    let blocks: BlockIndexing

    /// A stream, as the last append left it.
    final class KnownStream {
        /// 0 until the stream has its first event, like all else.
        var number: Int64 = 0
        var version: StreamVersion = 0
        /// The number of its category.
        var category: Int64 = 0
        /// Its place among the streams of the append that met it last.
        var place = 0
    }

    /// So that a server that runs for months does not remember every stream it met.
    private static let mostStreams = 50_000

    init(_ connection: Connection) {
        names = Names(connection)
        numbers = NameNumbers(connection)
        events = EventInsertion(on: connection)
        blocks = BlockIndexing(on: connection)
    }

    /// Notes events that were stored.
    func met(_ events: [PreparedEvent]) {
        guard var greatest = greatestID else { return }
        for event in events where greatest < event.id { greatest = event.id }
        greatestID = greatest
    }

    /// Forgets what may not be true any more.
    func begin(on connection: Connection) throws(SQLiteError) {
        let version = try connection.integer("PRAGMA data_version")
        if version != dataVersion { forget(connection) }
        dataVersion = version
        if streams.count > Self.mostStreams { streams.removeAll(keepingCapacity: true) }
    }

    /// Forgets everything, after a transaction that was not stored.
    func forget(_ connection: Connection) {
        dataVersion = nil
        names = Names(connection)
        numbers = NameNumbers(connection)
        head = nil
        streams.removeAll(keepingCapacity: true)
        greatestID = nil
        tail = nil
        events.dropWaiting()
    }
}
