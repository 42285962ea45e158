package import AudienceJobs
package import HindsightCore
import HindsightRuntime

/// An offer with what its audiences' files hold: sizes, overlaps, and the client-by-client assignment.
///
/// What was counted once is kept for as long as the audiences and their order are the same: files are known by their digests.
package actor OfferDesk {
    private let board: AudienceBoard
    private let log: any EventLog
    private let folder: String
    private var counted: [(key: String, resolution: OfferResolution)] = []
    private static let mostCounted = 16

    /// - Parameter sharedDirectory: Where the audiences' files lie.
    package init(board: AudienceBoard, log: any EventLog, sharedDirectory: String) {
        self.board = board
        self.log = log
        folder = sharedDirectory
    }

    /// `nil` for an offer that nobody has declared by then.
    package func offer(_ id: OfferID, at position: Position? = nil) async throws -> OfferView? {
        guard let row = try await board.offer(id, at: position) else { return nil }
        do {
            return OfferView(row, .success(try await resolution(of: row)))
        } catch let problem as AudienceUnreadable {
            return OfferView(row, .failure(problem))
        }
    }

    private func resolution(of row: OfferRow) async throws -> OfferResolution {
        let key = row.audiences.map { "\($0.type) \($0.job) \($0.sha256)" }.joined(separator: "\n")
        if let known = counted.first(where: { $0.key == key }) { return known.resolution }
        let readers = try await readers(of: row)
        let resolution = try OfferResolution(readers.map { ($0.audience.type, $0.clients) })
        counted.append((key, resolution))
        if counted.count > Self.mostCounted { counted.removeFirst() }
        return resolution
    }

    private struct Reader {
        let audience: OfferRow.Audience
        let clients: () throws -> [String]
    }

    private nonisolated func readers(of row: OfferRow) async throws -> [Reader] {
        var readers: [Reader] = []
        for audience in row.audiences {
            guard let column = try await clientColumn(of: audience.job) else {
                throw AudienceUnreadable(type: audience.type, reason: "its template names no column with the client")
            }
            readers.append(Reader(audience: audience) { [folder] in try ClientFile(audience, column: column, in: folder).ids })
        }
        return readers
    }

    private nonisolated func clientColumn(of job: JobID) async throws -> String? {
        for try await recorded in log.events(EventSelection(EventFilter(stream: job.stream), limit: 1)) {
            if case .requested(let requested)? = try JobEvent.codec.decode(recorded) { return requested.artifact.unique }
        }
        return nil
    }

    /// Each client once, with the audience that wins, as CSV: `client_id,type,job`, audience by audience in the order of precedence.
    ///
    /// - Parameter take: Is handed the file in pieces of whole lines, the heading first.
    /// - Throws: ``AudienceUnreadable`` before the first piece, unless a file goes while it is read.
    package nonisolated func assignment(of row: OfferRow, to take: (String) async throws -> Void) async throws {
        let readers = try await readers(of: row)
        var seen: Set<String> = []
        var piece = "client_id,type,job\n"
        for reader in readers {
            for client in try reader.clients() where seen.insert(client).inserted {
                piece += "\(Self.field(client)),\(reader.audience.type),\(reader.audience.job)\n"
                if piece.utf8.count >= 1 << 16 {
                    try await take(piece)
                    piece = ""
                }
            }
        }
        if !piece.isEmpty { try await take(piece) }
    }

    /// RFC 4180, section 2.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

/// An offer as people see it: before and after its audiences' overlaps are resolved.
package struct OfferView: Sendable, Encodable {
    package struct Audience: Sendable, Encodable {
        package let type: String
        package let job: JobID
        package let cashback: Cashback?
        package let precedence: Int
        package let path: String
        package let rows: Int
        package let sha256: String
        package let attachedAt: Timestamp
        /// In its file.
        package let clients: Int?
        /// Of them, those whom no audience before it takes.
        package let assigned: Int?
    }

    package struct Resolved: Sendable, Encodable {
        /// Different ones, over all audiences.
        package let clients: Int
        package let inSeveral: Int
    }

    package let id: OfferID
    package let title: String?
    package let declaredAt: Timestamp
    /// In the order of their precedence.
    package let audiences: [Audience]
    /// For every pair of audiences, the clients in both; absent while they can't be counted.
    package let overlaps: [OfferResolution.Overlap]?
    package let resolved: Resolved?
    /// Why nothing is counted.
    package let unresolved: String?

    init(_ row: OfferRow, _ counted: Result<OfferResolution, AudienceUnreadable>) {
        let resolution: OfferResolution?
        switch counted {
        case .success(let found): (resolution, unresolved) = (found, nil)
        case .failure(let problem): (resolution, unresolved) = (nil, problem.description)
        }
        (id, title, declaredAt) = (row.id, row.title, row.declaredAt)
        audiences = row.audiences.enumerated().map { index, audience in
            Audience(
                type: audience.type, job: audience.job, cashback: audience.cashback, precedence: audience.precedence, path: audience.path,
                rows: audience.rows, sha256: audience.sha256, attachedAt: audience.attachedAt, clients: resolution?.sizes[index].clients,
                assigned: resolution?.sizes[index].assigned)
        }
        overlaps = resolution?.overlaps
        resolved = resolution.map { Resolved(clients: $0.clients, inSeveral: $0.inSeveral) }
    }
}
