import EventLogSQLite
import Foundation
import HindsightCore
import HindsightTesting
import SQLiteConnection
import Testing

@Suite("SQLite event log, with payloads erased") struct ErasureTests {
    private let clock = AdjustableClock(at: .testStart)
    private let id = EventID.version7(at: .testStart, entropy: [UInt8](repeating: 3, count: 10))

    @Test("An erased payload is gone, the chain holds, and every other column stays") func erases() async throws {
        try await withTemporaryFolder { folder in
            let log = try await logWithSecret(in: folder)
            let before = try await log.read(EventSelection())
            let receipt = try await log.erasePayloads(at: [6, 2], id: id, reason: "request 7", actor: "uid:0")
            #expect(receipt.firstPosition == 7)
            let after = try await log.read(EventSelection())
            for (old, new) in zip(before, after) {
                var wanted = old
                if [2, 6].contains(old.position) { (wanted.data, wanted.salt) = (nil, nil) }
                #expect(new == wanted)
            }
            #expect(after.last?.data?.description == #"{"positions":[2,6],"reason":"request 7"}"#)
            #expect(try await ChainVerifier.verify(log).verified)
            #expect(try await log.check() == [])
            await log.close()
            for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"))
                #expect(bytes.firstRange(of: Data("very secret".utf8)) == nil, "\(file)")
            }
        }
    }

    @Test("The same erasure again gives the first answer") func repeats() async throws {
        try await withTemporaryFolder { folder in
            let log = try await logWithSecret(in: folder)
            let first = try await log.erasePayloads(at: [6], id: id, reason: "request 7", actor: "uid:0")
            let again = try await log.erasePayloads(at: [6], id: id, reason: "request 7", actor: "uid:0")
            #expect(again.isRepeat && again.lastPosition == first.lastPosition)
            #expect(try await log.head().position == 7)
            await log.close()
        }
    }

    @Test("An append whose payload was erased since is still known as a repeat") func knowsRepeat() async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: clock)
            let event = try NewEvent.sample()
            let receipt = try await log.append([event], to: StreamName("room-1"))
            _ = try await log.erasePayloads(at: [1], id: id, reason: "request 7", actor: "uid:0")
            let again = try await log.append([event], to: StreamName("room-1"))
            #expect(again.isRepeat && again.lastPosition == receipt.lastPosition)
            await log.close()
        }
    }

    @Test("Erasing what is not there, or an erasure itself, is refused and changes nothing") func refuses() async throws {
        try await withTemporaryFolder { folder in
            let log = try await logWithSecret(in: folder)
            _ = try await log.erasePayloads(at: [6], id: id, reason: "request 7", actor: "uid:0")
            let other = EventID.version7(at: .testStart, entropy: [UInt8](repeating: 4, count: 10))
            for positions: [Position] in [[], [0], [8], [7], [2, 9]] {
                await #expect(throws: EventLogError.self) {
                    try await log.erasePayloads(at: positions, id: other, reason: "none", actor: "uid:0")
                }
            }
            #expect(try await log.head().position == 7)
            #expect(try await log.read(EventSelection(until: 2)).allSatisfy { $0.data != nil })
            await log.close()
        }
    }

    @Test("An erased payload without an event that says so is damage at its position") func findsUnexplained() async throws {
        try await withTemporaryFolder { folder in
            let log = try await logWithSecret(in: folder)
            _ = try await log.erasePayloads(at: [6], id: id, reason: "request 7", actor: "uid:0")
            let raw = try rawConnection(folder)
            try raw.execute("UPDATE events SET data = NULL, salt = NULL WHERE position = 4")
            raw.close()
            #expect(try await ChainVerifier.verify(log).badPosition == 4)
            await log.close()
        }
    }

    /// The sample, and behind it an event with something in it that can be looked for.
    private func logWithSecret(in folder: String) async throws -> SQLiteEventLog {
        let log = try SQLiteEventLog.open(folder: folder, clock: clock)
        try await log.appendSample()
        try await log.append([.sample(data: #"{"note":"very secret"}"#)], to: StreamName("room-1"))
        return log
    }
}
