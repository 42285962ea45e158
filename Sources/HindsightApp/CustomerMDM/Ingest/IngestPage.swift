import CustomerMDM

/// Rows of a file that are taken in together.
struct IngestPage {
    struct Row: Sendable {
        let card: CardRow
        /// Its line of the reject file; empty where nothing is wrong with it.
        let reject: [UInt8]
    }

    /// Rows that share an append; of very long rows fewer.
    static let mostRows = 200
    private static let mostBytes = 1 << 20

    private(set) var rows: [Row] = []
    private var bytes = 0

    var isEmpty: Bool { rows.isEmpty }
    var isFull: Bool { rows.count >= Self.mostRows || bytes >= Self.mostBytes }
    var statements: [CardDecider.Statement] { rows.compactMap(\.card.statement) }
    /// Lines of the reject file.
    var rejects: [UInt8] { rows.flatMap(\.reject) }

    mutating func append(_ card: CardRow) throws {
        let reject: [UInt8] = if case .failure(let fault) = card.content { try RejectFile.line(of: card, fault) } else { [] }
        rows.append(Row(card: card, reject: reject))
        bytes += card.bytes.count
    }

    mutating func removeFirst(_ count: Int) {
        bytes -= rows.prefix(count).reduce(0) { $0 + $1.card.bytes.count }
        rows.removeFirst(count)
    }
}

/// How far an ingest is, and how far the log says that it is.
struct IngestCourse: Sendable {
    let round: Int
    var tally = IngestTally()
    var place: FilePlace
    var rejectBytes: Int64 = 0
    /// Where the last page that was recorded ended.
    var recordedOffset: Int64 = 0

    /// Behind the rows from the first on whose statements were taken, and the rejected ones between them.
    func after(_ rows: [IngestPage.Row], _ taken: [CustomerHub.Taken]) -> IngestCourse {
        var after = self
        var outcomes = taken.makeIterator()
        rows: for row in rows {
            switch row.card.content {
            case .failure:
                after.tally.rejected += 1
                after.rejectBytes += Int64(row.reject.count)
            case .success:
                guard let outcome = outcomes.next() else { break rows }
                after.tally.taken += 1
                if !outcome.events.isEmpty { after.tally.changed += 1 }
                if outcome.state.held != nil { after.tally.held += 1 }
            }
            after.tally.rows += 1
            after.place = row.card.end
        }
        if after.tally.changed > tally.changed { after.recordedOffset = after.place.offset }
        return after
    }

    func page(of ingest: String) -> IngestPageTaken {
        IngestPageTaken(
            ingest: ingest, round: round, offset: place.offset, line: place.line, tally: tally, rejectBytes: rejectBytes)
    }
}
