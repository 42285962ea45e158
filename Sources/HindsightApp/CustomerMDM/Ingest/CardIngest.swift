package import CustomerMDM
import HindsightCore
import HindsightRuntime

/// Takes in a file of cards as a batch feed, page by page, and then matches them as a night would.
///
/// How far it came stands in the log, in the same append as the cards of each page that said something new: an ingest that was killed goes on
/// there, with nothing taken twice and nothing left out. Rows that can't be taken in go to a reject file and stop nothing.
package struct CardIngest: Sendable {
    package struct Summary: Sendable, Equatable, Codable {
        /// Rows of the file.
        package var cards: Int
        package var taken: Int
        /// Cards that said something new.
        package var changed: Int
        package var held: Int
        package var rejected: Int
        /// Where the rejected rows are; `nil` if there are none.
        package var rejects: String?
        /// Columns that say nothing about a card; `nil` if there are none.
        package var ignoredColumns: [String]?
        /// Rows that an earlier, interrupted ingest of the file had done.
        package var resumedAfter: Int
        package var run: CustomerHub.RunResult
    }

    /// How far it is.
    package enum Progress: Sendable {
        case reading(tally: IngestTally, line: Int)
        case matching(done: Int, all: Int)
    }

    private let file: CardFile
    private let hub: CustomerHub
    private let rejectPath: String

    /// Where the rejected rows of a file go unless another place is named.
    package static func rejectPath(for file: String) -> String { "\(file).rejects.ndjson" }

    /// - Parameter rejects: Where rejected rows go; beside the file for `nil`.
    package init(_ file: CardFile, into hub: CustomerHub, rejects: String? = nil) {
        (self.file, self.hub) = (file, hub)
        rejectPath = rejects ?? Self.rejectPath(for: file.path)
    }

    /// - Throws: What the log and the disk have to say; then everything before stands, and running it again goes on.
    package func run(progress: (@Sendable (Progress) -> Void)? = nil) async throws -> Summary {
        let rejects = try RejectFile(rejectPath, input: file.path)
        var course = try await begin()
        let resumedAfter = course.tally.rows
        if rejects.length < course.rejectBytes { course.rejectBytes = try rejectAgain(until: course.place, into: rejects) }
        try rejects.end(at: course.rejectBytes)
        var rows = try file.rows(from: course.place)
        var page = IngestPage()
        progress?(.reading(tally: course.tally, line: course.place.line))
        while true {
            try Task.checkCancellation()
            while !page.isFull, let row = try rows.next() { try page.append(row) }
            if page.isEmpty { break }
            try await take(&page, &course, rejects)
            progress?(.reading(tally: course.tally, line: course.place.line))
        }
        try rejects.end(at: course.rejectBytes)
        let run = try await hub.mergeRun { progress?(.matching(done: $0, all: $1)) }
        try await finish(course.tally)
        let tally = course.tally
        return Summary(
            cards: tally.rows, taken: tally.taken, changed: tally.changed, held: tally.held, rejected: tally.rejected,
            rejects: tally.rejected > 0 ? rejectPath : nil, ignoredColumns: file.ignoredColumns.isEmpty ? nil : file.ignoredColumns,
            resumedAfter: resumedAfter, run: run)
    }

    private func begin() async throws -> IngestCourse {
        var state = IngestDecider.initialState
        let stream = EventFilter(stream: try MDMStream.ingest(file.ingest))
        try await hub.log.replay(IngestEvent.codec, EventSelection(stream)) { event, _ in IngestDecider.evolve(&state, with: event) }
        guard let page = state.page else { return IngestCourse(round: state.finished + 1, place: file.beginning) }
        return IngestCourse(
            round: page.round, tally: page.tally, place: FilePlace(offset: page.offset, line: page.line), rejectBytes: page.rejectBytes,
            recordedOffset: page.offset)
    }

    private func finish(_ tally: IngestTally) async throws {
        let (commands, metadata) = (await hub.commands, await hub.metadata)
        try await commands.handle(IngestDecider.self, .finish(tally), on: MDMStream.ingest(file.ingest), metadata: metadata)
    }

    /// Makes again what is missing of the reject file: the rows before `place` are read once more, and nothing of them is taken in.
    ///
    /// - Returns: How long it is.
    private func rejectAgain(until place: FilePlace, into rejects: RejectFile) throws -> Int64 {
        try rejects.end(at: 0)
        var rows = try file.rows(from: file.beginning)
        var length: Int64 = 0
        var waiting: [UInt8] = []
        func write() throws {
            try rejects.write(waiting, at: length)
            length += Int64(waiting.count)
            waiting = []
        }
        while let row = try rows.next(), row.end.offset <= place.offset {
            guard case .failure(let fault) = row.content else { continue }
            waiting += try RejectFile.line(of: row, fault)
            if waiting.count >= 1 << 20 { try write() }
        }
        try write()
        return length
    }

    /// Takes in the rows of the page, or as many as may go together.
    private func take(_ page: inout IngestPage, _ course: inout IngestCourse, _ rejects: RejectFile) async throws {
        // Before the log says that they are there.
        try rejects.write(page.rejects, at: course.rejectBytes)
        let (before, rows, ingest) = (course, page.rows, file.ingest)
        let statements = page.statements
        var taken: [CustomerHub.Taken] = []
        if !statements.isEmpty {
            let stream = try MDMStream.ingest(ingest)
            taken = try await hub.take(statements) { batch, taken in
                // Where nothing is new there is nothing to note: reading it again would change nothing either.
                guard !batch.isEmpty else { return }
                let page = before.after(rows, taken).page(of: ingest)
                try await batch.decide(IngestDecider.self, .take(page, after: before.recordedOffset), on: stream)
            }
        }
        course = before.after(rows, taken)
        page.removeFirst(course.tally.rows - before.tally.rows)
    }
}
