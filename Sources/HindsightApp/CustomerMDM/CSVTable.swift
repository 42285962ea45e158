/// Rows of an RFC 4180 file with a heading.
///
/// Our own reader: it is a page, walks over bytes, hands out one row at a time, and says the line of a mistake. A row-of-dictionaries
/// library would hold a stream of millions of rows in memory at once.
package struct CSVTable: Sequence {
    package struct Row: Sendable {
        /// Where the row begins, from 1.
        package let line: Int
        private let columns: [String: Int]
        private let fields: [String]

        init(line: Int, columns: [String: Int], fields: [String]) {
            (self.line, self.columns, self.fields) = (line, columns, fields)
        }

        /// The field of a column; empty for a column that the file doesn't have.
        package subscript(_ column: String) -> String { columns[column].map { fields[$0] } ?? "" }
    }

    package let file: String
    package let heading: [String]
    private let bytes: [UInt8]
    private let start: Int
    private let columns: [String: Int]

    /// - Throws: ``TableError`` for an empty file, and for a heading with a column twice.
    package init(_ bytes: [UInt8], file: String) throws(TableError) {
        self.file = file
        self.bytes = bytes
        var scanner = Scanner(bytes: bytes, index: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0)
        guard let heading = try scanner.record(file) else { throw TableError(file: file, line: 1, reason: "is empty") }
        self.heading = heading
        var columns: [String: Int] = [:]
        for (index, name) in heading.enumerated() {
            guard columns.updateValue(index, forKey: name) == nil else {
                throw TableError(file: file, line: 1, reason: "has the column \(name) twice")
            }
        }
        self.columns = columns
        start = scanner.index
    }

    package func makeIterator() -> Rows { Rows(file: file, columns: columns, scanner: Scanner(bytes: bytes, index: start, line: 2)) }

    /// One result for each row, so that a mistake names its line after the rows before it were read.
    package struct Rows: IteratorProtocol {
        fileprivate let file: String
        fileprivate let columns: [String: Int]
        fileprivate var scanner: Scanner
        fileprivate var hasFailed = false

        fileprivate init(file: String, columns: [String: Int], scanner: Scanner) {
            (self.file, self.columns, self.scanner) = (file, columns, scanner)
        }

        package mutating func next() -> Result<Row, TableError>? {
            guard !hasFailed else { return nil }
            let line = scanner.line
            do throws(TableError) {
                guard let fields = try scanner.record(file) else { return nil }
                guard fields.count == columns.count else {
                    throw TableError(file: file, line: line, reason: "has \(fields.count) fields, the heading has \(columns.count)")
                }
                return .success(Row(line: line, columns: columns, fields: fields))
            } catch {
                hasFailed = true
                return .failure(error)
            }
        }
    }

    fileprivate struct Scanner {
        let bytes: [UInt8]
        var index: Int
        var line = 1

        /// The fields up to the end of the line; `nil` at the end of the file. Blank lines are skipped.
        mutating func record(_ file: String) throws(TableError) -> [String]? {
            while index < bytes.count, bytes[index] == CSVRecord.lineFeed || bytes[index] == CSVRecord.carriageReturn {
                if bytes[index] == CSVRecord.lineFeed { line += 1 }
                index += 1
            }
            guard index < bytes.count else { return nil }
            switch CSVRecord.read(bytes, from: index, isAtEnd: true) {
            case .record(let record):
                index = record.end
                line += record.lines
                return record.fields.map { String(decoding: $0, as: UTF8.self) }
            case .malformed(let reason): throw TableError(file: file, line: line, reason: reason)
            case .unfinished: preconditionFailure("a record of a whole file has an end")
            }
        }
    }
}
