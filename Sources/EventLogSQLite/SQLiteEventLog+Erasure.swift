package import HindsightCore
import SQLiteConnection

extension SQLiteEventLog {
    /// Erases the payloads of events for good, and appends the event that says so, in one transaction.
    ///
    /// Data and salt go, everything else stays: the chain still verifies. Positions that are erased already are named again without harm,
    /// and the same erasure again gives the original answer. Copies of the log that were made before still hold the payloads.
    /// - Parameters:
    ///   - id: Of the event.
    ///   - reason: In words, with nothing of what is erased.
    ///   - actor: Who has it erased: an opaque id.
    /// - Throws: `.invalid` for a position that the log does not have, or that of an erasure, which is what explains another one.
    package func erasePayloads(
        at positions: [Position], id: EventID, reason: String, actor: String
    ) async throws -> AppendReceipt {
        guard (1...PayloadErased.mostPositions).contains(positions.count) else {
            throw EventLogError.invalid(field: "positions", reason: "an erasure names 1 to \(PayloadErased.mostPositions) positions")
        }
        let erased = PayloadErased(positions: Set(positions).sorted(), reason: reason)
        let event = NewEvent(
            id: id, type: PayloadErased.type, schemaVersion: PayloadErased.schemaVersion, data: try JSONText(encoding: erased),
            metadata: try JSONText(encoding: EventMetadata(actor: actor)))
        let prepared = try PreparedAppend(Append([StreamWrite([event], to: try PayloadErased.stream())]))
        let receipt = try await writing().perform(weight: prepared.weight) { transaction in
            try transaction.writingDirectly { _, view in try view.checkErasable(erased.positions) }
            let receipt = try transaction.append(prepared)
            return try transaction.writingDirectly { connection, _ in
                // Without it the bytes would stay in the free part of their page. It costs nothing where nothing else is ever deleted.
                try connection.execute("PRAGMA secure_delete = ON")
                for position in erased.positions {
                    try connection.run("UPDATE events SET data = NULL, salt = NULL WHERE position = ?", .integer(position))
                }
                return receipt
            }
        }
        try emptyWriteAheadLog()
        return receipt
    }

    /// The write-ahead log may still hold pages as they were before.
    private func emptyWriteAheadLog() throws {
        try file.translating {
            let connection = try Connection(path: file.path, mode: .readWrite)
            defer { connection.close() }
            // A reader that does not let go keeps them until the writer's next checkpoint after it.
            _ = try connection.checkpoint(.truncate, patience: .seconds(2))
        }
    }
}

extension LogView {
    fileprivate func checkErasable(_ positions: [Position]) throws {
        for position in positions {
            guard let event = try rows.event(at: position) else {
                throw EventLogError.invalid(field: "positions", reason: "there is no event at position \(position)")
            }
            guard event.type != PayloadErased.type else {
                throw EventLogError.invalid(field: "positions", reason: "position \(position) explains an erasure, and stays")
            }
        }
    }
}
