import CustomerMDM

/// A row as it was found, before anybody looks at what it says.
struct RawRow<Content> {
    let line: Int
    let bytes: [UInt8]
    var isCut = false
    let content: Result<Content, RowFault>
    let end: FilePlace

    /// The row with the card that it states, unless something is wrong with it.
    func card(_ read: (Content) throws(RowFault) -> CardDecider.Statement) -> CardRow {
        let content: Result<CardDecider.Statement, RowFault>
        switch self.content {
        case .failure(let fault): content = .failure(fault)
        case .success(let found):
            do throws(RowFault) { content = .success(try read(found)) } catch { content = .failure(error) }
        }
        return CardRow(line: line, bytes: bytes, isCut: isCut, content: content, end: end)
    }
}

/// Lines, of which blank ones are passed over.
struct LineRows {
    private var window: RowWindow

    init(_ window: RowWindow) { self.window = window }

    mutating func next() throws(TableError) -> RawRow<[UInt8]>? {
        while let line = try window.line() {
            guard !line.bytes.allSatisfy({ $0 <= 0x20 }) else { continue }
            return line
        }
        return nil
    }
}

/// Records of a CSV file, of which blank lines are passed over.
///
/// Where quotes don't come out even, nobody knows where the record ends: its first line is rejected, and reading goes on with the next line.
struct CSVRows {
    private var window: RowWindow

    init(_ window: RowWindow) { self.window = window }

    mutating func next() throws(TableError) -> RawRow<[[UInt8]]>? {
        while true {
            try passBlankLines()
            guard window.count > 0 else { return nil }
            switch CSVRecord.read(window.bytes, from: window.start, isAtEnd: window.isAtEnd) {
            case .unfinished where window.count <= CardRow.longest: try window.grow()
            case .unfinished: return try rejectedLine("has a quote that is not closed within \(CardRow.longest) bytes")
            case .malformed(let reason): return try rejectedLine(reason)
            case .record(let record):
                let line = window.place.line
                let bytes = window.bytes[window.start..<record.end].withoutLineEnd
                guard bytes.count <= CardRow.longest else { return try rejectedLine("has a field that is never closed") }
                window.pass(to: record.end, lines: record.lines)
                let isText = String(validating: bytes, as: UTF8.self) != nil
                return RawRow(
                    line: line, bytes: bytes, content: isText ? .success(record.fields) : .failure(.notUTF8), end: window.place)
            }
        }
    }

    private mutating func passBlankLines() throws(TableError) {
        while true {
            if window.count == 0 {
                guard !window.isAtEnd else { return }
                try window.grow()
                continue
            }
            let first = window.bytes[window.start]
            guard first == CSVRecord.lineFeed || first == CSVRecord.carriageReturn else { return }
            guard let end = CSVRecord.lineEnd(window.bytes, from: window.start, isAtEnd: window.isAtEnd) else {
                try window.grow()
                continue
            }
            window.pass(to: end, lines: 1)
        }
    }

    private mutating func rejectedLine(_ reason: String) throws(TableError) -> RawRow<[[UInt8]]>? {
        guard let line = try window.line() else { return nil }
        // A line that is too long or no text is that before anything else.
        let fault: RowFault = if case .failure(let fault) = line.content { fault } else { RowFault(reason) }
        return RawRow(line: line.line, bytes: line.bytes, isCut: line.isCut, content: .failure(fault), end: line.end)
    }
}

extension RowFault {
    fileprivate static let notUTF8 = RowFault("is not valid UTF-8")
    fileprivate static let tooLong = RowFault("is longer than \(CardRow.longest) bytes")
}

extension RowWindow {
    /// The line that begins here; `nil` at the end of the file. Of one that is too long only the beginning is kept.
    fileprivate mutating func line() throws(TableError) -> RawRow<[UInt8]>? {
        while count == 0 {
            guard !isAtEnd else { return nil }
            try grow()
        }
        let begin = place.line
        var searched = 0
        while true {
            // More may wait than a line may take, since a quote is followed far.
            if let end = bytes[(start + searched)...].firstIndex(of: CSVRecord.lineFeed) {
                guard end - start <= CardRow.longest else { break }
                return whole(to: end + 1)
            }
            guard count <= CardRow.longest else { break }
            guard !isAtEnd else { return whole(to: bytes.count) }
            searched = count
            try grow()
        }
        let beginning = Array(bytes[start...].prefix(CardRow.cut))
        while true {
            if let end = bytes[start...].firstIndex(of: CSVRecord.lineFeed) {
                pass(to: end + 1, lines: 1)
                break
            }
            pass(to: bytes.count, lines: 0)
            guard !isAtEnd else { break }
            try grow()
        }
        return RawRow(line: begin, bytes: beginning, isCut: true, content: .failure(.tooLong), end: place)
    }

    private mutating func whole(to end: Int) -> RawRow<[UInt8]> {
        let (begin, content) = (place.line, bytes[start..<end].withoutLineEnd)
        pass(to: end, lines: 1)
        let isText = String(validating: content, as: UTF8.self) != nil
        return RawRow(line: begin, bytes: content, content: isText ? .success(content) : .failure(.notUTF8), end: place)
    }
}

extension ArraySlice<UInt8> {
    /// Without the line end that it ends with, if it does.
    fileprivate var withoutLineEnd: [UInt8] {
        var rest = self
        if rest.last == CSVRecord.lineFeed { rest.removeLast() }
        if rest.last == CSVRecord.carriageReturn { rest.removeLast() }
        return Array(rest)
    }
}
