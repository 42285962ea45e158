import HindsightCore
import SQLiteConnection

/// What the writer knows of the log. Good until another connection commits, or a transaction of this one comes to nothing.
final class WriterMemory {
    /// SQLite's counter of the commits of other connections, when all this was true.
    private var dataVersion: Int64?
    private(set) var names: Names
    private(set) var numbers: NameNumbers
    var head: LogHead?
    let streams = KnownStreams()
    /// The greatest event id in the log: a greater one is certainly new.
    var greatestID: EventID?
    /// The events after the last complete block, as far as they are known, from the first one on.
    var tail: IndexedEvents?
    let events: EventInsertion
    let blocks: BlockIndexing

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
        if streams.count > Self.mostStreams { streams.removeAll() }
    }

    /// Forgets everything, after a transaction that was not stored.
    func forget(_ connection: Connection) {
        dataVersion = nil
        names = Names(connection)
        numbers = NameNumbers(connection)
        head = nil
        streams.removeAll()
        greatestID = nil
        tail = nil
        events.dropWaiting()
    }
}
