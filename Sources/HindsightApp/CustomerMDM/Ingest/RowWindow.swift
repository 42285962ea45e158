/// A place in a file: how many bytes of its unpacked content lie before it, and the line that begins there.
struct FilePlace: Equatable {
    var offset: Int64
    /// From 1.
    var line: Int

    static let beginning = FilePlace(offset: 0, line: 1)
}

/// What of a file was read and is not used yet; it grows by the piece, up to what one row may take.
struct RowWindow {
    private let pieces: FilePieces
    private(set) var bytes: [UInt8] = []
    /// Of the first byte that is not used.
    private(set) var start = 0
    private(set) var isAtEnd = false
    private(set) var place: FilePlace

    /// - Throws: ``TableError``
    init(_ path: String, from place: FilePlace) throws(TableError) {
        pieces = try FilePieces(path, from: place.offset)
        self.place = place
        try grow()
        if place.offset == 0, bytes.starts(with: [0xef, 0xbb, 0xbf]) { pass(to: 3, lines: 0) }
    }

    /// Bytes that wait.
    var count: Int { bytes.count - start }

    /// Reads one piece more.
    mutating func grow() throws(TableError) {
        guard let piece = try pieces.next() else {
            isAtEnd = true
            return
        }
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += piece
    }

    /// Goes on at `end`, so many lines further.
    mutating func pass(to end: Int, lines: Int) {
        place.offset += Int64(end - start)
        place.line += lines
        start = end
    }
}
