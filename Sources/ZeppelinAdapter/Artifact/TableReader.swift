import AudienceJobs

/// Reads comma-separated values as RFC 4180 has them, in pieces as they come. Lines may end with LF or CRLF.
struct TableReader {
    private enum Place {
        case start, plain, quoted, afterQuote
    }

    private var place = Place.start
    private var field: [UInt8] = []
    private var row: [String] = []
    private var isFirst = true
    private var rowHasContent = false

    mutating func read(_ bytes: UnsafeRawBufferPointer, row take: ([String]) throws -> Void) throws {
        for byte in bytes { try read(byte, take) }
    }

    /// Takes what stands after the last line's end.
    mutating func finish(row take: ([String]) throws -> Void) throws {
        guard place != .quoted else { throw Self.malformed("a quotation is not closed") }
        if rowHasContent { try endRow(take) }
    }

    private mutating func read(_ byte: UInt8, _ take: ([String]) throws -> Void) throws {
        switch (place, byte) {
        case (.quoted, UInt8(ascii: "\"")): place = .afterQuote
        case (.quoted, _): field.append(byte)
        case (.afterQuote, UInt8(ascii: "\"")):
            field.append(byte)
            place = .quoted
        case (.start, UInt8(ascii: "\"")): (place, rowHasContent) = (.quoted, true)
        case (_, UInt8(ascii: ",")):
            endField()
            rowHasContent = true
        case (_, UInt8(ascii: "\n")): if rowHasContent { try endRow(take) }
        case (_, UInt8(ascii: "\r")): break
        case (.afterQuote, _): throw Self.malformed("text follows a closed quotation")
        case (_, UInt8(ascii: "\"")): throw Self.malformed("a quotation mark stands inside a plain field")
        case (.start, _), (.plain, _):
            field.append(byte)
            (place, rowHasContent) = (.plain, true)
        }
    }

    private mutating func endField() {
        var text = String(decoding: field, as: UTF8.self)
        // A byte order mark belongs to the file, not to its first field.
        if isFirst, text.unicodeScalars.first == "\u{feff}" { text.unicodeScalars.removeFirst() }
        isFirst = false
        row.append(text)
        field.removeAll(keepingCapacity: true)
        place = .start
    }

    private mutating func endRow(_ take: ([String]) throws -> Void) throws {
        endField()
        let complete = row
        row.removeAll(keepingCapacity: true)
        rowHasContent = false
        try take(complete)
    }

    private static func malformed(_ reason: String) -> EffectRefusal { EffectRefusal(cause: .artifactMalformed, reason: reason) }
}
