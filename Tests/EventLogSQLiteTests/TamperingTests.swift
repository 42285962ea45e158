import EventLogSQLite
import Foundation
import HindsightCore
import HindsightTesting
import SQLiteConnection
import Testing

@Suite("SQLite event log, tampered with") struct TamperingTests {
    private static let columns = [
        "stream", "version", "type", "schema_version", "id", "recorded_at", "occurred_at", "tags", "metadata", "encoding", "commitment",
        "digest", "salt", "data",
    ]

    @Test("A changed byte of any column of any event is found with its position", arguments: columns)
    func findsChangedByte(column: String) async throws {
        try await withTemporaryFolder { folder in
            for position in Position(1)...5 {
                let copy = "\(folder)-\(position)"
                try await makeSample(in: copy)
                try tamper(copy) { raw in
                    let before = try raw.first("SELECT \(column) FROM events WHERE position = ?", .integer(position)) { $0.bytes(0) } ?? []
                    let kind = try raw.first("SELECT typeof(\(column)) FROM events WHERE position = ?", .integer(position)) { $0.text(0) }
                    var changed = before
                    changed[Int(position) * 7 % changed.count] ^= 1
                    let value: SQLiteValue =
                        switch kind {
                        case "integer":
                            .integer((try raw.integer("SELECT \(column) FROM events WHERE position = ?", .integer(position)) ?? 0) + 64)
                        case "blob": .blob(changed)
                        default: .utf8(changed)
                        }
                    try raw.run("UPDATE events SET \(column) = ? WHERE position = ?", value, .integer(position))
                }
                let verdict = try await verify(copy)
                #expect(!verdict.verified)
                #expect(verdict.badPosition == position, "\(column) at \(position): \(verdict.reason ?? "")")
                #expect(verdict.through == position - 1)
            }
        }
    }

