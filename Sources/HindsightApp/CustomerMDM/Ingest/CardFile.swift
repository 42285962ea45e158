import AudienceJobs
import Crypto
package import CustomerMDM
import Foundation

/// A file of cards: NDJSON of `{"source","id","occurredAt"?,"attributes"}`, or CSV with the columns `source`, `id` and one for each attribute,
/// in camel or snake case; either may be gzipped.
///
/// It is read twice from its beginning to its end, in pieces: once to know it again and to find damage before anything is taken, then row by
/// row. However large it is, a piece and a row are all that is in memory.
package struct CardFile: Sendable {
    package let path: String
    package let profile: Profile
    /// What an ingest of this content, read by this profile, is known by.
    package let ingest: String
    /// Bytes of the content, unpacked.
    let size: Int64
    /// Line ends of the content: about as many as there are rows.
    package let lines: Int
    /// `nil` for NDJSON.
    let columns: CardColumns?
    /// Where the first row begins.
    let beginning: FilePlace

    /// Columns of a CSV file that say nothing about a card.
    package var ignoredColumns: [String] { columns?.ignored ?? [] }

    /// - Throws: ``TableError`` for a file that is missing, damaged or no file, and for a heading that lacks something.
    package init(_ path: String, profile: Profile) throws(TableError) {
        self.path = path
        self.profile = profile
        guard Self.isRegularFile(path) else {
            throw TableError(
                file: path, line: nil,
                reason: FileManager.default.fileExists(atPath: path)
                    ? "is no regular file: save what it gives first, since an ingest that is interrupted goes on from the file"
                    : "cannot be opened")
        }
        let name = (path.hasSuffix(".gz") ? String(path.dropLast(3)) : path).lowercased()
        var hash = SHA256()
        hash.update(data: Array("\(name.hasSuffix(".csv") ? "csv" : "ndjson")\u{0}\(profile.digest)\u{0}".utf8))
        var (size, lines) = (Int64(0), 0)
        let pieces = try FilePieces(path)
        while let piece = try pieces.next() {
            hash.update(data: piece)
            size += Int64(piece.count)
            lines += piece.count { $0 == CSVRecord.lineFeed }
        }
        ingest = String(Digest.hexadecimal(hash.finalize()).prefix(32))
        (self.size, self.lines) = (size, lines)
        guard name.hasSuffix(".csv") else {
            (columns, beginning) = (nil, .beginning)
            return
        }
        var heading = CSVRows(try RowWindow(path, from: .beginning))
        guard let first = try heading.next() else { throw TableError(file: path, line: 1, reason: "is empty") }
        switch first.content {
        case .success(let fields):
            let names = try fields.map { (field) throws(TableError) in
                guard let name = String(validating: field, as: UTF8.self) else {
                    throw TableError(file: path, line: 1, reason: "has a heading that is not valid UTF-8")
                }
                return name
            }
            columns = try CardColumns(names, file: path, profile: profile)
        case .failure(let fault): throw TableError(file: path, line: first.line, reason: "has a heading that \(fault.reason)")
        }
        beginning = first.end
    }

    /// The rows from a place on at which one begins.
    func rows(from place: FilePlace) throws(TableError) -> CardRows {
        try CardRows(self, from: place)
    }

    private static func isRegularFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

/// The rows of a file of cards, one after the other: what is wrong with one doesn't touch the next.
struct CardRows {
    private let profile: Profile
    // Either of them, and beside each other: taken out of an enum, the rows that wait would be copied.
    private var lines: LineRows?
    private var records: CSVRows?
    private let columns: CardColumns?

    init(_ file: CardFile, from place: FilePlace) throws(TableError) {
        profile = file.profile
        columns = file.columns
        let window = try RowWindow(file.path, from: place)
        if columns == nil { lines = LineRows(window) } else { records = CSVRows(window) }
    }

    /// `nil` at the end of the file.
    mutating func next() throws(TableError) -> CardRow? {
        if let columns {
            return try records?.next()?.card { (fields) throws(RowFault) in try columns.statement(fields, profile: profile) }
        }
        return try lines?.next()?.card { (line) throws(RowFault) in try CardStatement.read(line: line, profile: profile) }
    }
}
