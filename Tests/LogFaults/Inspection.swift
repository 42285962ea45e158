import EventLogSQLite
import HindsightCore
import HindsightRuntime
import SQLiteConnection

/// Opens a log after its accident and holds it against what was promised.
package struct Inspection: Sendable {
    let folder: String

    package init(folder: String) { self.folder = folder }

    /// Expects everything acknowledged to be there, each batch whole or absent, the chain, every index and the file to be sound, and the
    /// log to go on.
    ///
    /// - Returns: The number of batches found.
    @discardableResult
    package func expectPromisesKept(_ account: Account) async throws -> Int {
        let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
        do {
            let found = try await batches(in: log)
            try expectAnswersKept(account, by: found)
            try await expectSound(log, batches: found)
            _ = try await log.append(TortureBatch("afterwards", size: 1, bytes: 1).append)
            await log.close()
            return found.count
        } catch {
            await log.close()
            throw error
        }
    }

    private struct StoredBatch {
        var first: Position
        var count = 0
        let size: Int
    }

    /// Expects what is stored to be whole batches, each once, and no event of anybody else.
    private func batches(in log: SQLiteEventLog) async throws -> [String: StoredBatch] {
        var found: [String: StoredBatch] = [:]
        var position: Position = 0
        for try await event in log.events(EventSelection()) {
            position += 1
            guard event.position == position else { throw Contradiction("position \(event.position) where \(position) is due") }
            guard let content = try event.data?.decoded(as: TortureBatch.Content.self) else { throw Contradiction("\(position): no data") }
            // A log that is inspected twice holds the event of the first inspection.
            guard content.batch != "afterwards" else { continue }
            var batch = found[content.batch] ?? StoredBatch(first: position, size: content.size)
            try expect(
                content.index == batch.count && batch.first + Position(batch.count) == position,
                "batch \(content.batch): event \(content.index) stands at \(position), after \(batch.count) from \(batch.first)")
            batch.count += 1
            found[content.batch] = batch
        }
        for (name, batch) in found { try expect(batch.count == batch.size, "batch \(name): \(batch.count) of \(batch.size) are there") }
        return found
    }

    private func expectAnswersKept(_ account: Account, by found: [String: StoredBatch]) throws {
        for (name, promised) in account.acknowledged {
            guard let batch = found[name] else { throw Contradiction("batch \(name) was acknowledged and is lost") }
            try expect(
                batch.size == promised.events && batch.first == promised.first,
                "batch \(name): \(promised.events) acknowledged at \(promised.first), \(batch.size) stored at \(batch.first)")
        }
        for name in account.surelyAbsent { try expect(found[name] == nil, "batch \(name) is there; the answer was: nothing was stored") }
    }

    private func expectSound(_ log: SQLiteEventLog, batches: [String: StoredBatch]) async throws {
        let verdict = try await ChainVerifier.verify(log)
        try expect(verdict.verified, "the chain does not hold at \(verdict.badPosition ?? 0): \(verdict.reason ?? "")")
        try expectSoundFile()
        let events = Position(batches.values.reduce(0) { $0 + $1.size })
        try await expect(log.head().position >= events, "the head lies before the last event")
        // One filter that goes through an index of its own.
        for (name, batch) in batches.prefix(3) {
            let tagged = try await log.read(EventSelection(EventFilter(tags: [Tag("batch:\(name)")])))
            try expect(tagged.count == batch.size, "\(tagged.count) events carry the tag of batch \(name), not \(batch.size)")
        }
    }

    /// Expects SQLite to find each table and index complete and consistent, which the chain alone cannot see.
    func expectSoundFile() throws {
        let connection = try Connection(path: "\(folder)/events.sqlite", mode: .readWrite)
        defer { connection.close() }
        let answer = try connection.first("PRAGMA integrity_check(1)") { $0.text(0) }
        try expect(answer == "ok", "SQLite's integrity check: \(answer ?? "no answer")")
    }
}
