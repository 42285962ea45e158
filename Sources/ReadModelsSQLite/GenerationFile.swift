import FoundationEssentials
import HindsightCore
import SQLiteConnection
import Synchronization

/// The rows of one generation, in a file of their own.
final class GenerationFile: Sendable {
    private let path: String
    private let writer: Mutex<Writer>
    /// Those that nobody uses.
    private let readers = Mutex<[Connection]>([])

    private struct Writer {
        let connection: Connection
        var hasLargeCache = false
    }

    private static let readersKept = 4
    /// Of the writer, in KiB. Long stretches touch rows from everywhere, short ones mostly new ones.
    private static let (largeCache, smallCache) = (262_144, 16_384)
    /// Rows of a batch from which on the stretch is a long one.
    private static let longStretch = 2_000

    private static let schema = """
        CREATE TABLE state (
            checkpoint INTEGER NOT NULL,
            revision INTEGER NOT NULL
        );
        INSERT INTO state VALUES (0, 0);
        CREATE TABLE rows (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            since INTEGER NOT NULL,
            touches INTEGER NOT NULL,
            body TEXT
        );
        CREATE TABLE touches (
            row INTEGER NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (row, position)
        ) WITHOUT ROWID;
        CREATE TABLE snapshots (
            row INTEGER NOT NULL,
            position INTEGER NOT NULL,
            body TEXT,
            PRIMARY KEY (row, position)
        ) WITHOUT ROWID;
        CREATE TABLE held (
            entry TEXT NOT NULL,
            bucket INTEGER NOT NULL,
            key TEXT NOT NULL,
            since INTEGER NOT NULL,
            row INTEGER NOT NULL,
            PRIMARY KEY (entry, bucket, key)
        ) WITHOUT ROWID;
        CREATE TABLE ended (
            entry TEXT NOT NULL,
            level INTEGER NOT NULL,
            slot INTEGER NOT NULL,
            key TEXT NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER NOT NULL,
            row INTEGER NOT NULL,
            PRIMARY KEY (entry, level, slot, key, since)
        ) WITHOUT ROWID;
        CREATE TABLE failures (
            stream TEXT PRIMARY KEY,
            position INTEGER NOT NULL,
            type TEXT NOT NULL,
            error TEXT NOT NULL,
            attempts INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE parked (
            stream TEXT NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (stream, position)
        ) WITHOUT ROWID;
        PRAGMA user_version = 1;
        """

    private static func path(_ directory: String, _ number: Int) -> String { "\(directory)/generation-\(number).sqlite" }

    /// Makes the file of a new generation.
    static func make(directory: String, number: Int) throws {
        let connection = try Connection(path: path(directory, number), mode: .create)
        // Until something is stored in it there is nothing to lose.
        try connection.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; BEGIN;" + schema + "COMMIT")
    }

    /// Of the generation to which a file belongs; `nil` for other files.
    static func number(of name: String) -> Int? {
        guard name.hasPrefix("generation-") else { return nil }
        return Int(name.dropFirst("generation-".count).prefix { $0 != "." })
    }

    static func remove(directory: String, number: Int) throws {
        for suffix in ["", "-wal", "-shm"] {
            let path = path(directory, number) + suffix
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        }
    }

    /// - Throws: `ReadModelError.overtaken` if the file is gone, or not there yet.
    init(directory: String, number: Int) throws {
        path = Self.path(directory, number)
        guard FileManager.default.fileExists(atPath: path) else { throw ReadModelError.overtaken }
        let connection = try Connection(path: path, mode: .readWrite)
        guard try connection.integer("PRAGMA user_version") == 1 else { throw ReadModelError.overtaken }
        // After a power loss the last commits may be missing, together with their checkpoint: they are folded again.
        try connection.execute(
            """
            PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -\(Self.smallCache)
            """)
        writer = Mutex(Writer(connection: connection))
    }

    /// - Parameter rows: How many are written.
    func write<Result: Sendable>(rows: Int, _ body: (Connection) throws -> Result) throws -> Result {
        try writer.withLock { writer in
            if writer.hasLargeCache != (rows >= Self.longStretch) {
                writer.hasLargeCache.toggle()
                try writer.connection.execute("PRAGMA cache_size = -\(writer.hasLargeCache ? Self.largeCache : Self.smallCache)")
            }
            return try writer.connection.transaction(.immediate) { try body(writer.connection) }
        }
    }

    /// Runs `body` on one unchanging view of the file.
    func read<Result>(_ body: (Connection) throws -> Result) throws -> Result {
        let connection: Connection
        do {
            connection = try readers.withLock { $0.popLast() } ?? Connection(path: path, mode: .readOnly)
        } catch {
            throw FileManager.default.fileExists(atPath: path) ? error : ReadModelError.overtaken
        }
        let result = try connection.transaction(.deferred) { try body(connection) }
        readers.withLock { readers in if readers.count < Self.readersKept { readers.append(connection) } }
        return result
    }

    /// Moves the journal into the file, as far as no reader is in the way.
    func tidy() throws {
        _ = try writer.withLock { try $0.connection.checkpoint(.truncate) }
    }

    func checkpoint() throws -> Checkpoint { try read { try Self.state($0) } }

    static func state(_ connection: Connection) throws -> Checkpoint {
        let state = try connection.first("SELECT checkpoint, revision FROM state") {
            Checkpoint(position: $0.integer(0), revision: $0.integer(1))
        }
        guard let state else { throw ReadModelError.damaged(reason: "a generation has no checkpoint") }
        return state
    }
}
