import EventLogSQLite
import HindsightCore
import HindsightTesting
import SQLiteConnection
import Testing

@Suite("SQLite event log, checked") struct CheckTests {
    @Test("A log as appends leave it has nothing to find, and its numbers are right") func findsNothing() async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder, events: 2_100)
            let log = try open(folder)
            #expect(try await log.check() == [])
            let info = try await log.info()
            #expect(info.head.position == 2_100)
            #expect(info.streams == 2)
            #expect(info.byCategory?.map(\.name) == ["room", "hall"])
            #expect(info.byCategory?.map(\.events) == [2_097, 3])
            #expect(info.byType?.map(\.events).reduce(0, +) == 2_100)
            #expect((info.lastMinute, info.lastHour, info.lastDay) == (2_100, 2_100, 2_100))
            #expect(info.firstRecordedAt == .testStart)
            #expect(info.leases.map(\.holder) == ["one"])
            #expect(info.fileBytes > 0 && info.usedBytes > 0)
            await log.close()
        }
    }

    @Test("The events of the last minute, hour and day are counted from the last event on") func countsRecentEvents() async throws {
        try await withTemporaryFolder { folder in
            let clock = AdjustableClock(at: .testStart)
            let log = try SQLiteEventLog.open(folder: folder, clock: clock)
            for pause in [Duration.zero, .seconds(2 * 86_400), .seconds(7_200), .seconds(1_800), .seconds(50)] {
                clock.move(by: pause)
                try await log.append([.sample()], to: StreamName("room-1"))
            }
            let info = try await log.info()
            #expect((info.lastMinute, info.lastHour, info.lastDay) == (2, 3, 4))
            await log.close()
        }
    }

    @Test("An empty log has nothing to find either") func findsNothingInEmptyLog() async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
            #expect(try await log.check() == [])
            let info = try await log.info()
            #expect(info.head == .empty)
            #expect(info.byType == [])
            await log.close()
        }
    }

    @Test(
        "What should not be is found in its area, with the position of the event",
        arguments: [
            ("DELETE FROM events WHERE position = 900", .positions, 900),
            ("DELETE FROM events WHERE position BETWEEN 30 AND 40", .positions, 30),
            ("DELETE FROM events WHERE position = 900", .streams, nil),
            ("UPDATE events SET version = version + 1 WHERE position = 2100", .streams, nil),
            ("UPDATE events SET version = 1500 WHERE position = 2000", .streams, 2_000),
            ("UPDATE events SET id = (SELECT id FROM events WHERE position = 70) WHERE position = 2000", .ids, 2_000),
            ("UPDATE events SET stream = 7 WHERE position = 5", .references, 5),
            ("INSERT INTO streams VALUES (9, 'hall-9')", .names, nil), ("UPDATE types SET number = 17 WHERE number = 3", .names, nil),
            ("DELETE FROM postings WHERE kind = 2 AND block = 1", .index, 1_025),
            ("DELETE FROM postings WHERE kind = 3 AND block = 0", .index, 1),
            ("UPDATE postings SET offsets = x'0000' WHERE kind = 1 AND block = 0 AND number = 1", .index, 3),
            ("UPDATE postings SET offsets = x'0000000203ff' WHERE kind = 3 AND block = 0", .index, 1_024),
            ("INSERT INTO postings VALUES (3, 2, 1, x'0005')", .index, 1_025),
            ("INSERT INTO postings VALUES (3, 2, 2, x'0005')", .index, nil),
            ("UPDATE events SET type = 2 WHERE position = 2000", .index, 2_000),
            ("UPDATE tags SET name = 'of:9' WHERE name = 'of:1'", .index, 1),
            ("UPDATE categories SET name = 'attic' WHERE name = 'hall'", .index, 3),
            ("DROP TRIGGER events_are_never_deleted", .schema, nil), ("CREATE TABLE notes (text)", .schema, nil),
            ("UPDATE events SET metadata = '{}' WHERE position = 2100", .end, 2_100),
            ("DELETE FROM events WHERE position = 2099", .end, 2_099),
        ] as [(String, LogFinding.Area, Position?)])
    func finds(sql: String, area: LogFinding.Area, position: Position?) async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder, events: 2_100)
            if area == .schema {
                let raw = try rawConnection(folder)
                try raw.execute(sql)
                raw.close()
            } else {
                try changingHistory(of: folder) { try $0.execute(sql) }
            }
            let log = try open(folder)
            let findings = try await log.check()
            #expect(findings.contains { $0.area == area && $0.position == position }, "\(findings)")
            await log.close()
        }
    }

    @Test(
        "A log whose end does not hold is not opened for writing, and is for reading",
        arguments: [
            ("UPDATE events SET metadata = '{}' WHERE position = 2100", 2_100),
            ("UPDATE events SET digest = zeroblob(32) WHERE position = 2099", 2_100),
            ("DELETE FROM events WHERE position = 2099", 2_099), ("UPDATE events SET version = version + 10 WHERE position = 2100", 2_100),
            ("DELETE FROM postings WHERE block = 1", 2_048),
        ] as [(String, Position)])
    func refusesBrokenEnd(sql: String, position: Position) async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder, events: 2_100)
            try changingHistory(of: folder) { try $0.execute(sql) }
            #expect {
                try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
            } throws: { error in
                guard case .damaged(let found, _)? = error as? EventLogError else { return false }
                return found == position
            }
            await (try open(folder)).close()
        }
    }

    private func open(_ folder: String) throws -> SQLiteEventLog {
        try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart), mode: .readOnly)
    }
}
