import CZlib

/// A file that cannot be read as a table, and where.
package struct TableError: Error, Equatable, CustomStringConvertible {
    package let file: String
    /// The line where the row begins; `nil` for the file as a whole.
    package let line: Int?
    package let reason: String

    package var description: String { "\(file)\(line.map { ", line \($0)" } ?? ""): \(reason)" }
}

/// Reads files, gzipped or plain.
package enum CompressedFile {
    /// The contents, unpacked.
    ///
    /// - Throws: ``TableError`` for a file that is missing, unreadable or damaged.
    package static func read(_ path: String) throws(TableError) -> [UInt8] {
        guard let file = gzopen(path, "rb") else { throw TableError(file: path, line: nil, reason: "cannot be opened") }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = gzread(file, &buffer, UInt32(buffer.count))
            guard count > 0 else {
                // zlib reports a stream that was cut short only when the file is closed.
                guard count == 0, gzclose(file) == Z_OK else { throw TableError(file: path, line: nil, reason: "is damaged") }
                return contents
            }
            contents += buffer[..<Int(count)]
        }
    }
}
