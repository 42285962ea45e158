package import HindsightCore

/// How far a file of cards has been taken in, in the stream `mdm.ingest-<digest>`.
///
/// Bookkeeping of the feed: no saga and no read model follows it.
package enum IngestEvent: DomainEvent {
    case pageTaken(IngestPageTaken)
    case finished(IngestFinished)

    package static let codec = EventCodec<IngestEvent>([.kind { .pageTaken($0) }, .kind { .finished($0) }])

    package var payload: any EventPayload {
        switch self {
        case .pageTaken(let payload): payload
        case .finished(let payload): payload
        }
    }

    package var tags: [Tag] { [] }
}

/// What became of the rows of a file so far.
package struct IngestTally: Sendable, Equatable, Codable {
    package var rows: Int
    package var taken: Int
    /// Of those taken, the ones that said something new.
    package var changed: Int
    /// Of those taken, the ones that left a change of their card in review.
    package var held: Int
    package var rejected: Int

    package init(rows: Int = 0, taken: Int = 0, changed: Int = 0, held: Int = 0, rejected: Int = 0) {
        (self.rows, self.taken, self.changed, self.held, self.rejected) = (rows, taken, changed, held, rejected)
    }
}

/// Rows of a file were taken in, up to a place in it; their cards' events stand in the same append.
package struct IngestPageTaken: EventPayload {
    package static let type: EventType = "customer-mdm.ingest-page-taken"
    /// Follows from the content of the file and the profile that it is read by.
    package var ingest: String
    /// How often the same file has been begun: 1, 2, 3…
    package var round: Int
    /// Bytes of the content, unpacked, that are done.
    package var offset: Int64
    /// Where the next row begins.
    package var line: Int
    /// Since the beginning of the round.
    package var tally: IngestTally
    /// How long the reject file is with the rows rejected so far, in bytes.
    package var rejectBytes: Int64

    package init(ingest: String, round: Int, offset: Int64, line: Int, tally: IngestTally, rejectBytes: Int64) {
        self.ingest = ingest
        self.round = round
        self.offset = offset
        self.line = line
        self.tally = tally
        self.rejectBytes = rejectBytes
    }
}

/// The file was taken in to its end, and its cards were matched. What takes the same file in again begins anew.
package struct IngestFinished: EventPayload {
    package static let type: EventType = "customer-mdm.ingest-finished"
    package var ingest: String
    package var round: Int
    package var tally: IngestTally

    package init(ingest: String, round: Int, tally: IngestTally) {
        (self.ingest, self.round, self.tally) = (ingest, round, tally)
    }
}
