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
        var contents: [UInt8] = []
        let pieces = try FilePieces(path)
        while let piece = try pieces.next() { contents += piece }
        return contents
    }
}

/// The contents of a file, gzipped or plain, unpacked piece by piece.
final class FilePieces {
    private let path: String
    private var file: gzFile?
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// - Parameter offset: Bytes of the unpacked contents to leave out. They are passed over where nothing is packed, and unpacked otherwise.
    /// - Throws: ``TableError`` for a file that is missing, unreadable, or damaged before the offset.
    init(_ path: String, from offset: Int64 = 0) throws(TableError) {
        self.path = path
        file = gzopen(path, "rb")
        guard file != nil else { throw TableError(file: path, line: nil, reason: "cannot be opened") }
        guard offset == 0 || gzseek(file, Int(offset), SEEK_SET) == Int(offset) else { throw damaged }
    }

    deinit { gzclose(file) }

    /// `nil` at the end.
    func next() throws(TableError) -> ArraySlice<UInt8>? {
        guard file != nil else { return nil }
        let count = gzread(file, &buffer, UInt32(buffer.count))
        guard count <= 0 else { return buffer[..<Int(count)] }
        // zlib reports a stream that was cut short only when the file is closed.
        let closed = gzclose(file)
        file = nil
        guard count == 0, closed == Z_OK else { throw damaged }
        return nil
    }

    private var damaged: TableError { TableError(file: path, line: nil, reason: "is damaged") }
}
