import EventLogSQLite
import HindsightCore
import HindsightTesting
import SQLiteConnection
import Testing

@Suite("SQLite event log, held against attestations") struct AttestedLogTests {
    private let key = SigningKey()
    private let clock = AdjustableClock(at: .testStart)

    @Test("A log extends the heads that were attested before") func extends() async throws {
        try await withTemporaryFolder { folder in
            let attestations = try await attestedLog(in: folder)
            let verdict = try await verify(folder, against: attestations)
            #expect(verdict.verified)
            #expect(verdict.through == 8)
            #expect(verdict.attested == 5)
            #expect(try await verify(folder, against: []).attested == nil)
        }
    }

    @Test("An end that was cut off is found against an attestation behind it, and not without") func findsCut() async throws {
        try await withTemporaryFolder { folder in
            let attestations = try await attestedLog(in: folder)
            try changingHistory(of: folder) { try $0.execute("DELETE FROM events WHERE position > 4") }
            #expect(try await verify(folder, against: []).verified)
            #expect(try await verify(folder, against: [attestations[0]]).verified)
            let verdict = try await verify(folder, against: attestations)
            #expect(!verdict.verified)
            #expect(verdict.badPosition == 5)
            #expect(verdict.attested == 3)
            #expect(verdict.reason?.contains("the log ends at position 4, and position 5 was attested") == true)
        }
    }

    @Test(
        "A recomputed chain is found against an attestation at or after the change, and not without", arguments: [Position(1), 3, 4, 5, 6])
    func findsRecomputed(position: Position) async throws {
        try await withTemporaryFolder { folder in
            let attestations = try await attestedLog(in: folder)
            try await recompute(folder, from: position)
            #expect(try await verify(folder, against: []).verified)
            let verdict = try await verify(folder, against: attestations)
            #expect(verdict.verified == (position > 5))
            #expect(verdict.badPosition == (position > 5 ? nil : position > 3 ? 5 : 3))
            #expect(verdict.attested == (position > 5 ? 5 : position > 3 ? 3 : nil))
        }
    }

    @Test("A log cut to nothing is found against any attestation") func findsNothing() async throws {
        try await withTemporaryFolder { folder in
            let attestations = try await attestedLog(in: folder)
            try changingHistory(of: folder) { try $0.execute("DELETE FROM events") }
            #expect(try await verify(folder, against: attestations).badPosition == 1)
        }
    }

    /// Eight events, attested after three and after five.
    private func attestedLog(in folder: String) async throws -> [Attestation] {
        let log = try SQLiteEventLog.open(folder: folder, clock: clock)
        var attestations: [Attestation] = []
        for count in [3, 2, 3] {
            try await log.append((0..<count).map { _ in try .sample() }, to: StreamName("room-1"))
            clock.move(by: .seconds(1))
            attestations.append(try Attestation(of: try await log.head(), signedAt: clock.now(), by: key))
        }
        await log.close()
        return Array(attestations.prefix(2))
    }

    private func verify(_ folder: String, against attestations: [Attestation]) async throws -> ChainVerifier.Verdict {
        let log = try SQLiteEventLog.open(folder: folder, clock: clock, mode: .readOnly)
        let verdict = try await ChainVerifier.verify(log, against: attestations, pageSize: 2)
        await log.close()
        return verdict
    }

    /// Changes an event, and every digest from there on, so that the chain holds.
    private func recompute(_ folder: String, from position: Position) async throws {
        let log = try SQLiteEventLog.open(folder: folder, clock: clock, mode: .readOnly)
        let events = try await log.read(EventSelection())
        await log.close()
        try changingHistory(of: folder) { raw in
            var previous = position > 1 ? events[Int(position) - 2].digest : .genesis
            for var event in events where event.position >= position {
                if event.position == position { event.metadata = try JSONText(object: #"{"actor":"u2"}"#) }
                event.digest = EventDigest.digest(of: event, after: previous)
                previous = event.digest
                try raw.run(
                    "UPDATE events SET metadata = ?, digest = ? WHERE position = ?", .utf8(event.metadata.bytes),
                    .blob(event.digest.bytes), .integer(event.position))
            }
        }
    }
}