    @Test(
        "What is missing, moved, renamed or put in is found with its position",
        arguments: [
            ("DELETE FROM events WHERE position = 3", 3), ("DELETE FROM events WHERE position = 1", 1),
            ("UPDATE events SET position = 9 WHERE position = 3", 3),
            (
                """
                UPDATE events SET position = 40 WHERE position = 4; UPDATE events SET position = 4 WHERE position = 5;
                UPDATE events SET position = 5 WHERE position = 40
                """, 4
            ),
            ("UPDATE streams SET name = 'hall-2' WHERE name = 'hall-1'", 3), ("UPDATE streams SET name = '-' WHERE name = 'hall-1'", 3),
            ("UPDATE types SET name = 'check.torn' WHERE name = 'check.cleaned'", 4), ("DELETE FROM types WHERE name = 'check.cleaned'", 4),
            ("UPDATE events SET tags = '[\"by:2\",\"of:1\"]' WHERE position = 3", 3),
            ("UPDATE events SET data = NULL, salt = NULL WHERE position = 2", 2), ("UPDATE events SET salt = NULL WHERE position = 2", 2),
            ("UPDATE events SET data = NULL WHERE position = 2", 2), ("UPDATE events SET encoding = 7 WHERE position = 5", 5),
            (
                """
                INSERT INTO events (position, stream, version, type, schema_version, id, recorded_at, occurred_at, tags, metadata,
                    encoding, commitment, digest, salt, data)
                SELECT 6, stream, version + 1, type, schema_version, randomblob(16), recorded_at, occurred_at, tags, metadata,
                    encoding, commitment, digest, salt, data FROM events WHERE position = 5
                """, 6
            ),
            (
                """
                UPDATE events SET position = -position WHERE position > 2; UPDATE events SET position = 1 - position WHERE position < 0;
                INSERT INTO events (position, stream, version, type, schema_version, id, recorded_at, occurred_at, tags, metadata,
                    encoding, commitment, digest, salt, data)
                SELECT 3, stream, version + 1, type, schema_version, randomblob(16), recorded_at, occurred_at, tags, metadata,
                    encoding, commitment, digest, salt, data FROM events WHERE position = 2
                """, 3
            ),
        ] as [(String, Position)])
    func findsMovedEvents(sql: String, position: Position) async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            try tamper(folder) { try $0.execute(sql) }
            let verdict = try await verify(folder)
            #expect(!verdict.verified)
            #expect(verdict.badPosition == position, "\(verdict.reason ?? "")")
        }
    }

    @Test(
        "Tags that no append can have written are damage, whatever was read before them",
        arguments: ["''", "'[]]'", "'[\"nokey\"]'", "'[\"a:1\",]'", "CAST(x'5b22613aff225d' AS TEXT)"], [1, 4])
    func findsImpossibleTags(tags: String, position: Position) async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            try tamper(folder) { try $0.execute("UPDATE events SET tags = \(tags) WHERE position = \(position)") }
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart), mode: .readOnly)
            for after in [0, position - 1] {
                await #expect {
                    _ = try await log.read(EventSelection(after: after))
                } throws: { if case EventLogError.damaged(position, _) = $0 { true } else { false } }
            }
            #expect(try await ChainVerifier.verify(log).badPosition == position)
            await log.close()
        }
    }

    @Test("An erased payload is no damage when a later event says so, and is when only an earlier one does") func explainsErasure()
        async throws
    {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
            let erasure = try NewEvent.sample("hindsight.payload-erased", data: #"{"positions":[2,4,7]}"#)
            try await log.append([erasure, .sample()], to: StreamName("log-erasures"))
            await log.close()
            let raw = try rawConnection(folder)
            try raw.execute("UPDATE events SET data = NULL, salt = NULL WHERE position IN (2, 4)")
            #expect(try await verify(folder).verified)
            try raw.execute("UPDATE events SET data = NULL, salt = NULL WHERE position = 7")
            #expect(try await verify(folder).badPosition == 7)
            raw.close()
        }
    }

    @Test("A flipped bit anywhere in the file changes nothing that is read, or is reported", arguments: 0..<60 as Range<UInt64>)
    func reportsFlippedBit(seed: UInt64) async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            let clock = AdjustableClock(at: .testStart)
            let log = try SQLiteEventLog.open(folder: folder, clock: clock)
            let events = try await log.read(EventSelection())
            await log.close()

            let file = URL(fileURLWithPath: "\(folder)/events.sqlite")
            var bytes = try Data(contentsOf: file)
            // Multiplication by an odd constant of many bits spreads the seeds over the file.
            let place = Int((seed + 1) &* 0x9e37_79b9_7f4a_7c15 >> 8 % UInt64(bytes.count))
            bytes[place] ^= 1 << UInt8(seed % 8)
            try bytes.write(to: file)

            do {
                let log = try SQLiteEventLog.open(folder: folder, clock: clock, mode: .readOnly)
                if try await ChainVerifier.verify(log).verified { #expect(try await log.read(EventSelection()) == events) }
                await log.close()
            } catch let error as EventLogError {
                switch error {
                case .damaged, .unsupportedFormat, .unavailable: break
                default: Issue.record("flipped bit at byte \(place): \(error)")
                }
            }
        }
    }

    /// Changes the file as someone would who can write it: the triggers and checks that stand in the way are dropped first.
    private func tamper(_ folder: String, _ change: (Connection) throws -> Void) throws {
        let raw = try rawConnection(folder)
        defer { raw.close() }
        try raw.execute("PRAGMA ignore_check_constraints = ON")
        var triggers: [String] = []
        try raw.statement("SELECT name FROM sqlite_schema WHERE type = 'trigger'").forEach([]) { row in
            triggers.append(row.text(0))
            return true
        }
        for trigger in triggers { try raw.execute("DROP TRIGGER \(trigger)") }
        try change(raw)
    }

    private func verify(_ folder: String) async throws -> ChainVerifier.Verdict {
        let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart), mode: .readOnly)
        let verdict = try await ChainVerifier.verify(log, pageSize: 3)
        await log.close()
        return verdict
    }
}
