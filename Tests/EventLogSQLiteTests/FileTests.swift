import EventLogSQLite
import Foundation
import HindsightCore
import HindsightTesting
import SQLiteConnection
import Testing

@Suite("SQLite event log, as a file") struct FileTests {
    @Test("Opening it again finds everything as it was") func reopens() async throws {
        try await withTemporaryFolder { folder in
            let clock = AdjustableClock(at: .testStart)
            let log = try SQLiteEventLog.open(folder: folder, clock: clock)
            try await log.appendSample()
            let lease = try #require(try await log.acquireLease("saga", holder: "one", for: .seconds(10), supersedes: false))
            let (events, head) = (try await log.read(EventSelection()), try await log.head())
            await log.close()

            let reopened = try SQLiteEventLog.open(folder: folder, clock: clock)
            #expect(try await reopened.read(EventSelection()) == events)
            #expect(try await reopened.head() == head)
            #expect(try await reopened.streamCount() == 2)
            #expect(try await reopened.acquireLease("saga", holder: "one", for: .seconds(10), supersedes: false) == lease)
            #expect(try await ChainVerifier.verify(reopened).verified)
            await reopened.close()
        }
    }

    @Test(
        "Once it is closed, nobody waits for its events any more: not who has waited, and not who comes", .timeLimit(.minutes(1)))
    func endsWaits() async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
            try await log.appendSample()
            let head = try await log.head().position
            @Sendable func expectRefusal() async {
                await #expect(throws: EventLogError.unavailable(reason: "the log is closed")) { try await log.waitForEvents(after: head) }
            }
            await withTaskGroup { group in
                for _ in 0..<3 { group.addTask { await expectRefusal() } }
                await log.close()
                group.addTask { await expectRefusal() }
            }
        }
    }

    @Test("The file has format 3, pages of 8 KiB and a write-ahead log") func hasFormat() async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
            let raw = try rawConnection(folder)
            #expect(try raw.integer("PRAGMA user_version") == 3)
            #expect(try raw.integer("PRAGMA page_size") == 8_192)
            #expect(try raw.first("PRAGMA journal_mode") { $0.text(0) } == "wal")
            raw.close()
            await log.close()
        }
    }

    @Test(
        "The database itself refuses to change what is written",
        arguments: [
            "UPDATE events SET metadata = '{}' WHERE position = 1", "UPDATE events SET data = '{}' WHERE position = 1",
            "UPDATE events SET data = NULL WHERE position = 1", "UPDATE events SET salt = NULL WHERE position = 1",
            "UPDATE events SET data = NULL, salt = NULL, recorded_at = 0 WHERE position = 1",
            "UPDATE events SET position = 9 WHERE position = 3",
            "DELETE FROM events WHERE position = 3", "DELETE FROM events", "UPDATE streams SET name = 'room-x'", "DELETE FROM streams",
            "UPDATE types SET name = 'x'", "DELETE FROM types", "UPDATE tags SET name = 'x:1'", "DELETE FROM tags",
            "UPDATE categories SET name = 'x'", "DELETE FROM categories", "UPDATE postings SET number = 2 WHERE number = 1",
            "DELETE FROM postings",
            "INSERT OR REPLACE INTO streams VALUES (1, 'room-x')", "INSERT OR REPLACE INTO types VALUES (9, 'check.opened')",
            "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1",
            "REPLACE INTO postings SELECT * FROM postings LIMIT 1", "DELETE FROM leases", "UPDATE leases SET epoch = epoch - 1",
        ])
    func refusesChanges(sql: String) async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder, events: 1_030)
            let raw = try rawConnection(folder)
            defer { raw.close() }
            #expect(throws: SQLiteError.self) { try raw.execute(sql) }
        }
    }

    @Test(
        "The connection that writes, which passes by the file's triggers, may not change, delete or repeat what is written either",
        arguments: [
            "UPDATE events SET type = 2 WHERE position = 1", "UPDATE events SET data = '{}' WHERE position = 2",
            "DELETE FROM events WHERE position = 5", "DELETE FROM events",
            "INSERT OR FAIL INTO events SELECT * FROM events WHERE position = 5",
            "UPDATE streams SET name = 'hall-2' WHERE number = 1", "DELETE FROM streams",
            "INSERT OR FAIL INTO streams (number, name) VALUES (9, 'hall-1')", "UPDATE types SET name = 'check.torn'", "DELETE FROM types",
            "UPDATE categories SET name = 'attic'", "DELETE FROM categories", "UPDATE tags SET name = 'of:2'", "DELETE FROM tags",
            "UPDATE postings SET offsets = x''", "DELETE FROM postings",
            "INSERT OR FAIL INTO postings SELECT * FROM postings", "DELETE FROM leases", "UPDATE leases SET epoch = 0",
        ])
    func guardsAgainstItself(sql: String) async throws {
        try await withTemporaryFolder { folder in
            // More than a block, so that the index has rows.
            try await makeSample(in: folder, events: 1_100)
            let connection = try LogFile(folder: folder).openWriter()
            defer { connection.close() }
            #expect(throws: SQLiteError.self) { try connection.execute(sql) }
        }
    }

    @Test("Not even a REPLACE that brings a known id and version to a new position deletes an event") func outlivesReplace() async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            let raw = try rawConnection(folder)
            defer { raw.close() }
            try raw.execute(
                """
                INSERT OR REPLACE INTO events SELECT 6, stream, version, type, schema_version, id, recorded_at, occurred_at, tags, metadata,
                    encoding, commitment, digest, salt, data FROM events WHERE position = 1
                """)
            #expect(try raw.integer("SELECT count(*) FROM events WHERE position <= 5") == 5)
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart), mode: .readOnly)
            #expect(try await ChainVerifier.verify(log).badPosition == 6)
            await log.close()
        }
    }

    @Test("The database lets data and salt be erased together, and nothing else of them be stored again") func allowsErasure() async throws
    {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            let raw = try rawConnection(folder)
            defer { raw.close() }
            try raw.execute("UPDATE events SET data = NULL, salt = NULL WHERE position = 2")
            #expect(throws: SQLiteError.self) { try raw.execute("UPDATE events SET data = '{}', salt = x'00' WHERE position = 2") }
        }
    }

    @Test("A reader beside a running writer sees each append, and may not write") func readsBesideWriter() async throws {
        try await withTemporaryFolder { folder in
            let clock = AdjustableClock(at: .testStart)
            let writer = try SQLiteEventLog.open(folder: folder, clock: clock)
            let reader = try SQLiteEventLog.open(folder: folder, clock: clock, mode: .readOnly)
            for count in 1...3 {
                try await writer.append([.sample()], to: StreamName("room-1"))
                #expect(try await reader.head().position == Position(count))
                clock.move(by: .seconds(1))
                #expect(try await reader.position(at: clock.now().advanced(by: .microseconds(-1))) == Position(count))
            }
            await #expect(throws: EventLogError.readOnly) { try await reader.append([.sample()], to: StreamName("room-1")) }
            await reader.close()
            await writer.close()
        }
    }

    @Test("A clock more than a minute behind the head keeps the log from being opened for writing") func refusesClockBehind() async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            let head = Timestamp.testStart
            let late = AdjustableClock(at: head.advanced(by: .seconds(-61)))
            #expect(throws: EventLogError.clockBehind(head: head, clock: late.now())) {
                try SQLiteEventLog.open(folder: folder, clock: late)
            }
            await (try SQLiteEventLog.open(folder: folder, clock: late, mode: .readOnly)).close()
            late.move(by: .seconds(1))
            await (try SQLiteEventLog.open(folder: folder, clock: late)).close()
        }
    }

    @Test("A step back of the clock is noticed, once each time") func noticesStepBack() async throws {
        try await withTemporaryFolder { folder in
            let clock = AdjustableClock(at: .testStart)
            let (notices, notice) = AsyncStream.makeStream(of: LogNotice.self)
            let log = try SQLiteEventLog.open(folder: folder, clock: clock) { notice.yield($0) }
            try await log.append([.sample()], to: StreamName("room-1"))
            for step in [-5, 1, 10, -2] {
                clock.move(by: .seconds(step))
                try await log.append([.sample()], to: StreamName("room-1"))
            }
            await log.close()
            notice.finish()
            let heard = await notices.reduce(into: []) { $0.append($1) }
            func instant(_ seconds: Int) -> Timestamp { .testStart.advanced(by: .seconds(seconds)) }
            #expect(
                heard == [.clockSteppedBack(head: instant(0), clock: instant(-5)), .clockSteppedBack(head: instant(6), clock: instant(4))])
        }
    }

    @Test("A closed log refuses appends") func refusesAppendsOnceClosed() async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
            await log.close()
            await #expect(throws: EventLogError.unavailable(reason: "the log is closed")) {
                try await log.append([.sample()], to: StreamName("room-1"))
            }
        }
    }

    // MARK: - What is no log, or none any more

    @Test("A file that is no database is one clear error, and stays as it is") func refusesForeignFile() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let text = Data(String(repeating: "These are my notes. ", count: 500).utf8)
            try text.write(to: URL(fileURLWithPath: "\(folder)/events.sqlite"))
            for mode in [SQLiteEventLog.Mode.readWrite, .readOnly] {
                expectOpening(folder, mode: mode, fails: "events.sqlite is no SQLite database")
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/events.sqlite")) == text)
        }
    }

    @Test("Another program's database is one clear error") func refusesForeignDatabase() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let raw = try Connection(path: "\(folder)/events.sqlite", mode: .create)
            try raw.execute("CREATE TABLE notes (text)")
            raw.close()
            expectOpening(folder, fails: "is a database, but no event log")
        }
    }

    @Test("A log of a newer format is refused by its number") func refusesNewerFormat() async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            let raw = try rawConnection(folder)
            try raw.execute("PRAGMA user_version = 4")
            raw.close()
            #expect(throws: EventLogError.unsupportedFormat(found: 4, supported: 3)) {
                try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
            }
        }
    }

    @Test("Reading where there is no log is one clear error, and makes none") func refusesMissingLog() async throws {
        try await withTemporaryFolder { folder in
            expectOpening(folder, mode: .readOnly, fails: "cannot be opened: No such file or directory")
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test("A file in the folder's place is one clear error") func refusesFileAsFolder() async throws {
        try await withTemporaryFolder { folder in
            try Data().write(to: URL(fileURLWithPath: folder))
            expectOpening(folder, fails: "cannot be opened: Not a directory")
        }
    }

    @Test(
        "A folder without permissions is one clear error", .enabled(if: geteuid() != 0, "root may read and write every folder"),
        arguments: [0o000, 0o500])
    func refusesForbiddenFolder(permissions: Int) async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: folder)
            expectOpening(folder, fails: "cannot be opened")
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
        }
    }

    private func expectOpening(_ folder: String, mode: SQLiteEventLog.Mode = .readWrite, fails message: String) {
        #expect {
            try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart), mode: mode)
        } throws: { error in
            "\(error)".contains(message)
        }
    }
}
